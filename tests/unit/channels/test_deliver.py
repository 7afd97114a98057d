"""The loop that sends, with a platform that does as told."""

import asyncio
from datetime import timedelta

import pytest
from django.utils import timezone

from channels import deliver
from channels.deliver import Deliverer, Rate
from channels.errors import ChannelBusy, Refused, Unreachable, WindowClosed
from channels.pace import Pace
from channels.prediction import WHILE_DOWN, Prediction
from desk.conversations import deliveries, turns
from desk.conversations.models import Delivery
from desk.conversations.values import IncomingMessage, Receipt, Reply
from desk.threads import close_thread_connections

pytestmark = pytest.mark.django_db(transaction=True)


class Platform:
    """A sender that does the steps of its script, then takes everything."""

    channel = "telegram"
    rate = Rate(per_second=1000.0, burst=1000)
    most = 1

    def __init__(self, *script):
        self.script = list(script)
        self.took = []
        self.at_once = self.most_at_once = 0
        self.closed = False

    async def send(self, outgoing):
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(0.01)
            step = self.script.pop(0) if self.script else None
            if isinstance(step, Exception):
                raise step
            self.took += [(outgoing.recipient, said.text) for said in outgoing.messages]
            return Receipt("bot_api", platform_message_id=str(len(self.took)))
        finally:
            self.at_once -= 1

    async def aclose(self):
        self.closed = True


@pytest.fixture(autouse=True)
def threads_end():
    yield
    close_thread_connections()


def answered(*texts, sender="visitor"):
    now = timezone.now()
    accepted = turns.accept(IncomingMessage("telegram", "bot", sender, f"{texts}", "你好", now))
    turn = turns.begin(accepted.conversation_id, owner="web:1", now=now)
    turns.finish(turn, [Reply(text) for text in texts], now=now)
    return accepted.conversation_id


async def delivered(deliverer, conversation_id):
    await deliverer.start(conversation_id, "telegram")


async def states():
    rows = Delivery.objects.order_by("id").values_list("state", flat=True)
    return [state async for state in rows]


async def test_all_of_a_conversation_goes_out_in_order():
    conversation = await asyncio.to_thread(answered, "一", "二", "三")
    platform = Platform()
    await delivered(Deliverer({"telegram": platform}, owner="web"), conversation)
    assert [text for _, text in platform.took] == ["一", "二", "三"]
    assert await states() == ["sent"] * 3
    assert (await Delivery.objects.order_by("id").afirst()).platform_message_id == "1"


async def test_conversations_go_out_side_by_side_and_two_processes_never_send_one_twice():
    texts = ["一", "二", "三"]
    people = [f"p{number}" for number in range(12)]
    for person in people:
        await asyncio.to_thread(answered, *texts, sender=person)
    platform = Platform()
    both = [Deliverer({"telegram": platform}, owner=name) for name in ("web", "worker")]
    for _ in range(3):
        await asyncio.gather(*(one.look() for one in both))
        for one in both:
            await asyncio.gather(*one._working.values())
    assert sorted(platform.took) == sorted((person, text) for person in people for text in texts)
    for person in people:
        assert [text for who, text in platform.took if who == person] == texts
    assert platform.most_at_once > 1


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (WindowClosed("超过48小时"), "kept", ""),
        (Refused("blocked", "对方停用"), "dead", "blocked"),
        (Unreachable("超时"), "waiting", "unreachable"),
        (ChannelBusy(60), "waiting", "busy"),
        (ValueError("a fault of ours"), "waiting", "internal"),
    ],
)
async def test_each_error_has_its_consequence(error, state, code):
    conversation = await asyncio.to_thread(answered, "一")
    await delivered(Deliverer({"telegram": Platform(error)}, owner="web"), conversation)
    row = await Delivery.objects.aget()
    assert (row.state, row.error_code, row.lease_owner) == (state, code, "")


async def test_after_a_dead_one_the_next_goes_out():
    conversation = await asyncio.to_thread(answered, "一", "二")
    platform = Platform(Refused("bad_request", "太怪"))
    await delivered(Deliverer({"telegram": platform}, owner="web"), conversation)
    assert await states() == ["dead", "sent"]


async def test_a_busy_platform_is_left_alone_by_all_conversations():
    one = await asyncio.to_thread(answered, "一", sender="a")
    await asyncio.to_thread(answered, "二", sender="b")
    platform = Platform(ChannelBusy(60))
    deliverer = Deliverer({"telegram": platform}, owner="web")
    await delivered(deliverer, one)
    await deliverer.look()
    assert not deliverer._working
    assert platform.took == []
    row = await Delivery.objects.aget(conversation_id=one)
    assert row.next_try_at - timezone.now() > timedelta(seconds=55)


async def test_a_platform_that_does_not_answer_is_given_up_in_time(monkeypatch):
    monkeypatch.setattr(deliver, "PATIENCE", 0.005)
    conversation = await asyncio.to_thread(answered, "一")
    await delivered(Deliverer({"telegram": Platform()}, owner="web"), conversation)
    assert (await Delivery.objects.aget()).error_code == "unreachable"


async def test_a_process_that_died_while_sending_delays_by_its_lease_alone():
    conversation = await asyncio.to_thread(answered, "一")
    long_ago = timezone.now() - deliveries.LEASE
    await Delivery.objects.aupdate(next_try_at=long_ago)
    await asyncio.to_thread(deliveries.claim, conversation, owner="dead", now=long_ago)
    platform = Platform()
    deliverer = Deliverer({"telegram": platform}, owner="worker")
    await deliverer.look()
    await asyncio.gather(*deliverer._working.values())
    assert [text for _, text in platform.took] == ["一"]


async def test_what_has_no_sender_is_left_alone():
    deliverer = Deliverer({}, owner="web")
    assert deliverer.start(await asyncio.to_thread(answered, "一"), "telegram") is None
    await deliverer.look()
    assert await states() == ["waiting"]


async def test_a_stop_waits_for_the_sends_under_way_and_closes_the_senders():
    conversation = await asyncio.to_thread(answered, "一")
    platform = Platform()
    deliverer = Deliverer({"telegram": platform}, owner="web")
    deliverer.start(conversation, "telegram")
    await deliverer.drain()
    assert platform.closed
    assert await states() == ["sent"]


async def test_the_pace_lets_a_burst_pass_and_then_one_after_the_other(monkeypatch):
    pace = Pace(per_second=50, burst=3)
    loop = asyncio.get_running_loop()
    begun, sleep = loop.time(), asyncio.sleep
    waits = []

    async def noted(seconds):
        waits.append(seconds)
        await sleep(seconds)

    monkeypatch.setattr("channels.pace.asyncio.sleep", noted)
    assert all([await pace.turn() for _ in range(3)])
    assert waits == []
    await asyncio.gather(*(pace.turn() for _ in range(5)))
    assert loop.time() - begun > 0.08
    assert waits == sorted(waits) != []
    # Reckoned, not timed: the fifth waits five fiftieths of a second, less on a slow machine.
    assert max(waits) <= 0.1 + 1e-6


async def test_who_would_wait_too_long_is_sent_away():
    pace = Pace(per_second=1000, burst=1)
    pace.pause(60)
    assert pace.paused
    assert not await pace.turn()


def test_the_expected_wait_grows_with_the_queue_and_follows_what_is_measured():
    prediction = Prediction()
    for _ in range(40):
        prediction.took(2.0, at_once=4)
    assert prediction.wait(queued=0) == pytest.approx(0.5, rel=0.05)
    assert prediction.wait(queued=9) == pytest.approx(5.0, rel=0.05)


def test_while_the_dialogue_is_away_nobody_holds_a_request_open_for_it():
    prediction = Prediction()
    prediction.unavailable()
    assert prediction.wait(queued=0) == WHILE_DOWN
    prediction.took(0.1, at_once=1)
    assert prediction.wait(queued=0) < 1
