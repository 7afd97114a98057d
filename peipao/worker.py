"""The worker process: finishes what another process could not, and says that it is alive."""

import asyncio
import logging
import os
import signal
import socket
from contextlib import suppress
from datetime import timedelta

import django
from django.utils import timezone

logger = logging.getLogger("peipao.worker")

INTERVAL = 0.5  # seconds between two looks for work that is due
LEFT_FOR = timedelta(seconds=10)  # for who took a message in to answer it
CLOCKS_EVERY = 2.0  # seconds between two looks at the clocks of tickets
WAITING_EVERY = 1.0  # seconds between two looks at who waits for staff
FILES_EVERY = 1.0  # seconds between two looks at the files people sent
POLICIES_EVERY = 1.0  # seconds between two looks at what editors published
POLICIES_PAUSE = 30.0  # seconds after an index that could not be built
WARN_EVERY = 12 * 60 * 60.0  # seconds between two warnings of a year nobody has published


class Heart:
    """`GET /health` on loopback: 200 while the loop turned lately."""

    LATE = 10.0  # seconds

    def __init__(self) -> None:
        self.beat_at = asyncio.get_running_loop().time()

    def beat(self) -> None:
        self.beat_at = asyncio.get_running_loop().time()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        late = asyncio.get_running_loop().time() - self.beat_at > self.LATE
        status = "503 Service Unavailable" if late else "200 OK"
        with suppress(OSError, EOFError, asyncio.LimitOverrunError, TimeoutError):
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 2)
            body = b'{"status": "late"}' if late else b'{"status": "ok"}'
            head = (
                f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            )
            writer.write(head.encode() + body)
            await writer.drain()
        writer.close()


class Rhythm:
    """Says when something that is done every so many seconds is due again."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._next = 0.0

    def due(self) -> bool:
        """Whether the time has come; the next is counted from now."""
        now = asyncio.get_running_loop().time()
        if now < self._next:
            return False
        self._next = now + self._every
        return True


def look_at_clocks(owner: str) -> None:
    """Escalates what is overdue and takes up what people have answered."""
    from desk.tickets import escalation

    escalation.work(owner, now=timezone.now())


def tell_who_waits(owner: str) -> None:
    """Tells people whom nobody is free to answer what they can do instead."""
    from desk.conversations import handing

    handing.tell_who_waits(timezone.now())


def warn_of_calendar(owner: str) -> None:
    """Says loudly which years have no published days off."""
    from desk.worktime import services as worktime

    for warning in worktime.warnings(timezone.now()):
        logger.warning("%s", warning)


# What is looked at in turn, each with its own pause; one that fails keeps none of the others.
CHORES = (
    (look_at_clocks, CLOCKS_EVERY),
    (tell_who_waits, WAITING_EVERY),
    (warn_of_calendar, WARN_EVERY),
)


def publish_policies() -> None:
    """Publishes what is due and brings what is published into the index."""
    from desk.policies import publishing, served

    publishing.publish_due(timezone.now())
    made = served.renew(timezone.now())
    if made is not None:
        logger.info("index renewed in %.1f s: %d documents", made.seconds, made.manifest.documents)


async def keep_policies(stopping: asyncio.Event) -> None:
    """Looks after policies beside the rest: an index takes seconds, a message must not wait."""
    from desk.policies import served
    from desk.threads import in_thread

    try:
        await in_thread(served.warm)
    except Exception:
        logger.exception("what builds an index could not be loaded ahead; loaded when needed")
    while not stopping.is_set():
        pause = POLICIES_EVERY
        try:
            await in_thread(publish_policies)
        except Exception:
            logger.exception("policies could not be brought into the index; tried again later")
            pause = POLICIES_PAUSE
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), pause)


async def look() -> None:
    """Starts on the turns and deliveries that are due and that nobody works on."""
    from channels.runtime import runtime
    from desk.conversations import turns
    from desk.threads import in_passing

    for conversation_id in await in_passing(turns.due, timezone.now(), left_for=LEFT_FOR):
        runtime().gateway.start(conversation_id)
    await runtime().deliverer.look()


async def work(stopping: asyncio.Event) -> None:
    """Looks for due turns, deliveries and chores until told to stop."""
    from channels.doors import all_files
    from channels.media import Fetcher
    from channels.runtime import runtime
    from desk.threads import in_thread

    fetcher, files = Fetcher(all_files()), Rhythm(FILES_EVERY)
    owner = f"{socket.gethostname()}:{os.getpid()}"[:64]
    chores = [(chore, Rhythm(every)) for chore, every in CHORES]
    heart = Heart()
    port = int(os.environ.get("WORKER_PORT", "5065"))
    server = await asyncio.start_server(heart.answer, "127.0.0.1", port)
    policies = asyncio.create_task(keep_policies(stopping))
    async with server:
        while not stopping.is_set():
            try:
                await look()
            except Exception:
                logger.exception("looking for what is due failed; looking again")
            try:
                if files.due():
                    await fetcher.look()
            except Exception:
                logger.exception("looking for people's files failed; looking again")
            for chore, rhythm in chores:
                try:
                    if rhythm.due():
                        await in_thread(chore, owner)
                except Exception:
                    logger.exception("%s failed; done again when it is due", chore.__name__)
            heart.beat()
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), INTERVAL)
    # An index half built is thrown away; it is built again by whoever comes next.
    policies.cancel()
    await fetcher.drain()
    await runtime().close()


async def main() -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    await work(stopping)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peipao.settings")
    django.setup()
    asyncio.run(main())
