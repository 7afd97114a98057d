"""The list of tickets in the console: filters, live counters, giving many away, taking it away."""

import csv
import re
from datetime import datetime
from io import BytesIO, StringIO

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from desk.accounts.models import Department, Role, StaffMember
from desk.audit.models import AuditEntry
from desk.console import list_views, sheets
from desk.conversations import reading
from desk.conversations.models import Conversation, Identity, OutboundMessage
from desk.tickets import exporting, related, services
from desk.tickets.models import Ticket
from desk.tickets.values import Particulars
from tests.unit.desk.makers import ConversationMaker, RequestMaker, Speaker, StaffMaker
from tests.unit.desk.pages import HTMX, signed_in, text_of, ticket_page

pytestmark = pytest.mark.django_db
QUEUE = "/console/"


@pytest.fixture
def head(make_staff: StaffMaker, market: Department) -> StaffMember:
    return make_staff(Role.HEAD, market, "赵敏")


@pytest.fixture
def three(
    market: Department,
    make_conversation: ConversationMaker,
    request_of: RequestMaker,
    now: datetime,
) -> list[Ticket]:
    return [
        services.open_ticket(request_of(make_conversation(), key=f"k{place}"), now=now)
        for place in range(3)
    ]


def chosen(*tickets: Ticket) -> list[str]:
    return [f"{one.number}:{one.version}" for one in tickets]


def give(client: Client, tickets: list[str], to: str, query: str = "") -> str:
    answer = client.post(
        reverse("console:give") + query, {"ticket": tickets, "to": to}, follow=True
    )
    return text_of(answer)


# --- Filters and words ---


@pytest.mark.parametrize("signs", ["%", "！！", "___", "，。 "])
def test_signs_alone_are_nothing_to_look_for_and_list_nothing(
    signs: str, three: list[Ticket], head: StaffMember
) -> None:
    html = text_of(signed_in(head).get(QUEUE, {"q": signs}))

    assert "没有可以查找的内容" in html
    assert not any(ticket_page(one) in html for one in three)


def test_a_filtered_list_is_an_address_that_can_be_shared(
    three: list[Ticket], handler: StaffMember
) -> None:
    query = "?scope=all&state=all&category=complain&since=2026-11-23&sort=newest"
    html = text_of(signed_in(handler).get(QUEUE + query))

    assert all(ticket_page(one) in html for one in three)
    assert '<option value="complain" selected>' in html
    assert 'value="2026-11-23"' in html
    # The other scopes keep the filters.
    link = re.search(r'href="/console/\?(scope=mine[^"]*)"', html)
    assert link
    assert "category=complain" in link[1]
    empty = text_of(signed_in(handler).get(QUEUE + query.replace("complain", "report")))
    assert "这里没有工单" in empty


def test_who_looks_for_words_looks_in_every_state(
    three: list[Ticket], handler: StaffMember, now: datetime
) -> None:
    services.transition(three[0].pk, "close", actor=handler, now=now, note="好了")
    client = signed_in(handler)

    assert ticket_page(three[0]) in text_of(client.get(QUEUE, {"q": three[0].number}))
    narrow = text_of(client.get(QUEUE, {"q": three[0].number, "state": "open"}))
    assert ticket_page(three[0]) not in narrow
    assert "在全部工单里找" in narrow


@pytest.mark.parametrize(
    "query",
    [
        "scope=x&state=y&sort=z&category=%00&district=1&channel=<b>&since=never&until=9999-12-31",
        "department=nowhere&handler=nobody",
        "q=%00%00&after=1-1-1",
        "q=" + "长" * 500,
        "after=never-1&sort=due",
        "before=99999999999999999-1",
    ],
)
def test_whatever_stands_in_an_address_is_no_fault(
    three: list[Ticket], handler: StaffMember, query: str
) -> None:
    assert signed_in(handler).get(f"{QUEUE}?{query}").status_code == 200


def test_a_long_list_is_turned_by_its_last_ticket(
    three: list[Ticket], handler: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_views, "PER_PAGE", 2)
    client = signed_in(handler)

    first = text_of(client.get(QUEUE))
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = text_of(client.get(QUEUE + following[1].replace("&amp;", "&")))

    assert ticket_page(three[2]) not in first
    assert ticket_page(three[2]) in second
    assert ticket_page(three[0]) not in second
    assert 'rel="prev"' in second
    assert 'rel="next"' not in second


def test_the_list_costs_the_same_whatever_is_asked_of_it(
    three: list[Ticket],
    head: StaffMember,
    make_conversation: ConversationMaker,
    request_of: RequestMaker,
    now: datetime,
) -> None:
    client = signed_in(head)
    client.get(QUEUE)

    def queries(query: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(QUEUE + query).status_code == 200
        return len(captured)

    asked = ("", "?q=收费", "?scope=red&state=all", "?scope=all&category=complain&sort=due")
    before = [queries(query) for query in asked]
    for place in range(6):
        services.open_ticket(request_of(make_conversation(), key=f"m{place}"), now=now)
    assert [queries(query) for query in asked] == before


# --- Live counters ---


def test_counters_are_renewed_when_they_changed_and_rows_stay_where_they_are(
    three: list[Ticket],
    handler: StaffMember,
    make_conversation: ConversationMaker,
    request_of: RequestMaker,
    now: datetime,
) -> None:
    client = signed_in(handler)
    html = text_of(client.get(QUEUE))
    found = re.search(r'hx-get="(/console/fresh/[^"]+)"', html)
    assert found
    address = found[1].replace("&amp;", "&")

    assert client.get(address, headers=HTMX).status_code == 204
    services.open_ticket(request_of(make_conversation(), key="new"), now=now)
    fresh = text_of(client.get(address, headers=HTMX))

    assert "列表有变化" in fresh
    assert re.search(r'本部门 <span class="count">4</span>', fresh)
    assert "data-row" not in fresh
    again = re.search(r'hx-get="(/console/fresh/[^"]+)"', fresh)
    assert again
    # The list on the page is still the old one, so the line about it stays.
    assert "列表有变化" in text_of(client.get(again[1].replace("&amp;", "&"), headers=HTMX))


# --- Many at once ---


def test_many_are_given_to_a_colleague_each_with_its_audit_row(
    three: list[Ticket], head: StaffMember, handler: StaffMember
) -> None:
    html = give(signed_in(head), chosen(*three), f"staff:{handler.username}")

    assert "3张工单已交出" in html
    assert set(Ticket.objects.values_list("handler", flat=True)) == {handler.pk}
    entries = AuditEntry.objects.filter(action="ticket.assigned", actor=head)
    assert {entry.target for entry in entries} == {f"ticket:{one.number}" for one in three}


def test_what_cannot_be_given_says_why_and_holds_up_no_other(
    three: list[Ticket],
    head: StaffMember,
    handler: StaffMember,
    outsider: StaffMember,
    tax: Department,
    now: datetime,
) -> None:
    closed, stale, fine = three
    rows = chosen(closed, stale, fine)
    services.transition(stale.pk, "start", actor=handler, now=now)
    closed = services.transition(closed.pk, "close", actor=handler, now=now, note="好了")
    rows[0] = chosen(closed)[0]
    foreign = Ticket.objects.create(
        number="BZ2611239999",
        category="complain",
        department=tax,
        person_name="张三",
        person_phone="13800138000",
        subject="税",
        body="税",
        opened_at=now,
        idempotency_key="foreign",
    )

    html = give(signed_in(head), rows + chosen(foreign) + ["x", ":1"], f"staff:{handler.username}")

    assert "1张工单已交出" in html
    assert f"不能查看或办理。（{foreign.number}）" in html
    assert "刚刚有变化" in html
    assert "已办结" in html
    fine.refresh_from_db()
    assert fine.handler == handler
    assert not Ticket.objects.filter(pk__in=[closed.pk, foreign.pk], handler=outsider).exists()


def test_a_dispatcher_gives_many_to_another_department(
    three: list[Ticket], make_staff: StaffMaker, tax: Department, outsider: StaffMember
) -> None:
    client = signed_in(make_staff(Role.SUPERVISOR))

    assert "2张工单已交出" in give(client, chosen(*three[:2]), "department:tax")
    # To a colleague of another department: both in one move.
    assert "1张工单已交出" in give(client, chosen(three[2]), f"staff:{outsider.username}")

    assert set(Ticket.objects.values_list("department__code", flat=True)) == {"tax"}
    assert Ticket.objects.get(pk=three[2].pk).handler == outsider
    three[2].refresh_from_db()
    assert "已经由陈洁办理" in give(client, chosen(three[2]), f"staff:{outsider.username}")


@pytest.mark.parametrize("to", ["", "staff:nobody", "department:nowhere", "x:y", "staff:\0"])
def test_whom_nobody_knows_gets_nothing(three: list[Ticket], head: StaffMember, to: str) -> None:
    assert "请选择经办人或部门" in give(signed_in(head), chosen(*three), to)


def test_nothing_chosen_or_too_much_is_said(
    three: list[Ticket], head: StaffMember, handler: StaffMember
) -> None:
    client = signed_in(head)
    assert "请先勾选工单" in give(client, [], f"staff:{handler.username}")
    many = chosen(*three) * 34
    assert "一次最多处理100张" in give(client, many, f"staff:{handler.username}")


def test_who_gave_stays_in_the_list_they_had(
    three: list[Ticket], head: StaffMember, handler: StaffMember
) -> None:
    form = {"ticket": chosen(*three), "to": f"staff:{handler.username}"}
    answer = signed_in(head).post(reverse("console:give") + "?scope=all&category=complain", form)
    assert answer["Location"].startswith(QUEUE)
    assert "category=complain" in answer["Location"]


def test_a_handler_is_offered_no_giving(three: list[Ticket], handler: StaffMember) -> None:
    html = text_of(signed_in(handler).get(QUEUE))
    assert 'name="to"' not in html
    assert 'name="ticket"' not in html


# --- Taking away ---


def export(client: Client, kind: str, query: str = "") -> HttpResponse:
    return client.post(reverse("console:export", args=[kind]) + query)


def rows_of(answer: HttpResponse, kind: str) -> list[list[str]]:
    assert answer.status_code == 200
    if kind == "csv":
        assert answer.content.startswith(b"\xef\xbb\xbf")
        return list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))
    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    return [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_the_list_shows_is_taken_away_and_audited(
    three: list[Ticket], handler: StaffMember, kind: str
) -> None:
    client = signed_in(handler)
    Ticket.objects.filter(pk=three[0].pk).update(category="help")

    answer = export(client, kind, "?category=complain&q=收费")
    rows = rows_of(answer, kind)

    assert rows[0] == list(exporting.HEADINGS)
    assert [row[0] for row in rows[1:]] == [one.number for one in three[1:]]
    assert "attachment" in answer["Content-Disposition"]
    entry = AuditEntry.objects.get(action="ticket.exported")
    assert entry.actor_id == handler.pk
    assert entry.details["rows"] == 2
    assert entry.details["filters"]["category"] == "complain"
    # Words may be somebody's name.
    assert "收费" not in str(entry.details)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_persons_words_are_never_a_formula(
    three: list[Ticket], handler: StaffMember, kind: str
) -> None:
    for one, body in zip(three, ("=HYPERLINK(1)", "＝1+1", "\x01坏字"), strict=True):
        Ticket.objects.filter(pk=one.pk).update(body=body, person_name="@" + one.number)

    rows = rows_of(export(signed_in(handler), kind), kind)

    place = exporting.HEADINGS.index("诉求")
    assert rows[1][place] == "'=HYPERLINK(1)"
    assert rows[2][place] == "'＝1+1"
    assert all(row[5].startswith("'@") for row in rows[1:])


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＋", "－", "＠"])
def test_what_would_be_computed_is_written_as_words(start: str) -> None:
    assert sheets.harmless(f"{start}1") == f"'{start}1"
    assert sheets.harmless(f"1{start}") == f"1{start}"


def test_who_may_only_read_takes_no_numbers_away(
    three: list[Ticket], handler: StaffMember, make_staff: StaffMaker, hotline: Department
) -> None:
    Ticket.objects.update(body="请打13912345678，张三")

    def taken(staff: StaffMember) -> str:
        return str(rows_of(export(signed_in(staff), "csv", "?scope=all"), "csv"))

    assert "13800138000" in taken(handler)
    read = taken(make_staff(Role.OPERATOR, hotline))
    assert three[0].number in read
    assert "13800138000" not in read
    assert "13912345678" not in read
    assert "138****8000" in read
    assert "张*" in read


def test_another_departments_tickets_are_not_taken_away(
    three: list[Ticket], outsider: StaffMember
) -> None:
    assert len(rows_of(export(signed_in(outsider), "csv", "?scope=all&state=all"), "csv")) == 1


def test_too_long_a_list_is_refused_and_not_audited(
    three: list[Ticket], handler: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST", 2)
    assert "先缩小范围" in text_of(export(signed_in(handler), "csv"), 422)
    assert not AuditEntry.objects.filter(action="ticket.exported").exists()


def test_a_kind_of_file_we_do_not_write_is_no_page(handler: StaffMember) -> None:
    assert export(signed_in(handler), "exe").status_code == 404


# --- What stands beside a ticket ---


def test_a_ticket_shows_what_else_the_person_and_the_firm_have_on_the_desk(
    ticket: Ticket,
    handler: StaffMember,
    make_conversation: ConversationMaker,
    request_of: RequestMaker,
    outsider: StaffMember,
    tax: Department,
    now: datetime,
) -> None:
    same = services.open_ticket(
        request_of(make_conversation(), key="same", what="隔壁又占道了"), now=now
    )
    hidden = services.open_ticket(request_of(ticket.conversation_id, key="hidden"), now=now)
    services.transition(
        hidden.pk,
        "dispatch",
        actor=services.Party.SYSTEM,
        now=now,
        given=Particulars(department="tax"),
    )

    html = text_of(signed_in(handler).get(ticket_page(ticket)))

    beside = html[html.index("相关工单") :]
    assert ticket_page(same) in beside
    assert "同一来访人" in beside
    assert ticket_page(hidden) not in beside
    assert "会话里引用的政策" in beside
    assert "/policies/rule#rule-3" in beside


def test_a_policy_cited_by_its_article_is_not_listed_as_a_whole_too(ticket: Ticket) -> None:
    conversation = ticket.conversation
    assert conversation is not None
    said = ({"title": "甲办法"}, {"title": "甲办法", "article": "第三条"}, {"title": "乙办法"})
    OutboundMessage.objects.filter(conversation=conversation).update(citations=[])
    conversation.outbound.filter(author="bot").update(citations=list(said))

    listed = [(one["title"], one.get("article")) for one in reading.cited(conversation.pk)]
    assert listed == [("甲办法", "第三条"), ("乙办法", None)]


def test_related_tickets_cost_the_same_however_many_the_person_and_the_firm_have(
    ticket: Ticket,
    handler: StaffMember,
    make_conversation: ConversationMaker,
    request_of: RequestMaker,
    now: datetime,
) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            related.related_to(services.ticket_for(handler, ticket.number), handler)
        return [one["sql"] for one in captured]

    def opened(place: int) -> None:
        """Another channel of the same person, with a ticket."""
        conversation = Conversation.objects.get(pk=make_conversation())
        Identity.objects.filter(pk=conversation.identity_id).update(contact=contact)
        services.open_ticket(request_of(conversation.pk, key=f"k{place}"), now=now)

    assert ticket.conversation is not None
    contact = ticket.conversation.identity.contact
    opened(0)
    before = queries()
    for place in range(1, related.CONVERSATIONS + 5):
        opened(place)

    after = queries()

    assert len(after) == len(before)
    longest = max(after, key=len)
    assert len(longest) < len(max(before, key=len)) + 36 * related.CONVERSATIONS
    found = related.related_to(services.ticket_for(handler, ticket.number), handler)
    assert related.MOST <= len(found) <= 2 * related.MOST


def test_a_conversation_costs_the_same_however_much_was_said_and_opened(
    ticket: Ticket,
    make_staff: StaffMaker,
    request_of: RequestMaker,
    person_says: Speaker,
    now: datetime,
) -> None:
    client = signed_in(make_staff(Role.SUPERVISOR))
    assert ticket.conversation_id is not None
    address = reverse("console:conversation", args=[ticket.conversation_id])

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    queries()
    before = queries()
    for place in range(4):
        person_says(ticket.conversation_id, "还有一件事")
        services.open_ticket(request_of(ticket.conversation_id, key=f"k{place}"), now=now)
    assert queries() == before
