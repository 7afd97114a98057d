"""The lists staff work from: mine, my department's, to be dispatched, nearly due, overdue."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, DateTimeField, Exists, OuterRef, Q, QuerySet, Subquery

from desk.accounts.models import StaffMember
from desk.tickets import permissions
from desk.tickets.models.clocks import RUNNING, TicketClock
from desk.tickets.models.ticket import Ticket
from desk.tickets.values import OPEN_STATES, State


class Scope(StrEnum):
    """Which tickets a queue shows."""

    MINE = "mine"
    DEPARTMENT = "department"
    UNASSIGNED = "unassigned"
    AMBER = "amber"
    RED = "red"
    ALL = "all"


def queue(
    staff: StaffMember, *, scope: Scope, states: Iterable[str], now: datetime
) -> QuerySet[Ticket]:
    """Tickets in `states` that `staff` may see and `scope` chooses, longest open first.

    Each has `next_due` and `next_amber`, the times of its most urgent running clock.
    """
    wanted = set(states)
    # Asked for every state, a database that is told so looks in the wrong index.
    stands = Q() if wanted == set(State.values) else Q(state__in=wanted)
    nearest = _ticking().filter(ticket=OuterRef("pk")).order_by("due_at")
    return (
        Ticket.objects.filter(permissions.visible_to(staff), _chosen(staff, scope, now), stands)
        .annotate(
            next_due=Subquery(nearest.values("due_at")[:1], output_field=DateTimeField()),
            next_amber=Subquery(nearest.values("amber_at")[:1], output_field=DateTimeField()),
        )
        .select_related("department", "handler")
        .order_by("opened_at", "id")
    )


def counts(staff: StaffMember, *, now: datetime) -> dict[Scope, int]:
    """How many open tickets each scope holds for `staff`, in one query."""
    aggregates = {scope.value: Count("pk", filter=_chosen(staff, scope, now)) for scope in Scope}
    visible = Ticket.objects.filter(permissions.visible_to(staff), state__in=OPEN_STATES)
    found = visible.aggregate(**aggregates)
    return {scope: found[scope.value] for scope in Scope}


def _ticking() -> QuerySet[TicketClock]:
    return TicketClock.objects.filter(RUNNING, paused_since__isnull=True)


def _chosen(staff: StaffMember, scope: Scope, now: datetime) -> Q:
    late = _ticking().filter(ticket=OuterRef("pk"), due_at__lt=now)
    soon = _ticking().filter(ticket=OuterRef("pk"), amber_at__lte=now)
    match scope:
        case Scope.MINE:
            return Q(handler=staff)
        case Scope.DEPARTMENT:
            return Q(department=staff.department_id, department__isnull=False)
        case Scope.UNASSIGNED:
            return Q(state=State.RECEIVED) | Q(state=State.ASSIGNED, handler__isnull=True)
        case Scope.AMBER:
            return Q(Exists(soon)) & ~Q(Exists(late))
        case Scope.RED:
            return Q(Exists(late))
        case Scope.ALL:
            return Q()
