"""Random moves by random people: no illegal state, no lost update, whole audit, true clocks.

A small number of sequences in `make test`; 10,000 under SOAK=1. The model beside the desk knows
which move leads where (moves.py), who looked at which version, and for each clock the stretches it
ran in; what is due it asks the slow oracle.
"""

import os
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache, lru_cache

import chinese_calendar
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from desk.accounts.models import Department, Role, StaffMember
from desk.audit.models import AuditEntry
from desk.enterprises.models import Enterprise
from desk.errors import DeskError
from desk.tickets import clocks, escalation, services
from desk.tickets.errors import StaleTicket
from desk.tickets.models import Notice, Ticket, TicketClock, TicketEvent
from desk.tickets.moves import MOVES, NOTED, OPENED
from desk.tickets.values import (
    DONE_STATES,
    HELD_STATES,
    PAUSED_STATES,
    Particulars,
    Party,
    State,
    TicketRequest,
)
from tests.unit.desk.oracle import CITY, after_seconds, end_of_working_day, worked_between

SOAK = bool(os.environ.get("SOAK"))
SEQUENCES = 10_000 if SOAK else 25
STEPS = 15
# Days around which something is moved, and quiet ones; no clock begun on them reaches 2027.
STARTS = [
    datetime(2024, 2, 7, 10, tzinfo=CITY),
    datetime(2024, 9, 12, 16, 30, tzinfo=CITY),
    datetime(2025, 1, 24, 9, 15, tzinfo=CITY),
    datetime(2025, 9, 26, 11, 59, tzinfo=CITY),
    datetime(2026, 2, 13, 17, 30, tzinfo=CITY),
    datetime(2026, 4, 30, 8, tzinfo=CITY),
    datetime(2026, 6, 10, 13, tzinfo=CITY),
]


@cache
def working_day(day: date) -> bool:
    # Whoever lets a ticket lie into 2027 meets the rule of weekdays, as the desk does.
    return bool(chinese_calendar.is_workday(day)) if day.year < 2027 else day.weekday() < 5


class ModelClock:
    """What the oracle knows of a clock: its promise, and when it stood still."""

    def __init__(self, row: TicketClock) -> None:
        self.pk, self.unit = row.pk, row.unit
        self.started, self.amount = row.started_at, row.amount
        self.extra = 0
        self.pauses: list[tuple[datetime, datetime]] = []
        self.since: datetime | None = None

    def due(self) -> datetime:
        return due_by_walking(self.started, self.unit, self.amount + self.extra, tuple(self.pauses))


@lru_cache(maxsize=4096)
def due_by_walking(
    started: datetime, unit: str, amount: int, pauses: tuple[tuple[datetime, datetime], ...]
) -> datetime:
    """The oracle's due time; remembered, since it is asked after every step and walks far."""
    if unit == "hours":
        due = after_seconds(started, amount * 3600, working_day)
    else:
        due = end_of_working_day(started, amount, working_day)
    for since, until in pauses:
        if since < due:
            due = after_seconds(until, worked_between(since, due, working_day), working_day)
    return due


class Desk(RuleBasedStateMachine):
    """Three tickets, seven people, and time that passes."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.now = STARTS[0]
        self.people: dict[str, StaffMember | Party] = {}
        self.tickets: list[int] = []
        self.states: dict[int, str] = {}
        self.versions: dict[int, int] = {}
        self.made: dict[int, int] = {}
        self.clocks: dict[int, dict[int, ModelClock]] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize(
        start=st.sampled_from(STARTS),
        seconds=st.integers(0, 86400),
        categories=st.lists(
            st.sampled_from(["consult", "help", "complain"]), min_size=3, max_size=3
        ),
    )
    def open_three(self, start: datetime, seconds: int, categories: list[str]) -> None:
        self.now = start + timedelta(seconds=seconds)
        market = Department.objects.create(code="market", name="市场监管局")
        tax = Department.objects.create(code="tax", name="税务局")
        Department.objects.create(code="hotline", name="12345热线中心")
        who = {
            "handler": (Role.HANDLER, market),
            "colleague": (Role.HANDLER, market),
            "taxman": (Role.HANDLER, tax),
            "head": (Role.HEAD, market),
            "operator": (Role.OPERATOR, None),
            "supervisor": (Role.SUPERVISOR, None),
            "boss": (Role.ADMINISTRATOR, None),
        }
        self.people = {
            name: StaffMember.objects.create(username=name, role=role, department=department)
            for name, (role, department) in who.items()
        }
        self.people |= {"person": Party.PERSON, "system": Party.SYSTEM}
        Enterprise.objects.create(
            name="示例公司",
            credit_code="91999999DEM0000017",
            industry="制造",
            district="bazhou",
            scale="small",
            registered_on="2020-01-01",
        )
        for place, category in enumerate(categories):
            name = "示例公司" if place == 0 else "张三"
            stated = TicketRequest(
                None, category, "楼下的店乱收费", name, "13800138000", f"k{place}"
            )
            ticket = services.open_ticket(stated, now=self.now)
            self.tickets.append(ticket.pk)
            self.states[ticket.pk] = ticket.state
            self.versions[ticket.pk] = ticket.version
            self.made[ticket.pk] = 2
            self.clocks[ticket.pk] = {}
            self._learn_clocks(ticket.pk)

    @rule(minutes=st.integers(0, 3 * 24 * 60), seconds=st.integers(0, 59))
    def time_passes(self, minutes: int, seconds: int) -> None:
        self.now += timedelta(minutes=minutes, seconds=seconds)

    @rule(
        place=st.integers(0, 2),
        other=st.integers(0, 2),
        name=st.sampled_from(sorted(MOVES)),
        who=st.sampled_from(
            ["handler", "colleague", "taxman", "head", "operator", "supervisor", "boss", "person"]
        ),
        days=st.integers(0, 16),
        department=st.sampled_from(["market", "tax", "nowhere"]),
        behind=st.sampled_from([0, 0, 0, 0, 1]),
    )
    def move(
        self,
        place: int,
        other: int,
        name: str,
        who: str,
        days: int,
        department: str,
        behind: int,
    ) -> None:
        """Anybody tries anything, sometimes from a page that is out of date."""
        self._try(place, other, name, who, days, department, behind)

    @rule(
        place=st.integers(0, 2),
        other=st.integers(0, 2),
        choice=st.integers(0, 40),
        days=st.integers(1, 5),
        department=st.sampled_from(["market", "tax"]),
    )
    def likely_move(self, place: int, other: int, choice: int, days: int, department: str) -> None:
        """Something the state allows, by somebody who often may: lives get far this way."""
        possible = [
            move for move in MOVES.values() if self.states[self.tickets[place]] in move.sources
        ]
        possible = [move for move in possible if move.roles or Party.PERSON in move.parties]
        if possible:
            move = possible[choice % len(possible)]
            who = "handler" if move.asks else ("boss" if move.roles else "person")
            self._try(place, other, move.name, who, days, department, 0)

    @rule(place=st.integers(0, 2), first=st.sampled_from(["start", "close", "withdraw"]))
    def two_at_once(self, place: int, first: str) -> None:
        """Two who look at the same page: the second is refused, and nothing of it is kept."""
        pk = self.tickets[place]
        seen = self.versions[pk]
        boss = self.people["boss"]
        before = self._snapshot(pk)
        if not self._try(place, place, first, "boss", 1, "market", 0):
            assert self._snapshot(pk) == before
            return
        after = self._snapshot(pk)
        for second in ("start", "suspend", "close", "archive"):
            with pytest.raises(StaleTicket), transaction.atomic():
                services.transition(pk, second, actor=boss, now=self.now, note="晚了", version=seen)
        assert self._snapshot(pk) == after

    @rule(place=st.integers(0, 2), minutes=st.integers(1, 9 * 24 * 60), seconds=st.integers(0, 59))
    def wait_for_the_person(self, place: int, minutes: int, seconds: int) -> None:
        """The work stops, time passes, the person or staff take it up again."""
        if self.states[self.tickets[place]] in (State.RECEIVED, State.ASSIGNED):
            self._try(place, place, "start", "handler", 1, "market", 0)
        self._try(place, place, "suspend", "boss", 1, "market", 0)
        self.time_passes(minutes, seconds)
        who = "person" if minutes % 2 else "boss"
        self._try(place, place, "resume", who, 1, "market", 0)

    @rule(
        place=st.integers(0, 2),
        turn=st.integers(1, 2),
        minutes=st.integers(0, 9 * 24 * 60),
        fate=st.sampled_from(["close", "withdraw", "interim"]),
    )
    def merge_and_go_on(self, place: int, turn: int, minutes: int, fate: str) -> None:
        """Two become one, and something becomes of the one."""
        main = (place + turn) % 3
        self._try(place, main, "merge", "boss", 1, "market", 0)
        self.time_passes(minutes, 0)
        who = "person" if fate == "withdraw" else "boss"
        self._try(main, main, fate, who, 1, "market", 0)

    @rule()
    def the_worker_looks(self) -> None:
        levels = dict(TicketClock.objects.values_list("pk", "level"))
        while escalation.work("worker", now=self.now):
            pass
        for clock in TicketClock.objects.all():
            told = clock.level - levels[clock.pk]
            assert told >= 0
            self.made[clock.ticket_id] += told

    def _try(
        self,
        place: int,
        other: int,
        name: str,
        who: str,
        days: int,
        department: str,
        behind: int,
    ) -> bool:
        pk, main = self.tickets[place], self.tickets[other]
        before = self._snapshot(pk)
        numbers = dict(Ticket.objects.values_list("pk", "number"))
        given = Particulars(department, "handler", days, numbers[main], days % 2 == 0, days % 7)
        if name == "dispatch":
            given = Particulars(department)
        try:
            with transaction.atomic():
                moved = services.transition(
                    pk,
                    name,
                    actor=self.people[who],
                    now=self.now,
                    note="说明",
                    given=given,
                    version=self.versions[pk] - behind,
                )
        except DeskError:
            assert self._snapshot(pk) == before
            return False
        move = MOVES[name]
        assert not behind
        assert self.states[pk] in move.sources
        assert moved.state == (move.target or self.states[pk])
        self.made[pk] += 1
        for follower in Ticket.objects.filter(pk__in=self.tickets):
            self._follow(follower, extended=days if name == "approve_extension" else 0, pk=pk)
        return True

    def _follow(self, ticket: Ticket, *, extended: int, pk: int) -> None:
        """The model learns what a move changed on its ticket and on those merged into it."""
        was, state = self.states[ticket.pk], ticket.state
        if ticket.pk != pk and state != was:
            assert (was, state) in {("merged", "closed"), ("merged", "received")}
            self.made[ticket.pk] += 1
        known = self.clocks[ticket.pk]
        for clock in known.values():
            if state in PAUSED_STATES and was not in PAUSED_STATES:
                clock.since = self.now
            elif state not in PAUSED_STATES and was in PAUSED_STATES and clock.since:
                clock.pauses.append((clock.since, self.now))
                clock.since = None
        self._learn_clocks(ticket.pk)
        if ticket.pk == pk and extended:
            review = ticket.reviews.filter(kind="extension", outcome="approved").get()
            closing = ticket.clocks.filter(kind="closing").latest("round")
            known[closing.pk].extra = review.days or 0
        self.states[ticket.pk], self.versions[ticket.pk] = state, ticket.version

    def _learn_clocks(self, pk: int) -> None:
        for row in TicketClock.objects.filter(ticket=pk):
            self.clocks[pk].setdefault(row.pk, ModelClock(row))

    def _snapshot(self, pk: int) -> object:
        """All there is of a ticket."""
        return (
            Ticket.objects.filter(pk=pk).values().get(),
            list(TicketClock.objects.filter(ticket=pk).values().order_by("pk")),
            TicketEvent.objects.count(),
            AuditEntry.objects.count(),
            Notice.objects.count(),
        )

    @invariant()
    def every_state_is_legal(self) -> None:
        for ticket in Ticket.objects.filter(pk__in=self.tickets):
            assert ticket.state == self.states[ticket.pk]
            assert (ticket.state in DONE_STATES) == (ticket.closed_at is not None)
            assert ticket.state not in HELD_STATES or ticket.department_id is not None
            assert (ticket.state == State.SUSPENDED) == (ticket.suspended_at is not None)
            if ticket.state == State.MERGED:
                assert ticket.main is not None
                assert ticket.main.state not in (*DONE_STATES, State.MERGED, State.WITHDRAWN)

    @invariant()
    def history_and_audit_are_whole(self) -> None:
        for ticket in Ticket.objects.filter(pk__in=self.tickets):
            events = list(ticket.events.order_by("pk"))
            audited = list(
                AuditEntry.objects.filter(target=f"ticket:{ticket.number}").order_by("pk")
            )
            assert len(events) == len(audited) == self.made[ticket.pk]
            state = ""
            for event, entry in zip(events, audited, strict=True):
                assert event.from_state == state
                state = event.to_state
                if event.move not in (OPENED, NOTED):
                    move = MOVES[event.move]
                    assert entry.action == move.audit_action
                    assert event.from_state in move.sources
                    assert entry.actor_id == event.actor_id
            assert state == ticket.state

    @invariant()
    def clocks_are_the_oracles(self) -> None:
        for pk, known in self.clocks.items():
            paused = self.states[pk] in PAUSED_STATES
            for row in TicketClock.objects.filter(ticket=pk):
                model = known[row.pk]
                if not row.running:
                    continue
                assert (row.paused_since is not None) == paused
                assert row.paused_since == model.since
                assert row.due_at == model.due(), (row.kind, row.started_at, model.pauses)
                assert row.level <= clocks.SUPERVISOR
            ticking = [row for row in running_of(pk) if row.paused_since is None]
            listed = Ticket.objects.values_list("amber_at", "due_at").get(pk=pk)
            assert listed == (
                min((row.amber_at for row in ticking), default=None),
                min((row.due_at for row in ticking), default=None),
            )
        told = TicketEvent.objects.filter(move="escalate").count()
        assert told == sum(TicketClock.objects.values_list("level", flat=True))
        assert Notice.objects.filter(about="overdue").count() == told


def running_of(pk: int) -> list[TicketClock]:
    return [row for row in TicketClock.objects.filter(ticket=pk) if row.running]


def test_no_sequence_of_moves_breaks_the_desk(transactional: None) -> None:
    run_machine(
        Desk,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
        ),
    )


@pytest.fixture
def transactional(db: None) -> Iterator[None]:
    """A database whose every sequence is rolled back by itself."""
    yield
    assert not connection.needs_rollback
