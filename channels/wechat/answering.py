"""The five seconds: what goes back in the open request, and what is left to be pushed.

With the right to customer messages: the answer, if it is made in time and predicted to be; else
`success` at once, and the deliverer pushes it. Without it (48001): the platform's own three tries
are used, each joining the same turn; when even the third sees no answer, a line asks the person to
reply 1, and whatever then is ready goes back in that request.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from channels.errors import NotDelivered
from channels.runtime import runtime
from channels.wechat import binding, state, understanding
from channels.wechat.background import start
from channels.wechat.client import ApiError, WeChatClient
from channels.wechat.compose import MORE_BY_POLL, composed
from channels.wechat.door import client_of
from channels.wechat.effects import take_note
from channels.wechat.parse import Call
from channels.wechat.sender import carried_parts
from channels.wechat.settings import WeChatSettings
from channels.wechat.understanding import Understood
from desk.conversations import deliveries, turns
from desk.conversations.models import Conversation, InboundMessage
from desk.conversations.values import Accepted, Outgoing, Receipt
from desk.errors import DeskError
from desk.threads import at_the_door, in_passing, in_thread

logger = logging.getLogger(__name__)

ANSWER_WITHIN = 4.5  # seconds after the request came
# A request is held while the prediction stays well below that: it is made from turns before, and at
# the beginning of a rush each next one takes longer.
HELD_UP_TO = 2.0  # seconds
TYPING_UP_TO = 10.0  # seconds; who waits longer sees no sign of typing any more
RETRY_WITHIN = 2.5  # for a second or third try: whatever made the first one late may still last
COOLING = 5.0  # seconds without holding, after a request was held in vain
LAST_MOMENT = 4.8  # later, the platform may be gone: nothing is noted as carried any more
GIVEN_UP = 5.5  # seconds; the platform has closed the request and sends it again
LAST_TRY = 9.0  # a request that begins so many seconds after the first is the third
REST_AFTER = 0.5  # seconds; sooner, a pushed part might overtake the one that goes back here
LOOK = 0.25  # seconds
POLL_HINT = "正在查询，回复 1 查看。"
POLL_STILL = "还在查，请过几秒再回复 1 查看。"
NOTHING_WAITS = "现在没有待查看的答复。您想问什么，直接打字告诉我就行。"
PASSIVE, POLLED = "passive", "poll"


@dataclass(slots=True)
class Clock:
    """How long a request has been open; `gone`: the platform has closed it."""

    begun: float
    gone: bool = False

    @property
    def spent(self) -> float:
        return asyncio.get_running_loop().time() - self.begun

    def close(self) -> None:
        self.gone = True

    def heard(self) -> bool:
        """Whether the platform still waits for what goes back."""
        return not self.gone

    @property
    def left(self) -> float:
        """Seconds it may still be held."""
        return max(ANSWER_WITHIN - self.spent, 0.0)

    def left_of(self, seconds: float) -> float:
        return max(seconds - self.spent, 0.0)


@dataclass(slots=True)
class Experience:
    """What this process learned of holding: the prediction knows only turns that came to an end."""

    vain_at: float = float("-inf")

    def held_in_vain(self) -> None:
        self.vain_at = asyncio.get_running_loop().time()

    @property
    def cooling(self) -> bool:
        """Whether a request was held in vain just now."""
        return asyncio.get_running_loop().time() - self.vain_at < COOLING


_experience = Experience()


@dataclass(frozen=True, slots=True)
class Request:
    """The open request that may carry words back."""

    accepted: Accepted
    settings: WeChatSettings
    clock: Clock
    polls: bool
    may_push: bool


async def answer(call: Call, settings: WeChatSettings, clock: Clock) -> str | None:
    """The text that goes back in this request; None: `success`. The message is stored then."""
    now = call.message.received_at
    if not settings.secure:
        await at_the_door(state.first_use, call.signature, call.digest, now=now)
    account = await at_the_door(state.account_state, settings.app_id, now=now)
    meant = Understood(call.message)
    if understanding.needs_a_look(call.message):
        may_push = account.may_push
        meant = await at_the_door(understanding.understood, call.message, may_push=may_push)
    gateway = runtime().gateway
    # An event's own reply is there at once; an event without one has nothing to wait for.
    speaks = call.from_person or meant.message.reply is not None or meant.message.kind != "event"
    at_once = meant.message.kind == "event"
    # Without the right to push, a request held in vain is the platform's next try, not a loss.
    hopeful = not (account.may_push and _experience.cooling)
    held = speaks and (at_once or (hopeful and gateway.expected_wait() < HELD_UP_TO))
    try:
        accepted = await gateway.receive(meant.message, hold=clock.left if held else 0.0)
    except DeskError as refusal:
        # The platform would only repeat the message; the person is told instead.
        return refusal.message
    await take_note(call, settings)
    if meant.binds:
        await in_thread(binding.carry_out, call.message, accepted)
    if not speaks:
        return None
    if not held and accepted.held_open:
        # An earlier request of theirs may still be noted as open.
        start(let_go(accepted.conversation_id))
    request = Request(accepted, settings, clock, meant.polls, account.may_push)
    if held:
        outgoing = await wait_for(request)
    else:
        # What an earlier try carried may have come too late for the platform.
        outgoing = None if accepted.new else await gateway.again(accepted)
    if outgoing is not None:
        return await carry(outgoing, request)
    return await too_late(meant, request)


async def wait_for(request: Request) -> Outgoing | None:
    """What this request is to carry, as soon as it is there; None when it is not in time."""
    gateway = runtime().gateway
    accepted, clock = request.accepted, request.clock
    patience = ANSWER_WITHIN if accepted.new or not request.may_push else RETRY_WITHIN
    while True:
        wait = clock.left_of(patience)
        outgoing = await gateway.collect(accepted, wait=wait, wanted=clock.heard)
        if outgoing is not None:
            return outgoing
        if not request.polls or clock.left < LOOK:
            break
        # The poll itself is settled; what it asks for may be on its way yet.
        if not await in_passing(_waits, accepted):
            return None
        await asyncio.sleep(LOOK)
    if clock.spent >= patience - LOOK:
        _experience.held_in_vain()
        # The deliverer need not wait for the end of what was meant to be held.
        start(let_go(accepted.conversation_id))
    return None


def _waits(accepted: Accepted) -> bool:
    return understanding.waits(Conversation.objects.get(pk=accepted.conversation_id))


async def carry(outgoing: Outgoing, request: Request) -> str | None:
    """The part of `outgoing` that goes back here; the rest is pushed, or polled for."""
    gateway = runtime().gateway
    texts = composed(outgoing.messages, base_url=request.settings.public_url)
    done = carried_parts(outgoing)
    mine = f"passive:{request.accepted.inbound_id}"
    more = "" if request.may_push else MORE_BY_POLL
    if not outgoing.owner:
        # The same request once more: the same words.
        place = done.index(mine) if mine in done else 0
        return texts.text(place, more=more) if place < len(texts.parts) else None
    if request.clock.gone or request.clock.spent > LAST_MOMENT:
        await let_go(outgoing.conversation_id)
        await gateway.uncarried(outgoing)
        return None
    way = POLLED if request.polls else PASSIVE
    if len(done) >= len(texts.parts):
        await gateway.carried(outgoing, Receipt(way, "之前已全部发出", parts=outgoing.parts))
        return None
    reason = await reason_for(outgoing, request)
    whole = len(done) + 1 == len(texts.parts)
    parts = (*outgoing.parts, mine)
    if not whole:
        until = timezone.now() + timedelta(seconds=REST_AFTER)
        await at_the_door(deliveries.hold_open, outgoing.conversation_id, until=until)
    receipt = Receipt(way, reason, mine, parts=parts, whole=whole)
    if not await gateway.carried(outgoing, receipt, wanted=request.clock.heard):
        await let_go(outgoing.conversation_id)
        gateway.deliver(outgoing.conversation_id, outgoing.channel)
        return None
    if not whole:
        start(push_the_rest(outgoing))
    return texts.text(len(done), more=more)


async def push_the_rest(outgoing: Outgoing) -> None:
    """What this request could not carry, once its own words have had the time to arrive."""
    await asyncio.sleep(REST_AFTER)
    runtime().gateway.deliver(outgoing.conversation_id, outgoing.channel)


async def reason_for(outgoing: Outgoing, request: Request) -> str:
    """Why these words go back in this request, for staff."""
    if request.polls:
        return "对方回复 1 时带回"
    answers = f"turn:{request.accepted.inbound_id}:"
    others = [said for said in outgoing.messages if not said.key.startswith(answers)]
    # What staff said since the person's message came is no leftover either.
    if not others or min(said.seq for said in others) > await in_passing(_place, request.accepted):
        return "5秒内直接回复"
    return "之前没发出的，对方发言时一并带回"


def _place(accepted: Accepted) -> int:
    """Where in the conversation the message stands."""
    return InboundMessage.objects.values_list("seq", flat=True).get(pk=accepted.inbound_id)


async def let_go(conversation_id: UUID) -> None:
    """Nothing more goes back in this request: what is left need not wait for its end."""
    await in_passing(deliveries.let_go, conversation_id, now=timezone.now())


async def too_late(meant: Understood, request: Request) -> str | None:
    """No answer in this request: `success`, or without the right to push, a way to ask for it."""
    accepted, clock = request.accepted, request.clock
    if request.may_push:
        # At once: the platform counts the milliseconds by now.
        if accepted.new and runtime().gateway.expected_wait() < TYPING_UP_TO:
            start(show_typing(client_of(request.settings), meant.message.sender, accepted))
        return None
    if meant.polls:
        return POLL_STILL if await in_passing(_waits, accepted) else NOTHING_WAITS
    since = await in_passing(waiting_since, accepted.inbound_id)
    if since is None:
        return None
    begun_after = (timezone.now() - since).total_seconds() - clock.spent
    if clock.spent >= ANSWER_WITHIN - LOOK and begun_after < LAST_TRY:
        # Unanswered, the platform sends it again, and that request joins the same turn.
        await asyncio.sleep(max(GIVEN_UP - clock.spent, 0.0))
        return None
    return POLL_HINT


def waiting_since(inbound_id: int) -> datetime | None:
    """When the message came, while it waits for its answer; None when it does not."""
    if turns.replies_to(inbound_id) is not None:
        return None
    return InboundMessage.objects.values_list("received_at", flat=True).get(pk=inbound_id)


async def show_typing(client: WeChatClient, person: str, accepted: Accepted) -> None:
    """A courtesy while the answer is thought about; nobody minds when it fails."""
    try:
        if await in_passing(waiting_since, accepted.inbound_id) is not None:
            await client.typing(person)
    except (ApiError, NotDelivered) as error:
        logger.debug("WeChat: typing was not shown: %s", error)
    except Exception:
        logger.exception("WeChat: typing was not shown")
