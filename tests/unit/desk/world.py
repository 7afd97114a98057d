"""All there is of a few tickets at one moment, to be looked at and to compare with another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self

from django.db import connection

from desk.audit.models import AuditEntry
from desk.conversations.models import Conversation, OutboundMessage
from desk.tickets.models import (
    ClockPause,
    FollowUp,
    Notice,
    Review,
    Ticket,
    TicketClock,
    TicketEvent,
)

TABLES = [
    str(model.objects.order_by("pk").query)
    for model in (
        *(Ticket, TicketClock, ClockPause, TicketEvent, Review, Notice, FollowUp, AuditEntry),
        *(Conversation, OutboundMessage),
    )
]


class Event(NamedTuple):
    """A line of a ticket's history."""

    pk: int
    ticket: int
    move: str
    from_state: str
    to_state: str
    actor: int | None
    note: str


class Audited(NamedTuple):
    """A row of the audit log."""

    pk: int
    target: str
    action: str
    actor: int | None


@dataclass(frozen=True, slots=True)
class World:
    """Tickets and clocks; history, audit and what notices are about, in the order of their making.

    `rows` is all of it and more, as `everything` reads it.
    """

    tickets: dict[int, Ticket]
    clocks: dict[int, list[TicketClock]]
    events: dict[int, list[Event]]
    audited: dict[str, list[Audited]]
    notices: list[str]
    rows: list[list[tuple[object, ...]]]

    @classmethod
    def read(cls, tickets: Sequence[int]) -> Self:
        """As it stands in the database now."""
        found = {one.pk: one for one in Ticket.objects.filter(pk__in=tickets)}
        clocks: dict[int, list[TicketClock]] = {pk: [] for pk in found}
        for clock in TicketClock.objects.order_by("pk"):
            clocks.setdefault(clock.ticket_id, []).append(clock)
        events: dict[int, list[Event]] = {pk: [] for pk in found}
        columns = ("pk", "ticket_id", "move", "from_state", "to_state", "actor_id", "note")
        for row in TicketEvent.objects.order_by("pk").values_list(*columns):
            events.setdefault(row[1], []).append(Event(*row))
        audited: dict[str, list[Audited]] = {}
        for entry in AuditEntry.objects.order_by("pk").values_list(
            "pk", "target", "action", "actor_id"
        ):
            audited.setdefault(entry[1], []).append(Audited(*entry))
        notices = list(Notice.objects.order_by("pk").values_list("about", flat=True))
        return cls(found, clocks, events, audited, notices, everything())

    def running(self, ticket: int) -> list[TicketClock]:
        """The ticket's promises neither kept nor called off."""
        return [clock for clock in self.clocks[ticket] if clock.running]

    def nearest(self, ticket: int) -> tuple[datetime | None, datetime | None]:
        """The earliest amber and red of its ticking clocks."""
        ticking = [clock for clock in self.running(ticket) if clock.paused_since is None]
        return (
            min((clock.amber_at for clock in ticking), default=None),
            min((clock.due_at for clock in ticking), default=None),
        )


def everything() -> list[list[tuple[object, ...]]]:
    """Every column of every row a move may touch, as the database has it."""
    tables = []
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(table)
            tables.append(cursor.fetchall())
    return tables
