"""What staff are told of a ticket: written by moves, read in the console."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from desk.accounts.models import Department, Role, StaffMember
from desk.errors import NotPermitted
from desk.tickets.models.tasks import Notice, Review
from desk.tickets.models.ticket import Ticket
from desk.tickets.values import State

LONGEST = 200


def to_staff(
    ticket: Ticket, staff: StaffMember, about: Notice.About, text: str, *, now: datetime
) -> None:
    """One notice for one of the staff."""
    Notice.objects.create(ticket=ticket, staff=staff, about=about, text=text[:LONGEST], at=now)


def to_role(
    ticket: Ticket,
    role: Role,
    about: Notice.About,
    text: str,
    *,
    now: datetime,
    department: Department | None = None,
) -> None:
    """One notice for everybody of `role`, in `department` when one is given."""
    Notice.objects.create(
        ticket=ticket, role=role, department=department, about=about, text=text[:LONGEST], at=now
    )


def to_head(ticket: Ticket, about: Notice.About, text: str, *, now: datetime) -> None:
    """For the head of the ticket's department; the supervisor where there is none."""
    department = ticket.department
    heads = StaffMember.objects.filter(role=Role.HEAD, department=department, is_active=True)
    if department is not None and heads.exists():
        to_role(ticket, Role.HEAD, about, text, now=now, department=department)
    else:
        to_role(ticket, Role.SUPERVISOR, about, text, now=now)


def to_workers(ticket: Ticket, about: Notice.About, text: str, *, now: datetime) -> None:
    """For whoever has the ticket in hand: its handler, else the head, else the dispatchers."""
    if ticket.handler is not None and ticket.handler.is_active:
        to_staff(ticket, ticket.handler, about, text, now=now)
    elif ticket.department is not None:
        to_head(ticket, about, text, now=now)
    else:
        to_role(ticket, Role.OPERATOR, about, text, now=now)


def addressed_to(staff: StaffMember) -> Q:
    """The notices for `staff`, by name or by role, as a filter on Notice."""
    mine = Q(department__isnull=True) | Q(department=staff.department_id)
    return Q(staff=staff) | (Q(role=staff.role) & mine)


def unseen_by(staff: StaffMember) -> QuerySet[Notice]:
    """What `staff` has not been told yet and still matters, newest first.

    A review that was decided asks nobody any more, and of an archived ticket nothing is left to do.
    """
    open_review = Review.objects.filter(
        ticket=OuterRef("ticket"), outcome="", asked_at__lte=OuterRef("at")
    )
    decided = Q(about=Notice.About.REVIEW) & ~Exists(open_review)
    settled = decided | Q(ticket__state=State.ARCHIVED)
    rows = Notice.objects.filter(addressed_to(staff), ~settled, seen_at__isnull=True)
    return rows.select_related("ticket")


def see(notice_id: int, *, staff: StaffMember, now: datetime) -> None:
    """`staff` has read the notice; it goes for everybody it was for. Raises NotPermitted."""
    with transaction.atomic():
        found = Notice.objects.select_for_update().filter(pk=notice_id)
        notice = found.filter(addressed_to(staff)).first()
        if notice is None or not staff.is_active:
            raise NotPermitted("这条提醒不是给您的。")
        if notice.seen_at is None:
            notice.seen_at, notice.seen_by = now, staff
            notice.save(update_fields=["seen_at", "seen_by"])
