"""The lists staff work from: mine, my department's, to be dispatched, nearly due, overdue."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from desk.accounts.models import StaffMember
from desk.tickets import permissions, words
from desk.tickets.models.ticket import Ticket
from desk.tickets.values import OPEN_STATES, State

# More are not counted: "1000+" says as much, and costs the same however many there are.
COUNTED = 1000
# What a row of a list shows beside the ticket itself.
FOLLOWED = ("department", "handler", "enterprise")


class Scope(StrEnum):
    """Which tickets a queue shows."""

    MINE = "mine"
    DEPARTMENT = "department"
    UNASSIGNED = "unassigned"
    AMBER = "amber"
    RED = "red"
    ALL = "all"


class Sort(StrEnum):
    """In which order."""

    OLDEST = "oldest"
    NEWEST = "newest"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list shows; what is left empty fits all.

    `department` is a code, `handler` a username, `text` what the search looks for; both days
    are included.
    """

    scope: Scope = Scope.ALL
    states: frozenset[State] = frozenset(OPEN_STATES)
    category: str = ""
    district: str = ""
    department: str = ""
    handler: str = ""
    channel: str = ""
    first: date | None = None
    last: date | None = None
    text: str = ""


def queue(staff: StaffMember, wanted: Wanted, *, now: datetime) -> QuerySet[Ticket]:
    """The tickets that fit `wanted`, of those `staff` may see; in no order yet."""
    chosen = permissions.visible_to(staff) & scoped(staff, wanted.scope, now)
    # Asked for every state, a database that is told so looks in the wrong index.
    if wanted.states != frozenset(State):
        chosen &= Q(state__in=[state for state in State if state in wanted.states])
    given = {
        "category": wanted.category,
        "district": wanted.district,
        "department__code": wanted.department,
        "handler__username": wanted.handler,
        "channel": wanted.channel,
    }
    chosen &= Q(**{field: value for field, value in given.items() if value})
    if wanted.first:
        chosen &= Q(opened_at__gte=_midnight(wanted.first))
    if wanted.last:
        chosen &= Q(opened_at__lt=_midnight(wanted.last + timedelta(days=1)))
    if wanted.text:
        narrowed = any([*given.values(), wanted.first, wanted.last])
        chosen &= words.holding(wanted.text, narrowed=narrowed)
    return Ticket.objects.filter(chosen).select_related(*FOLLOWED)


def counted(tickets: QuerySet[Ticket]) -> int:
    """How many there are, as far as COUNTED and one more."""
    return tickets.order_by()[: COUNTED + 1].count()


def counts(staff: StaffMember, *, now: datetime) -> dict[Scope, int]:
    """How many open tickets each scope holds for `staff`, in one query."""
    aggregates = {scope.value: Count("pk", filter=scoped(staff, scope, now)) for scope in Scope}
    visible = Ticket.objects.filter(permissions.visible_to(staff), state__in=OPEN_STATES)
    found = visible.aggregate(**aggregates)
    return {scope: found[scope.value] for scope in Scope}


def scoped(staff: StaffMember, scope: Scope, now: datetime) -> Q:
    """The tickets of a scope, as a filter on Ticket."""
    match scope:
        case Scope.MINE:
            return Q(handler=staff)
        case Scope.DEPARTMENT:
            return Q(department=staff.department_id, department__isnull=False)
        case Scope.UNASSIGNED:
            return Q(state=State.RECEIVED) | Q(state=State.ASSIGNED, handler__isnull=True)
        case Scope.AMBER:
            return Q(amber_at__lte=now, due_at__gte=now)
        case Scope.RED:
            return Q(due_at__lt=now)
        case Scope.ALL:
            return Q()


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
