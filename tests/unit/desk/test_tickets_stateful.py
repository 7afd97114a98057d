"""Random moves by random people: no illegal state, no lost update, whole audit, true clocks.

A few sequences in `make test`, as many as the variable LIVES says otherwise; with another
`--hypothesis-seed` they are others, so several processes share the 10,000 of `make soak`. The model
beside the desk knows which move leads where (moves.py), who looked at which version, and for each
clock the stretches it ran in; what is due it asks the slow oracle. After every step that may have
changed something the whole of the desk is read once, and everything is checked on what was read.
"""

import logging
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
from desk.enterprises.models import Enterprise
from desk.errors import DeskError
from desk.tickets import clocks, escalation, services
from desk.tickets.errors import StaleTicket
from desk.tickets.models import Ticket, TicketClock
from desk.tickets.moves import MOVES, NOTED, OPENED
from desk.tickets.values import (
    DONE_STATES,
    HELD_STATES,
    PAUSED_STATES,
    Kind,
    Particulars,
    Party,
    State,
    TicketRequest,
)
from tests.unit.desk.oracle import CITY, after_seconds, end_of_working_day, worked_between
from tests.unit.desk.world import World, everything

SEQUENCES = int(os.environ.get("LIVES", "25"))
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


@lru_cache(maxsize=65536)
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


def settle() -> dict[str, StaffMember | Party]:
    """The city all sequences take place in, made once: departments, a firm, and who acts."""
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
    people: dict[str, StaffMember | Party] = {
        name: StaffMember.objects.create(username=name, role=role, department=department)
        for name, (role, department) in who.items()
    }
    Enterprise.objects.create(
        name="示例公司",
        credit_code="91999999DEM0000017",
        industry="制造",
        district="bazhou",
        scale="small",
        registered_on="2020-01-01",
    )
    return people | {"person": Party.PERSON, "system": Party.SYSTEM}


NOTHING = World({}, {}, {}, {}, [], [])


class Desk(RuleBasedStateMachine):
    """Three tickets, seven people, and time that passes."""

    people: dict[str, StaffMember | Party]

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.now = STARTS[0]
        self.tickets: list[int] = []
        self.states: dict[int, str] = {}
        self.versions: dict[int, int] = {}
        self.made: dict[int, int] = {}
        self.clocks: dict[int, dict[int, ModelClock]] = {}
        self.world = self.checked = NOTHING

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
        self._look()
        for pk in self.tickets:
            self._learn_clocks(pk)

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
        if not self._try(place, place, first, "boss", 1, "market", 0):
            return
        for second in ("start", "suspend", "close", "archive"):
            with pytest.raises(StaleTicket):
                services.transition(pk, second, actor=boss, now=self.now, note="晚了", version=seen)
        self._nothing_changed()

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
        levels = {clock.pk: clock.level for clock in self._all_clocks()}
        while escalation.work("worker", now=self.now):
            pass
        self._look()
        for clock in self._all_clocks():
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
        pk, main = self.tickets[place], self.world.tickets[self.tickets[other]].number
        given = Particulars(department, "handler", days, main, days % 2 == 0, days % 7)
        if name == "dispatch":
            given = Particulars(department)
        try:
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
            self._nothing_changed()
            return False
        move = MOVES[name]
        assert not behind
        assert self.states[pk] in move.sources
        assert moved.state == (move.target or self.states[pk])
        self.made[pk] += 1
        self._look()
        for follower in self.world.tickets.values():
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
            closing = [one for one in self.world.clocks[pk] if one.kind == Kind.CLOSING]
            known[max(closing, key=lambda one: one.round).pk].extra = review.days or 0
        self.states[ticket.pk], self.versions[ticket.pk] = state, ticket.version

    def _learn_clocks(self, pk: int) -> None:
        for row in self.world.clocks[pk]:
            self.clocks[pk].setdefault(row.pk, ModelClock(row))

    def _all_clocks(self) -> list[TicketClock]:
        return [clock for each in self.world.clocks.values() for clock in each]

    def _look(self) -> None:
        """Reads the whole desk, after something was done."""
        self.world = World.read(self.tickets)

    def _nothing_changed(self) -> None:
        """After something was refused the whole desk is as it was."""
        assert everything() == self.world.rows

    @invariant()
    def all_is_as_it_must_be(self) -> None:
        # Passing time alone writes nothing: what was read and found right is right.
        if self.world is not self.checked:
            self._every_state_is_legal()
            self._history_and_audit_are_whole()
            self._clocks_are_the_oracles()
            self.checked = self.world

    def _every_state_is_legal(self) -> None:
        for ticket in self.world.tickets.values():
            assert ticket.state == self.states[ticket.pk]
            assert (ticket.state in DONE_STATES) == (ticket.closed_at is not None)
            assert ticket.state not in HELD_STATES or ticket.department_id is not None
            assert (ticket.state == State.SUSPENDED) == (ticket.suspended_at is not None)
            if ticket.state == State.MERGED:
                assert ticket.main_id is not None
                main = self.world.tickets[ticket.main_id]
                assert main.state not in (*DONE_STATES, State.MERGED, State.WITHDRAWN)

    def _history_and_audit_are_whole(self) -> None:
        for ticket in self.world.tickets.values():
            events = self.world.events[ticket.pk]
            audited = self.world.audited[f"ticket:{ticket.number}"]
            assert len(events) == len(audited) == self.made[ticket.pk]
            state = ""
            for event, entry in zip(events, audited, strict=True):
                assert event.from_state == state
                state = event.to_state
                if event.move not in (OPENED, NOTED):
                    move = MOVES[event.move]
                    assert entry.action == move.audit_action
                    assert event.from_state in move.sources
                    assert entry.actor == event.actor
            assert state == ticket.state

    def _clocks_are_the_oracles(self) -> None:
        for pk, known in self.clocks.items():
            paused = self.states[pk] in PAUSED_STATES
            for row in self.world.running(pk):
                model = known[row.pk]
                assert (row.paused_since is not None) == paused
                assert row.paused_since == model.since
                assert row.due_at == model.due(), (row.kind, row.started_at, model.pauses)
                assert row.level <= clocks.SUPERVISOR
            listed = self.world.tickets[pk]
            assert (listed.amber_at, listed.due_at) == self.world.nearest(pk)
        events = [event for each in self.world.events.values() for event in each]
        told = sum(event.move == "escalate" for event in events)
        assert told == sum(clock.level for clock in self._all_clocks())
        assert sum(about == "overdue" for about in self.world.notices) == told


def test_no_sequence_of_moves_breaks_the_desk(transactional: None) -> None:
    Desk.people = settle()
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
    """A database whose every sequence is rolled back by itself; what is logged meanwhile is not
    kept: it is a line for each of 30,000 tickets."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
    assert not connection.needs_rollback
