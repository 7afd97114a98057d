"""The clocks of tickets: promised, paused, kept, extended, escalated, counted again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from desk.accounts.models import Department, Role, StaffMember
from desk.audit.models import AuditEntry
from desk.conversations.models import OutboundMessage
from desk.enterprises.models import Enterprise
from desk.errors import NotPermitted
from desk.tickets import clock_words, correction, escalation, levels, notices, queues, services
from desk.tickets.errors import ExtensionUsed, InvalidParticulars
from desk.tickets.models import Notice, Ticket, TicketClock
from desk.tickets.queues import Scope, Wanted
from desk.tickets.values import Particulars, State
from tests.unit.desk.lives import Lives
from tests.unit.desk.makers import RequestMaker, Speaker, StaffMaker
from tests.unit.desk.oracle import CITY

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY)


def due(ticket: Ticket, kind: str = "closing") -> datetime:
    return TicketClock.objects.filter(ticket=ticket, kind=kind).latest("round").due_at


@pytest.fixture
def firm(db: None) -> Enterprise:
    return Enterprise.objects.create(
        name="示例机械有限公司",
        credit_code="91999999DEM0000017",
        industry="制造",
        district="bazhou",
        scale="small",
        registered_on="2020-01-01",
        sample=True,
    )


@pytest.mark.parametrize(
    ("category", "day"),
    [
        ("consult", "2026-11-26"),
        ("help", "2026-12-02"),
        ("suggest", "2026-12-02"),
        ("complain", "2026-12-14"),
        ("report", "2026-12-14"),
    ],
)
def test_each_category_has_its_promise(
    category: str, day: str, conversation: UUID, request_of: RequestMaker, now: datetime
) -> None:
    ticket = services.open_ticket(request_of(conversation, category=category), now=now)

    assert due(ticket) == at(f"{day}T17:00")
    assert due(ticket, "acceptance") == at("2026-11-24T17:00")
    assert set(ticket.clocks.values_list("kind", flat=True)) == {"acceptance", "closing"}


def test_an_enterprise_is_called_within_the_hour_and_has_the_earlier_of_two_promises(
    firm: Enterprise, conversation: UUID, request_of: RequestMaker, now: datetime
) -> None:
    demand = services.open_ticket(request_of(conversation, who=firm.name), now=now)
    question = services.open_ticket(
        request_of(conversation, category="consult", who=firm.name, key="q"), now=now
    )

    assert demand.enterprise == firm
    assert due(demand, "contact") == at("2026-11-23T11:30")
    assert due(demand, "interim") == at("2026-11-26T17:00")
    assert due(demand) == at("2026-11-30T17:00")
    assert due(question) == at("2026-11-26T17:00")


def test_a_city_makes_its_own_promises(
    conversation: UUID, request_of: RequestMaker, make_staff: StaffMaker, now: datetime
) -> None:
    boss = make_staff(Role.ADMINISTRATOR)
    before = services.open_ticket(request_of(conversation), now=now)
    levels.set_level("complain", "closing", amount=10, unit="days", actor=boss)
    levels.set_level("complain", "acceptance", amount=0, unit="days", actor=boss)
    levels.set_level("complain", "contact", amount=2, unit="hours", actor=boss)

    after = services.open_ticket(request_of(conversation, key="2"), now=now)

    assert due(after) == at("2026-12-07T17:00")
    assert due(after, "contact") == at("2026-11-23T13:30")
    assert set(after.clocks.values_list("kind", flat=True)) == {"contact", "closing"}
    assert due(before) == at("2026-12-14T17:00")
    assert AuditEntry.objects.filter(action="service_level.set", actor=boss).count() == 3


@pytest.mark.parametrize(
    ("demand", "kind", "amount", "unit"),
    [
        ("wish", "closing", 3, "days"),
        ("help", "end", 3, "days"),
        ("help", "closing", 3, "weeks"),
        ("help", "closing", -1, "days"),
        ("help", "closing", 251, "days"),
        ("help", "closing", 0, "days"),
    ],
)
def test_a_promise_that_cannot_be_meant_is_refused(
    demand: str, kind: str, amount: int, unit: str, make_staff: StaffMaker
) -> None:
    with pytest.raises(InvalidParticulars):
        levels.set_level(
            demand, kind, amount=amount, unit=unit, actor=make_staff(Role.ADMINISTRATOR)
        )
    assert levels.levels() == levels.DEFAULTS


def test_only_the_administrator_changes_promises(handler: StaffMember) -> None:
    with pytest.raises(NotPermitted):
        levels.set_level("help", "closing", amount=3, unit="days", actor=handler)


def test_promises_are_kept_by_what_keeps_them(
    firm: Enterprise,
    market: Department,
    conversation: UUID,
    request_of: RequestMaker,
    handler: StaffMember,
    now: datetime,
) -> None:
    ticket = services.open_ticket(request_of(conversation, who=firm.name), now=now)

    def met() -> set[str]:
        return set(ticket.clocks.filter(met_at__isnull=False).values_list("kind", flat=True))

    services.reply(ticket.pk, staff=handler, text="您好", key="k", now=now)
    assert met() == {"contact"}
    services.transition(ticket.pk, "start", actor=handler, now=now)
    assert met() == {"contact", "acceptance"}
    services.transition(ticket.pk, "interim", actor=handler, now=now, note="已去现场")
    assert met() == {"contact", "acceptance", "interim"}
    later = at("2026-11-24T10:30")
    services.transition(ticket.pk, "close", actor=handler, now=later, note="已退费")
    assert met() == {"contact", "acceptance", "interim", "closing"}
    assert ticket.clocks.get(kind="closing").elapsed == 7 * 3600


def test_waiting_for_the_person_costs_no_working_time(
    ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    services.transition(ticket.pk, "start", actor=handler, now=now)
    services.transition(
        ticket.pk, "suspend", actor=handler, now=at("2026-11-24T16:59:30"), note="请发合同照片"
    )
    clock = ticket.clocks.get(kind="closing")
    assert (clock.paused_since, clock.elapsed) == (at("2026-11-24T16:59:30"), 12 * 3600 + 1770)

    services.transition(ticket.pk, "resume", actor=handler, now=at("2026-11-28T12:00"))

    # Half a minute was left of Tuesday; Saturday is no working day, so it is used up on Monday.
    # Fourteen working days and half a minute from Monday 30 November, 09:00.
    assert due(ticket) == at("2026-12-18T09:00:30")
    clock.refresh_from_db()
    assert clock.paused_since is None


def test_the_persons_message_takes_up_what_waited_for_it_from_the_moment_it_came(
    ticket: Ticket, handler: StaffMember, person_says: Speaker, now: datetime
) -> None:
    services.transition(ticket.pk, "start", actor=handler, now=now)
    services.transition(ticket.pk, "suspend", actor=handler, now=now, note="请发合同照片")
    assert escalation.resume_answered(now=now) == 0
    assert ticket.conversation_id
    person_says(ticket.conversation_id, "照片发了", at("2026-11-24T10:30"))

    assert escalation.resume_answered(now=at("2026-11-24T10:31")) == 1
    assert escalation.resume_answered(now=at("2026-11-24T10:32")) == 0

    ticket.refresh_from_db()
    assert (ticket.state, ticket.suspended_at) == (State.IN_PROGRESS, None)
    event = ticket.events.last()
    assert event
    assert (event.who, event.at) == ("来访人", at("2026-11-24T10:30"))
    # A day later to the second: 7 working hours after the end of the fifteenth day.
    assert due(ticket) == at("2026-12-15T17:00")


def test_a_ticket_is_extended_once_and_the_person_is_told_why_and_until_when(
    ticket: Ticket, lives: Lives, handler: StaffMember, now: datetime
) -> None:
    def ask(days: int) -> Ticket:
        return services.transition(
            ticket.pk,
            "ask_extension",
            actor=handler,
            now=now,
            note="等待检测报告",
            given=Particulars(days=days),
        )

    services.transition(ticket.pk, "start", actor=handler, now=now)
    for days in (0, 16):
        with pytest.raises(InvalidParticulars):
            ask(days)
    ask(5)
    assert due(ticket) == at("2026-12-14T17:00")
    services.transition(ticket.pk, "approve_extension", actor=lives.boss, now=now)

    assert due(ticket) == at("2026-12-21T17:00")
    told = OutboundMessage.objects.filter(author="system").latest("seq").text
    assert "等待检测报告" in told
    assert "12月21日（周一）17:00" in told
    with pytest.raises(ExtensionUsed):
        ask(3)


# --- Amber, red, escalation ---


def colours(ticket: Ticket, now: datetime) -> dict[str, str]:
    ticket.refresh_from_db()
    return {line.label: line.colour for line in clock_words.lines_of(ticket, now=now)}


def test_a_clock_is_green_then_amber_then_red(
    ticket: Ticket, handler: StaffMember, make_staff: StaffMaker, now: datetime
) -> None:
    services.transition(ticket.pk, "start", actor=handler, now=now)
    clock = ticket.clocks.get(kind="closing")

    def scopes(moment: datetime) -> set[Scope]:
        found = queues.counts(handler, now=moment)
        listed = {
            scope: queues.queue(handler, Wanted(scope), now=moment).count() for scope in Scope
        }
        assert listed == found
        return {scope for scope in (Scope.AMBER, Scope.RED) if found[scope]}

    for moment, colour, listed in (
        (clock.amber_at - SECOND, "green", set()),
        (clock.amber_at, "amber", {Scope.AMBER}),
        (clock.due_at, "amber", {Scope.AMBER}),
        (clock.due_at + SECOND, "red", {Scope.RED}),
    ):
        assert colours(ticket, moment)["办结"] == colour
        assert scopes(moment) == listed
    services.transition(ticket.pk, "suspend", actor=handler, now=clock.due_at, note="请补充")
    assert colours(ticket, clock.due_at + timedelta(days=9))["办结"] == "paused"
    assert scopes(clock.due_at + timedelta(days=9)) == set()


def test_clocks_are_told_in_words(ticket: Ticket, handler: StaffMember, now: datetime) -> None:
    def said(moment: datetime) -> str:
        ticket.refresh_from_db()
        lines = clock_words.lines_of(ticket, now=moment)
        return next(line.words for line in lines if line.label == "办结")

    assert said(now) == "还剩15个工作日5小时，12月14日（周一）17:00前"
    assert said(at("2026-12-14T16:30")) == "还剩30分钟，12月14日（周一）17:00前"
    assert said(at("2026-12-15T10:30")) == "已超期1小时30分，应在12月14日（周一）17:00前"
    services.transition(ticket.pk, "start", actor=handler, now=now)
    services.transition(
        ticket.pk, "suspend", actor=handler, now=at("2026-12-14T16:00"), note="请补充"
    )
    assert said(at("2026-12-20T10:00")) == "已暂停，恢复后还有1小时"
    services.transition(ticket.pk, "resume", actor=handler, now=at("2026-12-21T09:00"))
    services.transition(
        ticket.pk, "close", actor=handler, now=at("2026-12-21T11:00"), note="已退费"
    )
    assert said(at("2026-12-21T11:00")) == "已完成，超期1小时"


def test_an_overdue_ticket_is_escalated_to_the_head_then_the_supervisor_once_each(
    ticket: Ticket,
    handler: StaffMember,
    make_staff: StaffMaker,
    market: Department,
    tax: Department,
    now: datetime,
) -> None:
    head, other = make_staff(Role.HEAD, market), make_staff(Role.HEAD, tax)
    supervisor = make_staff(Role.SUPERVISOR)
    services.transition(ticket.pk, "start", actor=handler, now=now)
    red = due(ticket)

    assert escalation.work("w", now=red - SECOND) == 0
    for moment in (red, red + SECOND, red + timedelta(hours=1)):
        escalation.work("w", now=moment)
    assert [notice.about for notice in notices.unseen_by(head)] == ["overdue"]
    assert not notices.unseen_by(other).exists()
    assert not notices.unseen_by(supervisor).exists()

    for moment in (at("2026-12-15T17:00"), at("2026-12-15T17:01"), at("2026-12-30T17:00")):
        escalation.work("w", now=moment)

    assert notices.unseen_by(head).count() == notices.unseen_by(supervisor).count() == 1
    entries = AuditEntry.objects.filter(action="ticket.escalated")
    assert entries.count() == ticket.events.filter(move="escalate").count() == 2
    assert all(entry.details["by"] == "system" for entry in entries)
    notices.see(notices.unseen_by(head).get().pk, staff=head, now=now)
    assert not notices.unseen_by(head).exists()
    with pytest.raises(NotPermitted):
        notices.see(Notice.objects.latest("pk").pk, staff=other, now=now)


def test_a_reminder_goes_when_its_review_is_decided_or_its_ticket_archived(
    ticket: Ticket, handler: StaffMember, make_staff: StaffMaker, market: Department, now: datetime
) -> None:
    head = make_staff(Role.HEAD, market)
    services.transition(ticket.pk, "start", actor=handler, now=now)

    def ask(move: str, moment: datetime, **given: Any) -> None:
        services.transition(
            ticket.pk, move, actor=handler, now=moment, note="要核实", given=Particulars(**given)
        )

    ask("ask_extension", now, days=1)
    assert [one.text for one in notices.unseen_by(head)] == [f"{ticket.number} 申请延期，请审核"]
    services.transition(ticket.pk, "approve_extension", actor=head, now=now, note="同意")
    assert not notices.unseen_by(head).exists()
    # A later request does not bring the settled one back.
    ask("ask_return", now + SECOND)
    assert [one.text for one in notices.unseen_by(head)] == [f"{ticket.number} 申请退单，请审核"]

    services.transition(ticket.pk, "refuse", actor=head, now=now + SECOND, note="接着办")
    services.transition(ticket.pk, "close", actor=handler, now=now + SECOND, note="已退费")
    assert notices.unseen_by(handler).exists()
    services.transition(ticket.pk, "archive", actor=head, now=now + SECOND, note="存档")
    assert not notices.unseen_by(handler).exists()


def test_without_a_head_the_supervisor_is_told_at_once(ticket: Ticket, now: datetime) -> None:
    escalation.work("w", now=due(ticket, "acceptance"))

    assert [notice.role for notice in Notice.objects.filter(about="overdue")] == ["supervisor"]


def test_what_is_kept_paused_or_called_off_is_not_escalated(
    ticket: Ticket, lives: Lives, request_of: RequestMaker, now: datetime
) -> None:
    others = [
        services.open_ticket(request_of(ticket.conversation_id, key=f"k{place}"), now=now)
        for place in range(3)
    ]
    for one, state in zip(
        (ticket, *others),
        (State.CLOSED, State.SUSPENDED, State.MERGED, State.WITHDRAWN),
        strict=True,
    ):
        lives.bring(one, state)
    Ticket.objects.get(idempotency_key="main").clocks.update(stopped_at=now)

    assert escalation.work("w", now=at("2027-03-01T10:00")) == 0
    assert not Notice.objects.filter(about="overdue").exists()


def test_a_claimed_clock_is_left_alone_until_its_lease_ends(ticket: Ticket) -> None:
    red = due(ticket, "acceptance")
    mine = escalation.claim("one", now=red)

    assert mine == [ticket.clocks.get(kind="acceptance").pk]
    assert escalation.claim("two", now=red + SECOND) == []
    assert escalation.claim("two", now=red + escalation.LEASE) == mine


@pytest.mark.django_db(transaction=True)
def test_many_workers_escalate_each_clock_once(
    ticket: Ticket, request_of: RequestMaker, now: datetime
) -> None:
    for place in range(5):
        services.open_ticket(request_of(ticket.conversation_id, key=f"k{place}"), now=now)
    red = due(ticket, "acceptance")

    def work(place: int) -> int:
        try:
            return escalation.work(f"w{place}", now=red)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        made = sum(threads.map(work, range(4)))

    assert made == 6
    assert Notice.objects.filter(about="overdue").count() == 6
    assert AuditEntry.objects.filter(action="ticket.escalated").count() == 6


# --- The calendar comes later ---


def test_clocks_are_corrected_when_a_year_is_published(
    settings: Settings,
    tmp_path: Path,
    conversation: UUID,
    request_of: RequestMaker,
    caplog: pytest.LogCaptureFixture,
) -> None:
    opened = datetime(2026, 12, 14, 2, 30, tzinfo=UTC)
    ticket = services.open_ticket(request_of(conversation), now=opened)
    assert due(ticket) == at("2027-01-04T17:00")
    assert "2027" in caplog.text
    assert correction.recompute(now=opened) == (1, 0)
    own = tmp_path / "worktime.yml"
    own.write_text(
        "2027: {source: 示例, holidays: [2027-01-01, 2027-01-04], workdays: [2027-01-03]}",
        encoding="utf-8",
    )
    settings.WORKTIME_OVERLAYS = [own]

    out = StringIO()
    call_command("recompute_clocks", stdout=out, stderr=StringIO())

    assert due(ticket) == at("2027-01-05T17:00")
    assert "校正期限 1 张" in out.getvalue()
    assert AuditEntry.objects.filter(action="ticket.clocks_recounted").count() == 1
    event = ticket.events.get(move="recount")
    assert "2027年1月4日（周一）17:00改为" in event.note
    assert correction.recompute(now=opened) == (1, 0)
