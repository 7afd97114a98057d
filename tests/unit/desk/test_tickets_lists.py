"""Lists of tickets: what a filter chooses, what the search finds, how pages follow each other."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk.accounts.models import Department, Role, StaffMember
from desk.enterprises import demo
from desk.enterprises import services as enterprises
from desk.tickets import queues, services, words
from desk.tickets.models import Ticket, TicketClock
from desk.tickets.paging import Mark, page_of, read_mark
from desk.tickets.queues import Scope, Sort, Wanted
from desk.tickets.values import Particulars, State
from tests.unit.desk.makers import ConversationMaker, RequestMaker, StaffMaker

pytestmark = pytest.mark.django_db
EVERY = frozenset(State)


@pytest.fixture
def boss(make_staff: StaffMaker) -> StaffMember:
    return make_staff(Role.ADMINISTRATOR)


@pytest.fixture
def seven(
    market: Department,
    hotline: Department,
    make_conversation: ConversationMaker,
    request_of: RequestMaker,
    now: datetime,
) -> list[Ticket]:
    """Seven tickets, two of them opened in the same second."""
    return [
        services.open_ticket(
            request_of(
                make_conversation(),
                key=f"k{place}",
                category="consult" if place % 2 else "complain",
                what=f"第{place}件事：拖欠货款一直不还",
            ),
            now=now + timedelta(minutes=place - place % 2),
        )
        for place in range(7)
    ]


def pages(staff: StaffMember, sort: Sort, size: int, now: datetime) -> list[list[int]]:
    """All pages forwards; backwards they must be the same."""
    tickets = queues.queue(staff, Wanted(states=EVERY), now=now)
    found, back = [], []
    page = page_of(tickets, sort, size)
    assert not page.before
    while True:
        found.append([one.pk for one in page.tickets])
        if not page.after:
            break
        page = page_of(tickets, sort, size, after=read_mark(page.after))
    while page.before:
        page = page_of(tickets, sort, size, before=read_mark(page.before))
        back.append([one.pk for one in page.tickets])
    assert back == found[-2::-1]
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10])
@pytest.mark.parametrize("sort", Sort)
def test_pages_show_every_ticket_once_and_lead_back_the_same_way(
    seven: list[Ticket], boss: StaffMember, sort: Sort, size: int, now: datetime
) -> None:
    for ticket in seven[:2]:
        services.transition(ticket.pk, "withdraw", actor=boss, now=now, note="不办了")
    for ticket in seven[2:4]:
        services.transition(ticket.pk, "start", actor=boss, now=now)
        services.transition(ticket.pk, "suspend", actor=boss, now=now, note="等材料")

    found = [pk for page in pages(boss, sort, size, now) for pk in page]

    rows = {one.pk: one for one in Ticket.objects.all()}
    assert sorted(found) == sorted(rows)
    listed = [rows[pk] for pk in found]
    if sort is Sort.DUE:
        due = [one.due_at for one in listed if one.due_at]
        assert due == sorted(due)
        assert [one.due_at for one in listed[len(due) :]] == [None] * 4
    else:
        opened = [one.opened_at for one in listed]
        assert opened == sorted(opened, reverse=sort is Sort.NEWEST)


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize(("most", "counted"), [(0, None), (5, 5), (7, 7), (100, 7)])
def test_a_first_page_counts_its_list_as_far_as_asked(
    seven: list[Ticket],
    boss: StaffMember,
    sort: Sort,
    most: int,
    counted: int | None,
    now: datetime,
) -> None:
    tickets = queues.queue(boss, Wanted(), now=now)

    page = page_of(tickets, sort, 3, count_to=most)

    assert page.total == counted
    assert [one.pk for one in page.tickets] == pages(boss, sort, 3, now)[0]
    assert page.after
    later = page_of(tickets, sort, 3, after=read_mark(page.after), count_to=most)
    assert later.total is None


def test_a_ticket_that_comes_meanwhile_moves_no_other_to_another_page(
    seven: list[Ticket],
    boss: StaffMember,
    make_conversation: ConversationMaker,
    request_of: RequestMaker,
    now: datetime,
) -> None:
    tickets = queues.queue(boss, Wanted(), now=now)
    first = page_of(tickets, Sort.NEWEST, 3)
    services.open_ticket(request_of(make_conversation(), key="new"), now=now + timedelta(days=1))

    second = page_of(tickets, Sort.NEWEST, 3, after=read_mark(first.after))

    assert not {one.pk for one in first.tickets} & {one.pk for one in second.tickets}
    assert len(second.tickets) == 3


@pytest.mark.parametrize("text", ["", "x", "1-", "-1", "9" * 19 + "-1", "1-x", "never-", "²-1"])
def test_a_mark_that_is_none_is_the_first_page(text: str) -> None:
    assert read_mark(text) is None


def test_a_mark_is_read_as_it_was_written(now: datetime) -> None:
    for mark in (Mark(now, 5), Mark(None, 7)):
        assert read_mark(str(mark)) == mark


def test_a_filter_chooses_what_it_says(
    seven: list[Ticket], boss: StaffMember, market: Department, handler: StaffMember, now: datetime
) -> None:
    given = Particulars(handler=handler.username)
    services.transition(seven[0].pk, "assign", actor=boss, now=now, given=given)
    Ticket.objects.filter(pk=seven[2].pk).update(channel="wechat", district="bazhou")

    def found(**wanted: object) -> set[int]:
        rows = queues.queue(boss, Wanted(**wanted), now=now)  # type: ignore[arg-type]  # any field by its name
        return {seven.index(one) for one in rows}

    assert found(category="consult") == {1, 3, 5}
    assert found(handler=handler.username) == {0}
    assert found(department=market.code) == {0, 2, 4, 6}
    assert found(channel="wechat") == found(district="bazhou") == {2}
    assert found(channel="web") == {0, 1, 3, 4, 5, 6}
    assert found(first=date(2026, 11, 23), last=date(2026, 11, 23)) == set(range(7))
    assert found(first=date(2026, 11, 24)) == found(last=date(2026, 11, 22)) == set()
    assert found(category="consult", department=market.code) == set()


def test_a_list_counts_as_far_as_it_says(
    seven: list[Ticket], boss: StaffMember, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = queues.queue(boss, Wanted(), now=now)
    assert queues.counted(tickets) == 7
    monkeypatch.setattr(queues, "COUNTED", 3)
    assert queues.counted(tickets) == 4


def test_the_earliest_promise_of_a_ticket_is_kept_beside_it(
    ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    def nearest() -> datetime:
        return TicketClock.objects.filter(ticket=ticket, met_at=None).order_by("due_at")[0].due_at

    def listed() -> datetime | None:
        ticket.refresh_from_db()
        return ticket.due_at

    assert listed() == nearest()
    services.reply(ticket.pk, staff=handler, text="您好", key="k", now=now)
    services.transition(ticket.pk, "start", actor=handler, now=now)
    assert listed() == nearest()
    services.transition(ticket.pk, "suspend", actor=handler, now=now, note="等材料")
    assert listed() is None
    services.transition(ticket.pk, "resume", actor=handler, now=now + timedelta(hours=3))
    assert listed() == nearest()
    services.transition(ticket.pk, "close", actor=handler, now=now + timedelta(hours=4), note="好")
    assert listed() is None


# --- Search ---


@pytest.fixture
def firm(db: None) -> enterprises.Enterprise:
    return enterprises.register(demo.cards()[0])[0]


@pytest.fixture
def told(
    market: Department,
    firm: enterprises.Enterprise,
    make_conversation: ConversationMaker,
    request_of: RequestMaker,
    now: datetime,
) -> dict[str, Ticket]:
    """Tickets by what is special of each."""
    stated = {
        "debt": {"what": "甲方拖欠货款二十万元，催了 3 个月。", "who": "欧阳娜"},
        "license": {"what": "办营业执照(食品类)要多久？Form-A3 怎么填？", "who": "李四"},
        "firm": {"what": "招不到工人。", "who": firm.name},
        "phone": {"what": "请打我另一个电话13912345678，谢谢", "contact": "0827-5261234"},
    }
    return {
        name: services.open_ticket(request_of(make_conversation(), key=name, **parts), now=now)
        for name, parts in stated.items()
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("拖欠货款", {"debt"}),
        ("货款", {"debt"}),
        ("款", {"debt"}),
        ("欠款", set()),
        ("货款二十", {"debt"}),
        ("元，催", {"debt"}),
        ("拖欠 货款", {"debt"}),
        ("货款 拖欠", {"debt"}),
        ("货款 执照", set()),
        ("欧阳", {"debt"}),
        ("娜", {"debt"}),
        ("营业执照（食品类）", {"license"}),
        ("FORM", {"license"}),
        ("form a3", {"license"}),
        ("a3", {"license"}),
        ("ｆｏｒｍ", {"license"}),
        ("5261234", set()),
        ("0827-5261234", {"phone"}),
        ("08275261234", {"phone"}),
        ("13800138000", {"debt", "license", "firm"}),
        ("1380013800", set()),
        ("13912345678", set()),
        ("3912", set()),
        ("", {"debt", "license", "firm", "phone"}),
        ("'); --", set()),
        ('"', set()),
        ("AND", set()),
        ("货款*", {"debt"}),
    ],
)
def test_the_search_finds_what_stands_there(
    told: dict[str, Ticket], boss: StaffMember, now: datetime, text: str, found: set[str]
) -> None:
    rows = queues.queue(boss, Wanted(text=text), now=now)
    names = {ticket.pk: name for name, ticket in told.items()}
    assert {names[one.pk] for one in rows} == found


def test_a_number_is_found_whole_and_in_part(
    told: dict[str, Ticket], boss: StaffMember, now: datetime
) -> None:
    for text in ("BZ2611230002", "bz2611230002", "30002", " bz2611230002 "):
        assert list(queues.queue(boss, Wanted(text=text), now=now)) == [told["license"]]


def test_a_firm_is_found_by_name_code_and_its_new_name(
    told: dict[str, Ticket], boss: StaffMember, firm: enterprises.Enterprise, now: datetime
) -> None:
    def found(text: str) -> list[Ticket]:
        return list(queues.queue(boss, Wanted(text=text), now=now))

    assert found(firm.name) == found(firm.name[2:6]) == found(firm.credit_code.lower())
    assert found(firm.name) == [told["firm"]]
    assert found(f"{firm.name[:4]} 工人") == [told["firm"]]
    enterprises.Enterprise.objects.update(name="改名以后的公司")
    assert found("改名以后") == [told["firm"]]


def test_a_word_of_very_many_firms_finds_only_what_stands_in_the_ticket(
    told: dict[str, Ticket], boss: StaffMember, firm: enterprises.Enterprise, now: datetime
) -> None:
    old_name, new_name = firm.name, "改名以后的公司"
    enterprises.Enterprise.objects.update(name=new_name)
    others = [
        enterprises.Enterprise(
            name=f"{new_name}{number}",
            credit_code=f"{number:018}",
            industry=firm.industry,
            district=firm.district,
            scale=firm.scale,
            registered_on=firm.registered_on,
        )
        for number in range(words.MOST_FIRMS)
    ]
    enterprises.Enterprise.objects.bulk_create(others)

    assert not queues.queue(boss, Wanted(text=new_name), now=now).exists()
    assert list(queues.queue(boss, Wanted(text=old_name), now=now)) == [told["firm"]]


def test_the_search_shows_nobody_more_than_they_may_see(
    told: dict[str, Ticket], outsider: StaffMember, now: datetime
) -> None:
    assert not queues.queue(outsider, Wanted(text="货款"), now=now).exists()
    assert not queues.queue(outsider, Wanted(text="13800138000"), now=now).exists()


TEXTS = st.text(st.sampled_from("货款拖欠ab1２ ，Ａ。'\"%*"), max_size=12)


# Only PostgreSQL looks for what is common in another way.
WAYS = [0, 10**9] if connection.vendor == "postgresql" else [words.COMMON]


@pytest.mark.parametrize("common", WAYS)
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(body=TEXTS, text=TEXTS)
def test_what_is_found_is_what_reading_would_find(
    body: str, text: str, common: int, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "COMMON", common)
    words.TicketWords.objects.filter(ticket=ticket).update(pairs=words.pairs_of(body))

    found = Ticket.objects.filter(words.holding(text)).exists()

    def runs(of: str) -> list[str]:
        folded = words.fold(of).casefold()
        return "".join(letter if letter.isalnum() else " " for letter in folded).split()

    sought = runs(text)
    assert words.sought(text) is bool(sought)
    assert found == (
        bool(sought) and all(any(run in there for there in runs(body)) for run in sought)
    )


@pytest.mark.parametrize("sort", Sort)
def test_on_postgresql_a_common_word_is_looked_for_row_by_row_in_a_whole_list(
    sort: Sort,
    seven: list[Ticket],
    boss: StaffMember,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two_ways = connection.vendor == "postgresql"
    for ticket in seven[:5]:
        words.TicketWords.objects.filter(ticket=ticket).update(pairs=words.pairs_of("聊天记录"))
    found = {}
    for common in (words.COMMON, 0):
        monkeypatch.setattr(words, "COMMON", common)
        asked = queues.queue(boss, Wanted(Scope.ALL, EVERY, text="聊天记录"), now=now)
        assert ("EXISTS" in str(asked.query)) is (two_ways and common > 0)
        found[common] = [ticket.pk for ticket in page_of(asked, sort, 10).tickets]
        within = queues.queue(
            boss, Wanted(Scope.ALL, EVERY, category="consult", text="聊天记录"), now=now
        )
        assert "EXISTS" not in str(within.query)
    assert len(found[0]) == 5
    assert found[0] == found[words.COMMON]


def test_only_open_ones_are_listed_unless_asked(
    ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    services.transition(ticket.pk, "close", actor=handler, now=now, note="好了")

    assert not queues.queue(handler, Wanted(Scope.ALL), now=now).exists()
    assert queues.queue(handler, Wanted(Scope.ALL, EVERY), now=now).count() == 1
