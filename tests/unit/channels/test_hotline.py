"""The hotline, with a caller who follows the verbs."""

import asyncio
import json
import time

import pytest
from django.utils import timezone

from channels.doors import states
from channels.hotline import verbs, views
from channels.hotline.signature import HEADER, TOLERANCE, check, signed
from channels.messages import BadRequest
from channels.runtime import runtime
from desk.conversations import deliveries, reading, services
from desk.conversations.models import Conversation, Delivery, InboundMessage
from desk.conversations.values import Said
from tests.fakes.jambonz import PATH, SECRET, Call
from tests.fakes.runtime import answered_at_last

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def line(settings, rasa, monkeypatch):
    settings.HOTLINE_SECRET = SECRET
    settings.HOTLINE_STAFF_NUMBER = ""
    monkeypatch.setattr(views, "WAIT", 0.3)


@pytest.fixture
async def call(async_client):
    made = Call(async_client)
    await made.begin()
    return made


async def test_a_call_begins_with_notice_and_greeting_and_listens(call):
    assert call.heard == [verbs.GREETING]
    assert "录音" in call.heard[0]
    assert call.hook == f"{PATH}?turn=1"


async def test_a_spoken_turn_is_answered_and_the_next_is_listened_for(call, rasa):
    await call.say("怎么办执照")
    assert call.heard[-1].startswith("您说：怎么办执照")
    assert "您可以说：转人工" in call.heard[-1]
    await call.say("谢谢")
    assert call.hook == f"{PATH}?turn=3"
    assert [row async for row in Delivery.objects.values_list("state", "way")] == [
        ("sent", "hotline")
    ] * 2


async def test_zero_brings_a_person_even_when_the_dialogue_is_dead(call, rasa):
    rasa.down = True
    await call.dial("0")
    assert "回电话" in call.heard[-1]
    waiting = await asyncio.to_thread(lambda: services.waiting().get())
    assert waiting.identity.channel == "hotline"


async def test_zero_puts_the_caller_through_and_comes_back_when_nobody_answers(call, settings):
    settings.HOTLINE_STAFF_NUMBER = "0827123456"
    await call.dial("0")
    assert (call.dialed, call.heard[-1]) == ("0827123456", verbs.PUTTING_THROUGH)
    await call.post(call.hook, {"dial_call_status": "no-answer"})
    assert call.heard[-1] == verbs.NOBODY
    await call.say("那我问个问题")
    assert call.heard[-1].startswith("您说：那我问个问题")


async def test_other_digits_are_words(call, rasa):
    await call.dial("13900001111")
    assert rasa.asked[0]["text"] == "13900001111"


async def test_a_long_turn_is_announced_and_its_answer_read_out_when_it_comes(call, rasa):
    rasa.down = True
    await call.say("怎么办执照")
    assert call.heard[-1] == verbs.ONE_MOMENT
    await call.keep_silent()
    assert call.heard[-1] == verbs.STILL_LOOKING
    rasa.down = False
    await answered_at_last()
    await runtime().deliverer.look()
    await call.keep_silent()
    assert call.heard[-1].startswith("您说：怎么办执照")
    assert "waiting" not in call.hook


async def test_zero_is_heard_while_the_answer_is_looked_for(call, rasa):
    rasa.down = True
    await call.say("怎么办执照")
    await call.dial("0")
    assert "回电话" in call.heard[-1]


async def test_what_was_not_heard_in_a_call_is_read_out_in_the_next(call, rasa, async_client):
    rasa.down = True
    await call.say("怎么办执照")
    await call.hang_up()
    rasa.down = False
    await answered_at_last()
    await runtime().deliverer.look()
    await asyncio.gather(*runtime().deliverer._working.values())
    row = await Delivery.objects.aget()
    assert (row.state, row.reason[:5]) == ("kept", "通话已结束")
    again = Call(async_client, caller=call.caller)
    await again.begin()
    assert again.heard[0] == verbs.GREETING
    assert again.heard[1].startswith("您说：怎么办执照")


async def test_a_hidden_number_is_another_person_in_each_call(async_client, rasa):
    for _ in range(2):
        await Call(async_client, caller="anonymous").begin()
    assert await Conversation.objects.acount() == 2


async def test_what_was_not_understood_is_asked_for_again_and_not_guessed_at(call, rasa):
    await call.say("嗯嗯啊", confidence=0.1)
    assert "没听清" in call.heard[-1]
    assert not rasa.asked
    assert call.hook == f"{PATH}?turn=2"


async def test_silence_is_asked_about_twice_and_then_the_call_ends(call):
    await call.keep_silent()
    await call.keep_silent()
    assert call.heard[1:] == [verbs.STILL_THERE] * 2
    assert not call.ended
    await call.keep_silent()
    assert call.ended


async def test_the_wait_for_an_answer_ends_with_a_promise(call, rasa, monkeypatch):
    monkeypatch.setattr(views, "MOST_LOOKS", 1)
    rasa.down = True
    await call.say("怎么办执照")
    await call.keep_silent()
    await call.keep_silent()
    assert call.heard[-1] == verbs.BY_CALL


async def test_what_staff_write_meanwhile_is_read_out_with_the_next_turn(call, rasa):
    conversation = await Conversation.objects.aget()
    await asyncio.to_thread(
        services.notify, conversation.pk, text="您的工单已办结。", key="k", now=timezone.now()
    )
    await call.say("你好")
    assert call.heard[1] == "您的工单已办结。"
    assert call.heard[2].startswith("您说：你好")


@pytest.mark.parametrize(
    ("at", "code"), [(-TOLERANCE - 5, "stale_signature"), (TOLERANCE + 5, "stale_signature")]
)
async def test_an_old_signature_is_refused(async_client, at, code):
    raw = json.dumps({"call_sid": "c"}).encode()
    header = signed(raw, SECRET, at=int(time.time()) + at)
    response = await async_client.post(
        PATH, data=raw, content_type="application/json", headers={HEADER: header}
    )
    assert (response.status_code, response.json()["error"]["code"]) == (401, code)


@pytest.mark.parametrize(
    "header", ["", "t=1", "v1=aa", "t=x,v1=aa", "t=１,v1=aa", "t=1,t=2,v1=aa", "t=1,v1=密"]
)
def test_a_signature_that_is_none_is_refused(header):
    with pytest.raises(BadRequest) as refusal:
        check(header, b"{}", SECRET, now=timezone.now())
    assert (refusal.value.status, refusal.value.code) == (401, "bad_signature")


@pytest.mark.parametrize("query", ["turn=-1", "turn=x", "turn=9999", "waiting=٣", "silent=1e3"])
async def test_a_place_that_is_none_is_refused(async_client, query):
    response = await Call(async_client).post(f"{PATH}?{query}", {})
    assert response.json()["error"]["code"] == "bad_turn"


@pytest.mark.parametrize(
    "speech",
    [None, [], {}, {"alternatives": []}, {"alternatives": [5]}, {"alternatives": [{"x": 1}]}],
)
async def test_speech_that_is_none_is_silence(call, rasa, speech):
    response = await call.post(call.hook, {"reason": "speechDetected", "speech": speech})
    assert response.status_code == 200
    assert call.heard[-1] == verbs.STILL_THERE
    assert not rasa.asked


async def test_another_call_s_answer_cannot_be_asked_for(call, async_client, rasa):
    await call.say("我的身份证丢了")
    other = Call(async_client, caller="+8613700000000")
    await other.begin()
    await other.post(f"{PATH}?turn=2&waiting=1", {"reason": "timeout"})
    assert not any("身份证" in text for text in other.heard)


async def test_the_number_stands_in_no_transcript(call):
    conversation = await Conversation.objects.aget()
    lines = await asyncio.to_thread(reading.transcript, conversation.pk)
    assert "139" not in "".join(line.text + line.name for line in lines)
    assert (await InboundMessage.objects.aget()).text == "来电"


def test_what_is_read_out_has_no_marks_and_no_addresses():
    said = Said(
        1,
        "k",
        1,
        "bot",
        "陪跑员",
        "- 补**8%**。\n详见 https://gov.cn/a\n# 怎么办",
        [{"title": "怎么申请", "payload": "x"}],
        [{"title": "奖补办法"}, {"title": "奖补办法"}],
        timezone.now(),
    )
    assert verbs.spoken(said) == "补8%。\n详见\n怎么办\n依据是奖补办法。\n您可以说：怎么申请。"


async def test_without_its_secret_the_line_is_closed(async_client, settings):
    settings.HOTLINE_SECRET = ""
    response = await Call(async_client).begin()
    assert (response.status_code, response.json()["error"]["code"]) == (404, "channel_off")
    assert states()["hotline"] == "off: HOTLINE_SECRET is not set"


def test_what_a_call_does_not_carry_in_time_is_not_lost():
    assert views.HOLD > views.WAIT
    assert deliveries.LEASE.total_seconds() > views.WAIT
