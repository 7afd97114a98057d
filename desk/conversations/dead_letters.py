"""What did not reach people, and what staff decide about it."""

from datetime import datetime

from django.db import transaction
from django.db.models import Count, QuerySet

from desk.accounts.models import Role, StaffMember
from desk.audit.services import record
from desk.conversations.errors import DeliveryNotFound, DeliveryNotStuck
from desk.conversations.models import Delivery
from desk.errors import NotPermitted

# These see the dead letters and decide on them.
KEEPERS = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})

State = Delivery.State


def may_keep(staff: StaffMember) -> bool:
    """Whether `staff` may see the dead letters and retry or drop them."""
    return staff.is_active and staff.role in KEEPERS


def stuck(staff: StaffMember) -> QuerySet[Delivery]:
    """Dead and kept deliveries, the dead first, newest first. Raises NotPermitted."""
    _check(staff)
    return (
        Delivery.objects.filter(state__in=(State.DEAD, State.KEPT))
        .select_related("message__staff", "conversation__identity__contact")
        .order_by("state", "-id")
    )


def counts() -> dict[str, int]:
    """How many deliveries stand in each state."""
    found = dict(Delivery.objects.values_list("state").annotate(count=Count("id")))
    return {state.value: found.get(state.value, 0) for state in State}


def dead() -> int:
    """How many deliveries are dead."""
    return Delivery.objects.filter(state=State.DEAD).count()


def retry(delivery_id: int, *, staff: StaffMember, now: datetime) -> Delivery:
    """A dead or kept delivery is due again, with all its tries.

    Raises NotPermitted, DeliveryNotFound, DeliveryNotStuck.
    """
    return _decide(delivery_id, staff, State.WAITING, "delivery.retried", now)


def drop(delivery_id: int, *, staff: StaffMember, now: datetime) -> Delivery:
    """A dead or kept delivery is given up. Raises NotPermitted, DeliveryNotFound,
    DeliveryNotStuck."""
    return _decide(delivery_id, staff, State.DROPPED, "delivery.dropped", now)


def _decide(
    delivery_id: int, staff: StaffMember, state: Delivery.State, action: str, now: datetime
) -> Delivery:
    _check(staff)
    with transaction.atomic():
        row = Delivery.objects.select_for_update().filter(pk=delivery_id).first()
        if row is None:
            raise DeliveryNotFound
        if row.state not in (State.DEAD, State.KEPT):
            raise DeliveryNotStuck
        before, row.state = row.state, state
        if state == State.WAITING:
            row.tries, row.next_try_at = 0, now
        row.save()
        record(
            actor=staff,
            action=action,
            target=f"conversation:{row.conversation_id}",
            details={"seq": row.seq, "was": before, "code": row.error_code},
        )
    return row


def _check(staff: StaffMember) -> None:
    if not may_keep(staff):
        raise NotPermitted("发送失败的消息由督办和管理员处理。")
