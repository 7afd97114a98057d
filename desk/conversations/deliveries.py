"""The way of what we said to the person's platform: claim, then sent, failed or keep.

Made by outbox.say for every channel that has its messages pushed. Within a conversation nothing is
sent while something said before still waits; what is dead or kept lets the later ones pass. Claims
are leases, so any number of processes may deliver, and one that dies delays by LEASE.

Towards the platform this is at-least-once: a process killed between the platform's yes and `sent`
sends once more. Parts noted by an error are not repeated.
"""

import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from desk.conversations.models import Conversation, Delivery
from desk.conversations.values import Outgoing, Receipt, Said

# Longer than any sender's patience with its platform.
LEASE = timedelta(seconds=60)
# With the pauses below: about half an hour of trying.
MOST_TRIES = 12
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=10)
JITTER = 0.2  # of a pause, so that what failed together does not come back together

State = Delivery.State


@dataclass(frozen=True, slots=True)
class Due:
    """A conversation with something to deliver now."""

    conversation_id: UUID
    channel: str


def due(now: datetime, *, channels: Collection[str], limit: int = 50) -> list[Due]:
    """Conversations on `channels` with something to deliver now, longest waiting first."""
    heads = (
        _heads(now).filter(channel__in=channels).filter(_not_held_open(now)).order_by("next_try_at")
    )
    rows = heads.values_list("conversation_id", "channel")[:limit]
    return [Due(conversation_id, channel) for conversation_id, channel in rows]


def _heads(now: datetime) -> QuerySet[Delivery]:
    """The first waiting delivery of each conversation, where it is due and nobody works on it."""
    earlier = Delivery.objects.filter(
        conversation=OuterRef("conversation"), state=State.WAITING, seq__lt=OuterRef("seq")
    )
    return Delivery.objects.filter(
        ~Exists(earlier),
        Q(lease_until__isnull=True) | Q(lease_until__lte=now),
        state=State.WAITING,
        next_try_at__lte=now,
    )


def _not_held_open(now: datetime) -> Q:
    return Q(conversation__open_until__isnull=True) | Q(conversation__open_until__lte=now)


def claim(
    conversation_id: UUID, *, owner: str, now: datetime, most: int = 1, carrier: int | None = None
) -> Outgoing | None:
    """What is due to the person, at most `most` messages, claimed for `owner` until now + LEASE.

    None when nothing is due, another works on it, or an open request is to carry it. That request
    itself names the person's message it belongs to as `carrier`; it does not wait for a next try.
    """
    with transaction.atomic():
        conversation = Conversation.objects.select_related("identity").get(pk=conversation_id)
        # Before any row is locked: the open request would skip what is locked and go back empty.
        if carrier is None and _held_open(conversation, now):
            return None
        rows = Delivery.objects.filter(conversation_id=conversation_id, state=State.WAITING)
        # SKIP LOCKED: who comes second finds nothing, instead of waiting and then sending twice.
        locked = rows.select_for_update(skip_locked=True, of=("self",)).order_by("seq")
        batch = list(locked.select_related("message__staff")[:most])
        first = rows.order_by("seq").first()
        if not batch or first is None or batch[0].pk != first.pk:
            return None
        if first.lease_until is not None and first.lease_until > now:
            return None
        if carrier is None:
            # Once more with the rows in hand: a request may have been opened just now.
            conversation.refresh_from_db(fields=["open_until"])
            if first.next_try_at > now or _held_open(conversation, now):
                return None
        # A message the platform took in part goes on with those it was split with, and no others.
        batch = [one for one in batch if one.parts == first.parts]
        Delivery.objects.filter(pk__in=[one.pk for one in batch]).update(
            lease_owner=owner, lease_until=now + LEASE
        )
    return _outgoing(conversation, batch, owner=owner, carrier=carrier)


def _held_open(conversation: Conversation, now: datetime) -> bool:
    return conversation.open_until is not None and conversation.open_until > now


def _outgoing(
    conversation: Conversation, batch: Sequence[Delivery], *, owner: str, carrier: int | None
) -> Outgoing:
    identity = conversation.identity
    return Outgoing(
        conversation_id=conversation.pk,
        channel=identity.channel,
        account=identity.account,
        recipient=identity.external_id,
        messages=tuple(_said(one) for one in batch),
        parts=tuple(batch[0].parts),
        tries=batch[0].tries,
        heard_at=conversation.heard_at,
        heard_kind=conversation.heard_kind,
        owner=owner,
        carrier=carrier,
    )


def _said(delivery: Delivery) -> Said:
    message = delivery.message
    return Said(
        delivery_id=delivery.pk,
        key=message.key,
        seq=message.seq,
        author=message.author,
        name=message.staff.name if message.staff else message.get_author_display(),
        text=message.text,
        buttons=message.buttons,
        citations=message.citations,
        said_at=message.created_at,
    )


def again(inbound_id: int) -> Outgoing | None:
    """What the open request of this message carried back, for the same request sent once more.

    None when it carried nothing (yet). Only to be shown again, not to be noted.
    """
    rows = Delivery.objects.filter(carried_by_id=inbound_id).select_related("message__staff")
    batch = list(rows.order_by("seq"))
    if not batch:
        return None
    conversation = Conversation.objects.select_related("identity").get(pk=batch[0].conversation_id)
    return _outgoing(conversation, batch, owner="", carrier=inbound_id)


def _claimed(outgoing: Outgoing) -> list[Delivery]:
    """The rows of `outgoing` that are still its owner's and waiting, locked."""
    ids = [said.delivery_id for said in outgoing.messages]
    rows = Delivery.objects.select_for_update().filter(pk__in=ids, state=State.WAITING)
    return list(rows.filter(lease_owner=outgoing.owner).order_by("seq"))


def sent(
    outgoing: Outgoing,
    receipt: Receipt,
    *,
    now: datetime,
    unless: Callable[[], bool] = lambda: False,
) -> bool:
    """Notes that the platform took it; a receipt that is not `whole` leaves the rest due at once.

    False when the claim had run out and another took it: then it went out twice. False as well,
    and due again, when `unless` says, asked last of all, that the platform cannot have taken it.
    """
    with transaction.atomic():
        rows = _claimed(outgoing)
        if unless():
            _give_back(rows, now)
            return False
        for row in rows:
            row.lease_owner, row.lease_until = "", None
            row.way, row.reason = receipt.way[:24], receipt.reason[:200]
            row.platform_message_id = receipt.platform_message_id[:128]
            row.parts = [*receipt.parts]
            row.carried_by_id = outgoing.carrier or row.carried_by_id
            row.error_code = row.last_error = ""
            row.next_try_at = now
            if receipt.whole:
                row.state, row.sent_at = State.SENT, now
            row.save()
    return len(rows) == len(outgoing.messages)


def failed(
    outgoing: Outgoing,
    *,
    code: str,
    error: str,
    now: datetime,
    retry_after: timedelta | None = None,
    final: bool = False,
    parts: Sequence[str] = (),
) -> bool:
    """Notes a failed try: the next one after a pause, or, `final` or tried MOST_TRIES times, none.

    `retry_after` is the platform's own wish, the pause is at least that long. `parts`: ids of the
    parts it took nevertheless, those of earlier tries included. True when it is dead now.
    """
    dead = False
    with transaction.atomic():
        for row in _claimed(outgoing):
            row.lease_owner, row.lease_until = "", None
            row.tries += 1
            row.error_code, row.last_error = code[:64], error[:200]
            row.parts = list(parts) or row.parts
            dead = final or row.tries >= MOST_TRIES
            if dead:
                row.state = State.DEAD
            else:
                row.next_try_at = now + max(pause(row.tries), retry_after or timedelta())
            row.save()
    return dead


def pause(tries: int) -> timedelta:
    """Before the next try: doubled with each, at most LONGEST_PAUSE, with jitter."""
    doubled: timedelta = FIRST_PAUSE * 2 ** min(tries - 1, 20)
    plain = min(doubled, LONGEST_PAUSE)
    return plain * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - spreads load, no secret


def keep(outgoing: Outgoing, *, reason: str, now: datetime, parts: Sequence[str] = ()) -> None:
    """Outside the platform's window: kept until the person writes again; `reason` for staff.

    `parts`: ids of those that went out before it closed, earlier tries' included.
    """
    with transaction.atomic():
        for row in _claimed(outgoing):
            row.lease_owner, row.lease_until = "", None
            row.state, row.reason = State.KEPT, reason[:200]
            row.parts, row.next_try_at = list(parts) or row.parts, now
            row.save()


def came_back(
    channel: str, account: str, recipient: str, *, platform_message_id: str, reason: str
) -> int:
    """The platform reports that what it took did not arrive: kept until the person writes again.

    How many messages that were; what staff dropped meanwhile stays dropped.
    """
    with transaction.atomic():
        rows = Delivery.objects.select_for_update(of=("self",)).filter(
            conversation__identity__channel=channel,
            conversation__identity__account=account,
            conversation__identity__external_id=recipient,
            platform_message_id=platform_message_id,
            state__in=(State.SENT, State.KEPT),
        )
        for row in (found := list(rows)):
            row.state, row.sent_at, row.reason = State.KEPT, None, reason[:200]
            row.parts = [part for part in row.parts if part != platform_message_id]
            row.platform_message_id = ""
            row.save()
    return len(found)


def release(outgoing: Outgoing, *, now: datetime, retry_after: timedelta = timedelta()) -> None:
    """Gives a claim back unused; not a try. Due again after `retry_after`."""
    with transaction.atomic():
        _give_back(_claimed(outgoing), now + retry_after)


def _give_back(rows: Sequence[Delivery], due_at: datetime) -> None:
    for row in rows:
        row.lease_owner, row.lease_until = "", None
        row.next_try_at = max(row.next_try_at, due_at)
        row.save()


def wake(conversation: Conversation, *, now: datetime) -> int:
    """The person of the locked `conversation` wrote: what was kept for them is due; how many."""
    return Delivery.objects.filter(conversation=conversation, state=State.KEPT).update(
        state=State.WAITING, next_try_at=now, tries=0
    )


def hold_open(conversation_id: UUID, *, until: datetime) -> None:
    """Nobody delivers to the person before then: what an open request carries is on its way."""
    Conversation.objects.filter(pk=conversation_id).update(open_until=until)


def let_go(conversation_id: UUID, *, now: datetime) -> None:
    """No open request will carry anything any more (the call ended): the rest is pushed."""
    Conversation.objects.filter(pk=conversation_id, open_until__gt=now).update(open_until=now)


def sent_since(conversation_id: UUID, since: datetime, *, ways: Collection[str]) -> int:
    """How many messages went out these `ways` since then: what a platform's window counts."""
    rows = Delivery.objects.filter(
        conversation_id=conversation_id, state=State.SENT, sent_at__gte=since, way__in=ways
    )
    # Messages merged into one share the platform's id.
    return rows.aggregate(count=Count("platform_message_id", distinct=True))["count"] or 0
