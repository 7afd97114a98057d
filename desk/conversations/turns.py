"""A message's way from stored to answered: accept, begin, finish or fail, each one transaction.

A turn is worked on under a lease of its conversation, so that one sender's messages are answered in
their order and by one worker at a time; a worker that dies simply lets its lease run out.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from desk.conversations import deliveries
from desk.conversations.errors import EmptyText, TextTooLong, TooManyWaiting
from desk.conversations.media import bounded
from desk.conversations.models import (
    PULLED,
    Contact,
    Conversation,
    Fetch,
    Identity,
    InboundMessage,
    Kind,
    OutboundMessage,
)
from desk.conversations.outbox import locked, open_staff_request, say
from desk.conversations.values import Accepted, IncomingMessage, Reply, Turn
from desk.errors import DeskError

logger = logging.getLogger(__name__)

MAX_CHARACTERS = 4000
# A platform's message was sent already, so it is stored whole, however long; a body holds no more.
MAX_STORED = 65_536
MAX_WAITING = 100
LEASE = timedelta(seconds=20)
# A restart of the dialogue takes about half a minute; three minutes outlast several.
GIVE_UP_AFTER = timedelta(minutes=3)
FEWEST_TRIES = 3
LONGEST_PAUSE = timedelta(seconds=10)

APOLOGY = (
    "抱歉，这条消息我没能处理成功，已经转给工作人员，他们看到后会在这里回复您。"
    "着急的话，可以直接拨打12345。"
)


def accept(message: IncomingMessage, *, hold: timedelta = timedelta()) -> Accepted:
    """Stores `message`; committed when this returns. The same key again finds the row stored first.

    For as long as `hold` the caller keeps the platform's request open to carry the answer back:
    till then nobody else delivers. An event is settled at once, with its reply if it brings one and
    no staff hold the conversation; it never waits. Raises EmptyText, TextTooLong, TooManyWaiting:
    then nothing is stored.
    """
    with transaction.atomic():
        return _accepted(message, hold)


def accept_together(
    arrived: Sequence[tuple[IncomingMessage, timedelta]],
) -> list[Accepted | DeskError]:
    """`accept` for several messages and their holds, in their order, in one transaction.

    In a rush the disk is waited for once and not once each. What is refused is stored for none of
    the others' sake: its refusal stands in its place.
    """

    def each(message: IncomingMessage, hold: timedelta) -> Accepted | DeskError:
        try:
            return _accepted(message, hold)
        except DeskError as refusal:
            return refusal

    with transaction.atomic():
        return [each(message, hold) for message, hold in arrived]


def _accepted(message: IncomingMessage, hold: timedelta) -> Accepted:
    """`accept` within a transaction; what it refuses, it refuses before it writes."""
    if message.kind == Kind.TEXT and not message.text.strip():
        raise EmptyText
    if len(message.text) > (MAX_CHARACTERS if message.channel in PULLED else MAX_STORED):
        raise TextTooLong
    conversation = _conversation(message)
    stored = InboundMessage.objects.filter(
        identity=conversation.identity, message_id=message.message_id
    ).first()
    if stored:
        if _hold_open(conversation, message, hold):
            conversation.save(update_fields=["open_until"])
        return Accepted(
            stored.id, stored.conversation_id, new=False, held_open=_open(conversation, message)
        )
    if message.kind != Kind.EVENT:
        waiting = conversation.inbound.filter(state=InboundMessage.State.RECEIVED).count()
        if waiting >= MAX_WAITING:
            raise TooManyWaiting
    stored = _store(conversation, message, hold)
    if message.reopens and message.channel not in PULLED:
        deliveries.wake(conversation, now=message.received_at)
    if message.kind == Kind.EVENT and message.reply and conversation.holder_id is None:
        say(
            conversation,
            key=f"turn:{stored.id}:0",
            author=OutboundMessage.Author.BOT,
            reply=message.reply,
            now=message.received_at,
            in_reply_to=stored,
        )
    return Accepted(stored.id, conversation.id, new=True, held_open=_open(conversation, message))


def _store(conversation: Conversation, message: IncomingMessage, hold: timedelta) -> InboundMessage:
    """The message's row in the locked `conversation`; an event's is settled."""
    event = message.kind == Kind.EVENT
    conversation.last_seq += 1
    changed = ["last_seq"]
    if not event:
        conversation.last_message_at = message.received_at
        # What has come is not being written any more.
        conversation.person_typing_at = None
        changed += ["last_message_at", "person_typing_at"]
    if message.reopens:
        conversation.heard_at, conversation.heard_kind = message.received_at, message.kind
        changed += ["heard_at", "heard_kind"]
    if _hold_open(conversation, message, hold):
        changed.append("open_until")
    conversation.save(update_fields=changed)
    state = InboundMessage.State.NOTED if event else InboundMessage.State.RECEIVED
    stored = InboundMessage.objects.create(
        conversation=conversation,
        identity=conversation.identity,
        message_id=message.message_id,
        seq=conversation.last_seq,
        kind=message.kind,
        text=message.text,
        media=bounded(message.media),
        received_at=message.received_at,
        next_try_at=message.received_at,
        state=state,
        settled_at=message.received_at if event else None,
    )
    if message.fetched:
        Fetch.objects.create(message=stored, next_try_at=message.received_at)
    return stored


def _hold_open(conversation: Conversation, message: IncomingMessage, hold: timedelta) -> bool:
    """Sets till when an open request may carry the answer; an earlier, longer hold stands.

    Whether anything changed, to be saved.
    """
    until = message.received_at + hold
    if not hold or (conversation.open_until is not None and conversation.open_until >= until):
        return False
    conversation.open_until = until
    return True


def _open(conversation: Conversation, message: IncomingMessage) -> bool:
    """Whether some request is noted as open when the message comes."""
    return conversation.open_until is not None and conversation.open_until > message.received_at


def _conversation(message: IncomingMessage) -> Conversation:
    """The sender's conversation, locked; made, with the sender, when they first write."""
    key = {
        "channel": message.channel,
        "account": message.account,
        "external_id": message.sender,
    }
    of_sender = {f"identity__{name}": value for name, value in key.items()}
    rows = Conversation.objects.select_related("identity").select_for_update(of=("self",))
    found = rows.filter(**of_sender).first()
    if found:
        return found
    identity = Identity.objects.filter(**key).first() or _new_identity(key)
    return locked(Conversation.objects.get_or_create(identity=identity)[0].id)


def _new_identity(key: dict[str, str]) -> Identity:
    contact = Contact.objects.create()
    identity, new = Identity.objects.get_or_create(**key, defaults={"contact": contact})
    if not new:
        contact.delete()
    return identity


def begin(conversation_id: UUID, *, owner: str, now: datetime) -> Turn | None:
    """The conversation's oldest unanswered message, claimed for `owner` until now + LEASE.

    None when nothing is unanswered, its next try is not due, or another owner works on it.
    Messages of a conversation that staff hold are settled here without an answer.
    """
    waiting = InboundMessage.objects.filter(
        conversation_id=conversation_id, state=InboundMessage.State.RECEIVED
    )
    if not waiting.exists():
        return None
    with transaction.atomic():
        conversation = locked(conversation_id)
        if conversation.holder_id is not None:
            waiting.update(state=InboundMessage.State.HELD, settled_at=now)
            return None
        leased = conversation.lease_until is not None and conversation.lease_until > now
        if leased and conversation.lease_owner != owner:
            return None
        first = waiting.order_by("seq").first()
        if first is None or first.next_try_at > now:
            return None
        conversation.lease_owner = owner
        conversation.lease_until = now + LEASE
        conversation.save(update_fields=["lease_owner", "lease_until"])
    key = f"{first.id}-{first.received_at.timestamp():.6f}"
    channel = conversation.identity.channel
    return Turn(first.id, key, conversation_id, first.text, owner, channel, first.kind)


def finish(turn: Turn, replies: Sequence[Reply], *, now: datetime) -> bool:
    """Writes the answer into the outbox and settles the message, once.

    False when it was settled meanwhile: answered by another, or taken by staff, over whom the bot
    does not speak.
    """
    with transaction.atomic():
        conversation = _release(turn)
        inbound = InboundMessage.objects.get(id=turn.inbound_id)
        if inbound.state != InboundMessage.State.RECEIVED:
            return False
        inbound.settled_at = now
        inbound.state = InboundMessage.State.ANSWERED
        inbound.save(update_fields=["state", "settled_at"])
        for position, reply in enumerate(replies):
            say(
                conversation,
                key=f"turn:{inbound.id}:{position}",
                author=OutboundMessage.Author.BOT,
                reply=reply,
                now=now,
                in_reply_to=inbound,
            )
    return True


def fail(turn: Turn, error: str, *, now: datetime, final: bool = False) -> bool:
    """Notes a failed try. Sets the next one, or, when tries are used up or `final`, gives up.

    Giving up means: an apology in the outbox and a request for staff, in the same transaction.
    True when the message is settled: given up here, or settled by another meanwhile.
    """
    with transaction.atomic():
        conversation = _release(turn)
        inbound = InboundMessage.objects.get(id=turn.inbound_id)
        if inbound.state != InboundMessage.State.RECEIVED:
            return True
        inbound.failures += 1
        inbound.last_error = error[:200]
        spent = inbound.failures >= FEWEST_TRIES and now - inbound.received_at >= GIVE_UP_AFTER
        if not (final or spent):
            pause = timedelta(seconds=0.5 * 2 ** min(inbound.failures - 1, 10))
            inbound.next_try_at = now + min(pause, LONGEST_PAUSE)
            inbound.save(update_fields=["failures", "last_error", "next_try_at"])
            return False
        inbound.state = InboundMessage.State.GIVEN_UP
        inbound.settled_at = now
        inbound.save(update_fields=["failures", "last_error", "state", "settled_at"])
        say(
            conversation,
            key=f"turn:{inbound.id}:0",
            author=OutboundMessage.Author.SYSTEM,
            reply=Reply(APOLOGY),
            now=now,
            in_reply_to=inbound,
        )
        open_staff_request(
            conversation, key=f"turn:{inbound.id}", reason="消息未能自动处理", now=now
        )
    logger.error("message %s given up: %s", turn.inbound_id, error)
    return True


def _release(turn: Turn) -> Conversation:
    """The turn's conversation, locked, its lease given back if it is still the turn's."""
    conversation = locked(turn.conversation_id)
    if conversation.lease_owner == turn.owner:
        conversation.lease_owner, conversation.lease_until = "", None
        conversation.save(update_fields=["lease_owner", "lease_until"])
    return conversation


def due(now: datetime, *, left_for: timedelta = timedelta(), limit: int = 50) -> list[UUID]:
    """Conversations with a message to try now that nobody works on, longest waiting first.

    A message that nobody tried yet counts once it was `left_for` so long: who took it in is about
    to answer it, and two who queue for the dialogue are no quicker than one.
    """
    earlier = InboundMessage.objects.filter(
        conversation=OuterRef("conversation"),
        state=InboundMessage.State.RECEIVED,
        seq__lt=OuterRef("seq"),
    )
    rows = (
        InboundMessage.objects.filter(
            # Only the first unanswered of each: the later ones wait for it.
            ~Exists(earlier),
            Q(conversation__lease_until__isnull=True) | Q(conversation__lease_until__lte=now),
            Q(failures__gt=0) | Q(received_at__lte=now - left_for),
            state=InboundMessage.State.RECEIVED,
            next_try_at__lte=now,
        )
        .order_by("next_try_at")
        .values_list("conversation_id", flat=True)[:limit]
    )
    return list(rows)


def stored(channel: str, account: str, sender: str, message_id: str) -> Accepted | None:
    """The message with this key, stored before; None when there is none."""
    row = InboundMessage.objects.filter(
        identity__channel=channel,
        identity__account=account,
        identity__external_id=sender,
        message_id=message_id,
    ).first()
    return Accepted(row.id, row.conversation_id, new=False) if row else None


def replies_to(inbound_id: int) -> list[OutboundMessage] | None:
    """What was said in answer to the message, in order; None while it waits for its answer."""
    inbound = InboundMessage.objects.get(id=inbound_id)
    if inbound.state == InboundMessage.State.RECEIVED:
        return None
    return list(inbound.replies.select_related("staff", "delivery").order_by("seq"))
