"""The load report: our WeChat door and a stock Rasa connector under the same load, one after the
other, on this machine.

    .venv/bin/python -m tests.load [--scale 0.1] [--no-stock] [--json]
"""

import argparse
import asyncio
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from tests.benchmarks import stock_project
from tests.benchmarks.dialogue import free_port, running
from tests.benchmarks.stock_project import RASA_PYTHON, ROOT
from tests.fakes.wechat import PLAIN, TOKEN, running_wechat
from tests.load.wechat import HEADING, Crowd, Figures, stored_by
from tests.stack import Product, running_product

PEOPLE, SECONDS, OVER_SECONDS = 2000, 300, 60


def ours(product: Product, scale: float) -> tuple[float, dict[str, Figures]]:
    """Our door: capacity, and the runs."""
    crowd = Crowd(product.wechat, f"{product.url}/webhooks/wechat")
    asyncio.run(crowd.learn())
    rate = asyncio.run(crowd.capacity(max(20 * scale, 8)))
    stored = stored_by(product)
    people, seconds = max(int(PEOPLE * scale), 20), max(SECONDS * scale, 10)
    kills = [
        (seconds * 0.3, lambda: product.kill("rasa")),
        (seconds * 0.6, lambda: product.kill("web")),
    ]
    found = {}
    for name, times, lasting, at in (
        ("60 %", 0.6, seconds, ()),
        ("3 x capacity", 3.0, max(OVER_SECONDS * scale, 5), ()),
        ("60 %, rasa+web killed", 0.6, seconds, kills),
    ):
        found[name] = asyncio.run(
            crowd.write(
                run=re.sub(r"\W", "", name),
                people=people,
                rate=times * rate,
                seconds=lasting,
                at=at,
                stored=stored,
            )
        )
        product.wait_ready()
    return rate, found


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


def stock(product: Product, work: Path, rate: float, scale: float) -> dict[str, Figures]:
    """The stock connector under our load: the same rates, in plain mode, which it speaks."""
    people, seconds = max(int(PEOPLE * scale), 20), max(SECONDS * scale, 10)
    found = {}
    pid = product.pid("rasa")
    environment = Path(f"/proc/{pid}/environ").read_text().split("\0")
    port = dict(line.split("=", 1) for line in environment if "=" in line)["ACTIONS_PORT"]
    with stock_server(work, port) as url, running_wechat(mode=PLAIN) as fake:
        crowd = Crowd(fake, url, name="stock")
        asyncio.run(crowd.learn())
        for name, times, lasting in (
            ("60 %", 0.6, seconds),
            ("3 x capacity", 3.0, max(OVER_SECONDS * scale, 5)),
        ):
            found[name] = asyncio.run(
                crowd.write(
                    run=re.sub(r"\W", "", name), people=people, rate=times * rate, seconds=lasting
                )
            )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="of 2,000 people and 5 minutes")
    parser.add_argument("--no-stock", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    work = Path(os.environ.get("DATA_DIR") or ROOT / "var").resolve() / "bench"
    work.mkdir(parents=True, exist_ok=True)
    report: dict[str, dict[str, Figures]] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        running_wechat() as fake,
        running_product(Path(folder), wechat=fake) as product,
    ):
        rate, report["ours"] = ours(product, options.scale)
        if not options.no_stock:
            report["stock"] = stock(product, work, rate, options.scale)
    if options.json:
        runs = {
            door: {name: one.as_json() for name, one in found.items()}
            for door, found in report.items()
        }
        print(json.dumps({"capacity": rate, **runs}))
        return
    print(f"capacity of ours: {rate:.1f} answers a second; times in seconds\n\n{HEADING}")
    for door, found in report.items():
        for name, one in found.items():
            print(one.line(f"{door} {name}"))
        posts = {name: one.tries for name, one in found.items()}
        print(f"{'':<22}requests of the platform: {posts}")


if __name__ == "__main__":
    main()
