"""The doors that are measured, and the processes behind them."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import httpx

from tests.benchmarks.stock_project import ROOT
from tests.stack import Product

Send = Callable[[httpx.AsyncClient, str, str], Awaitable[None]]
"""Sends a conversation's message through a door and waits for the answer."""


def free_port() -> int:
    """A loopback port nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running(
    command: list[object], ready: str, log: Path, **environment: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """The process while it runs, once `ready` answers 200; ended afterwards."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=environment.pop("CWD", str(ROOT)),
            env={**os.environ, "RASA_TELEMETRY_ENABLED": "false", **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(process, ready, log)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], ready: str, log: Path, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(ready, trust_env=False).status_code == httpx.codes.OK:
                return
        time.sleep(0.3)
    sys.exit(f"{ready} never answered:\n{log.read_text(errors='replace')[-2000:]}")


def rasa_of(product: Product) -> tuple[int, int]:
    """The running product's Rasa: its process id and the port of its door."""
    pid = product.pid("rasa")
    if pid is None:
        raise AssertionError("the product's Rasa is not running")
    for variable in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
        if variable.startswith(b"RASA_PORT="):
            return pid, int(variable.partition(b"=")[2])
    raise AssertionError("the product's Rasa has no port")


def most_memory(pid: int) -> float:
    """The most memory that process `pid` has held so far, in GB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e9
    raise AssertionError(f"process {pid} tells no memory")


def door_of_ours(port: int) -> Send:
    """Sends one message through our input channel."""

    async def send(client: httpx.AsyncClient, conversation: str, text: str) -> None:
        answer = await client.post(
            f"http://127.0.0.1:{port}/webhooks/peipao/turn",
            json={"conversation": conversation, "message_id": str(uuid.uuid4()), "text": text},
        )
        answer.raise_for_status()
        if not answer.json()["replies"]:
            raise AssertionError("no reply")

    return send


def door_of_stock(port: int) -> Send:
    """Sends one message through Rasa's REST channel."""

    async def send(client: httpx.AsyncClient, conversation: str, text: str) -> None:
        answer = await client.post(
            f"http://127.0.0.1:{port}/webhooks/rest/webhook",
            json={"sender": conversation, "message": text},
        )
        answer.raise_for_status()
        if not answer.json():
            raise AssertionError("no reply")

    return send


def door_of_web(url: str) -> Send:
    """Sends one message the whole way; each conversation is a visitor's session."""
    tokens: dict[str, str] = {}

    async def send(client: httpx.AsyncClient, conversation: str, text: str) -> None:
        if conversation not in tokens:
            answer = await client.post(f"{url}/api/chat/sessions")
            tokens[conversation] = answer.raise_for_status().json()["token"]
        answer = await client.post(
            f"{url}/api/chat/messages",
            json={"text": text, "id": str(uuid.uuid4())},
            headers={"Authorization": f"Bearer {tokens[conversation]}"},
        )
        if answer.raise_for_status().json()["pending"]:
            raise AssertionError("no reply within the request")

    return send


@contextlib.asynccontextmanager
async def client(connections: int) -> AsyncIterator[httpx.AsyncClient]:
    """One client with a kept connection per sender."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    async with httpx.AsyncClient(timeout=60, limits=limits, trust_env=False) as made:
        yield made
