"""Live arrival: one poller of new outbox rows per process feeds all its open streams."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from django.db.models import Max

from desk.conversations.models import OutboundMessage
from desk.threads import in_thread

logger = logging.getLogger(__name__)

INTERVAL = 0.3  # seconds; a staff reply is on the page within half a second


class NewMessages:
    """Tells open streams that their conversation has something new."""

    def __init__(self) -> None:
        self._streams: dict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._poller: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def watch(self, conversation_id: UUID) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever the conversation's outbox grew."""
        event = asyncio.Event()
        self._streams[conversation_id].add(event)
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll())
        try:
            yield event
        finally:
            self._streams[conversation_id].discard(event)
            if not self._streams[conversation_id]:
                del self._streams[conversation_id]

    async def _poll(self) -> None:
        """Runs while any stream is open.

        Rows commit out of id order on PostgreSQL, so each look goes back over the ids of the last
        few; a stream reads by its own `seq`, so being woken twice costs a query and shows nothing.
        """
        newest: int | None = None
        seen: set[int] = set()
        while self._streams:
            try:
                if newest is None:
                    newest = await in_thread(_newest)
                rows = await in_thread(_rows_above, newest - 100)
            except Exception:
                logger.exception("looking for new messages failed; looking again")
                await asyncio.sleep(2)
                continue
            for row_id, conversation_id in rows:
                if row_id not in seen:
                    for event in self._streams.get(conversation_id, ()):
                        event.set()
            seen = {row_id for row_id, _ in rows}
            newest = max(seen, default=newest)
            await asyncio.sleep(INTERVAL)

    async def stop(self) -> None:
        if self._poller is not None:
            self._poller.cancel()
            with suppress(asyncio.CancelledError):
                await self._poller


def _newest() -> int:
    return OutboundMessage.objects.aggregate(newest=Max("id"))["newest"] or 0


def _rows_above(row_id: int) -> list[tuple[int, UUID]]:
    return list(OutboundMessage.objects.filter(id__gt=row_id).values_list("id", "conversation_id"))
