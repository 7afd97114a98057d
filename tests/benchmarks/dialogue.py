"""Rasa's door against Rasa's door: stock (DIET + TED) and ours, same data, same client, one run.

    .venv/bin/python -m tests.benchmarks [--quick] [--json] [--doors-only]

Both talk over HTTP to the same action server, whose actions do nothing. Rounds alternate, so that
a busy machine is shared fairly; each figure is the median of its rounds. Beside them stands the
whole way through the product's /api/chat/messages: database, outbox and real retrieval included.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.benchmarks import stock_project
from tests.benchmarks.stock_project import RASA_PYTHON, ROOT
from tests.stack import running_product

SENDERS = 32
RATIO_WANTED = 4.0
LAG_WANTED = 1.3
LONG_TURNS = 200
LONG_TALKS = 12
AT_ONCE = 20
P50_WANTED = 0.6

# Half of them run an action over HTTP, as in real talk.
MESSAGES = [
    "你好",
    "小微企业所得税有什么优惠",
    "残保金怎么减免",
    "谢谢",
    "查工单",
    "你能做什么",
    "研发费用加计扣除比例是多少",
    "今天天气怎么样",
    "好的谢谢",
    "稳岗返还怎么申请",
]

Send = Callable[[httpx.AsyncClient, str, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Figures:
    """One door: messages per second of all senders together; latencies in milliseconds."""

    rate: float
    p50: float
    p99: float
    p50_alone: float


def free_port() -> int:
    """A loopback port nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running(command: list[object], ready: str, log: Path, **environment: str) -> Iterator[None]:
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
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], ready: str, log: Path, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(ready, trust_env=False).status_code == httpx.codes.OK:
                return
        time.sleep(0.3)
    sys.exit(f"{ready} never answered:\n{log.read_text(errors='replace')[-2000:]}")


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
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """One client with a kept connection per sender."""
    limits = httpx.Limits(max_connections=SENDERS, max_keepalive_connections=SENDERS)
    async with httpx.AsyncClient(timeout=60, limits=limits, trust_env=False) as made:
        yield made


async def measure(send: Send, each: int, alone: int) -> Figures:
    """`SENDERS` senders with `each` messages one after the other, then one sender with `alone`."""
    async with client() as http:
        for text in MESSAGES:
            await send(http, str(uuid.uuid4()), text)

        async def talk(messages: int, offset: int) -> list[float]:
            conversation, took = str(uuid.uuid4()), []
            for turn in range(messages):
                started = time.perf_counter()
                await send(http, conversation, MESSAGES[(turn + offset) % len(MESSAGES)])
                took.append((time.perf_counter() - started) * 1000)
            return took

        quiet = await talk(alone, 0)
        started = time.perf_counter()
        together = await asyncio.gather(*(talk(each, sender) for sender in range(SENDERS)))
        elapsed = time.perf_counter() - started
    all_took = sorted(itertools.chain.from_iterable(together))
    return Figures(
        rate=len(all_took) / elapsed,
        p50=statistics.median(all_took),
        p99=all_took[int(len(all_took) * 0.99)],
        p50_alone=statistics.median(quiet),
    )


@dataclass(frozen=True, slots=True)
class LongTalk:
    """Turn 2 and turn LONG_TURNS of the same conversations, median milliseconds; and how long one
    sender's AT_ONCE messages take that arrive together, seconds."""

    second: float
    last: float
    at_once: float

    @property
    def lag(self) -> float:
        """The last turn's time as a multiple of the second's."""
        return self.last / self.second


async def measure_long(send: Send, *, talks: int, turns: int) -> LongTalk:
    """`talks` conversations of `turns` messages, one at a time; then AT_ONCE messages of one."""
    asked = MESSAGES[1]
    second, last = [], []
    async with client() as http:
        for _ in range(talks):
            conversation = str(uuid.uuid4())
            for turn in range(1, turns + 1):
                text = asked if turn in (2, turns) else MESSAGES[turn % len(MESSAGES)]
                started = time.perf_counter()
                await send(http, conversation, text)
                took = (time.perf_counter() - started) * 1000
                if turn == 2:
                    second.append(took)
                elif turn == turns:
                    last.append(took)
        flooded = str(uuid.uuid4())
        started = time.perf_counter()
        await asyncio.gather(*(send(http, flooded, asked) for _ in range(AT_ONCE)))
        at_once = time.perf_counter() - started
    return LongTalk(statistics.median(second), statistics.median(last), at_once)


def median(rounds: list[Figures]) -> Figures:
    """Each figure's median over the rounds."""
    fields = asdict(rounds[0])
    return Figures(**{name: statistics.median(getattr(r, name) for r in rounds) for name in fields})


def compare(
    work: Path, *, rounds: int, each: int, alone: int, talks: int, turns: int
) -> tuple[dict[str, Figures], LongTalk]:
    """Both doors' figures, measured in alternating rounds; and long talk through ours."""
    work.mkdir(parents=True, exist_ok=True)
    project, stock_model = stock_project.model(work)
    ports = {name: free_port() for name in ("actions", "stock", "ours")}
    shared = {"ACTIONS_PORT": str(ports["actions"]), "SANIC_HOST": "127.0.0.1"}
    loopback = "http://127.0.0.1:{}{}"
    subprocess.run(
        [RASA_PYTHON, "-m", "bot", "train", "--if-changed"],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(work / "data")},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    sdk = [sys.executable, "-m", "rasa_sdk", "--actions", "tests.benchmarks.trivial_actions"]
    stock = [RASA_PYTHON, "-m", "rasa", "run", "--model", stock_model, "-i", "127.0.0.1"]
    found: dict[str, list[Figures]] = {"stock": [], "ours": []}
    with (
        running(
            [*sdk, "--port", ports["actions"]],
            loopback.format(ports["actions"], "/health"),
            work / "actions.log",
            **shared,
        ),
        running(
            [*stock, "--port", ports["stock"]],
            loopback.format(ports["stock"], "/webhooks/rest/"),
            work / "stock.log",
            CWD=str(project),
            **shared,
        ),
        running(
            [RASA_PYTHON, "-m", "bot", "serve"],
            loopback.format(ports["ours"], "/webhooks/peipao/health"),
            work / "ours.log",
            RASA_PORT=str(ports["ours"]),
            DATA_DIR=str(work / "data"),
            **shared,
        ),
    ):
        doors = {"stock": door_of_stock(ports["stock"]), "ours": door_of_ours(ports["ours"])}
        for _ in range(rounds):
            for name, send in doors.items():
                found[name].append(asyncio.run(measure(send, each, alone)))
        long = asyncio.run(measure_long(doors["ours"], talks=talks, turns=turns))
    return {name: median(figures) for name, figures in found.items()}, long


def main() -> int:
    """Prints the table or JSON; 0 when both targets hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small counts, for a smoke test")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--doors-only", action="store_true", help="leave the whole way out")
    options = parser.parse_args()
    counts = (
        {"rounds": 1, "each": 3, "alone": 10, "talks": 1, "turns": 20}
        if options.quick
        else {
            "rounds": 3,
            "each": 15,
            "alone": 60,
            "talks": LONG_TALKS,
            "turns": LONG_TURNS,
        }
    )
    work = Path(os.environ.get("DATA_DIR") or ROOT / "var").resolve() / "bench"
    figures, long = compare(work, **counts)
    ours, stock = figures["ours"], figures["stock"]
    if not options.doors_only:
        with running_product(work / "product") as product:
            figures["whole way"] = asyncio.run(
                measure(door_of_web(product.url), counts["each"], counts["alone"])
            )
    ratio, share = ours.rate / stock.rate, ours.p50_alone / stock.p50_alone
    holds = ratio >= RATIO_WANTED and share <= P50_WANTED and long.lag <= LAG_WANTED
    if options.json:
        body: dict[str, Any] = {name: asdict(value) for name, value in figures.items()}
        body |= {"long": asdict(long), "lag": long.lag}
        print(json.dumps({**body, "ratio": ratio, "p50_alone_share": share, "holds": holds}))
    else:
        print(f"{'':<10}{'messages/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'p50 alone':>11}")
        for name, value in figures.items():
            print(
                f"{name:<10}{value.rate:>11.1f}{value.p50:>9.0f}{value.p99:>9.0f}"
                f"{value.p50_alone:>11.1f}"
            )
        print(f"{SENDERS} senders: ours {ratio:.1f} × stock (wanted {RATIO_WANTED:g})")
        print(f"alone: p50 {share:.0%} of stock's (wanted at most {P50_WANTED:.0%})")
        print(
            f"one conversation: turn {counts['turns']} {long.last:.1f} ms, turn 2 "
            f"{long.second:.1f} ms: {long.lag:.2f} × (wanted at most {LAG_WANTED:g})"
        )
        print(f"one sender, {AT_ONCE} messages at once: {long.at_once:.2f} s for all")
    # A smoke test's few messages say nothing about speed.
    return 0 if holds or options.quick else 1


if __name__ == "__main__":
    sys.exit(main())
