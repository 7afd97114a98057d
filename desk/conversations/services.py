"""What staff, actions and tickets do with conversations; the way of a message is in turns.py, what
they read of one in reading.py."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from desk.accounts.models import Role, StaffMember
from desk.audit.services import record
from desk.conversations.errors import (
    AlreadyHeld,
    EmptyText,
    NoFilesThisWay,
    NotHolding,
    TextTooLong,
)
from desk.conversations.models import (
    PULLED,
    Attachment,
    Channel,
    Conversation,
    InboundMessage,
    Kind,
    OutboundMessage,
    StaffRequest,
)
from desk.conversations.outbox import locked, open_staff_request, say
from desk.conversations.turns import MAX_CHARACTERS
from desk.conversations.values import Reply
from knowledge_base.text import clean

LONGEST_SUMMARY = 200
BACK = "接下来由陪跑员继续为您服务。还需要人工时，随时说“转人工”。"
NOTICE = "notice:"
WITHOUT_LINKS = frozenset({Channel.HOTLINE.value})
"""What is said there is heard: an address is of no use."""
# These may end a colleague's hold on a conversation.
RELIEVERS = (Role.SUPERVISOR, Role.ADMINISTRATOR)


def conversation_of(channel: str, account: str, sender: str) -> Conversation | None:
    """The conversation with this identity; None before its first message."""
    return Conversation.objects.filter(
        identity__channel=channel, identity__account=account, identity__external_id=sender
    ).first()


def request_staff(conversation_id: UUID, *, key: str, reason: str, now: datetime) -> None:
    """The person wants a human: the conversation waits in the console, once per `key`."""
    with transaction.atomic():
        open_staff_request(locked(conversation_id), key=key, reason=reason, now=now)


def waiting() -> QuerySet[Conversation]:
    """Conversations waiting for a person, longest first; each has `waiting_since`."""
    # At most one open request each, so nothing is joined, counted or grouped over all there are.
    asked = StaffRequest.objects.filter(settled_at__isnull=True)
    since = asked.filter(conversation=OuterRef("pk")).values("requested_at")[:1]
    return (
        Conversation.objects.filter(pk__in=asked.values("conversation"))
        .annotate(waiting_since=Subquery(since))
        .select_related("identity__contact", "holder")
        .order_by("waiting_since")
    )


def unheard() -> QuerySet[Conversation]:
    """Held conversations in which the person spoke last, longest first; each has `waiting_since`.

    Whoever holds one and went home would otherwise leave the person unheard, and nobody would see.
    """
    last_staff_line = (
        OutboundMessage.objects.filter(
            conversation=OuterRef("id"), author=OutboundMessage.Author.STAFF
        )
        .order_by("-seq")
        .values("seq")[:1]
    )
    unanswered = (
        InboundMessage.objects.filter(
            conversation=OuterRef("id"), seq__gt=Coalesce(OuterRef("staff_seq"), 0)
        )
        .exclude(kind=Kind.EVENT)
        .order_by("seq")
        .values("received_at")[:1]
    )
    return (
        Conversation.objects.filter(holder__isnull=False)
        .annotate(staff_seq=Subquery(last_staff_line))
        .annotate(waiting_since=Subquery(unanswered))
        .filter(waiting_since__isnull=False)
        .select_related("identity__contact", "holder")
        .order_by("waiting_since")
    )


def take(conversation_id: UUID, *, staff: StaffMember, now: datetime) -> None:
    """`staff` holds the conversation from now; the bot falls silent.

    Raises AlreadyHeld while an active colleague holds it, but not to those who stand in for all.
    """
    with transaction.atomic():
        _hold(locked(conversation_id), staff, now)


def _hold(conversation: Conversation, staff: StaffMember, now: datetime) -> None:
    holder = conversation.holder
    if holder == staff:
        return
    if holder is not None and not may_relieve(staff, holder):
        raise AlreadyHeld.by(holder.name)
    conversation.holder = staff
    conversation.save(update_fields=["holder"])
    conversation.staff_requests.filter(settled_at__isnull=True).update(settled_at=now)
    # What the bot has not answered by now, it never will: staff read it and answer it.
    conversation.inbound.filter(state=InboundMessage.State.RECEIVED).update(
        state=InboundMessage.State.HELD, settled_at=now
    )
    record(
        actor=staff,
        action="conversation.taken_over" if holder else "conversation.taken",
        target=f"conversation:{conversation.id}",
        details={"from": holder.username} if holder else {},
    )


def may_relieve(staff: StaffMember, holder: StaffMember) -> bool:
    """Whether `staff` may end `holder`'s hold: one who left must not keep a person waiting."""
    return staff.role in RELIEVERS or not holder.is_active


def give_back(
    conversation_id: UUID, *, staff: StaffMember, now: datetime, summary: str = ""
) -> None:
    """The bot answers again, and the person is told so, with `summary` in a line if there is one.

    Raises NotHolding, but not to those who may relieve the holder; TextTooLong.
    """
    summary = clean(summary)
    if len(summary) > LONGEST_SUMMARY:
        raise TextTooLong(f"小结太长了，请控制在{LONGEST_SUMMARY}字以内。")
    with transaction.atomic():
        conversation = locked(conversation_id)
        holder = conversation.holder
        if holder is None or not (holder == staff or may_relieve(staff, holder)):
            raise NotHolding
        conversation.holder = None
        conversation.staff_typing_at = None
        conversation.save(update_fields=["holder", "staff_typing_at"])
        say(
            conversation,
            key=f"given-back:{conversation.last_seq}",
            author=OutboundMessage.Author.SYSTEM,
            reply=Reply(
                f"人工接待已结束。小结：{summary}\n{BACK}" if summary else f"人工接待已结束，{BACK}"
            ),
            now=now,
        )
        record(
            actor=staff,
            action="conversation.given_back",
            target=f"conversation:{conversation.id}",
            details={"summary": True} if summary else {},
        )


def reply_as_staff(
    conversation_id: UUID, *, staff: StaffMember, text: str, key: str, now: datetime
) -> OutboundMessage:
    """Sends the person `text` from `staff`, who holds the conversation from here on.

    The same `key` again returns the message sent first. Raises AlreadyHeld, EmptyText, TextTooLong.
    """
    text = checked(text)
    with transaction.atomic():
        conversation = locked(conversation_id)
        said = conversation.outbound.filter(key=f"staff:{key}").first()
        if said:
            return said
        _hold(conversation, staff, now)
        message = say(
            conversation,
            key=f"staff:{key}",
            author=OutboundMessage.Author.STAFF,
            reply=Reply(text),
            now=now,
            staff=staff,
        )
        record(
            actor=staff,
            action="conversation.replied",
            target=f"conversation:{conversation.id}",
            details={"seq": message.seq},
        )
    return message


def send_file_as_staff(
    conversation_id: UUID, attachment: Attachment, *, staff: StaffMember, key: str, now: datetime
) -> OutboundMessage:
    """Sends the person a stored file from `staff`, who holds the conversation from here on.

    The same `key` again returns the message sent first. Raises AlreadyHeld, NoFilesThisWay.
    """
    with transaction.atomic():
        conversation = locked(conversation_id)
        said = conversation.outbound.filter(key=f"staff:{key}").first()
        if said:
            return said
        if conversation.identity.channel not in PULLED:
            raise NoFilesThisWay
        _hold(conversation, staff, now)
        message = say(
            conversation,
            key=f"staff:{key}",
            author=OutboundMessage.Author.STAFF,
            reply=Reply(f"［文件］{attachment.name}"),
            now=now,
            staff=staff,
        )
        message.attachment = attachment
        message.save(update_fields=["attachment"])
        record(
            actor=staff,
            action="conversation.attached",
            target=f"conversation:{conversation.id}",
            details={"seq": message.seq, "kind": attachment.suffix, "size": attachment.size},
        )
    return message


def notify(conversation_id: UUID, *, text: str, key: str, now: datetime) -> OutboundMessage:
    """Tells the person `text` in the desk's own name (a ticket's progress), once per `key`."""
    with transaction.atomic():
        return say(
            locked(conversation_id),
            key=f"{NOTICE}{key}",
            author=OutboundMessage.Author.SYSTEM,
            reply=Reply(checked(text)),
            now=now,
        )


def last_notice(conversation_id: UUID) -> str:
    """The `key` of the notice that was the last thing said here; empty when it was no notice."""
    said = OutboundMessage.objects.filter(conversation_id=conversation_id).order_by("-seq")
    key = said.values_list("key", flat=True).first() or ""
    return key.removeprefix(NOTICE) if key.startswith(NOTICE) else ""


def checked(text: str) -> str:
    """`text` without surrounding space. Raises EmptyText, TextTooLong."""
    text = text.strip()
    if not text:
        raise EmptyText
    if len(text) > MAX_CHARACTERS:
        raise TextTooLong
    return text
