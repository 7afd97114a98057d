"""What is measured of a door: speed under load, alone, in long talk, and under one's flood."""

import asyncio
import itertools
import statistics
import time
import uuid
from dataclasses import asdict, dataclass

from tests.benchmarks.doors import Send, client

SENDERS = 32
AT_ONCE = 20

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


@dataclass(frozen=True, slots=True)
class Figures:
    """One door: messages per second of all senders together; latencies in milliseconds."""

    rate: float
    p50: float
    p99: float
    p50_alone: float


@dataclass(frozen=True, slots=True)
class LongTalk:
    """Turn 2 and the last turn of the same conversations, median milliseconds."""

    second: float
    last: float

    @property
    def lag(self) -> float:
        """The last turn's time as a multiple of the second's."""
        return self.last / self.second


@dataclass(frozen=True, slots=True)
class Flood:
    """One sender's AT_ONCE messages that arrive together; times in seconds."""

    whole: float
    longest_gap: float
    in_order: bool


async def measure(send: Send, each: int, alone: int) -> Figures:
    """`SENDERS` senders with `each` messages one after the other, then one sender with `alone`."""
    async with client(SENDERS) as http:
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


async def measure_long(send: Send, *, talks: int, turns: int) -> LongTalk:
    """`talks` conversations of `turns` messages, one at a time."""
    asked = MESSAGES[1]
    second, last = [], []
    async with client(1) as http:
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
    return LongTalk(statistics.median(second), statistics.median(last))


async def measure_flood(send: Send) -> Flood:
    """One conversation's AT_ONCE messages, sent without waiting for any answer."""
    conversation = str(uuid.uuid4())
    answered: list[tuple[float, int]] = []
    async with client(AT_ONCE) as http:
        await send(http, conversation, MESSAGES[0])

        async def one(number: int) -> None:
            # So that they arrive in this order, over as many connections.
            await asyncio.sleep(number * 0.005)
            await send(http, conversation, f"{MESSAGES[1]}（{number}）")
            answered.append((time.perf_counter(), number))

        started = time.perf_counter()
        await asyncio.gather(*(one(number) for number in range(AT_ONCE)))
    moments = [moment for moment, _ in answered]
    return Flood(
        whole=moments[-1] - started,
        longest_gap=max(later - earlier for earlier, later in itertools.pairwise(moments)),
        in_order=[number for _, number in answered] == list(range(AT_ONCE)),
    )


def median(rounds: list[Figures]) -> Figures:
    """Each figure's median over the rounds."""
    fields = asdict(rounds[0])
    return Figures(**{name: statistics.median(getattr(r, name) for r in rounds) for name in fields})
