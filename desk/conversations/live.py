"""Live arrival: one poller of new rows per process feeds all its open streams."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from desk.audit.models import AuditEntry
from desk.conversations.models import Conversation, InboundMessage, OutboundMessage
from desk.conversations.typing import FADES
from desk.threads import in_thread

logger = logging.getLogger(__name__)

INTERVAL = 0.3  # seconds; a staff reply is on the page within half a second
# Rows commit out of id order on PostgreSQL, so each look goes back over the ids of the last few; a
# stream reads by its own `seq`, so being woken twice costs a query and shows nothing.
BACK = 100
ABOUT = "conversation:"


@dataclass(slots=True)
class Look:
    """What one look found: the newest ids, all rows near them, who is writing."""

    newest: dict[str, int]
    rows: set[tuple[str, int, UUID | None]] = field(default_factory=set)
    typing: set[UUID] = field(default_factory=set)


class Changes:
    """Tells open streams that their conversation, or anything at the desk, has changed."""

    def __init__(self) -> None:
        self._streams: dict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._desk: set[asyncio.Event] = set()
        self._poller: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def watch(self, conversation_id: UUID) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever the conversation changed or somebody writes in it."""
        event = asyncio.Event()
        self._streams[conversation_id].add(event)
        self._start()
        try:
            yield event
        finally:
            self._streams[conversation_id].discard(event)
            if not self._streams[conversation_id]:
                del self._streams[conversation_id]

    @contextmanager
    def watch_desk(self) -> Iterator[asyncio.Event]:
        """An event that is set whenever a message, a ticket, an account … changed."""
        event = asyncio.Event()
        self._desk.add(event)
        self._start()
        try:
            yield event
        finally:
            self._desk.discard(event)

    def _start(self) -> None:
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll())

    async def _poll(self) -> None:
        """Runs while any stream is open."""
        last: Look | None = None
        while self._streams or self._desk:
            try:
                found = await in_thread(look, last)
            except Exception:
                logger.exception("looking for changes failed; looking again")
                await asyncio.sleep(2)
                continue
            if last is not None:
                self._wake(found, found.rows - last.rows)
            last = found
            await asyncio.sleep(INTERVAL)

    def _wake(self, found: Look, new: set[tuple[str, int, UUID | None]]) -> None:
        changed = {conversation_id for _, _, conversation_id in new} | found.typing
        for conversation_id in changed:
            if conversation_id is not None:
                for event in self._streams.get(conversation_id, ()):
                    event.set()
        if new:
            for event in self._desk:
                event.set()

    async def stop(self) -> None:
        if self._poller is not None:
            self._poller.cancel()
            with suppress(asyncio.CancelledError):
                await self._poller


def look(last: Look | None) -> Look:
    """The rows above the newest of the `last` look, and a little below."""
    found = Look({name: _newest(name) for name in _SOURCES} if last is None else {**last.newest})
    for name, (rows_of, column) in _SOURCES.items():
        above = rows_of().filter(id__gt=found.newest[name] - BACK).values_list("id", column)
        rows = {(name, row_id, _about(value)) for row_id, value in above}
        found.rows |= rows
        found.newest[name] = max((row_id for _, row_id, _ in rows), default=found.newest[name])
    since = timezone.now() - FADES
    writing = Q(staff_typing_at__gt=since) | Q(person_typing_at__gt=since)
    found.typing = set(Conversation.objects.filter(writing).values_list("id", flat=True))
    return found


_SOURCES: dict[str, tuple[Callable[[], QuerySet[Any]], str]] = {
    "outbound": (OutboundMessage.objects.all, "conversation_id"),
    "inbound": (InboundMessage.objects.all, "conversation_id"),
    "audit": (AuditEntry.objects.all, "target"),
}


def _newest(name: str) -> int:
    rows_of, _ = _SOURCES[name]
    return int(rows_of().aggregate(newest=Max("id"))["newest"] or 0)


def _about(value: UUID | str) -> UUID | None:
    """The conversation a row is about; None when it is about something else."""
    if isinstance(value, UUID):
        return value
    with suppress(ValueError):
        return UUID(value.removeprefix(ABOUT)) if value.startswith(ABOUT) else None
    return None


@cache
def changes() -> Changes:
    """This process's poller; it belongs to the process's one event loop."""
    return Changes()
