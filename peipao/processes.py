"""The supervisor: starts the product's processes, restarts one that dies, stops all together.

Why our own: docs/decisions/0002-supervisor.md.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx

MOST_FAILURES = 5
WITHIN = 60.0  # seconds
START_PATIENCE = 180.0  # seconds until a started process must be healthy
HEALTH_EVERY = 5.0
HEALTH_PATIENCE = 10.0
UNHEALTHY_LIMIT = 3
STOP_PATIENCE = 8.0
LINES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Spec:
    """How one process is started, and where it says that it is well.

    `niceness`: how far it stands back when the cores are short; 0 comes first.
    """

    name: str
    command: Sequence[str]
    health: str
    environment: dict[str, str] = field(default_factory=dict)
    niceness: int = 0


class Failed(Exception):
    """A process died too often: its name and its last lines."""

    def __init__(self, name: str, lines: Sequence[str]) -> None:
        self.name, self.lines = name, list(lines)
        super().__init__(f"{name} failed {MOST_FAILURES} times")


def free_ports(count: int) -> list[int]:
    """Loopback ports nobody uses now, all different."""
    with contextlib.ExitStack() as open_together:
        probes = [open_together.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def free_port() -> int:
    """A loopback port nobody uses now."""
    return free_ports(1)[0]


def port_is_free(host: str, port: int) -> bool:
    """Whether the web process could listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As the server will: a port in TIME_WAIT is not busy.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _begin(niceness: int) -> None:
    """In the child, before it starts: killed when the supervisor is (Linux's PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    os.nice(niceness)


class Child:
    """One process under supervision, through all its restarts."""

    def __init__(self, spec: Spec, run_dir: Path, log_dir: Path) -> None:
        self.spec = spec
        self.healthy = asyncio.Event()
        self.lines: deque[str] = deque(maxlen=LINES_SHOWN)
        self._pid_file = run_dir / f"{spec.name}.pid"
        self._log = log_dir / f"{spec.name}.log"
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False
        self._was_well = False

    async def supervise(self) -> None:
        """Runs and restarts the process until it is stopped.

        Raises Failed when it failed MOST_FAILURES times within a minute, or as often in a row
        without having been well in between, however slowly.
        """
        loop = asyncio.get_running_loop()
        failures: deque[float] = deque(maxlen=MOST_FAILURES)
        never_well = 0
        while True:
            self._was_well = False
            status = await self._run_once()
            if self._stopping:
                return
            failures.append(loop.time())
            never_well = 0 if self._was_well else never_well + 1
            recent = [at for at in failures if loop.time() - at <= WITHIN]
            if len(recent) >= MOST_FAILURES or never_well >= MOST_FAILURES:
                raise Failed(self.spec.name, self.lines)
            pause = 0.5 * 2 ** (len(recent) - 1)
            say(f"{self.spec.name} ended ({status}); starting it again in {pause:g} s")
            await asyncio.sleep(pause)

    async def _run_once(self) -> str:
        """One life of the process; why it ended."""
        self._process = await asyncio.create_subprocess_exec(
            *self.spec.command,
            env={**os.environ, **self.spec.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=2**20,
            # Its own group: Ctrl-C reaches us alone, and its children are stopped with it.
            start_new_session=True,
            preexec_fn=partial(_begin, self.spec.niceness),
        )
        self._pid_file.write_text(str(self._process.pid))
        reading = asyncio.create_task(self._read(self._process.stdout))
        watching = asyncio.create_task(self._watch())
        ending = asyncio.create_task(ended(self._process))
        try:
            await asyncio.wait({watching, ending}, return_when=asyncio.FIRST_COMPLETED)
            if ending.done():
                return f"exit {ending.result()}"
            return watching.result()
        finally:
            self.healthy.clear()
            for task in (watching, ending):
                task.cancel()
            # Whatever it left of its group: a killed server must not leave half of itself behind.
            self._signal(signal.SIGKILL)
            await asyncio.wait({reading}, timeout=2)
            reading.cancel()
            self._pid_file.unlink(missing_ok=True)

    async def _read(self, output: asyncio.StreamReader | None) -> None:
        if output is None:
            return
        with self._log.open("a", encoding="utf-8") as log:
            while True:
                try:
                    raw = await output.readline()
                except ValueError:  # a line over the limit: its buffer was dropped
                    continue
                if not raw:
                    return
                line = raw.decode("utf-8", "replace").rstrip()
                self.lines.append(line)
                log.write(line + "\n")
                log.flush()
                print(f"{self.spec.name:>8} | {line}", flush=True)

    async def _watch(self) -> str:
        """Returns, with the reason, when the process is alive but not well."""
        loop = asyncio.get_running_loop()
        born = loop.time()
        misses = 0
        async with httpx.AsyncClient(timeout=HEALTH_PATIENCE, trust_env=False) as client:
            while True:
                if await answers_well(client, self.spec.health):
                    misses = 0
                    self._was_well = True
                    self.healthy.set()
                elif self.healthy.is_set():
                    misses += 1
                    if misses >= UNHEALTHY_LIMIT:
                        return f"no healthy answer {misses} times"
                elif loop.time() - born > START_PATIENCE:
                    return f"not healthy after {START_PATIENCE:.0f} s"
                await asyncio.sleep(HEALTH_EVERY if self.healthy.is_set() else 0.5)

    async def stop(self) -> None:
        """Asks it to stop, and insists after STOP_PATIENCE."""
        self._stopping = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(ended(process), STOP_PATIENCE)
        except TimeoutError:
            say(f"{self.spec.name} does not stop by itself: killed")
        self._signal(signal.SIGKILL)
        await ended(process)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)


async def answers_well(client: httpx.AsyncClient, address: str) -> bool:
    """Whether `address` answers 200 now."""
    try:
        return (await client.get(address)).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


async def ended(process: asyncio.subprocess.Process) -> int:
    """The exit status, as soon as there is one.

    `process.wait()` also waits for the output to be closed, which a child of a killed process keeps
    open for as long as it lives.
    """
    while process.returncode is None:  # noqa: ASYNC110 - nothing tells us but the status itself
        await asyncio.sleep(0.1)
    return process.returncode


async def supervise(
    specs: Sequence[Spec], data_dir: Path, *, ready: str, welcome: str, unwelcomed: str = ""
) -> int:
    """Runs `specs` until Ctrl-C, SIGTERM or a process that fails too often; the exit status.

    `welcome` is printed once all are healthy and the address `ready` answers 200; `unwelcomed` at
    the end, if that never came.
    """
    run_dir, log_dir = data_dir / "run", data_dir / "log"
    for folder in (run_dir, log_dir):
        folder.mkdir(parents=True, exist_ok=True)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    children = [Child(spec, run_dir, log_dir) for spec in specs]
    lives = [asyncio.create_task(child.supervise()) for child in children]
    greeting = asyncio.create_task(greet(children, ready, welcome))
    stop = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({stop, *lives}, return_when=asyncio.FIRST_COMPLETED)
        failures = [life.exception() for life in lives if life.done()]
    finally:
        if not greeting.done() and unwelcomed:
            print(unwelcomed, flush=True)
        for task in (greeting, stop):
            task.cancel()
        say("stopping …")
        await asyncio.gather(*(child.stop() for child in children))
        for life in lives:
            life.cancel()
        await asyncio.gather(*lives, return_exceptions=True)
    for failure in failures:
        if isinstance(failure, Failed):
            print(f"\n[peipao] {failure}; its last lines:", file=sys.stderr)
            print("\n".join(f"    {line}" for line in failure.lines), file=sys.stderr)
        else:
            print(f"\n[peipao] {type(failure).__name__}: {failure}", file=sys.stderr)
    return 1 if failures else 0


async def greet(children: Sequence[Child], ready: str, welcome: str) -> None:
    for child in children:
        await child.healthy.wait()
    async with httpx.AsyncClient(timeout=HEALTH_PATIENCE, trust_env=False) as client:
        while not await answers_well(client, ready):  # noqa: ASYNC110 - asked, not told
            await asyncio.sleep(0.5)
    print(welcome, flush=True)


def say(text: str) -> None:
    print(f"[peipao] {text}", flush=True)
