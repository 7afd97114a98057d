"""How far a ticket is, for whoever knows its number and code: nothing personal, tries counted."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from django.db import transaction

from desk.tickets import clocks
from desk.tickets.errors import TooManyTries, WrongCode
from desk.tickets.models.tasks import ProgressTry
from desk.tickets.models.ticket import CODE_LENGTH, Ticket
from desk.tickets.moves import OPENED
from desk.tickets.numbers import read_number
from desk.tickets.values import OPEN_STATES, State
from knowledge_base.text import fold

WINDOW = timedelta(minutes=15)
MOST_TOGETHER = 10
"""Of one address for one number: a stranger who tries a number locks nobody but themselves out."""
MOST_PER_ADDRESS = 60
MOST_PER_NUMBER = 300
"""From all addresses: against 10^8 codes still nothing, and out of a single visitor's reach."""
# What a ticket without its match is compared with, so that both take the same time.
NO_CODE = "x" * CODE_LENGTH
# What the person was told anyway; notes, visits and reviews stay inside.
SHOWN = (
    OPENED,
    "dispatch",
    "start",
    "interim",
    "suspend",
    "resume",
    "approve_return",
    "approve_reassign",
    "approve_extension",
    "close",
    "follow",
    "reopen",
    "merge",
    "release",
    "withdraw",
    "archive",
    "urge",
    "add",
)
LABELS = {
    "approve_return": "重新确认承办部门",
    "approve_reassign": "转办",
    "approve_extension": "延期",
}


@dataclass(frozen=True, slots=True)
class Milestone:
    """One line of what happened: words and time, nothing of what was said."""

    label: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """A ticket as its progress page shows it; the three flags say what the person can do."""

    number: str
    category: str
    state: str
    department: str
    due: datetime | None
    paused: bool
    milestones: list[Milestone]
    rating: int | None
    open: bool
    closed: bool
    unsettled: bool


def look_up(number: str, code: str, *, address: str, now: datetime) -> Ticket:
    """The ticket with this number and code; wrong codes are counted by number, address and both.

    Raises WrongCode, TooManyTries.
    """
    wanted = re.sub(r"[^A-Z0-9]", "", read_number(number))[:20]
    counted = {
        f"both:{wanted}:{address[:48]}": MOST_TOGETHER,
        f"address:{address[:48]}": MOST_PER_ADDRESS,
        f"number:{wanted}": MOST_PER_NUMBER,
    }
    for who, most in counted.items():
        if _tries(who, now) >= most:
            raise TooManyTries
    ticket = Ticket.objects.select_related("department", "main__department").filter(number=wanted)
    found = ticket.first()
    right = (found.progress_code if found else NO_CODE).encode()
    if compare_digest(right, "".join(fold(code).split()).encode()) and found is not None:
        return found
    for who in counted:
        _count(who, now)
    raise WrongCode


def progress_of(ticket: Ticket) -> Progress:
    """What may be shown of `ticket` to whoever has its code."""
    owner = ticket.main.department if ticket.main else ticket.department
    clock = clocks.closing(ticket)
    running = clock is not None and clock.running
    events = ticket.events.filter(move__in=SHOWN)
    return Progress(
        number=ticket.number,
        category=ticket.get_category_display(),
        state=ticket.get_state_display(),
        department=owner.name if owner else "",
        due=clock.due_at if clock and running and clock.paused_since is None else None,
        paused=ticket.state == State.SUSPENDED,
        milestones=[
            Milestone(LABELS.get(event.move, event.get_move_display()), event.at)
            for event in events
        ],
        rating=ticket.rating,
        open=ticket.state in OPEN_STATES or ticket.state == State.MERGED,
        closed=ticket.state in (State.CLOSED, State.VISITED),
        unsettled=ticket.state == State.CLOSED,
    )


def _tries(who: str, now: datetime) -> int:
    counted = ProgressTry.objects.filter(who=who, since__gt=now - WINDOW)
    return counted.values_list("count", flat=True).first() or 0


def _count(who: str, now: datetime) -> None:
    """Its own transaction: a refusal that follows must not undo it."""
    with transaction.atomic():
        ProgressTry.objects.get_or_create(who=who, defaults={"since": now})
        row = ProgressTry.objects.select_for_update().get(who=who)
        if row.since <= now - WINDOW:
            row.since, row.count = now, 0
        row.count += 1
        row.save()
        ProgressTry.objects.filter(since__lte=now - 4 * WINDOW).delete()
