"""Messages on their way into the database: what arrives while one lot is written is the next."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta

from desk.conversations import turns
from desk.conversations.values import Accepted, IncomingMessage
from desk.errors import DeskError
from desk.threads import at_the_door

logger = logging.getLogger(__name__)

MOST_TOGETHER = 50


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message, how long its request is held, and who waits until it is stored."""

    message: IncomingMessage
    hold: timedelta
    stored: "asyncio.Future[Accepted]"

    def settle(self, outcome: Accepted | Exception) -> None:
        if self.stored.done():  # who waited has gone
            return
        if isinstance(outcome, Exception):
            self.stored.set_exception(outcome)
        else:
            self.stored.set_result(outcome)


class Intake:
    """Stores what arrives, in its order, as much at once as is there.

    Alone, a message is written at once. In a rush the disk is waited for once for many: the door
    keeps its pace when it is needed most.
    """

    def __init__(self) -> None:
        self._arrived: list[Arrival] = []
        self._writing: asyncio.Task[None] | None = None

    async def store(self, message: IncomingMessage, hold: timedelta) -> Accepted:
        """The stored message, committed. Raises the desk's refusals (DeskError)."""
        arrival = Arrival(message, hold, asyncio.get_running_loop().create_future())
        self._arrived.append(arrival)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return await arrival.stored

    async def _write(self) -> None:
        try:
            while self._arrived:
                lot = self._arrived[:MOST_TOGETHER]
                del self._arrived[:MOST_TOGETHER]
                await self._store(lot)
        finally:
            self._writing = None

    async def _store(self, lot: list[Arrival]) -> None:
        outcomes: list[Accepted | DeskError] | list[Exception]
        try:
            outcomes = await at_the_door(
                turns.accept_together, [(one.message, one.hold) for one in lot]
            )
        except Exception as error:
            if len(lot) > 1:
                # One of them must not take the others with it.
                logger.warning("%d messages are stored one by one: %r", len(lot), error)
                for one in lot:
                    await self._store([one])
                return
            outcomes = [error]
        for one, outcome in zip(lot, outcomes, strict=True):
            one.settle(outcome)
