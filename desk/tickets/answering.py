"""Staff in a conversation: taking it, answering, giving it back. Who may read it may not always."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from desk.accounts.models import StaffMember
from desk.conversations import services as conversations
from desk.conversations.models import Conversation, OutboundMessage
from desk.tickets import permissions


def take(conversation_id: UUID, *, staff: StaffMember, now: datetime) -> None:
    """`staff` holds the conversation from now; the bot falls silent.

    Raises ConversationNotFound, NotPermitted, NotYoursToAnswer, AlreadyHeld.
    """
    with transaction.atomic():
        found = _answerable(conversation_id, staff)
        conversations.take(found.id, staff=staff, now=now)


def give_back(conversation_id: UUID, *, staff: StaffMember, now: datetime) -> None:
    """The bot answers again.

    Raises ConversationNotFound, NotPermitted, NotYoursToAnswer, NotHolding.
    """
    with transaction.atomic():
        found = _answerable(conversation_id, staff)
        conversations.give_back(found.id, staff=staff, now=now)


def reply(
    conversation_id: UUID, *, staff: StaffMember, text: str, key: str, now: datetime
) -> OutboundMessage:
    """Sends the person `text` from `staff`, who holds the conversation from then on.

    The same `key` again sends nothing new. Raises ConversationNotFound, NotPermitted,
    NotYoursToAnswer, and what conversations.services.reply_as_staff raises.
    """
    with transaction.atomic():
        found = _answerable(conversation_id, staff)
        return conversations.reply_as_staff(found.id, staff=staff, text=text, key=key, now=now)


def _answerable(conversation_id: UUID, staff: StaffMember) -> Conversation:
    found = permissions.conversation_for(staff, conversation_id)
    permissions.check_may_answer(staff, found)
    return found
