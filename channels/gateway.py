"""From a stored message to its answer and its delivery: every channel stands on this.

Store, then answer in the sender's order, then deliver; whatever fails stays stored and is tried
again, by this process or by the worker. The desk's leases keep two from answering or delivering one
conversation at once. How a channel plugs in: channels/deliver.py.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from channels.deliver import Deliverer
from channels.dialogue import Dialogue, DialogueSilent, DialogueUnavailable
from channels.intake import Intake
from channels.kinds import answer_to
from channels.prediction import Prediction
from desk.conversations import deliveries, turns
from desk.conversations.models import Delivery, OutboundMessage
from desk.conversations.values import Accepted, IncomingMessage, Outgoing, Receipt
from desk.threads import at_the_door, in_passing

logger = logging.getLogger(__name__)

# How often a waiting request looks whether another process answered its message, seconds.
LOOK_AGAIN = 1.0
# Turns this process makes at the same time; more would only wait within Rasa, their leases running.
TURNS_AT_ONCE = 24
# Most messages one open request carries back.
CARRIED = 20


def _waits(message: OutboundMessage) -> bool:
    """Whether what was said is still on its way to the person."""
    delivery = getattr(message, "delivery", None)
    return delivery is not None and delivery.state == Delivery.State.WAITING


class Gateway:
    """One process's way into the conversations; `owner` names it in leases."""

    def __init__(
        self, dialogue: Dialogue, *, owner: str, deliverer: Deliverer | None = None
    ) -> None:
        self._dialogue = dialogue
        self._owner = owner
        self._deliverer = deliverer
        self._places = asyncio.Semaphore(TURNS_AT_ONCE)
        self._prediction = Prediction()
        self._intake = Intake()
        self._working: dict[UUID, asyncio.Task[None]] = {}
        self._woken: set[UUID] = set()
        self._settled: dict[int, asyncio.Event] = {}

    async def receive(self, message: IncomingMessage, *, hold: float = 0.0) -> Accepted:
        """Stores `message` and starts on its answer. Raises the desk's refusals (DeskError).

        For `hold` seconds the caller keeps the platform's request open to `collect` the answer.
        """
        accepted = await self._intake.store(message, timedelta(seconds=hold))
        self.start(accepted.conversation_id)
        if not hold:
            # What was kept for the person, or an event's own reply, is due now.
            self.deliver(accepted.conversation_id, message.channel)
        return accepted

    def expected_wait(self) -> float:
        """Seconds until a message that came now would be answered, by what was measured lately."""
        return self._prediction.wait(queued=len(self._working))

    async def collect(
        self, accepted: Accepted, *, wait: float, wanted: Callable[[], bool] = lambda: True
    ) -> Outgoing | None:
        """What the open request of this message is to carry back, as soon as it is settled.

        Claimed for this process: `carried` must be told. With an empty `owner` it was carried by an
        earlier try of the same request: to be answered again, not to be told. None after `wait`
        seconds, or when nothing is said: then the rest is pushed as soon as it is there. None as
        well once it is not `wanted` any more, since the platform hung up: its next try claims it.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait
        while True:
            outgoing = await self.again(accepted)
            if outgoing is not None:
                return outgoing
            left = deadline - loop.time()
            settled = await self.answer(accepted.inbound_id, wait=left)
            if settled is None or not wanted():
                return None
            outgoing = await at_the_door(
                deliveries.claim,
                accepted.conversation_id,
                owner=self._owner,
                now=timezone.now(),
                most=CARRIED,
                carrier=accepted.inbound_id,
            )
            if outgoing is not None:
                return outgoing
            if not settled or deadline <= loop.time():
                return None
            if not any(_waits(message) for message in settled):
                # Pushed meanwhile; or just now carried by another try of the same request.
                return await self.again(accepted)
            # Another try of the same request has claimed it and is about to note it.
            await asyncio.sleep(0.05)

    async def again(self, accepted: Accepted) -> Outgoing | None:
        """What an earlier try of the same request carried back; only to be answered once more."""
        return await at_the_door(deliveries.again, accepted.inbound_id)

    async def carried(
        self, outgoing: Outgoing, receipt: Receipt, *, wanted: Callable[[], bool] = lambda: True
    ) -> bool:
        """Notes that the open request carries `outgoing` back; what it leaves is pushed.

        False, and all of it is pushed, when it is not `wanted` there any more at the last moment.
        """
        noted = await at_the_door(
            deliveries.sent, outgoing, receipt, now=timezone.now(), unless=lambda: not wanted()
        )
        self.deliver(outgoing.conversation_id, outgoing.channel)
        return noted

    async def uncarried(self, outgoing: Outgoing) -> None:
        """The open request could not carry `outgoing` after all: it is pushed."""
        await in_passing(deliveries.release, outgoing, now=timezone.now())
        self.deliver(outgoing.conversation_id, outgoing.channel)

    def deliver(self, conversation_id: UUID, channel: str) -> None:
        """Starts on what is due to the person, in the background."""
        if self._deliverer is not None:
            self._deliverer.start(conversation_id, channel)

    async def answer(self, inbound_id: int, *, wait: float) -> list[OutboundMessage] | None:
        """What was said to the message, as soon as it is settled; None after `wait` seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait
        settled = self._settled.setdefault(inbound_id, asyncio.Event())
        try:
            while True:
                replies = await at_the_door(turns.replies_to, inbound_id)
                left = deadline - loop.time()
                if replies is not None or left <= 0:
                    return replies
                # Another process may be the one that answers: then no event comes, only the row.
                try:
                    await asyncio.wait_for(settled.wait(), min(left, LOOK_AGAIN))
                except TimeoutError:
                    continue
        finally:
            self._settled.pop(inbound_id, None)

    def start(self, conversation_id: UUID) -> "asyncio.Task[None]":
        """Works on the conversation's unanswered messages, in the background, once at a time."""
        self._woken.add(conversation_id)
        task = self._working.get(conversation_id)
        if task is None:
            task = asyncio.create_task(self._work(conversation_id))
            self._working[conversation_id] = task
        return task

    async def _work(self, conversation_id: UUID) -> None:
        try:
            async with self._places:
                # No await stands between the last look and the `finally`: no waking is missed.
                while conversation_id in self._woken:
                    self._woken.discard(conversation_id)
                    while await self._one_turn(conversation_id):
                        pass
        except Exception:
            logger.exception("conversation %s is left to the worker", conversation_id)
        finally:
            self._woken.discard(conversation_id)
            self._working.pop(conversation_id, None)

    async def _one_turn(self, conversation_id: UUID) -> bool:
        """Answers the conversation's next message; False when there is none to try now."""
        begun, at_once = time.monotonic(), min(len(self._working), TURNS_AT_ONCE)
        turn = await in_passing(turns.begin, conversation_id, owner=self._owner, now=timezone.now())
        if turn is None:
            return False
        settled = True
        try:
            ours = answer_to(turn)
            replies = ours or await self._dialogue.ask(turn)
            await in_passing(turns.finish, turn, replies, now=timezone.now())
        except DialogueUnavailable as error:
            logger.warning("message %s is tried again: %s", turn.inbound_id, error)
            self._prediction.unavailable()
            settled = await in_passing(turns.fail, turn, str(error), now=timezone.now())
        except DialogueSilent as error:
            await in_passing(turns.fail, turn, str(error), now=timezone.now(), final=True)
        except Exception as error:
            # Counted like any other failure, or it would be tried for ever and nobody would know.
            logger.exception("message %s failed", turn.inbound_id)
            settled = await in_passing(turns.fail, turn, repr(error), now=timezone.now())
        else:
            if not ours:
                # With the database: in a rush its queue is the longer one.
                self._prediction.took(time.monotonic() - begun, at_once=at_once)
        if settled:
            if turn.inbound_id in self._settled:
                self._settled[turn.inbound_id].set()
            self.deliver(turn.conversation_id, turn.channel)
        return True

    async def drain(self) -> None:
        """Waits for the turns under way, so that a stop loses no work that is nearly done."""
        if self._working:
            await asyncio.wait(list(self._working.values()), timeout=5)
