"""The way of a person's file from their platform to us: claimed, then kept or given up.

`accept` notes the file with its message; channels/media.py fetches the bytes, attachments.py checks
and keeps them. A claim counts as a try and ends by itself, so a process that dies loses nothing.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from io import BytesIO

from django.db import transaction
from django.db.models import Q, QuerySet

from desk.audit.services import record
from desk.conversations import attachments
from desk.conversations.models import Fetch, InboundMessage, Kind
from desk.conversations.values import WantedFile

LASTS = timedelta(days=3)  # WeChat has what people sent no longer
MOST_TRIES = 20
LEASE = timedelta(minutes=2)  # longer than one try may take (channels/media.py)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=6)
TOO_LATE = "三天内没能从平台取到"
# Where the platform keeps the name the person gave it.
NAMES = ("file_name", "Title")


def claim(now: datetime, *, channels: Collection[str], most: int) -> list[WantedFile]:
    """At most `most` files that are due on `channels`, each for one try of ours.

    What is due for too long, on whatever channel, is given up here.
    """
    old = now - LASTS
    waiting = Fetch.objects.filter(state=Fetch.State.WAITING, next_try_at__lte=now)
    ours = Q(message__identity__channel__in=channels) | Q(message__received_at__lte=old)
    rows = waiting.filter(ours).select_related("message__identity").order_by("next_try_at", "id")
    claimed = []
    for row in rows[:most]:
        if row.message.received_at <= old or row.tries >= MOST_TRIES:
            _give_up(row.message, f"{TOO_LATE}：{row.reason}" if row.reason else TOO_LATE)
        elif waiting.filter(pk=row.pk, tries=row.tries).update(
            tries=row.tries + 1, next_try_at=now + LEASE
        ):
            claimed.append(_wanted(row.message))
    return claimed


def keep(wanted: WantedFile, content: bytes, *, now: datetime) -> None:
    """`content` becomes the message's attachment. Raises what attachments.store raises."""
    stored = attachments.store(
        BytesIO(content),
        name=wanted.name,
        key=wanted.key,
        conversation_id=wanted.conversation_id,
        now=now,
        from_messenger=True,
    )
    with transaction.atomic():
        message = InboundMessage.objects.select_for_update().get(pk=wanted.inbound_id)
        if not _waiting(message.pk).update(state=Fetch.State.KEPT, reason=""):
            return
        message.media |= attachments.media_of(stored)
        message.save(update_fields=["media"])
        record(
            actor=None,
            action="conversation.file_kept",
            target=f"conversation:{message.conversation_id}",
            details={"attachment": str(stored.pk)},
        )


def failed(
    wanted: WantedFile,
    *,
    reason: str,
    now: datetime,
    final: bool = False,
    retry_after: timedelta = timedelta(0),
) -> bool:
    """Notes why a try brought nothing; whether the file is given up now."""
    message = InboundMessage.objects.select_related("fetch").get(pk=wanted.inbound_id)
    tries: int = message.fetch.tries
    pause = max(min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE), retry_after)
    if final:
        return _give_up(message, reason)
    if tries >= MOST_TRIES or now + pause >= message.received_at + LASTS:
        return _give_up(message, f"{TOO_LATE}：{reason}")
    _waiting(message.pk).update(next_try_at=now + pause, reason=reason[:200])
    return False


def _give_up(message: InboundMessage, reason: str) -> bool:
    with transaction.atomic():
        if not _waiting(message.pk).update(state=Fetch.State.GIVEN_UP, reason=reason[:200]):
            return False
        record(
            actor=None,
            action="conversation.file_given_up",
            target=f"conversation:{message.conversation_id}",
            details={"reason": reason[:200]},
        )
    return True


def _waiting(message_id: int) -> QuerySet[Fetch]:
    return Fetch.objects.filter(message_id=message_id, state=Fetch.State.WAITING)


def _wanted(message: InboundMessage) -> WantedFile:
    sender = message.identity
    named = (str(message.media[name]) for name in NAMES if message.media.get(name))
    return WantedFile(
        inbound_id=message.pk,
        conversation_id=message.conversation_id,
        channel=sender.channel,
        key=f"{sender.channel}:{sender.account}:{sender.external_id}:{message.pk}",
        name=next(named, Kind(message.kind).label),
        media=dict(message.media),
    )
