"""Telegram with the whole product: what people write is answered, whoever dies meanwhile."""

import time

import httpx
import pytest

from channels.telegram.parse import HEADER
from tests.fakes import telegram as fake

pytestmark = pytest.mark.stack

PEOPLE = range(9001, 9021)
TEXTS = ["你好", "我要投诉", "隔壁超市冒用我的商标卖酒"]
PATIENCE = 120  # seconds, restarts included


def post(product, update):
    """Posts as Telegram does: again and again until it is acknowledged."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            answer = httpx.post(
                f"{product.url}/webhooks/telegram",
                json=update,
                headers={HEADER: fake.SECRET},
                timeout=20,
                trust_env=False,
            )
        except httpx.HTTPError:
            time.sleep(0.3)
            continue
        assert answer.status_code == 200, answer.text
        return
    raise AssertionError("not acknowledged")


def arrived(product):
    """How many messages reached each person, repetitions not counted."""
    return {person: len(dict.fromkeys(product.telegram.texts(person))) for person in PEOPLE}


def test_what_people_write_is_answered_though_web_and_worker_are_killed(product):
    killed_at = {(9005, 0): "web", (9010, 1): "worker", (9015, 2): "web"}
    product.telegram.script = [fake.RATE_LIMITED, fake.SERVER_ERROR, fake.HANGS_UP]
    number = 0
    for place, text in enumerate(TEXTS):
        for person in PEOPLE:
            number += 1
            post(product, fake.update(number, person, text=text))
            if (person, place) in killed_at:
                product.kill(killed_at[person, place])
    rows = (
        "SELECT d.state, count(*) FROM conversations_delivery d GROUP BY d.state ORDER BY d.state"
    )
    unsettled = "SELECT count(*) FROM conversations_inboundmessage WHERE state = 'received'"
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        states = dict(product.rows(rows))
        if product.rows(unsettled) == [(0,)] and set(states) == {"sent"}:
            break
        time.sleep(0.5)
    assert set(states) == {"sent"}, states
    assert product.rows(unsettled) == [(0,)]
    said = "SELECT count(*) FROM conversations_delivery"
    assert sum(arrived(product).values()) == product.rows(said)[0][0]
    assert min(arrived(product).values()) >= len(TEXTS)
    product.wait_ready()


def test_ready_tells_which_doors_are_open(product):
    doors = httpx.get(f"{product.url}/readyz", trust_env=False).json()["channels"]
    assert doors["web"] == doors["telegram"] == "on"
    assert doors["hotline"] == "off: HOTLINE_SECRET is not set"
