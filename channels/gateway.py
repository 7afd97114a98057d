"""From a stored message to its answer: every channel stands on this.

Store, then answer in the sender's order; whatever fails stays stored and is tried again, by this
process or by the worker. The desk's lease keeps two from answering one conversation at once.
"""

import asyncio
import logging
from uuid import UUID

from django.utils import timezone

from channels.dialogue import Dialogue, DialogueSilent, DialogueUnavailable
from desk.conversations import turns
from desk.conversations.models import OutboundMessage
from desk.conversations.values import Accepted, IncomingMessage
from desk.threads import in_thread

logger = logging.getLogger(__name__)

# How often a waiting request looks whether another process answered its message, seconds.
LOOK_AGAIN = 0.25


class Gateway:
    """One process's way into the conversations; `owner` names it in leases."""

    def __init__(self, dialogue: Dialogue, *, owner: str) -> None:
        self._dialogue = dialogue
        self._owner = owner
        self._working: dict[UUID, asyncio.Task[None]] = {}
        self._woken: set[UUID] = set()
        self._settled: dict[int, asyncio.Event] = {}

    async def receive(self, message: IncomingMessage) -> Accepted:
        """Stores `message` and starts on its answer. Raises the desk's refusals (DeskError)."""
        accepted = await in_thread(turns.accept, message)
        self.start(accepted.conversation_id)
        return accepted

    async def answer(self, inbound_id: int, *, wait: float) -> list[OutboundMessage] | None:
        """What was said to the message, as soon as it is settled; None after `wait` seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait
        settled = self._settled.setdefault(inbound_id, asyncio.Event())
        try:
            while True:
                replies = await in_thread(turns.replies_to, inbound_id)
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
            # No await stands between the last look and the `finally`, so no waking is missed.
            while conversation_id in self._woken:
                self._woken.discard(conversation_id)
                while await self._one_turn(conversation_id):
                    pass
        except Exception:
            logger.exception("conversation %s is left to the worker", conversation_id)
        finally:
            self._working.pop(conversation_id, None)

    async def _one_turn(self, conversation_id: UUID) -> bool:
        """Answers the conversation's next message; False when there is none to try now."""
        turn = await in_thread(turns.begin, conversation_id, owner=self._owner, now=timezone.now())
        if turn is None:
            return False
        settled = True
        try:
            replies = await self._dialogue.ask(turn)
            await in_thread(turns.finish, turn, replies, now=timezone.now())
        except DialogueUnavailable as error:
            logger.warning("message %s is tried again: %s", turn.inbound_id, error)
            settled = await in_thread(turns.fail, turn, str(error), now=timezone.now())
        except DialogueSilent as error:
            await in_thread(turns.fail, turn, str(error), now=timezone.now(), final=True)
        except Exception as error:
            # Counted like any other failure, or it would be tried for ever and nobody would know.
            logger.exception("message %s failed", turn.inbound_id)
            settled = await in_thread(turns.fail, turn, repr(error), now=timezone.now())
        if settled and turn.inbound_id in self._settled:
            self._settled[turn.inbound_id].set()
        return True

    async def drain(self) -> None:
        """Waits for the turns under way, so that a stop loses no work that is nearly done."""
        if self._working:
            await asyncio.wait(list(self._working.values()), timeout=5)
