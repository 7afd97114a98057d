"""What arrives together is stored together; one that fails takes no other with it."""

import asyncio
from datetime import timedelta

import pytest
from django.utils import timezone

from channels.intake import Intake
from desk.conversations import turns
from desk.conversations.errors import EmptyText
from desk.conversations.models import InboundMessage
from desk.conversations.values import Accepted, IncomingMessage

pytestmark = pytest.mark.django_db(transaction=True)
NO_HOLD = timedelta()


def incoming(number, text="你好", sender="visitor"):
    return IncomingMessage("wechat", "gh_1", sender, f"m{number}", text, timezone.now())


@pytest.fixture
def lots(monkeypatch):
    """How many messages each transaction stored."""
    found = []
    real = turns.accept_together

    def noted(arrived):
        found.append(len(arrived))
        return real(arrived)

    monkeypatch.setattr(turns, "accept_together", noted)
    return found


async def all_of(*messages):
    intake = Intake()
    waiting = [intake.store(one, NO_HOLD) for one in messages]
    return await asyncio.gather(*waiting, return_exceptions=True)


async def stored():
    rows = InboundMessage.objects.order_by("id").values_list("message_id", flat=True)
    return [message_id async for message_id in rows]


async def test_a_rush_is_stored_in_its_order_with_few_transactions(lots):
    found = await all_of(*(incoming(number, sender=str(number % 5)) for number in range(120)))
    assert await stored() == [f"m{number}" for number in range(120)]
    rows = {row.message_id: row.pk async for row in InboundMessage.objects.all()}
    assert [one.inbound_id for one in found] == [rows[f"m{number}"] for number in range(120)]
    assert sum(lots) == 120
    assert len(lots) <= 4


async def test_the_same_message_twice_in_a_rush_is_stored_once(lots):
    first, second = await all_of(incoming(1), incoming(1))
    assert first.inbound_id == second.inbound_id
    assert [first.new, second.new] == [True, False]
    assert await stored() == ["m1"]


async def test_a_refused_message_leaves_the_others_stored(lots):
    found = await all_of(incoming(1), incoming(2, text=" "), incoming(3))
    assert isinstance(found[1], EmptyText)
    assert [isinstance(one, Accepted) for one in found] == [True, False, True]
    assert await stored() == ["m1", "m3"]


async def test_a_message_that_cannot_be_stored_takes_no_other_with_it(monkeypatch):
    real = turns.accept_together

    def picky(arrived):
        if any(message.text == "毒" for message, _ in arrived):
            raise OSError("disk full")
        return real(arrived)

    monkeypatch.setattr(turns, "accept_together", picky)
    found = await all_of(incoming(1), incoming(2, text="毒"), incoming(3))
    assert isinstance(found[1], OSError)
    assert await stored() == ["m1", "m3"]


async def test_nothing_is_half_stored_when_the_lot_fails(monkeypatch):
    store = turns._store

    def breaks(conversation, message, hold):
        if message.message_id == "m2":
            raise OSError("disk full")
        return store(conversation, message, hold)

    monkeypatch.setattr(turns, "_store", breaks)
    found = await all_of(incoming(1, sender="a"), incoming(2, sender="b"), incoming(3, sender="a"))
    assert [type(one).__name__ for one in found] == ["Accepted", "OSError", "Accepted"]
    rows = InboundMessage.objects.order_by("id").values_list("message_id", "seq")
    assert [row async for row in rows] == [("m1", 1), ("m3", 2)]


async def test_who_hung_up_keeps_nobody_waiting():
    intake = Intake()
    gone = asyncio.create_task(intake.store(incoming(1), NO_HOLD))
    await asyncio.sleep(0)
    gone.cancel()
    accepted = await asyncio.wait_for(intake.store(incoming(2), NO_HOLD), 10)
    assert accepted.new
    assert await stored() == ["m1", "m2"]
