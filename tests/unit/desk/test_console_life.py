"""The console's part in a ticket's life: forms, clocks, notices, follow-ups, the city's rules."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from desk.accounts.models import Department, Role, StaffMember
from desk.tickets import clocks, escalation, levels, notices, person, routing, services
from desk.tickets.models import Ticket
from desk.tickets.routing import Key
from desk.tickets.values import Demand, Kind, Particulars, State
from tests.unit.desk.lives import Lives
from tests.unit.desk.makers import ConversationMaker, RequestMaker, StaffMaker
from tests.unit.desk.pages import signed_in, text_of, ticket_page, version_of

pytestmark = pytest.mark.django_db
QUEUE = reverse("console:queue")
RULES = reverse("console:rules")


def move(client: Client, ticket: Ticket, name: str, status: int = 200, **form: str) -> str:
    address = reverse("console:move", args=[ticket.number, name])
    return text_of(client.post(address, version_of(ticket) | form, follow=True), status)


def counted(html: str) -> dict[str, int]:
    """The scopes of the queue with their counts."""
    nav = html[html.index('aria-label="承办范围"') : html.index('class="finding"')]
    found = re.findall(r">(\S+) <span class=\"count[^\"]*\">(\d+)</span>", nav)
    return {label: int(count) for label, count in found}


def test_a_ticket_lives_from_assigned_to_archived_by_its_pages_forms(
    ticket: Ticket, handler: StaffMember, make_staff: StaffMaker
) -> None:
    client = signed_in(handler)
    head = signed_in(make_staff(Role.HEAD, handler.department))
    for name, form, state in (
        ("start", {}, "办理中"),
        ("suspend", {"note": "请发照片"}, "等待补充"),
        ("resume", {}, "办理中"),
        ("ask_extension", {"note": "等检测", "days": "3"}, "办理中"),
    ):
        assert reverse("console:move", args=[ticket.number, name]) in text_of(
            client.get(ticket_page(ticket))
        )
        assert f"现在是“{state}”" in move(client, ticket, name, **form)
    html = text_of(head.get(ticket_page(ticket)))
    assert "延期待审核" in html
    assert "等检测" in html
    move(head, ticket, "approve_extension")
    move(client, ticket, "close", note="已退费")
    move(client, ticket, "visit", note="满意", solved="yes", rating="5")
    assert "现在是“已归档”" in move(head, ticket, "archive", note="完结")

    ticket.refresh_from_db()
    assert (ticket.state, ticket.rating, ticket.solved) == (State.ARCHIVED, 5, True)


def test_a_form_of_a_page_that_is_out_of_date_saves_nothing_and_says_so(
    ticket: Ticket, handler: StaffMember
) -> None:
    client = signed_in(handler)
    page = text_of(client.get(ticket_page(ticket)))
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    move(client, ticket, "start", version=version[1])

    html = move(client, ticket, "close", 409, note="已退费", version=version[1])

    assert "刚刚有变化" in html
    ticket.refresh_from_db()
    assert ticket.state == State.IN_PROGRESS


@pytest.mark.parametrize(
    ("name", "form", "said"),
    [
        ("ask_extension", {"note": "等", "days": "99"}, "1到15个工作日"),
        ("ask_extension", {"note": "等", "days": "many"}, "1到15个工作日"),
        ("ask_reassign", {"note": "等", "department": "moon\x00"}, "请选择部门"),
        ("merge", {"note": "等", "main": "BZ9"}, "没有找到"),
    ],
)
def test_a_form_filled_in_wrongly_says_what_is_wrong(
    name: str, form: dict[str, str], said: str, ticket: Ticket, handler: StaffMember
) -> None:
    assert said in move(signed_in(handler), ticket, name, 422, **form)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.version) == (State.ASSIGNED, 1)


def test_whoever_gives_a_ticket_away_is_led_to_the_queue(
    ticket: Ticket, handler: StaffMember, tax: Department, make_staff: StaffMaker, now: datetime
) -> None:
    services.transition(
        ticket.pk,
        "ask_reassign",
        actor=handler,
        now=now,
        note="税务的事",
        given=Particulars(department="tax"),
    )
    client = signed_in(make_staff(Role.HEAD, handler.department))

    address = reverse("console:move", args=[ticket.number, "approve_reassign"])
    answer = client.post(address, version_of(ticket))

    assert answer["Location"] == QUEUE


def test_a_repeated_demand_is_merged_and_its_main_one_pressed_and_closed_from_their_pages(
    ticket: Ticket,
    handler: StaffMember,
    make_staff: StaffMaker,
    make_conversation: ConversationMaker,
    request_of: RequestMaker,
    now: datetime,
) -> None:
    client, supervisor = signed_in(handler), signed_in(make_staff(Role.SUPERVISOR))
    again = services.open_ticket(request_of(make_conversation(), key="again"), now=now)
    # The other one of the same telephone is offered to be merged into.
    assert f'<option value="{ticket.number}">' in text_of(client.get(ticket_page(again)))

    assert "已并案" in move(client, again, "merge", note="同一件事", main=ticket.number)
    move(client, ticket, "start")
    assert "现在是“办理中”" in move(supervisor, ticket, "press", note="三天内办结")
    html = text_of(client.get(ticket_page(ticket)))
    assert "并入的工单" in html
    assert again.number in html
    assert '<span class="pill past">督办</span>' in html
    assert "督办：三天内办结" in text_of(client.get(QUEUE))
    move(client, ticket, "close", note="已退费")

    again.refresh_from_db()
    assert again.state == State.CLOSED


def test_the_queue_counts_mine_my_departments_unassigned_amber_and_red(
    ticket: Ticket,
    handler: StaffMember,
    make_conversation: ConversationMaker,
    request_of: RequestMaker,
) -> None:
    now = timezone.now()
    for place, ago in enumerate((0, 21, 60)):
        opened = services.open_ticket(
            request_of(make_conversation(), key=f"k{place}"), now=now - timedelta(days=ago)
        )
        services.transition(
            opened.pk, "start", actor=handler, now=now - timedelta(days=ago, seconds=-1)
        )
        due = opened.clocks.get(kind="closing").due_at
        if ago == 21:
            soon = max(due, now + timedelta(days=1))
            opened.clocks.filter(kind="closing").update(amber_at=now, due_at=soon)
            opened.refresh_from_db()
            clocks.note_nearest(opened)
            opened.save(update_fields=["amber_at", "due_at"])
    html = text_of(signed_in(handler).get(QUEUE))

    assert counted(html)["我的"] == 3
    assert counted(html)["本部门"] == 4
    assert counted(html)["待分派"] == 1
    assert counted(html)["即将超期"] >= 1
    assert counted(html)["已超期"] >= 1
    red = text_of(signed_in(handler).get(QUEUE + "?scope=red&state=open"))
    assert 'class="clock red"' in red
    assert 'class="clock green"' not in red


def test_the_page_shows_clocks_in_words_and_colour(ticket: Ticket, handler: StaffMember) -> None:
    ticket.clocks.filter(kind="acceptance").update(
        amber_at=ticket.opened_at, due_at=ticket.opened_at + timedelta(hours=1)
    )
    html = text_of(signed_in(handler).get(ticket_page(ticket)))

    assert re.search(r'<li class="red"><strong>签收</strong><span>已超期', html)
    assert re.search(r'<li class="(green|amber|red)"><strong>办结</strong>', html)


def test_the_head_sees_what_is_overdue_and_puts_the_notice_away(
    ticket: Ticket, handler: StaffMember, make_staff: StaffMaker
) -> None:
    head = make_staff(Role.HEAD, handler.department)
    escalation.work("w", now=ticket.clocks.get(kind="acceptance").due_at)
    client = signed_in(head)

    html = text_of(client.get(QUEUE))
    assert "签收已超期" in html
    notice = notices.unseen_by(head).get()
    client.post(reverse("console:notice-seen", args=[notice.pk]))
    assert "签收已超期" not in text_of(client.get(QUEUE))
    strange = signed_in(handler).post(reverse("console:notice-seen", args=[notice.pk]))
    assert strange.status_code == 403


def test_a_follow_up_is_seen_to_on_the_tickets_page(
    ticket: Ticket, lives: Lives, make_staff: StaffMaker, market: Department, now: datetime
) -> None:
    lives.bring(ticket, State.CLOSED)
    person.rate(ticket, rating=1, words="没解决", key="k", now=now)
    client = signed_in(make_staff(Role.HEAD, market))
    assert "没解决" in text_of(client.get(QUEUE))
    assert "待跟进" in text_of(client.get(ticket_page(ticket)))
    done = reverse("console:follow-up-done", args=[ticket.follow_ups.get().pk])

    assert client.post(done, {"note": " "}).status_code == 422
    assert "跟进已完成" in text_of(client.post(done, {"note": "已上门"}, follow=True))
    assert client.post(done, {"note": "又一次"}).status_code == 409


def test_a_year_nobody_published_is_told_in_the_console(
    handler: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 12, 20, 2, tzinfo=UTC))
    html = text_of(signed_in(handler).get(QUEUE))

    assert "2027年的放假安排还没有录入" in html


# --- The city's rules ---


def test_the_administrator_changes_promises_and_routing(
    make_staff: StaffMaker, market: Department, tax: Department
) -> None:
    client = signed_in(make_staff(Role.ADMINISTRATOR))
    page = text_of(client.get(RULES))
    assert "3个工作日" in page
    assert "来源 chinesecalendar" in page
    form = {"demand": "consult", "kind": "closing", "amount": "2", "unit": "days"}
    assert "已修改" in text_of(client.post(reverse("console:level-set"), form, follow=True))
    rule = {"topic": "arrears", "category": "", "district": "", "department": "tax"}
    assert "本市自定" in text_of(client.post(reverse("console:rule-set"), rule, follow=True))

    assert levels.levels()[Demand.CONSULT, Kind.CLOSING].amount == 2
    assert routing.rules()[Key(topic="arrears")] == "tax"
    assert "恢复默认" in text_of(client.post(reverse("console:rule-drop"), rule, follow=True))
    assert client.post(reverse("console:rule-drop"), rule).status_code == 422
    for wrong in ({"amount": "many"}, {"amount": "999"}, {"unit": "weeks"}, {"demand": "x"}):
        assert client.post(reverse("console:level-set"), form | wrong).status_code == 422


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_nobody_else_sees_or_changes_them(
    role: Role, make_staff: StaffMaker, market: Department
) -> None:
    client = signed_in(make_staff(role, market))
    form = {"demand": "consult", "kind": "closing", "amount": "2", "unit": "days"}
    rule = {"topic": "arrears", "department": "market"}

    assert client.get(RULES).status_code == 403
    for name in ("level-set", "rule-set", "rule-drop"):
        assert client.post(reverse(f"console:{name}"), form | rule).status_code == 403
    assert levels.levels() == levels.DEFAULTS


def test_the_tickets_page_costs_the_same_however_many_there_are(
    ticket: Ticket, lives: Lives, request_of: RequestMaker, now: datetime
) -> None:
    client = signed_in(lives.boss)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(ticket_page(ticket))
        return len(captured)

    queries()  # the first request of a session writes the session
    before = queries()
    for place in range(5):
        other = services.open_ticket(request_of(ticket.conversation_id, key=f"k{place}"), now=now)
        lives.bring(other, State.IN_PROGRESS)
        services.add_note(ticket.pk, staff=lives.boss, text="备注", key=f"n{place}", now=now)
    assert queries() == before
