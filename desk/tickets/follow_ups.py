"""A second look at tickets whose person is not satisfied."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from desk.accounts.models import Role, StaffMember
from desk.audit import services as audit
from desk.errors import DeskError, NotPermitted
from desk.tickets import permissions
from desk.tickets.errors import NoteMissing
from desk.tickets.models.tasks import FollowUp
from desk.tickets.models.ticket import Ticket
from knowledge_base.text import clean

LONGEST = 500


class FollowUpGone(DeskError):
    """The task does not exist, or somebody was faster."""

    code = "follow_up_gone"
    status = 409
    message = "这项跟进已经完成了。"


def need(ticket: Ticket, reason: str, *, now: datetime) -> None:
    """Somebody must look again; one task at a time, which keeps its first reason."""
    if not ticket.follow_ups.filter(done_at__isnull=True).exists():
        FollowUp.objects.create(ticket=ticket, reason=reason[:LONGEST], opened_at=now)


def open_for(staff: StaffMember) -> QuerySet[FollowUp]:
    """The tasks `staff` may see to, longest open first; handlers leave them to their head."""
    tasks = FollowUp.objects.filter(done_at__isnull=True).select_related("ticket__department")
    if not staff.is_active or staff.role == Role.HANDLER:
        return tasks.none()
    if staff.role not in permissions.ACTS_EVERYWHERE:
        tickets = Ticket.objects.filter(permissions.of_department(staff))
        tasks = tasks.filter(ticket__in=tickets)
    return tasks


def finish(task_id: int, *, staff: StaffMember, note: str, now: datetime) -> FollowUp:
    """`staff` looked again and says what came of it.

    Raises FollowUpGone, NotPermitted, NoteMissing.
    """
    words = clean(note)
    with transaction.atomic():
        task = FollowUp.objects.select_for_update(of=("self",)).filter(pk=task_id).first()
        if task is None or task.done_at is not None:
            raise FollowUpGone
        if not open_for(staff).filter(pk=task_id).exists():
            raise NotPermitted("这项跟进由其他部门负责。")
        if not words:
            raise NoteMissing
        task.done_at, task.done_by, task.note = now, staff, words
        task.save(update_fields=["done_at", "done_by", "note"])
        audit.record(
            actor=staff,
            action="follow_up.finished",
            target=f"ticket:{task.ticket.number}",
            details={"follow_up": task.pk},
        )
    return task
