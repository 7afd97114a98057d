"""Sends what waits in the outbox to the platforms.

How a channel plugs in (Telegram is the small example, channels/telegram/):

1. `parse.py` checks the platform's request and makes an `IncomingMessage`; raise `BadRequest`
   (channels/messages.py) for what is none. Every kind is taken: see `models.Kind`. Answers to
   pictures and the like are not the channel's matter (channels/kinds.py).
2. `views.py`: `accepted = await runtime().gateway.receive(message)`. When it returns, the row is
   committed: answer the platform. The turn is made and delivered by itself.
   A platform that takes the answer in its open request: `receive(message, hold=4.5)`, then
   `outgoing = await gateway.collect(accepted, wait=4.5)`; not None: answer with it and, before,
   `await gateway.carried(outgoing, Receipt("passive"))`. The same request once more gets the same
   `Outgoing` from `collect`, with `owner` empty: answer it again, note nothing. None: acknowledge;
   the rest is pushed. `gateway.expected_wait()` tells whether holding is worth while. What carried
   only a part: `Receipt("passive", parts=("passive",), whole=False)`, and the sender goes on.
3. `sender.py`: a `Sender`. `send` takes one `Outgoing` (at most `most` messages, one fate) and
   returns a `Receipt` or raises one of channels/errors.py. It is called for one conversation at a
   time, never twice at once for the same, within `rate`, and is cut off after PATIENCE.
   `outgoing.parts` were taken in an earlier try: go on after them.
4. `door.py`: a `Door` for channels/doors.py: whether the settings are there, and the sender.
   URLs go into peipao/urls.py, the app into INSTALLED_APPS, settings into peipao/settings.py.
5. `tests/contracts/` gets an entry for the channel: the one suite runs against it.

At least once: killed between the platform's yes and our note, a process leaves a claim whose lease
runs out, and the message goes out once more. Platforms that know an idempotency key get the
delivery's id (`Said.delivery_id`), which never changes.
"""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from django.utils import timezone

from channels.errors import ChannelBusy, NotDelivered, Refused, Unreachable, WindowClosed
from channels.pace import Pace
from desk.conversations import deliveries
from desk.conversations.values import Outgoing, Receipt
from desk.threads import in_passing

logger = logging.getLogger(__name__)

AT_ONCE = 16  # conversations of one channel
PATIENCE = 30.0  # seconds for one send, all its parts; well below deliveries.LEASE
# A sender that has been sending parts for so long hands back what it sent and is called again for
# the rest: what is cut off by PATIENCE could not tell which parts the platform took.
ENOUGH = 10.0  # seconds


@dataclass(frozen=True, slots=True)
class Rate:
    """What one process may send a second over all people, and how many of them at once.

    Web and worker both send: each has half of what the platform allows, less a little.
    """

    per_second: float = 20.0
    burst: int = 20


class Sender(Protocol):
    """One channel's way out. `most`: how many messages one send may merge."""

    channel: str
    rate: Rate
    most: int

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Sends all of `outgoing`; raises one of channels/errors.py."""
        ...

    async def aclose(self) -> None:
        """Closes its connections."""
        ...


class Deliverer:
    """One process's deliveries; `owner` names it in leases."""

    def __init__(self, senders: Mapping[str, Sender], *, owner: str) -> None:
        self._senders = dict(senders)
        self._owner = owner
        self._paces = {
            name: Pace(sender.rate.per_second, sender.rate.burst)
            for name, sender in self._senders.items()
        }
        self._places = {name: asyncio.Semaphore(AT_ONCE) for name in self._senders}
        self._working: dict[UUID, asyncio.Task[None]] = {}
        self._woken: set[UUID] = set()

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels it has a sender for."""
        return tuple(self._senders)

    async def look(self) -> None:
        """Starts on everything that is due; the worker calls it again and again."""
        open_now = [name for name, pace in self._paces.items() if not pace.paused]
        if not open_now:
            return
        for one in await in_passing(deliveries.due, timezone.now(), channels=open_now):
            self.start(one.conversation_id, one.channel)

    def start(self, conversation_id: UUID, channel: str) -> "asyncio.Task[None] | None":
        """Delivers what is due in the conversation, in the background, once at a time.

        None when the channel has no sender: it is pulled, or off.
        """
        if channel not in self._senders:
            return None
        self._woken.add(conversation_id)
        task = self._working.get(conversation_id)
        if task is None:
            task = asyncio.create_task(self._work(conversation_id, self._senders[channel]))
            self._working[conversation_id] = task
        return task

    async def _work(self, conversation_id: UUID, sender: Sender) -> None:
        try:
            async with self._places[sender.channel]:
                # No await stands between the last look and the `finally`: no waking is missed.
                while conversation_id in self._woken:
                    self._woken.discard(conversation_id)
                    while await self._one(conversation_id, sender):
                        pass
        except Exception:
            logger.exception("deliveries of %s are left to the worker", conversation_id)
        finally:
            self._woken.discard(conversation_id)
            self._working.pop(conversation_id, None)

    async def _one(self, conversation_id: UUID, sender: Sender) -> bool:
        """One send; False when there is none to make now."""
        pace = self._paces[sender.channel]
        if not await pace.turn():
            return False
        outgoing = await in_passing(
            deliveries.claim,
            conversation_id,
            owner=self._owner,
            now=timezone.now(),
            most=sender.most,
        )
        if outgoing is None:
            pace.give_back()
            return False
        try:
            async with asyncio.timeout(PATIENCE):
                receipt = await sender.send(outgoing)
        except WindowClosed as error:
            await in_passing(
                deliveries.keep,
                outgoing,
                reason=error.reason,
                parts=error.parts,
                now=timezone.now(),
            )
            return True
        except NotDelivered as error:
            await self._failed(outgoing, error)
        except TimeoutError:
            await self._failed(outgoing, Unreachable(f"平台{PATIENCE:.0f}秒内没有回应"))
        except Exception as error:
            # A fault of ours: counted like any other, or it would be tried for ever.
            logger.exception("sending to %s failed", sender.channel)
            await self._failed(outgoing, Unreachable(repr(error), code="internal"))
        else:
            await in_passing(deliveries.sent, outgoing, receipt, now=timezone.now())
        return True

    async def _failed(self, outgoing: Outgoing, error: NotDelivered) -> None:
        retry_after = None
        if isinstance(error, ChannelBusy):
            self._paces[outgoing.channel].pause(error.retry_after)
            retry_after = timedelta(seconds=error.retry_after)
        dead = await in_passing(
            deliveries.failed,
            outgoing,
            code=error.code,
            error=error.reason,
            now=timezone.now(),
            retry_after=retry_after,
            final=isinstance(error, Refused),
            parts=error.parts,
        )
        level = logging.ERROR if dead else logging.WARNING
        first = outgoing.messages[0]
        logger.log(
            level,
            "delivery %s on %s %s: %s",
            first.delivery_id,
            outgoing.channel,
            "is dead" if dead else "is tried again",
            error,
        )

    async def drain(self) -> None:
        """Waits for the sends under way, then closes the senders."""
        if self._working:
            await asyncio.wait(list(self._working.values()), timeout=5)
        for sender in self._senders.values():
            with suppress(Exception):
                await sender.aclose()
