"""A conversation as it is read: its lines in their order, their files, and what they rest on."""

from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, Sum

from desk.conversations.attachments import PICTURES
from desk.conversations.errors import ConversationNotFound
from desk.conversations.models import (
    Attachment,
    Conversation,
    Delivery,
    Fetch,
    InboundMessage,
    Kind,
    OutboundMessage,
)
from desk.conversations.values import FileCard, TranscriptEntry

# How many of our messages are looked through for what they cite, and how much of it is shown.
LOOKED_BACK, MOST_CITED = 100, 8


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
    """The policies our newest answers rest on, each once, the last cited first.

    One that is cited by its articles is not listed as a whole, too.
    """
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
    by_article = {title for title, article in found if article}
    kept = [one for (title, article), one in found.items() if article or title not in by_article]
    return kept[:MOST_CITED]


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
