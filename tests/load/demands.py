"""What WeChat under load must hold, and what of it a run missed."""

from collections.abc import Callable

from tests.load.wechat import Figures

STEADY, OVER, KILLED = "steady", "over", "killed"
TITLES = {STEADY: "60 %", OVER: "3 x capacity", KILLED: "60 %, rasa+web killed"}
MEDIAN, SLOWEST = 1.0, 4.8  # seconds until the platform has its answer: p50, p99
RASA_AWAY, WEB_AWAY = 20.0, 5.0  # seconds

Demand = tuple[str, Callable[[Figures], bool]]

NOTHING_LOST: list[Demand] = [
    ("answers 100 %", lambda run: run.answered == run.sent),
    ("lost 0", lambda run: run.lost == 0),
    ("stored once each", lambda run: run.stored == run.sent),
    ("duplicates 0", lambda run: run.twice == 0),
    ("order kept", lambda run: run.out_of_order == 0),
]
IN_TIME: list[Demand] = [
    (f"webhook p99 < {SLOWEST:g} s", lambda run: run.webhook_p99 < SLOWEST),
    ("no message in trouble", lambda run: run.troubles == 0),
]
QUICK: Demand = (f"webhook p50 < {MEDIAN:g} s", lambda run: run.webhook_p50 < MEDIAN)
# What is not answered in the request itself is not held for nothing.
AT_ONCE: Demand = (f"`success` p50 < {MEDIAN:g} s", lambda run: run.success_p50 < MEDIAN)
DEMANDS: dict[str, list[Demand]] = {
    STEADY: [*NOTHING_LOST, *IN_TIME, QUICK],
    OVER: [*NOTHING_LOST, *IN_TIME, AT_ONCE],
    KILLED: NOTHING_LOST,
}


def missed(name: str, run: Figures) -> list[str]:
    """The demands that `run` does not meet; empty when it holds."""
    return [words for words, holds in DEMANDS[name] if not holds(run)]
