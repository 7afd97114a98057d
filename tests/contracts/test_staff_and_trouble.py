"""What holds on every channel when staff speak, choices are picked, and things go wrong."""

import asyncio
import time

import httpx
import pytest
from django.utils import timezone

from channels import runtime as runtime_module
from channels.hotline import views as hotline_views
from channels.pace import Pace
from channels.runtime import runtime
from channels.telegram import sender as telegram_sender
from channels.webchat import views as web_views
from channels.wechat import answering as wechat_answering
from channels.wechat import sender as wechat_sender
from desk.accounts.models import Role, StaffMember
from desk.conversations import dead_letters, deliveries, reading, services, turns
from desk.conversations.models import (
    Conversation,
    Delivery,
    InboundMessage,
    OutboundMessage,
    StaffRequest,
)
from desk.threads import in_thread
from peipao.worker import look
from tests.contracts.harness import DOORS

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "我要办营业执照"
KINDS = sorted((name, kind) for name, door in DOORS.items() for kind in door.kinds)


@pytest.fixture(autouse=True)
def impatient(monkeypatch, settings, tmp_path):
    """Nobody waits long for a dialogue that is away."""
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    monkeypatch.setattr(web_views, "WAIT", 0.5)
    monkeypatch.setattr(hotline_views, "WAIT", 0.5)
    monkeypatch.setattr(wechat_answering, "ANSWER_WITHIN", 0.5)


@pytest.fixture
async def clerk(transactional_db):
    return await in_thread(
        StaffMember.objects.create_user, "li", display_name="李同志", role=Role.OPERATOR
    )


@pytest.fixture
async def chief(transactional_db):
    return await in_thread(StaffMember.objects.create_user, "chief", role=Role.SUPERVISOR)


async def at_rest():
    """All turns and deliveries under way are done."""
    await asyncio.gather(*runtime().gateway._working.values())
    await asyncio.gather(*runtime().deliverer._working.values())


async def until(condition, patience=30.0):
    """Whether `condition` within `patience` seconds, while the worker looks as it does."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if await condition():
            return True
        await look()
        await at_rest()
        await asyncio.sleep(0.05)
    return False


def says(rasa, text, buttons=()):
    reply = {"text": text, "buttons": list(buttons), "citations": []}
    rasa.script.append(httpx.Response(200, json={"replies": [reply], "repeated": False}))


async def hears(door, person, words, patience=30.0):
    """Whether some words reached the person."""

    async def heard():
        return any(words in text for text in await door.reached(person))

    return await until(heard, patience)


async def reply(door, clerk, text, key="1"):
    """Staff say something without being asked by anybody."""
    conversation = await Conversation.objects.aget()
    await in_thread(
        services.reply_as_staff, conversation.pk, staff=clerk, text=text, key=key,
        now=timezone.now(),
    )  # fmt: skip


# --- Staff ---


async def test_a_reply_of_staff_out_of_turn_reaches_the_person(door, rasa, clerk):
    await door.send(1, WORDS)
    assert await hears(door, 1, f"您说：{WORDS}")
    await reply(door, clerk, "我来帮您，请带上身份证")
    await door.listen(1)
    assert await hears(door, 1, "我来帮您，请带上身份证")
    assert len(rasa.asked) == 1


async def test_several_replies_of_staff_arrive_in_their_order_and_once(door, rasa, clerk):
    await door.send(1, WORDS)
    assert await hears(door, 1, f"您说：{WORDS}")
    lines = [f"第{number}步怎么办" for number in range(1, 5)]
    for number, line in enumerate(lines):
        await reply(door, clerk, line, str(number))
        await reply(door, clerk, line, str(number))  # the button pressed twice
    await door.listen(1)
    assert await hears(door, 1, lines[-1])
    whole = "\n".join(await door.reached(1))
    assert [whole.count(line) for line in lines] == [1, 1, 1, 1]
    assert sorted(lines, key=whole.index) == lines


async def test_when_staff_take_over_during_a_turn_the_bot_s_answer_is_not_said(
    door, rasa, clerk, monkeypatch
):
    go = asyncio.Event()
    ask = runtime().dialogue.ask

    async def slowly(turn):
        await go.wait()
        return await ask(turn)

    monkeypatch.setattr(runtime().dialogue, "ask", slowly)
    await door.send(1, WORDS)
    conversation = await Conversation.objects.aget()
    await in_thread(services.take, conversation.pk, staff=clerk, now=timezone.now())
    go.set()
    await at_rest()
    assert not [text for text in await door.reached(1) if "您说" in text]
    assert not await OutboundMessage.objects.filter(author="bot").aexists()


async def test_given_back_the_bot_answers_again_and_the_person_is_told(door, rasa, clerk):
    await door.send(1, WORDS)
    assert await hears(door, 1, f"您说：{WORDS}")
    await reply(door, clerk, "我来帮您")
    conversation = await Conversation.objects.aget()
    await in_thread(services.give_back, conversation.pk, staff=clerk, now=timezone.now())
    await door.send(1, "还有一件事")
    assert await hears(door, 1, "人工接待已结束")
    assert await hears(door, 1, "您说：还有一件事")


async def test_news_of_a_ticket_reaches_the_person(door, rasa):
    await door.send(1, WORDS)
    assert await hears(door, 1, f"您说：{WORDS}")
    conversation = await Conversation.objects.aget()
    for _ in range(2):
        await in_thread(
            services.notify, conversation.pk, text="您的诉求已受理", key="ticket-event:5",
            now=timezone.now(),
        )  # fmt: skip
    await door.listen(1)
    assert await hears(door, 1, "您的诉求已受理")
    assert "\n".join(await door.reached(1)).count("您的诉求已受理") == 1


# --- Choices and long words ---


async def test_choices_are_offered_and_the_one_picked_is_the_person_s_own_words(door, rasa):
    buttons = [{"title": one, "payload": one} for one in ("残保金怎么减", "社保怎么缓")]
    says(rasa, "您问哪一个？", buttons)
    await door.send(1, "减免")
    assert await hears(door, 1, "您问哪一个")
    await at_rest()
    assert await door.offered(1) == ["残保金怎么减", "社保怎么缓"]
    assert (await door.choose(1, 1)).status == 200
    assert await hears(door, 1, "您说：社保怎么缓")
    assert rasa.asked[-1]["text"] == "社保怎么缓"


async def test_a_long_answer_arrives_whole_and_in_order(door, rasa):
    lines = [f"第{number}条 the rule says what must be done, and when." for number in range(100)]
    says(rasa, "\n".join(lines))
    await door.send(1, WORDS)
    assert await hears(door, 1, lines[-1])
    await at_rest()
    whole = "\n".join(await door.reached(1))
    assert [whole.count(f"{line}") for line in lines] == [1] * len(lines)
    assert sorted(lines, key=whole.index) == lines


async def test_a_platform_that_is_slow_gets_every_part_once(pushing, rasa, monkeypatch):
    """What has been sent is noted before anybody loses patience with the rest."""
    door = pushing
    if hasattr(door, "push"):
        door.push()
    monkeypatch.setattr(wechat_sender, "ENOUGH", 0.0)
    monkeypatch.setattr(telegram_sender, "ENOUGH", 0.0)
    lines = [f"第{number}条 the rule says what must be done, and when." for number in range(100)]
    says(rasa, "\n".join(lines))
    await door.send(1, WORDS)
    assert await hears(door, 1, lines[-1])
    await at_rest()
    whole = "\n".join(await door.reached(1))
    assert [whole.count(line) for line in lines] == [1] * len(lines)
    row = await Delivery.objects.aget()
    assert (row.state, len(row.parts) > 1) == ("sent", True)


# --- Kinds ---


@pytest.mark.parametrize(("channel", "kind"), KINDS)
async def test_every_kind_is_stored_and_answered_without_the_dialogue(opened, rasa, channel, kind):
    with opened(channel) as door:
        assert (await door.send_kind(1, kind)).status == 200
        assert await hears(door, 1, "")
        stored = await InboundMessage.objects.aget()
        assert (stored.kind, stored.text) == (kind, "")
        assert stored.media
        assert not rasa.asked
        line = (await in_thread(reading.transcript, stored.conversation_id))[0]
        assert line.text.startswith("［")


def test_the_kinds_people_send_are_tried_on_every_channel_that_has_them():
    tried = {name: set(door.kinds) for name, door in DOORS.items()}
    assert tried["wechat"] >= {"image", "voice", "video", "file", "location", "link", "unknown"}
    assert tried["telegram"] >= {"image", "voice", "video", "file", "location", "unknown"}
    assert tried["web"] == {"image", "file"}
    assert tried["hotline"] == set()  # what is spoken comes as words


# --- Numbers, floods, pace ---


async def test_the_same_number_from_two_people_is_two_messages(door, rasa):
    await door.send(1, "我是甲", 77)
    await door.send(2, "我是乙", 77)
    assert await hears(door, 1, "您说：我是甲")
    assert await hears(door, 2, "您说：我是乙")


async def test_a_flood_from_one_person_is_refused_or_told_and_stores_no_more(
    door, rasa, monkeypatch
):
    monkeypatch.setattr(turns, "MAX_WAITING", 3)
    rasa.down = True
    for number in range(3):
        assert (await door.send(1, f"第{number}条")).status == 200
    sent = await door.send(1, "第四条")
    told = [text for text in await door.reached(1) if "还在处理" in text]
    assert told or (sent.status, sent.code) == (429, "too_many_waiting")
    assert await InboundMessage.objects.exclude(kind="event").acount() == 3
    rasa.down = False
    assert await hears(door, 1, "您说：第2条")


async def test_a_channel_keeps_its_pace(pushing, rasa):
    door = pushing
    if hasattr(door, "push"):
        door.push()
    runtime().deliverer._paces[door.channel] = Pace(per_second=5.0, burst=1)
    begun = time.monotonic()
    await asyncio.gather(*(door.send(person, f"我是{person}") for person in range(1, 6)))
    for person in range(1, 6):
        assert await hears(door, person, f"您说：我是{person}")
    assert time.monotonic() - begun > 0.75  # five at five a second, the first at once


async def test_when_the_platform_asks_for_a_pause_the_whole_channel_rests(pushing, rasa):
    door = pushing
    door.slow_down()
    await door.send(1, "甲")
    pace = runtime().deliverer._paces[door.channel]

    async def resting():
        return pace.paused

    assert await until(resting)
    await door.send(2, "乙")
    await asyncio.sleep(0.1)
    await look()
    assert await door.reached(2) == []
    assert await Delivery.objects.filter(state="waiting").acount() == 2
    pace._paused_until = 0.0
    await Delivery.objects.aupdate(next_try_at=timezone.now())
    assert await hears(door, 1, "您说：甲")
    assert await hears(door, 2, "您说：乙")


# --- Trouble ---


async def test_what_one_process_left_undone_another_finishes_once(door, rasa):
    rasa.down = True
    await door.send(1, WORDS)
    await at_rest()
    # The process is gone, with all it had in memory.
    runtime_module.runtime.cache_clear()
    rasa.down = False
    assert await hears(door, 1, f"您说：{WORDS}")
    await at_rest()
    assert "\n".join(await door.reached(1)).count(f"您说：{WORDS}") == 1


async def test_what_the_dialogue_never_answers_is_apologised_for_and_given_to_staff(
    door, rasa, monkeypatch
):
    monkeypatch.setattr(turns, "GIVE_UP_AFTER", turns.LONGEST_PAUSE * 0)
    monkeypatch.setattr(turns, "FEWEST_TRIES", 2)
    rasa.down = True
    await door.send(1, WORDS)
    assert await hears(door, 1, "没能处理成功")
    assert await StaffRequest.objects.filter(settled_at=None).acount() == 1


@pytest.fixture
def two_tries(monkeypatch):
    monkeypatch.setattr(deliveries, "FIRST_PAUSE", deliveries.FIRST_PAUSE / 50)
    monkeypatch.setattr(deliveries, "MOST_TRIES", 2)


async def dead():
    return await Delivery.objects.filter(state="dead").aexists()


async def test_a_dead_message_lets_later_ones_pass(pushing, rasa, two_tries):
    door = pushing
    door.fail()
    await door.send(1, "第一句")
    assert await until(dead)
    door.heal()
    await door.send(1, "第二句")
    assert await hears(door, 1, "您说：第二句")
    assert not [text for text in await door.reached(1) if "第一句" in text]


async def test_what_staff_drop_is_never_sent(pushing, rasa, two_tries, chief):
    door = pushing
    door.fail()
    await door.send(1, WORDS)
    assert await until(dead)
    row = await Delivery.objects.aget()
    await in_thread(dead_letters.drop, row.pk, staff=chief, now=timezone.now())
    door.heal()
    for _ in range(3):
        await look()
        await at_rest()
    assert await door.reached(1) == []
    assert (await Delivery.objects.aget()).state == "dropped"
