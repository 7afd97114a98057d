"""The clocks of a ticket: started, paused, resumed, kept, extended, called off, counted again.

Every function runs in the transaction of the change it belongs to, with the ticket locked.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db.models import Min

from desk.tickets.levels import AMBER_PERCENT
from desk.tickets.models.clocks import RUNNING, ClockPause, TicketClock
from desk.tickets.models.ticket import Ticket
from desk.tickets.values import Kind
from desk.worktime import services as worktime
from desk.worktime.calendar import WorkCalendar
from desk.worktime.clocks import (
    Pause,
    ServiceClock,
    Unit,
    amber_at,
    due_at,
    elapsed,
    shifted,
)

HEAD, SUPERVISOR = 1, 2
# How long the head of department has before the supervisor is told.
GRACE = ServiceClock(1, Unit.DAYS)
TIMES = ("amber_at", "due_at", "escalate_at")


def start(
    ticket: Ticket, promises: Mapping[Kind, ServiceClock], *, now: datetime, around: int = 0
) -> None:
    """One clock for each of `promises`, running from `now`, in the ticket's `around`-th round."""
    calendar = worktime.calendar()
    for kind, promise in promises.items():
        clock = TicketClock(
            ticket=ticket,
            kind=kind,
            round=around,
            started_at=now,
            amount=promise.amount,
            unit=promise.unit.value,
        )
        count(clock, [], calendar)
        clock.save(force_insert=True)
        worktime.warn_if_unpublished(now, clock.due_at, f"ticket {ticket.number}")


def running(ticket: Ticket) -> list[TicketClock]:
    """The promises neither kept nor called off."""
    return list(ticket.clocks.filter(RUNNING))


def pauses_of(ticket: Ticket) -> list[ClockPause]:
    """All pauses of the ticket, in order."""
    return list(ticket.pauses.order_by("since", "id"))


def count(clock: TicketClock, pauses: Sequence[ClockPause], calendar: WorkCalendar) -> None:
    """Sets the times of amber, red and the next escalation from what was promised."""
    promise = ServiceClock(clock.amount + clock.extra, Unit(clock.unit))
    whole = due_at(clock.started_at, promise, calendar)
    amber = amber_at(clock.started_at, whole, AMBER_PERCENT, calendar)
    stood = [
        Pause(max(pause.since, clock.started_at), pause.until)
        for pause in pauses
        if pause.until is not None and pause.until > clock.started_at
    ]
    clock.amber_at = shifted(amber, stood, calendar)
    clock.due_at = shifted(whole, stood, calendar)
    clock.escalate_at = next_escalation(clock, calendar)


def next_escalation(clock: TicketClock, calendar: WorkCalendar) -> datetime | None:
    """When the clock, if it is still running, is brought before the next higher."""
    if clock.level >= SUPERVISOR:
        return None
    return due_at(clock.due_at, GRACE, calendar) if clock.level == HEAD else clock.due_at


def worked(
    clock: TicketClock, pauses: Sequence[ClockPause], until: datetime, calendar: WorkCalendar
) -> int:
    """Working seconds the clock ran until `until`."""
    total = elapsed(clock.started_at, until, calendar)
    for pause in pauses:
        since, end = max(pause.since, clock.started_at), min(pause.until or until, until)
        total -= elapsed(since, end, calendar)
    return int(total.total_seconds())


def pause(ticket: Ticket, *, now: datetime) -> None:
    """All running clocks stand still from `now`."""
    calendar, pauses = worktime.calendar(), pauses_of(ticket)
    ClockPause.objects.create(ticket=ticket, since=now)
    for clock in running(ticket):
        clock.paused_since = now
        clock.elapsed = worked(clock, pauses, now, calendar)
        clock.save(update_fields=["paused_since", "elapsed"])


def resume(ticket: Ticket, *, now: datetime) -> None:
    """All paused clocks run again from `now`, with what they had left."""
    calendar = worktime.calendar()
    for open_pause in ticket.pauses.filter(until__isnull=True):
        open_pause.until = max(now, open_pause.since)
        open_pause.save(update_fields=["until"])
    pauses = pauses_of(ticket)
    for clock in running(ticket):
        clock.paused_since = None
        count(clock, pauses, calendar)
        clock.save(update_fields=["paused_since", *TIMES])
        worktime.warn_if_unpublished(now, clock.due_at, f"ticket {ticket.number}")


def meet(ticket: Ticket, kinds: Collection[Kind], *, now: datetime) -> None:
    """The running promises of `kinds` are kept, in time or late."""
    if not kinds:
        return
    calendar, pauses = worktime.calendar(), pauses_of(ticket)
    for clock in ticket.clocks.filter(RUNNING, kind__in=kinds):
        clock.met_at = now
        clock.elapsed = worked(clock, pauses, now, calendar)
        clock.save(update_fields=["met_at", "elapsed"])


def stop(ticket: Ticket, *, now: datetime) -> None:
    """Nothing is promised any more."""
    calendar, pauses = worktime.calendar(), pauses_of(ticket)
    for clock in running(ticket):
        clock.stopped_at = now
        clock.elapsed = worked(clock, pauses, now, calendar)
        clock.save(update_fields=["stopped_at", "elapsed"])


def extend(ticket: Ticket, days: int, *, now: datetime) -> TicketClock | None:
    """`days` working days more until closing; None when no closing is promised in days."""
    clock = ticket.clocks.filter(RUNNING, kind=Kind.CLOSING, unit=Unit.DAYS.value).first()
    if clock is None:
        return None
    clock.extra += days
    count(clock, pauses_of(ticket), worktime.calendar())
    clock.save(update_fields=["extra", *TIMES])
    worktime.warn_if_unpublished(now, clock.due_at, f"ticket {ticket.number}")
    return clock


def recount(ticket: Ticket) -> list[tuple[TicketClock, datetime]]:
    """Counts the running clocks again; those that changed, each with its due time before."""
    calendar, pauses = worktime.calendar(), pauses_of(ticket)
    changed = []
    for clock in running(ticket):
        before = (clock.amber_at, clock.due_at, clock.escalate_at)
        count(clock, pauses, calendar)
        if (clock.amber_at, clock.due_at, clock.escalate_at) != before:
            clock.save(update_fields=[*TIMES])
            changed.append((clock, before[1]))
    return changed


def note_nearest(ticket: Ticket) -> None:
    """Sets, not saves, the earliest amber and red of the ticket's ticking clocks."""
    nearest = ticket.clocks.filter(RUNNING, paused_since__isnull=True).aggregate(
        amber=Min("amber_at"), due=Min("due_at")
    )
    ticket.amber_at, ticket.due_at = nearest["amber"], nearest["due"]


def closing(ticket: Ticket) -> TicketClock | None:
    """The promise of closing in the present round; None when there is none."""
    return ticket.clocks.filter(kind=Kind.CLOSING).order_by("-round").first()
