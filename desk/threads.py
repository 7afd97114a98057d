"""Services are synchronous; asynchronous callers run them here, in threads that keep a connection.

`asgiref.sync_to_async` would run all calls of one context in a single shared thread.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Barrier
from typing import ParamSpec, TypeVar

from django.db import connections

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 8


@cache
def _executor() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="service")


def _call(func: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return func(*args, **kwargs)
    except Exception:
        # A connection that broke must not be met again by the thread's next call.
        for connection in connections.all(initialized_only=True):
            connection.close_if_unusable_or_obsolete()
        raise


async def in_thread(func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """`func(*args, **kwargs)`, run in a thread that keeps its database connection."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_executor(), lambda: _call(func, *args, **kwargs))


def close_thread_connections() -> None:
    """Closes the threads and their connections; the next call makes new ones."""
    if _executor.cache_info().currsize:
        executor = _executor()
        # As many tasks as threads, each waiting for the others, so that every thread takes one.
        barrier = Barrier(len(executor._threads))

        def close() -> None:
            barrier.wait(timeout=5)
            connections.close_all()

        for task in [executor.submit(close) for _ in range(len(executor._threads))]:
            task.result()
        executor.shutdown()
        _executor.cache_clear()
