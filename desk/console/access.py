"""Who may read and answer which conversation: tickets' rule, narrowed by what it holds.

A conversation that waits may be read by all who answer people, so that anybody can step in; but not
one that was passed to another department, and not one that holds a 举报: that is for those who may
see its ticket.
"""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from desk.accounts.models import StaffMember
from desk.conversations import handing
from desk.conversations import services as conversations
from desk.conversations.errors import CannotReceive
from desk.conversations.models import Conversation, StaffRequest
from desk.errors import NotPermitted
from desk.tickets import permissions
from desk.tickets.models.ticket import Ticket
from desk.tickets.values import Category

CLOSED_TO_YOU = "这段会话由其他同事接待，您不能查看。"


def conversation_for(staff: StaffMember, conversation_id: UUID) -> Conversation:
    """The conversation, if `staff` may open it. Raises ConversationNotFound, NotPermitted."""
    found = permissions.conversation_for(staff, conversation_id)
    if not may_open(staff, found):
        raise NotPermitted(CLOSED_TO_YOU)
    return found


def answerable(staff: StaffMember, conversation_id: UUID) -> Conversation:
    """The same, if it is `staff`'s part to answer. Raises NotYoursToAnswer, too."""
    found = conversation_for(staff, conversation_id)
    permissions.check_may_answer(staff, found)
    return found


def may_open(staff: StaffMember, conversation: Conversation) -> bool:
    """Whether `staff` may read `conversation`."""
    if not permissions.may_open(staff, conversation):
        return False
    if conversation.holder_id == staff.pk:
        return True
    return Conversation.objects.filter(_open_to(staff), pk=conversation.pk).exists()


def may_answer(staff: StaffMember, conversation: Conversation) -> bool:
    """Whether it is `staff`'s part to answer in `conversation`."""
    return permissions.may_answer(staff, conversation) and may_open(staff, conversation)


def waiting_for(staff: StaffMember) -> QuerySet[Conversation]:
    """The conversations nobody holds that wait for somebody like `staff`, longest first."""
    return conversations.waiting().filter(_open_to(staff), holder=None)


def unheard_for(staff: StaffMember) -> QuerySet[Conversation]:
    """Of the held conversations in which the person spoke last, those `staff` may read."""
    return permissions.unheard_for(staff).filter(Q(holder=staff) | _open_to(staff))


def check_receiver(conversation: Conversation, colleague_id: int) -> None:
    """Raises CannotReceive when there is no such colleague, or the conversation holds what they
    may not read."""
    colleague = StaffMember.objects.filter(pk=colleague_id).first()
    if colleague is None:
        raise CannotReceive
    here = Conversation.objects.filter(pk=conversation.pk)
    if not here.filter(_no_secrets(colleague)).exists():
        raise CannotReceive("会话里有举报，只能转给能看这张举报单的同事。")


def receivers(staff: StaffMember) -> QuerySet[StaffMember]:
    """The colleagues a conversation may be passed to."""
    return handing.receivers(staff)


def _open_to(staff: StaffMember) -> Q:
    """Conversations that are kept from `staff` by neither a 举报 nor another department's name.

    A filter on Conversation that looks at each row by itself: the rows there are are few, all
    conversations many.
    """
    open_to = _no_secrets(staff)
    if staff.role in permissions.SEES_ALL:
        return open_to
    passed = StaffRequest.objects.filter(
        conversation=OuterRef("pk"), settled_at=None, department__isnull=False
    ).exclude(department=staff.department_id)
    theirs = Ticket.objects.filter(permissions.visible_to(staff), conversation=OuterRef("pk"))
    return open_to & (~Q(Exists(passed)) | Q(Exists(theirs)))


def _no_secrets(staff: StaffMember) -> Q:
    reports = Ticket.objects.filter(conversation=OuterRef("pk"), category=Category.REPORT)
    seen = reports.filter(permissions.visible_to(staff))
    return ~Q(Exists(reports)) | Q(Exists(seen))
