"""What staff, actions and tickets do with conversations; the way of a message is in turns.py."""

from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from desk.accounts.models import Role, StaffMember
from desk.audit.services import record
from desk.conversations.attachments import PICTURES
from desk.conversations.errors import (
    AlreadyHeld,
    ConversationNotFound,
    EmptyText,
    NoFilesThisWay,
    NotHolding,
    TextTooLong,
)
from desk.conversations.models import (
    PULLED,
    Attachment,
    Conversation,
    Delivery,
    Fetch,
    InboundMessage,
    Kind,
    OutboundMessage,
    StaffRequest,
)
from desk.conversations.outbox import locked, open_staff_request, say
from desk.conversations.turns import MAX_CHARACTERS
from desk.conversations.values import FileCard, Reply, TranscriptEntry
from knowledge_base.text import clean

LONGEST_SUMMARY = 200
# How many of our messages are looked through for what they cite, and how much of it is shown.
LOOKED_BACK, MOST_CITED = 100, 8
BACK = "接下来由陪跑员继续为您服务。还需要人工时，随时说“转人工”。"
# These may end a colleague's hold on a conversation.
RELIEVERS = (Role.SUPERVISOR, Role.ADMINISTRATOR)


def conversation_of(channel: str, account: str, sender: str) -> Conversation | None:
    """The conversation with this identity; None before its first message."""
    return Conversation.objects.filter(
        identity__channel=channel, identity__account=account, identity__external_id=sender
    ).first()


def transcript(
    conversation_id: UUID, *, after: int = 0, before: int | None = None, last: int | None = None
) -> list[TranscriptEntry]:
    """What was said in both directions with a seq above `after` and below `before`, in order.

    At most the `last` so many of it, when that is given. Raises ConversationNotFound.
    """
    try:
        conversation = Conversation.objects.select_related("identity__contact").get(
            id=conversation_id
        )
    except Conversation.DoesNotExist as error:
        raise ConversationNotFound from error
    person = str(conversation.identity.contact)
    within = Q(seq__gt=after) & (Q() if before is None else Q(seq__lt=before))
    heard = conversation.inbound.filter(within).exclude(kind=Kind.EVENT, text="")
    heard = heard.select_related("fetch").order_by("-seq")
    said = conversation.outbound.filter(within).order_by("-seq")
    entries = [
        TranscriptEntry(
            seq=message.seq,
            author="person",
            name=person,
            text=readable(message),
            at=message.received_at,
            citations=[],
            buttons=[],
            state=message.state,
            message_id=message.message_id,
            kind=message.kind,
            attachment=_sent_file(message),
            **_missing_file(message),
        )
        for message in heard[:last]
    ]
    rows = said.select_related("staff", "delivery", "attachment")
    entries += [entry(message) for message in rows[:last]]
    entries.sort(key=lambda line: line.seq)
    return entries if last is None else entries[-last:]


def _sent_file(message: InboundMessage) -> FileCard | None:
    """The file the person sent with it, where we keep it."""
    media = message.media
    try:
        return FileCard(
            id=UUID(media["attachment"]),
            name=str(media["name"]),
            size=int(media["size"]),
            picture=media.get("suffix") in PICTURES,
        )
    except (KeyError, TypeError, ValueError):
        return None


def _missing_file(message: InboundMessage) -> dict[str, str]:
    """How it stands with the person's file while we do not have it, for the line."""
    fetch: Fetch | None = getattr(message, "fetch", None)
    if fetch is None or fetch.state == Fetch.State.KEPT:
        return {}
    return {"file_state": fetch.state, "file_reason": fetch.reason}


def readable(message: InboundMessage) -> str:
    """What the person sent, as a line to read: ［图片］ and its words."""
    if message.kind == Kind.TEXT:
        return message.text
    return f"［{message.get_kind_display()}］{message.text}"


def entry(message: OutboundMessage) -> TranscriptEntry:
    """An outbound message as a line of the transcript."""
    delivery: Delivery | None = getattr(message, "delivery", None)
    return TranscriptEntry(
        seq=message.seq,
        author=message.author,
        name=message.staff.name if message.staff else message.get_author_display(),
        text=message.text,
        at=message.created_at,
        citations=message.citations,
        buttons=message.buttons,
        state=delivery.state if delivery else Delivery.State.SENT.value,
        way=delivery.way if delivery else "",
        reason=why(delivery) if delivery else "",
        attachment=_our_file(message.attachment),
    )


def why(delivery: Delivery) -> str:
    """Why it went this way, was kept, is tried again or is dead; empty when there is no more to
    tell."""
    match delivery.state:
        case Delivery.State.WAITING:
            return delivery.last_error if delivery.tries else ""
        case Delivery.State.DEAD:
            return delivery.last_error
        case _:
            return delivery.reason


def _our_file(attachment: Attachment | None) -> FileCard | None:
    if attachment is None:
        return None
    picture = attachment.suffix in PICTURES
    return FileCard(attachment.pk, attachment.name, attachment.size, picture)


def cited(conversation_id: UUID) -> list[dict[str, Any]]:
    """The policies our newest answers rest on, each once, the last cited first."""
    rows = (
        OutboundMessage.objects.filter(
            conversation=conversation_id, author=OutboundMessage.Author.BOT
        )
        .order_by("-seq")
        .values_list("citations", flat=True)[:LOOKED_BACK]
    )
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for citation in chain.from_iterable(rows):
        found.setdefault((citation.get("title", ""), citation.get("article", "")), citation)
    return list(found.values())[:MOST_CITED]


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


def version(conversation_id: UUID) -> tuple[int | None, ...]:
    """What changes whenever the transcript does: last seq, holder, messages not settled, files on
    their way, how often ours was tried in vain, and how many of ours wait, are kept, are dead."""
    found = (
        Conversation.objects.filter(id=conversation_id)
        .annotate(
            unsettled=Count("inbound", filter=Q(inbound__state="received")),
            fetching=Count("inbound__fetch", filter=Q(inbound__fetch__state="waiting")),
        )
        .values_list("last_seq", "holder_id", "unsettled", "fetching")
        .first()
    )
    if found is None:
        raise ConversationNotFound
    states = (Delivery.State.WAITING, Delivery.State.KEPT, Delivery.State.DEAD)
    unsent = Delivery.objects.filter(conversation_id=conversation_id).aggregate(
        tries=Sum("tries", filter=Q(state=Delivery.State.WAITING)),
        **{state.value: Count("id", filter=Q(state=state)) for state in states},
    )
    return (*found, unsent["tries"], *(unsent[state.value] for state in states))


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
        raise AlreadyHeld
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
            key=f"notice:{key}",
            author=OutboundMessage.Author.SYSTEM,
            reply=Reply(checked(text)),
            now=now,
        )


def checked(text: str) -> str:
    """`text` without surrounding space. Raises EmptyText, TextTooLong."""
    text = text.strip()
    if not text:
        raise EmptyText
    if len(text) > MAX_CHARACTERS:
        raise TextTooLong
    return text
