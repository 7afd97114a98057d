"""Services are synchronous; asynchronous callers run them here, in threads that keep a connection.

`asgiref.sync_to_async` would run all calls of one context in a single shared thread.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from functools import cache
from threading import Barrier
from typing import Any, ParamSpec, TypeVar

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

P = ParamSpec("P")
T = TypeVar("T")


class Pool(StrEnum):
    """Threads of their own, so that what must not wait does not stand behind what may."""

    DOOR = "door"
    SERVICE = "service"
    PASSING = "passing"


# Few: SQLite has one writer, and threads that want to be it sleep past the moment it is free.
THREADS = {Pool.DOOR: 1, Pool.SERVICE: 4, Pool.PASSING: 1}


def set_threads(pool: Pool, count: int) -> None:
    """How many threads `pool` has in this process; to be told before the first call."""
    THREADS[pool] = count


@cache
def _executor(pool: Pool) -> ThreadPoolExecutor:
    _started.add(pool)
    return ThreadPoolExecutor(THREADS[pool], thread_name_prefix=pool)


_started: set[Pool] = set()


@receiver(connection_created)
def _hurry(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """A connection of PASSING's threads does not wait for the disk at the end of a transaction.

    The order of transactions stays: the next that does wait takes those before it along.
    """
    if connection.vendor == "sqlite" and threading.current_thread().name.startswith(Pool.PASSING):
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=NORMAL")


def _call(func: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return func(*args, **kwargs)
    except Exception:
        # A connection that broke must not be met again by the thread's next call.
        for connection in connections.all(initialized_only=True):
            connection.close_if_unusable_or_obsolete()
        raise


async def _run(pool: Pool, call: Callable[[], T]) -> T:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_executor(pool), lambda: _call(call))


async def in_thread(func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """`func(*args, **kwargs)`, run in a thread that keeps its database connection."""
    return await _run(Pool.SERVICE, lambda: func(*args, **kwargs))


async def at_the_door(func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """The same for what somebody outside waits for with a clock in hand: it stands in no queue."""
    return await _run(Pool.DOOR, lambda: func(*args, **kwargs))


async def in_passing(func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """The same for what is done once more, rightly, when a power cut has undone it: leases, turns,
    deliveries. Nobody waits for the disk then; a crash of the process undoes nothing."""
    return await _run(Pool.PASSING, lambda: func(*args, **kwargs))


def close_thread_connections() -> None:
    """Closes the threads and their connections; the next call makes new ones."""
    for pool in sorted(_started):
        executor = _executor(pool)
        # As many tasks as threads, each waiting for the others, so that every thread takes one.
        barrier = Barrier(len(executor._threads))

        def close(barrier: Barrier = barrier) -> None:
            barrier.wait(timeout=5)
            connections.close_all()

        for task in [executor.submit(close) for _ in range(len(executor._threads))]:
            task.result()
        executor.shutdown()
    _started.clear()
    _executor.cache_clear()
