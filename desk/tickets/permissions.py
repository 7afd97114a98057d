"""Who may see a ticket or a conversation, and who may act on it: rows, not pages.

To read is not to act: the hotline reads every conversation, and answers those that wait for staff.
"""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from desk.accounts.models import Role, StaffMember
from desk.conversations import services as conversations
from desk.conversations.errors import ConversationNotFound
from desk.conversations.models import Conversation
from desk.errors import NotPermitted
from desk.tickets.errors import NotYoursToAnswer
from desk.tickets.models.ticket import Ticket
from desk.tickets.moves import Move, Reach
from desk.tickets.values import UNSETTLED

# The hotline tells callers how far any ticket is; supervisors and administrators watch all.
SEES_ALL = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.ADMINISTRATOR})
ACTS_EVERYWHERE = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})


def visible_to(staff: StaffMember) -> Q:
    """The tickets `staff` may see, as a filter on Ticket."""
    if not staff.is_active:
        return Q(pk__in=[])
    if staff.role in SEES_ALL:
        return Q()
    return of_department(staff)


def of_department(staff: StaffMember) -> Q:
    """The tickets of `staff`, of their department and of none, as a filter on Ticket."""
    return Q(department__isnull=True) | Q(department=staff.department_id) | Q(handler=staff)


def may_see(staff: StaffMember, ticket: Ticket) -> bool:
    """Whether `staff` may read `ticket`: the rule of `visible_to`, for one row."""
    if not staff.is_active:
        return False
    return staff.role in SEES_ALL or _is_theirs(staff, ticket)


def may_act(staff: StaffMember, ticket: Ticket) -> bool:
    """Whether `staff` may reply, note and (role allowing) move `ticket`."""
    if not staff.is_active:
        return False
    return staff.role in ACTS_EVERYWHERE or _is_theirs(staff, ticket)


def may_move(staff: StaffMember, ticket: Ticket, move: Move) -> bool:
    """Whether `staff`'s role allows `move` on this ticket, whatever its state."""
    within_reach = may_see if move.reach is Reach.ANY else may_act
    return staff.role in move.roles and within_reach(staff, ticket)


def may_open(staff: StaffMember, conversation: Conversation) -> bool:
    """Whether `staff` may read `conversation`: it waits for anyone, is theirs, or has their ticket.

    Operators, supervisors and administrators may read any.
    """
    if not staff.is_active:
        return False
    return (
        staff.role in SEES_ALL
        or conversation.holder_id == staff.pk
        or _waits(conversation)
        or Ticket.objects.filter(visible_to(staff), conversation=conversation).exists()
    )


def may_answer(staff: StaffMember, conversation: Conversation) -> bool:
    """Whether it is `staff`'s part to answer in `conversation`.

    They hold it, it waits for anyone, or they may act on an open ticket of it. Supervisors and
    administrators may always. A colleague's hold is another matter: see `may_take`.
    """
    if not staff.is_active:
        return False
    return (
        staff.role in ACTS_EVERYWHERE
        or conversation.holder_id == staff.pk
        or _waits(conversation)
        or Ticket.objects.filter(of_department(staff), conversation=conversation)
        .filter(state__in=UNSETTLED)
        .exists()
    )


def check_may_answer(staff: StaffMember, conversation: Conversation) -> None:
    """Raises NotYoursToAnswer unless `may_answer`; it names a colleague who holds it."""
    if may_answer(staff, conversation):
        return
    if conversation.holder is not None:
        raise NotYoursToAnswer.because_held_by(conversation.holder.name)
    raise NotYoursToAnswer


def may_take(staff: StaffMember, conversation: Conversation) -> bool:
    """Whether `staff`, who may answer, can do so now: no colleague's hold keeps them out."""
    holder = conversation.holder
    return holder is None or holder == staff or conversations.may_relieve(staff, holder)


def unheard_for(staff: StaffMember) -> QuerySet[Conversation]:
    """Of the held conversations in which the person spoke last, those `staff` may read."""
    unheard = conversations.unheard()
    if staff.role in SEES_ALL:
        return unheard
    theirs = Ticket.objects.filter(visible_to(staff), conversation=OuterRef("pk"))
    return unheard.filter(Q(holder=staff) | Q(holder__is_active=False) | Exists(theirs))


def conversation_for(staff: StaffMember, conversation_id: UUID) -> Conversation:
    """The conversation, if `staff` may open it. Raises ConversationNotFound, NotPermitted."""
    conversation = (
        Conversation.objects.select_related("identity__contact", "holder")
        .filter(pk=conversation_id)
        .first()
    )
    if conversation is None:
        raise ConversationNotFound
    if not may_open(staff, conversation):
        raise NotPermitted("这段会话由其他同事接待，您不能查看。")
    return conversation


def _waits(conversation: Conversation) -> bool:
    """Whether any of the staff may step in: the person asked for one, or theirs is no more."""
    holder = conversation.holder
    if holder is None:
        return conversations.waiting().filter(pk=conversation.pk).exists()
    return not holder.is_active and conversations.unheard().filter(pk=conversation.pk).exists()


def _is_theirs(staff: StaffMember, ticket: Ticket) -> bool:
    return (
        ticket.department_id is None
        or ticket.department_id == staff.department_id
        or ticket.handler_id == staff.pk
    )
