"""`kill -9` of each process in turn while 200 messages are sent: none lost, none twice.

Twenty people open two tickets each, five messages a ticket. A form that forgot its place, a message
answered twice or a ticket opened twice shows in the transcript or in the number of tickets.
"""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.stack import Product, Visitor

pytestmark = pytest.mark.stack

# `make soak` sends five times as many and kills each process five times.
TIMES = 5 if os.environ.get("SOAK") else 1
PEOPLE = 20 * TIMES
TICKET = ["我要投诉", "隔壁超市冒用我的商标卖酒", "张三", "13900001111", "提交"]
KILLED_AT = {
    round_ * 200 + at: name
    for round_ in range(TIMES)
    for at, name in ((20, "rasa"), (70, "actions"), (110, "web"), (150, "worker"))
}
PATIENCE = 150  # seconds for one message's answer, restarts included


class Progress:
    """Counts answered messages and kills the next process when its number is reached."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._lock = threading.Lock()
        self.answered = 0
        self.killed: list[str] = []

    def one_more(self) -> None:
        with self._lock:
            self.answered += 1
            if self.answered in KILLED_AT:
                name = KILLED_AT[self.answered]
                self._product.kill(name)
                self.killed.append(name)


def deliver(visitor: Visitor, text: str, message_id: str) -> None:
    """Sends until it is accepted, as the chat page does, and waits until it is answered."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            answer = visitor.post(text, message_id)
        except httpx.HTTPError:
            time.sleep(0.3)
            continue
        assert answer.status_code == 200, answer.text
        if not answer.json()["pending"]:
            return
    raise AssertionError(f"{text!r} was not answered within {PATIENCE} s")


def open_two_tickets(visitor: Visitor, person: int, progress: Progress) -> None:
    for number, text in enumerate(TICKET * 2):
        deliver(visitor, text, f"p{person}-m{number}")
        progress.one_more()


def test_kill_9_of_each_process_loses_nothing_and_repeats_nothing(product):
    tickets_before = product.rows("SELECT count(*) FROM tickets_ticket")[0][0]
    progress = Progress(product)
    visitors = [Visitor(product.url) for _ in range(PEOPLE)]
    with ThreadPoolExecutor(20) as pool:
        people = [
            pool.submit(open_two_tickets, visitor, person, progress)
            for person, visitor in enumerate(visitors)
        ]
        for done in people:
            done.result()
    assert progress.killed == list(KILLED_AT.values())
    product.wait_ready()
    for visitor in visitors:
        lines = visitor.history()
        assert [line["author"] for line in lines] == ["person", "bot"] * len(TICKET) * 2
        assert [line["text"] for line in lines[::2]] == TICKET * 2
        said = [line["text"] for line in lines[9::10]]
        assert all("编号 BZ" in text for text in said), said
        assert len(set(said)) == 2
    tickets = product.rows("SELECT count(*) FROM tickets_ticket")[0][0] - tickets_before
    assert tickets == PEOPLE * 2
    unsettled = "SELECT count(*) FROM conversations_inboundmessage WHERE state = 'received'"
    assert product.rows(unsettled) == [(0,)]
