"""The load report: our WeChat door and a stock Rasa connector under the same load, one after the
other, on this machine. Exits with 1 when our door misses what it must hold.

    .venv/bin/python -m tests.load [--scale 0.1] [--only steady over killed stock] [--json]

In full it takes about half an hour: `--only` makes parts of it, each with a capacity of its own.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.benchmarks import stock_project
from tests.benchmarks.dialogue import free_port, running
from tests.benchmarks.stock_project import RASA_PYTHON, ROOT
from tests.fakes.wechat import PLAIN, STABLE_TOKEN, TOKEN, running_wechat
from tests.load.demands import KILLED, OVER, RASA_AWAY, STEADY, TITLES, WEB_AWAY, missed
from tests.load.outage import Outage, environment_of
from tests.load.wechat import HEADING, Crowd, Figures, stored_by
from tests.stack import Product, running_product

PEOPLE, SECONDS, OVER_SECONDS = 2000, 300, 60
STOCK = "stock"
MADE = ("models", "index")  # what takes minutes to make
PARTS = (STEADY, OVER, KILLED, STOCK)


@dataclass(frozen=True, slots=True)
class Size:
    """How large the runs are: `scale` of 2,000 people, five minutes and one."""

    scale: float

    @property
    def people(self) -> int:
        return max(int(PEOPLE * self.scale), 20)

    @property
    def seconds(self) -> float:
        return max(SECONDS * self.scale, 10)

    @property
    def over_seconds(self) -> float:
        return max(OVER_SECONDS * self.scale, 5)

    @property
    def capacity_seconds(self) -> float:
        return max(20 * self.scale, 8)

    def run(self, name: str, capacity: float) -> dict:
        """Rate and length of a run."""
        if name == OVER:
            return {"rate": 3.0 * capacity, "seconds": self.over_seconds}
        return {"rate": 0.6 * capacity, "seconds": self.seconds}


@dataclass
class Report:
    """What was measured; `away`: seconds without each killed process."""

    capacity: float = 0.0
    ours: dict[str, Figures] = field(default_factory=dict)
    stock: dict[str, Figures] = field(default_factory=dict)
    away: dict[str, float] = field(default_factory=dict)
    tokens: int = 0

    def misses(self) -> dict[str, list[str]]:
        """Our runs → the demands they missed."""
        found = {name: missed(name, run) for name, run in self.ours.items()}
        wanted = {"rasa": RASA_AWAY, "web": WEB_AWAY}
        for name, seconds in self.away.items():
            if seconds < wanted[name]:
                found[KILLED].append(f"{name} away for {wanted[name]:g} s")
        return found

    def as_json(self) -> dict:
        doors = {"ours": self.ours, "stock": self.stock}
        runs = {
            door: {name: run.as_json() for name, run in found.items()}
            for door, found in doors.items()
        }
        return {
            "capacity": self.capacity, **runs, "away": self.away, "tokens": self.tokens,
            "missed": self.misses(),
        }  # fmt: skip

    def verdict(self) -> list[str]:
        lines = [f"access tokens fetched by all processes: {self.tokens}"]
        if self.away:
            lines.append(", ".join(f"{name} away {s:.1f} s" for name, s in self.away.items()))
        for name, misses in self.misses().items():
            lines.append(f"{TITLES[name]}: {'MISSED ' + '; '.join(misses) if misses else 'holds'}")
        return lines


def ours(product: Product, size: Size, report: Report, parts: list[str], show) -> None:
    """Our door: capacity, and the runs."""
    crowd = Crowd(product.wechat, f"{product.url}/webhooks/wechat")
    asyncio.run(crowd.learn())
    report.capacity = asyncio.run(crowd.capacity(size.capacity_seconds))
    show(f"capacity of ours: {report.capacity:.1f} answers a second; times in seconds\n\n{HEADING}")
    stored = stored_by(product)
    for name in (part for part in parts if part != STOCK):
        outages = [Outage(product, "rasa", RASA_AWAY), Outage(product, "web", WEB_AWAY)]
        at = [(size.seconds * 0.3, outages[0].begin), (size.seconds * 0.6, outages[1].begin)]
        report.ours[name] = asyncio.run(
            crowd.write(
                run=name,
                people=size.people,
                **size.run(name, report.capacity),
                at=at if name == KILLED else (),
                stored=stored,
            )
        )
        if name == KILLED:
            report.away = {one.name: one.end() for one in outages}
        show(report.ours[name].line(f"ours {TITLES[name]}"))
        product.wait_ready()
    report.tokens = len(product.wechat.asked(STABLE_TOKEN))


def taken_along(folder: Path, work: Path) -> Path:
    """`folder` with what an earlier run made; the product makes anew what does not fit any more."""
    for name in MADE:
        if (work / name).is_dir():
            shutil.copytree(work / name, folder / name)
    return folder


def keep(folder: Path, work: Path) -> None:
    """Keeps what was made for this run, for the next."""
    for name in MADE:
        shutil.rmtree(work / name, ignore_errors=True)
        shutil.copytree(folder / name, work / name)


@contextmanager
def stock_server(work: Path, actions_port: str) -> Iterator[str]:
    """Stock Rasa with the stock connector and the product's own actions; the door's address."""
    project, model = stock_project.model(work)
    credentials = {"tests.load.stock_connector.WeChatInput": {"token": TOKEN}}
    (project / "credentials.yml").write_text(yaml.safe_dump(credentials), encoding="utf-8")
    port = free_port()
    base = f"http://127.0.0.1:{port}/webhooks/wechat"
    with running(
        [RASA_PYTHON, "-m", "rasa", "run", "--model", model, "-i", "127.0.0.1", "--port", port],
        f"{base}/",
        work / "stock-wechat.log",
        CWD=str(project),
        ACTIONS_PORT=actions_port,
        PYTHONPATH=str(ROOT),
        OMP_NUM_THREADS="1",
    ):
        yield f"{base}/webhook"


def stock(product: Product, work: Path, size: Size, report: Report, show) -> None:
    """The stock connector under our load: the same rates, in plain mode, which it speaks."""
    port = environment_of(product.pid("rasa"))["ACTIONS_PORT"]
    with stock_server(work, port) as url, running_wechat(mode=PLAIN) as fake:
        crowd = Crowd(fake, url, name=STOCK)
        asyncio.run(crowd.learn())
        for name in (STEADY, OVER):
            report.stock[name] = asyncio.run(
                crowd.write(run=name, people=size.people, **size.run(name, report.capacity))
            )
            show(report.stock[name].line(f"stock {TITLES[name]}"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="of 2,000 people and 5 minutes")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    size, report = Size(options.scale), Report()
    # Each line as soon as it is known: what fails later does not take it away.
    show = (lambda line: None) if options.json else (lambda line: print(line, flush=True))
    work = Path(os.environ.get("DATA_DIR") or ROOT / "var").resolve() / "bench"
    work.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_wechat() as fake,
        running_product(taken_along(Path(folder), work), wechat=fake) as product,
    ):
        keep(Path(folder), work)
        ours(product, size, report, options.only, show)
        if STOCK in options.only:
            stock(product, work, size, report, show)
    if options.json:
        print(json.dumps(report.as_json()))
    for line in report.verdict():
        show(line)
    return 1 if any(report.misses().values()) else 0


if __name__ == "__main__":
    sys.exit(main())
