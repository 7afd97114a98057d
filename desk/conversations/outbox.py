"""The one place that writes the outbox, and the numbering both directions share."""

from datetime import datetime
from uuid import UUID

from desk.accounts.models import StaffMember
from desk.conversations.errors import ConversationNotFound
from desk.conversations.models import (
    PULLED,
    Conversation,
    Delivery,
    InboundMessage,
    OutboundMessage,
    StaffRequest,
)
from desk.conversations.values import Reply


def locked(conversation_id: UUID) -> Conversation:
    """The conversation, locked to the end of the transaction. Raises ConversationNotFound."""
    # Only its own row: PostgreSQL cannot lock the outer side of a nullable join.
    try:
        rows = Conversation.objects.select_related("identity").select_for_update(of=("self",))
        return rows.get(id=conversation_id)
    except Conversation.DoesNotExist as error:
        raise ConversationNotFound from error


def say(
    conversation: Conversation,
    *,
    key: str,
    author: str,
    reply: Reply,
    now: datetime,
    staff: StaffMember | None = None,
    in_reply_to: InboundMessage | None = None,
) -> OutboundMessage:
    """Adds one message to the outbox of the locked `conversation`; the same `key` is said once.

    Where it must be pushed, its delivery is made with it: nothing said can be forgotten.
    """
    said = conversation.outbound.filter(key=key).first()
    if said:
        return said
    conversation.last_seq += 1
    conversation.last_message_at = now
    changed = ["last_seq", "last_message_at"]
    if author == OutboundMessage.Author.STAFF:
        # What is said is not being written any more.
        conversation.staff_typing_at = None
        changed.append("staff_typing_at")
    conversation.save(update_fields=changed)
    message = OutboundMessage.objects.create(
        conversation=conversation,
        key=key,
        seq=conversation.last_seq,
        author=author,
        staff=staff,
        in_reply_to=in_reply_to,
        text=reply.text,
        buttons=reply.buttons,
        citations=reply.citations,
        created_at=now,
    )
    if conversation.identity.channel not in PULLED:
        Delivery.objects.create(
            message=message,
            conversation=conversation,
            channel=conversation.identity.channel,
            seq=message.seq,
            next_try_at=now,
            created_at=now,
        )
    return message


def open_staff_request(
    conversation: Conversation, *, key: str, reason: str, now: datetime
) -> StaffRequest | None:
    """Puts the locked conversation into the queue of those waiting for a person.

    None when staff hold it already; the open request when one stands; the same `key` asks once.
    """
    if conversation.holder_id is not None:
        return None
    asked = conversation.staff_requests.filter(key=key).first()
    standing = conversation.staff_requests.filter(settled_at__isnull=True).first()
    return (
        asked
        or standing
        or StaffRequest.objects.create(
            conversation=conversation, key=key, reason=reason[:200], requested_at=now
        )
    )
