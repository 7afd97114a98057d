"""The gateway for channels that answer in the platform's open request."""

import asyncio
from dataclasses import replace

import httpx
import pytest
from django.utils import timezone

from channels.runtime import runtime
from desk.accounts.models import StaffMember
from desk.conversations import deliveries, reading, services
from desk.conversations.models import Conversation, Delivery, InboundMessage
from desk.conversations.values import IncomingMessage, Receipt, Reply
from tests.fakes.runtime import answered_at_last

pytestmark = pytest.mark.django_db(transaction=True)


def incoming(message_id="m1", text="你好", **more):
    return IncomingMessage("wechat", "gh_1", "openid", message_id, text, timezone.now(), **more)


def texts(outgoing):
    return [said.text for said in outgoing.messages]


async def states():
    return [state async for state in Delivery.objects.values_list("state", flat=True)]


async def test_an_open_request_carries_the_answer_back(rasa):
    gateway = runtime().gateway
    accepted = await gateway.receive(incoming(), hold=3)
    outgoing = await gateway.collect(accepted, wait=3)
    assert texts(outgoing) == ["您说：你好"]
    await gateway.carried(outgoing, Receipt("passive"))
    assert await states() == ["sent"]


async def test_the_platform_s_second_and_third_try_get_the_same_answer(rasa):
    gateway = runtime().gateway

    async def one_try():
        accepted = await gateway.receive(incoming(), hold=3)
        outgoing = await gateway.collect(accepted, wait=3)
        if outgoing.owner:
            await asyncio.sleep(0.1)
            await gateway.carried(outgoing, Receipt("passive"))
        return texts(outgoing), bool(outgoing.owner)

    answers = await asyncio.gather(*(one_try() for _ in range(3)))
    answers.append(await one_try())
    assert {tuple(said) for said, _ in answers} == {("您说：你好",)}
    assert [owned for _, owned in answers].count(True) == 1
    assert len(rasa.asked) == 1


async def test_what_is_noted_as_the_platform_hangs_up_is_pushed(rasa):
    gateway = runtime().gateway
    accepted = await gateway.receive(incoming(), hold=3)
    outgoing = await gateway.collect(accepted, wait=3)
    assert not await gateway.carried(outgoing, Receipt("passive"), wanted=lambda: False)
    assert await states() == ["waiting"]
    assert await gateway.again(accepted) is None


async def test_an_answer_that_comes_too_late_is_left_to_be_pushed(rasa):
    rasa.script = [httpx.ConnectError("down")]
    gateway = runtime().gateway
    accepted = await gateway.receive(incoming(), hold=0.2)
    assert await gateway.collect(accepted, wait=0.2) is None
    await answered_at_last()
    assert await states() == ["waiting"]


async def test_a_request_that_the_platform_closed_leaves_the_answer_to_its_next_try(rasa):
    gateway = runtime().gateway
    accepted = await gateway.receive(incoming(), hold=3)
    assert await gateway.collect(accepted, wait=3, wanted=lambda: False) is None
    again = await gateway.receive(incoming(), hold=3)
    assert texts(await gateway.collect(again, wait=3)) == ["您说：你好"]


async def test_nobody_waits_for_an_answer_that_was_pushed_meanwhile(rasa):
    gateway = runtime().gateway
    accepted = await gateway.receive(incoming(), hold=3)
    outgoing = await gateway.collect(accepted, wait=3)
    waiting = asyncio.create_task(gateway.collect(accepted, wait=60))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    pushed = replace(outgoing, carrier=None)
    await asyncio.to_thread(
        deliveries.sent, pushed, Receipt("customer_service"), now=timezone.now()
    )
    assert await asyncio.wait_for(waiting, 10) is None


async def test_with_staff_in_the_conversation_there_is_nothing_to_carry(rasa):
    gateway = runtime().gateway
    accepted = await gateway.receive(incoming(), hold=3)
    await gateway.collect(accepted, wait=3)
    member = await asyncio.to_thread(StaffMember.objects.create_user, "li")
    await asyncio.to_thread(
        services.take, accepted.conversation_id, staff=member, now=timezone.now()
    )
    await Delivery.objects.aupdate(state="dropped")
    again = await gateway.receive(incoming("m2"), hold=3)
    assert await gateway.collect(again, wait=3) is None


async def test_an_event_with_a_reply_is_answered_without_the_dialogue(rasa):
    gateway = runtime().gateway
    welcome = incoming("e1", "关注了公众号", kind="event", reply=Reply("欢迎"))
    accepted = await gateway.receive(welcome, hold=3)
    assert texts(await gateway.collect(accepted, wait=3)) == ["欢迎"]
    assert not rasa.asked
    assert (await InboundMessage.objects.aget()).state == "noted"


async def test_an_event_does_not_welcome_over_staff(rasa):
    gateway = runtime().gateway
    accepted = await gateway.receive(incoming("e1", "", kind="event"))
    member = await asyncio.to_thread(StaffMember.objects.create_user, "li")
    await asyncio.to_thread(
        services.take, accepted.conversation_id, staff=member, now=timezone.now()
    )
    await gateway.receive(incoming("e2", "关注", kind="event", reply=Reply("欢迎")))
    assert await states() == []
    assert await asyncio.to_thread(lambda: services.unheard().count()) == 0, "an act is no word"


KINDS = [
    ("image", "看不懂图片"),
    ("voice", "没能听清"),
    ("video", "看不懂视频"),
    ("file", "读不了文件"),
    ("location", "位置收到了"),
    ("link", "打不开网页"),
    ("unknown", "看不懂"),
]


@pytest.mark.parametrize(("kind", "words"), KINDS)
async def test_what_is_no_text_is_answered_sensibly_and_without_the_dialogue(rasa, kind, words):
    gateway = runtime().gateway
    accepted = await gateway.receive(incoming(text="", kind=kind, media={"id": "x"}))
    [answer] = await gateway.answer(accepted.inbound_id, wait=3)
    assert words in answer.text
    assert not rasa.asked
    lines = await asyncio.to_thread(reading.transcript, accepted.conversation_id)
    assert lines[0].text.startswith("［")
    assert lines[0].kind == kind


async def test_a_voice_message_with_recognised_words_is_words(rasa):
    gateway = runtime().gateway
    accepted = await gateway.receive(incoming(text="怎么办执照", kind="voice"))
    [answer] = await gateway.answer(accepted.inbound_id, wait=3)
    assert answer.text == "您说：怎么办执照"
    lines = await asyncio.to_thread(reading.transcript, accepted.conversation_id)
    assert lines[0].text == "［语音］怎么办执照"


async def test_media_is_bounded_and_clean(rasa):
    gateway = runtime().gateway
    media = {
        "url": "好\x00的",
        "big": "x" * 9000,
        "nested": {"a": [1] * 9000},
        "far": float("inf"),
        "n": 3,
    }
    await gateway.receive(incoming(text="", kind="image", media=media))
    stored = (await InboundMessage.objects.aget()).media
    assert stored == {"cut": True, "url": "好的", "big": "x" * 1000, "n": 3}


async def test_many_conversations_at_once_wait_for_a_place_and_are_all_answered(rasa):
    gateway = runtime().gateway
    people = [
        IncomingMessage("wechat", "gh", f"p{number}", "m", "你好", timezone.now())
        for number in range(60)
    ]
    accepted = await asyncio.gather(*(gateway.receive(one) for one in people))
    assert gateway.expected_wait() > 0
    answers = await asyncio.gather(*(gateway.answer(one.inbound_id, wait=20) for one in accepted))
    assert all(len(said) == 1 for said in answers)
    assert await Conversation.objects.acount() == 60
