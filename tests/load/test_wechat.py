"""WeChat with the whole product, under load and while processes die.

Small here; the full counts (2,000 people, five minutes) under SOAK=1.
"""

import asyncio
import os
import time

import pytest

from tests.load.demands import KILLED, OVER, RASA_AWAY, STEADY, WEB_AWAY, missed
from tests.load.outage import Outage
from tests.load.wechat import Crowd, stored_by, wait_until

pytestmark = pytest.mark.stack

SOAK = bool(os.environ.get("SOAK"))
# As few messages a person as in full: seven long answers at once are more than five messages hold.
PEOPLE = 2000 if SOAK else 200
SECONDS = 300 if SOAK else 10
OVER_SECONDS = 60 if SOAK else 5


@pytest.fixture(scope="module")
def crowd(product):
    made = Crowd(product.wechat, f"{product.url}/webhooks/wechat")
    asyncio.run(made.learn())
    return made


@pytest.fixture(scope="module")
def capacity(crowd):
    """Answers a second on this machine, now."""
    return asyncio.run(crowd.capacity(20 if SOAK else 5))


def run(crowd, product, name, **words):
    stored = stored_by(product)
    figures = asyncio.run(crowd.write(run=name, people=PEOPLE, stored=stored, **words))
    print(f"\n{name}: {figures.as_json()}")
    return figures


def test_at_60_percent_everyone_is_answered_once_in_order_and_in_time(crowd, product, capacity):
    figures = run(crowd, product, "steady", rate=0.6 * capacity, seconds=SECONDS)
    assert missed(STEADY, figures) == [], figures


def test_at_three_times_the_capacity_nobody_is_kept_waiting_and_all_are_answered(
    crowd, product, capacity
):
    patience = {} if SOAK else {"patience": 30.0}
    figures = run(crowd, product, "over", rate=3 * capacity, seconds=OVER_SECONDS, **patience)
    if SOAK:
        assert missed(OVER, figures) == [], figures
        return
    # The crowd takes one of two cores here: at this size only what no clock decides.
    assert (figures.stored, figures.twice, figures.out_of_order) == (figures.sent, 0, 0), figures
    waiting = "SELECT count(*) FROM conversations_inboundmessage WHERE state = 'received'"
    assert asyncio.run(wait_until(lambda: product.rows(waiting) == [(0,)], 60)), figures


def test_rasa_and_web_may_die_meanwhile(crowd, product, capacity):
    rasa, web = Outage(product, "rasa", RASA_AWAY), Outage(product, "web", WEB_AWAY)
    at = [(SECONDS * 0.3, rasa.begin), (SECONDS * 0.6, web.begin)]
    figures = run(crowd, product, "killed", rate=0.6 * capacity, seconds=SECONDS, at=at)
    assert missed(KILLED, figures) == [], figures
    assert rasa.end() >= RASA_AWAY
    assert web.end() >= WEB_AWAY
    product.wait_ready()
    unsent = (
        "SELECT count(*) FROM conversations_delivery WHERE channel = 'wechat' AND state <> 'sent'"
    )
    begun = time.monotonic()
    assert asyncio.run(wait_until(lambda: product.rows(unsent) == [(0,)], 120)), begun
