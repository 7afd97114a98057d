"""Fetches what people send beside words, after it was stored and acknowledged, in the background.

The one place for all channels: which file is due and what becomes of it stands in
desk/conversations/fetches.py, a platform's own way in channels/<channel>/files.py. The worker alone
looks, so no answer waits for a file.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from datetime import timedelta
from typing import Any, Protocol

from django.utils import timezone

from channels.errors import ChannelBusy, NotDelivered, Refused, Unreachable
from desk.conversations import fetches
from desk.conversations.attachments import MAX_BYTES
from desk.conversations.errors import (
    AttachmentTooLarge,
    NoRoomForAttachments,
    TooManyAttachments,
)
from desk.conversations.values import WantedFile
from desk.errors import DeskError
from desk.threads import in_passing, in_thread

logger = logging.getLogger(__name__)

AT_ONCE = 4  # files, each in memory till it is whole
PATIENCE = 60.0  # seconds for one file; well below fetches.LEASE
# Not the file's own fault: tried again.
PASSING = (NoRoomForAttachments, TooManyAttachments)


class Files(Protocol):
    """One channel's way to the files that people sent."""

    channel: str

    def fetch(self, media: Mapping[str, Any]) -> AsyncGenerator[bytes, None]:
        """The file's bytes, piece by piece; `media` is the message's. Raises channels/errors.py:
        Refused when the platform will never give it."""
        ...

    async def aclose(self) -> None:
        """Closes its connections."""
        ...


class Fetcher:
    """One process's fetching of files."""

    def __init__(self, channels: Mapping[str, Files]) -> None:
        self._channels = dict(channels)
        self._working: set[asyncio.Task[None]] = set()

    async def look(self) -> None:
        """Starts on the files that are due; the worker calls it again and again."""
        free = AT_ONCE - len(self._working)
        if free <= 0:
            return
        for wanted in await in_passing(
            fetches.claim, timezone.now(), channels=tuple(self._channels), most=free
        ):
            task = asyncio.create_task(self._one(wanted))
            self._working.add(task)
            task.add_done_callback(self._working.discard)

    async def rest(self) -> None:
        """Waits for the files under way."""
        while self._working:
            await asyncio.wait(list(self._working))

    async def drain(self) -> None:
        """Leaves the files under way to whoever looks next, and closes."""
        working = list(self._working)
        for task in working:
            task.cancel()
        if working:
            await asyncio.wait(working, timeout=5)
        for channel in self._channels.values():
            with suppress(Exception):
                await channel.aclose()

    async def _one(self, wanted: WantedFile) -> None:
        try:
            trouble = await self._trouble_with(wanted)
            if trouble is not None:
                await self._failed(wanted, trouble)
        except Exception:
            logger.exception("the file of message %s is tried again", wanted.inbound_id)

    async def _trouble_with(self, wanted: WantedFile) -> NotDelivered | None:
        """Fetches and keeps the file; what stood in the way, if anything did."""
        try:
            async with asyncio.timeout(PATIENCE):
                content = await self._content(wanted)
            await in_thread(fetches.keep, wanted, content, now=timezone.now())
        except NotDelivered as error:
            return error
        except PASSING as error:
            return Unreachable(error.message, code=error.code)
        except DeskError as error:
            return Refused(error.code, error.message)
        except TimeoutError:
            return Unreachable(f"平台{PATIENCE:.0f}秒内没有给完文件", code="timeout")
        return None

    async def _content(self, wanted: WantedFile) -> bytes:
        """The whole file. Raises AttachmentTooLarge as soon as it is."""
        content = bytearray()
        async with aclosing(self._channels[wanted.channel].fetch(wanted.media)) as pieces:
            async for piece in pieces:
                content += piece
                if len(content) > MAX_BYTES:
                    raise AttachmentTooLarge
        return bytes(content)

    async def _failed(self, wanted: WantedFile, error: NotDelivered) -> None:
        busy = error.retry_after if isinstance(error, ChannelBusy) else 0.0
        given_up = await in_thread(
            fetches.failed,
            wanted,
            reason=error.reason,
            now=timezone.now(),
            final=isinstance(error, Refused),
            retry_after=timedelta(seconds=busy),
        )
        logger.warning(
            "the file of message %s on %s %s: %s",
            wanted.inbound_id,
            wanted.channel,
            "is given up" if given_up else "is tried again",
            error.code,
        )
