"""What goes on beside a request, and after the platform has closed it."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from channels.messages import BadRequest
from desk.errors import DeskError

logger = logging.getLogger(__name__)

T = TypeVar("T")
# Kept so that they are not collected while they run.
_running: set[asyncio.Task[None]] = set()


def start(work: Coroutine[Any, Any, None]) -> None:
    """Runs `work` beside the request."""
    task = asyncio.create_task(work)
    _running.add(task)
    task.add_done_callback(_running.discard)


async def to_the_end(work: Coroutine[Any, Any, T], *, closed: Callable[[], None]) -> T:
    """What `work` finds. When the platform closes the request meanwhile, `closed` is called and
    `work` goes on: cut off, it could leave a claimed answer lying until its lease ends."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        closed()
        start(_outlive(task))
        raise


async def _outlive(task: "asyncio.Task[Any]") -> None:
    """Waits for what nobody asks for any more, so that its failure is not lost."""
    try:
        await task
    except (BadRequest, DeskError) as refusal:
        logger.info("refused after the platform had gone: %s", refusal)
    except Exception:
        logger.exception("a request that the platform closed failed")
