"""A conversation passed on: to a colleague, who holds it from then on, or to a department."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet

from desk.accounts import presence
from desk.accounts.models import Department, Role, StaffMember
from desk.audit.services import record
from desk.conversations import notes
from desk.conversations.errors import CannotReceive, NotHolding
from desk.conversations.models import Conversation, OutboundMessage
from desk.conversations.outbox import locked, open_staff_request, say
from desk.conversations.services import may_relieve
from desk.conversations.values import Reply
from desk.worktime import services as worktime

# These speak with people.
ANSWERERS = frozenset(
    {Role.OPERATOR, Role.HANDLER, Role.HEAD, Role.SPECIALIST, Role.SUPERVISOR, Role.ADMINISTRATOR}
)
# Who holds this many has no hand free.
MOST_HELD = 8


def receivers(staff: StaffMember) -> QuerySet[StaffMember]:
    """The colleagues a conversation may be passed to, by department and name."""
    rows = StaffMember.objects.filter(is_active=True, role__in=ANSWERERS).exclude(pk=staff.pk)
    return rows.select_related("department").order_by("department__code", "display_name")


def free(now: datetime, department: Department | None = None) -> QuerySet[StaffMember]:
    """Who is at their desk and has a hand free; of `department` alone, if one is named."""
    rows = presence.present(now).filter(role__in=ANSWERERS)
    if department is not None:
        rows = rows.filter(department=department)
    return rows.annotate(holding=Count("held_conversations")).filter(holding__lt=MOST_HELD)


def to_colleague(
    conversation_id: UUID,
    colleague_id: int,
    *,
    staff: StaffMember,
    why: str,
    key: str,
    now: datetime,
) -> StaffMember:
    """The colleague holds it from now; the person is told by whom they are looked after.

    Raises ConversationNotFound, NotHolding, CannotReceive, EmptyText, TextTooLong.
    """
    with transaction.atomic():
        conversation = _held(conversation_id, staff)
        colleague = receivers(staff).filter(pk=colleague_id).first()
        if colleague is None:
            raise CannotReceive
        _note(conversation, staff, f"转给{colleague.name}：{why}", key, now)
        conversation.holder = colleague
        conversation.staff_typing_at = None
        conversation.save(update_fields=["holder", "staff_typing_at"])
        say(
            conversation,
            key=f"passed:{key}",
            author=OutboundMessage.Author.SYSTEM,
            reply=Reply(f"接下来由{colleague.name}为您服务，前面说的内容都看得到，您接着说就行。"),
            now=now,
        )
        _record(conversation, staff, {"to": colleague.username})
    return colleague


def to_department(
    conversation_id: UUID,
    department_id: int,
    *,
    staff: StaffMember,
    why: str,
    key: str,
    now: datetime,
) -> Department:
    """It waits for anybody of the department; meanwhile the bot answers, and the person is told.

    Raises ConversationNotFound, NotHolding, CannotReceive, EmptyText, TextTooLong.
    """
    with transaction.atomic():
        conversation = _held(conversation_id, staff)
        department = Department.objects.filter(pk=department_id).first()
        if department is None:
            raise CannotReceive("没有这个部门，请重新选择。")
        _note(conversation, staff, f"转给{department.name}：{why}", key, now)
        conversation.holder = None
        conversation.staff_typing_at = None
        conversation.save(update_fields=["holder", "staff_typing_at"])
        request = open_staff_request(
            conversation, key=f"passed:{key}", reason=f"{staff.name}转来：{why}", now=now
        )
        if request is not None:
            request.department = department
            request.save(update_fields=["department"])
        say(
            conversation,
            key=f"passed:{key}",
            author=OutboundMessage.Author.SYSTEM,
            reply=Reply(
                f"已把您的事转给{department.name}，那边的同事会在这个对话里回复您。"
                "等的时候可以接着补充，一般问题我也可以先回答。"
            ),
            now=now,
        )
        _record(conversation, staff, {"to": department.code})
    return department


# How long a person waits before they are told: where nobody is free, and in any case.
SOON, LATE = timedelta(seconds=5), timedelta(minutes=3)
LEAVE_WORD = {"title": "留下诉求，等回电", "payload": "我要求助"}
NOBODY = "现在没有空闲的工作人员。"
LEAVE = (
    "您可以留下诉求和电话，我们办理后给您回电；"
    "也可以继续等，工作人员看到后会在这里回复您。急事请拨打12345。"
)
STILL = (
    "让您久等了，工作人员还在接待别的来访人。您可以留下诉求和电话，我们给您回电；"
    "也可以继续等，会有人在这里回复您。"
)


def tell_who_waits(now: datetime) -> int:
    """Tells those who wait that nobody is free and what they can do instead, once each; how many.

    They go on waiting: the request stays in the console.
    """
    waiting = Conversation.objects.filter(
        staff_requests__settled_at=None,
        staff_requests__told_at=None,
        staff_requests__requested_at__lte=now - SOON,
        holder=None,
    )
    return sum(
        _tell(conversation_id, now) for conversation_id in waiting.values_list("id", flat=True)
    )


def _tell(conversation_id: UUID, now: datetime) -> bool:
    with transaction.atomic():
        conversation = locked(conversation_id)
        rows = conversation.staff_requests.select_related("department")
        request = rows.filter(settled_at=None, told_at=None).first()
        if request is None or conversation.holder_id is not None:
            return False
        somebody = free(now, request.department).exists()
        if somebody and now - request.requested_at < LATE:
            return False
        request.told_at = now
        request.save(update_fields=["told_at"])
        say(
            conversation,
            key=f"nobody-free:{request.pk}",
            author=OutboundMessage.Author.SYSTEM,
            reply=Reply(STILL if somebody else _nobody(now), [LEAVE_WORD]),
            now=now,
        )
    return True


def _nobody(now: datetime) -> str:
    """That nobody is free; while the offices are closed, till when."""
    return (worktime.hours_note(now) or NOBODY) + LEAVE


def _held(conversation_id: UUID, staff: StaffMember) -> Conversation:
    conversation = locked(conversation_id)
    holder = conversation.holder
    if holder is None or not (holder == staff or may_relieve(staff, holder)):
        raise NotHolding
    return conversation


def _note(
    conversation: Conversation, staff: StaffMember, text: str, key: str, now: datetime
) -> None:
    notes.note_down(conversation, staff=staff, text=text, key=f"{notes.PASSED}{key}", now=now)


def _record(conversation: Conversation, staff: StaffMember, details: dict[str, str]) -> None:
    record(
        actor=staff,
        action="conversation.transferred",
        target=f"conversation:{conversation.id}",
        details=details,
    )
