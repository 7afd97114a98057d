"""Stock Rasa (DIET + TED) and ours, same data, same client, one run; and every target of the issue.

    .venv/bin/python -m tests.benchmarks [--quick] [--json] [--doors-only]

Four doors, in alternating rounds, so that a busy machine is shared fairly; each figure is the
median of its rounds:

- stock: Rasa's REST door, its tracker in memory, an action server whose actions do nothing;
- ours: our door, its tracker on disk, the same action server;
- ours, retrieving: our door in the running product, real actions with the whole policy index;
- the whole way: the product's /api/chat/messages, with the desk's database and outbox besides.
"""

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks import stock_project
from tests.benchmarks.doors import (
    Send,
    door_of_ours,
    door_of_stock,
    door_of_web,
    free_port,
    most_memory,
    rasa_of,
    running,
)
from tests.benchmarks.measures import (
    AT_ONCE,
    SENDERS,
    Figures,
    Flood,
    LongTalk,
    measure,
    measure_flood,
    measure_long,
    median,
)
from tests.benchmarks.stock_project import RASA_PYTHON, ROOT
from tests.stack import running_product

STOCK, OURS, RETRIEVING, WHOLE = "stock", "ours", "ours, retrieving", "the whole way"
LONG_TURNS = 200
LONG_TALKS = 12


@dataclass(frozen=True, slots=True)
class Target:
    """What the issue wants of a figure, and whether it holds."""

    name: str
    found: float
    wanted: float
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the figure is as good as wanted."""
        return self.found >= self.wanted if self.at_least else self.found <= self.wanted

    def __str__(self) -> str:
        bound = "at least" if self.at_least else "at most"
        verdict = "holds" if self.holds else "MISSED"
        return f"{self.name:<58}{self.found:>8.2f}   {bound} {self.wanted:g}: {verdict}"


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that was measured; memory in GB, of one Rasa process through all rounds."""

    doors: dict[str, Figures]
    long: LongTalk
    flood: Flood
    training_seconds: float
    memory: float

    @property
    def targets(self) -> list[Target]:
        """The issue's, in its order."""
        ours, stock = self.doors.get(RETRIEVING, self.doors[OURS]), self.doors[STOCK]
        slowest = max(figures.p99 for name, figures in self.doors.items() if name != STOCK) / 1000
        return [
            Target(f"{SENDERS} senders, × stock's replies/s", ours.rate / stock.rate, 4.0, True),
            Target("alone, share of stock's p50", ours.p50_alone / stock.p50_alone, 0.6),
            Target("slowest p99 of our doors, s", slowest, 2.0),
            Target("last turn against turn 2 of one conversation, ×", self.long.lag, 1.3),
            Target("training from nothing, s", self.training_seconds, 240.0),
            Target("Rasa's memory, GB", self.memory, 1.2),
            Target(f"one sender, {AT_ONCE} at once: longest gap, s", self.flood.longest_gap, 1.0),
            Target("… answered in their order", float(self.flood.in_order), 1.0, True),
        ]


@contextlib.contextmanager
def all_doors(work: Path, *, product_too: bool) -> Iterator[tuple[dict[str, Send], int]]:
    """The doors while their processes run, and the process id of a Rasa of ours."""
    project, stock_model = stock_project.model(work)
    ports = {name: free_port() for name in ("actions", "stock", "ours")}
    shared = {"ACTIONS_PORT": str(ports["actions"]), "SANIC_HOST": "127.0.0.1"}
    loopback = "http://127.0.0.1:{}{}"
    sdk = [sys.executable, "-m", "rasa_sdk", "--actions", "tests.benchmarks.trivial_actions"]
    stock = [RASA_PYTHON, "-m", "rasa", "run", "--model", stock_model, "-i", "127.0.0.1"]
    with contextlib.ExitStack() as processes:
        processes.enter_context(
            running(
                [*sdk, "--port", ports["actions"]],
                loopback.format(ports["actions"], "/health"),
                work / "actions.log",
                **shared,
            )
        )
        processes.enter_context(
            running(
                [*stock, "--port", ports["stock"]],
                loopback.format(ports["stock"], "/webhooks/rest/"),
                work / "stock.log",
                CWD=str(project),
                **shared,
            )
        )
        ours = processes.enter_context(
            running(
                [RASA_PYTHON, "-m", "bot", "serve"],
                loopback.format(ports["ours"], "/webhooks/peipao/health"),
                work / "ours.log",
                RASA_PORT=str(ports["ours"]),
                DATA_DIR=str(work / "data"),
                **shared,
            )
        )
        doors = {STOCK: door_of_stock(ports["stock"]), OURS: door_of_ours(ports["ours"])}
        rasa = ours.pid
        if product_too:
            product = processes.enter_context(running_product(work / "product"))
            rasa, port = rasa_of(product)
            doors |= {RETRIEVING: door_of_ours(port), WHOLE: door_of_web(product.url)}
        yield doors, rasa


def train(work: Path) -> float:
    """Seconds that the dialogue model's training takes from nothing."""
    started = time.monotonic()
    subprocess.run(
        [RASA_PYTHON, "-m", "bot", "train"],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(work / "data")},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.monotonic() - started


def find(
    work: Path, *, rounds: int, each: int, alone: int, talks: int, turns: int, product_too: bool
) -> Findings:
    """Everything, measured now."""
    work.mkdir(parents=True, exist_ok=True)
    seconds = train(work)
    with all_doors(work, product_too=product_too) as (doors, rasa):
        found: dict[str, list[Figures]] = {name: [] for name in doors}
        for _ in range(rounds):
            for name, send in doors.items():
                found[name].append(asyncio.run(measure(send, each, alone)))
        # Without retrieval, whose cost would hide what a long history costs.
        long = asyncio.run(measure_long(doors[OURS], talks=talks, turns=turns))
        flood = asyncio.run(measure_flood(doors.get(RETRIEVING, doors[OURS])))
        memory = most_memory(rasa)
    medians = {name: median(figures) for name, figures in found.items()}
    return Findings(medians, long, flood, seconds, memory)


def main() -> int:
    """Prints the tables or JSON; 0 when every target holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small counts, for a smoke test")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--doors-only", action="store_true", help="leave the running product out")
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
    found = find(work, **counts, product_too=not options.doors_only)
    holds = all(target.holds for target in found.targets)
    if options.json:
        body: dict[str, Any] = asdict(found)
        targets = {target.name: [target.found, target.holds] for target in found.targets}
        print(json.dumps({**body, "targets": targets, "holds": holds}, ensure_ascii=False))
    else:
        print_tables(found, counts["turns"])
    # A smoke test's few messages say nothing about speed.
    return 0 if holds or options.quick else 1


def print_tables(found: Findings, turns: int) -> None:
    """For a person."""
    print(f"{'':<18}{'messages/s':>11}{'× stock':>9}{'p50 ms':>9}{'p99 ms':>9}{'p50 alone':>11}")
    stock = found.doors[STOCK]
    for name, value in found.doors.items():
        print(
            f"{name:<18}{value.rate:>11.1f}{value.rate / stock.rate:>9.1f}{value.p50:>9.0f}"
            f"{value.p99:>9.0f}{value.p50_alone:>11.1f}"
        )
    print(
        f"turn {turns}: {found.long.last:.1f} ms, turn 2: {found.long.second:.1f} ms; "
        f"{AT_ONCE} at once: {found.flood.whole:.2f} s for all\n"
    )
    for target in found.targets:
        print(target)


if __name__ == "__main__":
    sys.exit(main())
