"""What holds on every channel, whatever its platform is like."""

import asyncio
import json

import pytest

from channels.hotline import views as hotline_views
from channels.runtime import runtime
from channels.webchat import views as web_views
from channels.wechat import answering as wechat_answering
from desk.accounts.models import Role, StaffMember
from desk.conversations import dead_letters, deliveries, services, turns
from desk.conversations.media import MAX_MEDIA
from desk.conversations.models import Conversation, Delivery, InboundMessage
from desk.conversations.values import IncomingMessage
from peipao.worker import look
from tests.contracts.harness import DOORS, all_channels
from tests.fakes.runtime import answered_at_last

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "我要办营业执照"


def first_lines(texts):
    """What was said, without its sources."""
    return [text.split("\n")[0] for text in texts]


async def rest(door, person, many, **patience):
    """What reached the person once all work is done."""
    await door.reaches(person, many, **patience)
    await asyncio.gather(*runtime().gateway._working.values())
    await asyncio.gather(*runtime().deliverer._working.values())
    return first_lines(await door.reached(person))


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Nobody waits long for a dialogue that is away."""
    monkeypatch.setattr(web_views, "WAIT", 0.5)
    monkeypatch.setattr(hotline_views, "WAIT", 0.5)
    monkeypatch.setattr(wechat_answering, "ANSWER_WITHIN", 0.5)


def words_stored():
    """What people said, as it is stored; events are none."""
    return InboundMessage.objects.exclude(kind="event")


def test_no_channel_is_without_its_contract():
    assert set(DOORS) == all_channels()


async def test_a_message_is_answered(door, rasa):
    assert (await door.send(1, WORDS)).status == 200
    assert await rest(door, 1, 1) == [f"您说：{WORDS}"]


async def test_what_is_acknowledged_is_stored(door, rasa):
    rasa.down = True
    assert (await door.send(1, WORDS)).status == 200
    assert (await words_stored().aget()).text == WORDS


async def test_what_cannot_be_stored_is_not_acknowledged(door, rasa, monkeypatch):
    def full(*words, **more):
        raise OSError("disk full")

    monkeypatch.setattr(turns, "accept_together", full)
    door.client.raise_request_exception = False
    assert (await door.send(1, WORDS)).status >= 500


async def test_the_same_platform_message_twice_is_one_turn(door, rasa):
    await door.send(1, WORDS, 7)
    await door.reaches(1, 1)
    assert (await door.send(1, WORDS, 7)).status == 200
    await asyncio.sleep(0.1)
    assert await words_stored().acount() == 1
    assert len(rasa.asked) == 1


async def test_the_same_platform_message_twice_at_once_is_one_turn(door, rasa):
    sent = await asyncio.gather(*(door.send(1, WORDS, 7) for _ in range(3)))
    assert {one.status for one in sent} == {200}
    await rest(door, 1, 1)
    assert await words_stored().acount() == 1
    assert len(rasa.asked) == 1


async def test_one_sender_s_messages_are_answered_in_their_order(door, rasa):
    texts = [f"第{number}条" for number in range(6)]
    for text in texts:
        await door.send(1, text)
    assert await rest(door, 1, 6) == [f"您说：{text}" for text in texts]


async def test_people_do_not_get_each_other_s_answers(door, rasa):
    await asyncio.gather(*(door.send(person, f"我是{person}") for person in (1, 2, 3)))
    for person in (1, 2, 3):
        assert await rest(door, person, 1) == [f"您说：我是{person}"]


async def test_a_command_to_rasa_is_only_words(door, rasa):
    await door.send(1, "/EXTERNAL_reminder{}")
    await door.reaches(1, 1)
    assert rasa.asked[0]["text"].startswith("／EXTERNAL_reminder")


@pytest.mark.parametrize("text", ["👍", "👨‍👩‍👧🇨🇳", "？？？", "ok " * 300])
async def test_odd_words_are_words(door, rasa, text):
    assert (await door.send(1, text)).status == 200
    assert len(await rest(door, 1, 1)) >= 1
    assert await words_stored().acount() == 1


async def test_control_characters_reach_neither_store_nor_dialogue(door, rasa):
    await door.send(1, "好\x00\x1b[31m的\u202e\ud800")
    await door.reaches(1, 1)
    assert rasa.asked[0]["text"] == "好[31m的"
    assert (await words_stored().aget()).text == "好[31m的"


@pytest.mark.parametrize("text", ["", " \n ", "\x00"])
async def test_a_message_without_words_is_refused_or_answered_but_never_asked(door, rasa, text):
    sent = await door.send(1, text)
    await asyncio.sleep(0.2)
    if door.refuses_texts:
        assert (sent.status, sent.code) == (400, "empty_text")
    else:
        assert sent.status == 200
    assert not rasa.asked


async def test_ten_thousand_characters_are_refused_with_a_code_or_kept_whole(door, rasa):
    text = "字" * 10_000
    sent = await door.send(1, text)
    if door.refuses_texts:
        assert (sent.status, sent.code) == (413, "text_too_long")
        assert not await words_stored().aexists()
    else:
        assert sent.status == 200
        assert (await words_stored().aget()).text == text
        [answer] = await rest(door, 1, 1)
        assert "10000字" in answer
    assert not rasa.asked


async def test_somebody_else_s_call_is_refused_and_stores_nothing(door, rasa):
    raw = door.body(1, WORDS, 5)
    sent = await door.post(raw, headers=door.forged(raw))
    assert sent.status == 401
    assert sent.code
    sent = await door.post(raw, headers={})
    assert sent.status == 401
    assert sent.code
    assert not await InboundMessage.objects.aexists()


@pytest.mark.parametrize(
    "raw", [b"", b"nothing", b"[]", b"{}", b"[" * 60_000, b"\xff\xfe\xfa", b'{"a": 1e999}']
)
async def test_a_body_that_is_no_message_is_refused_and_stores_nothing(door, rasa, raw):
    sent = await door.post(raw)
    assert 400 <= sent.status < 500
    assert sent.code
    assert not await InboundMessage.objects.aexists()


async def test_a_body_beyond_the_cap_is_refused_and_stores_nothing(door, rasa):
    sent = await door.post(door.body(1, "字" * 40_000, 5))
    assert (sent.status, sent.code) == (413, "body_too_large")
    assert not await InboundMessage.objects.aexists()


@pytest.mark.parametrize("method", ["get", "put", "delete"])
async def test_other_methods_are_refused_or_show_nothing(door, rasa, method):
    response = await getattr(door.client, method)(door.path)
    assert response.status_code in (401, 405)
    assert json.loads(response.content)["error"]["code"]


async def test_with_the_dialogue_away_the_message_is_kept_and_answered_later(door, rasa):
    rasa.down = True
    assert (await door.send(1, WORDS)).status == 200
    assert not [text for text in await door.reached(1) if "您说" in text]
    rasa.down = False
    await answered_at_last()
    await look()
    assert await rest(door, 1, 1) == [f"您说：{WORDS}"]


async def test_while_staff_hold_the_conversation_the_bot_is_silent_and_they_are_heard(door, rasa):
    await door.send(1, WORDS)
    await door.reaches(1, 1)
    conversation = await Conversation.objects.aget()
    member = await asyncio.to_thread(
        StaffMember.objects.create_user, "li", display_name="李同志", role=Role.OPERATOR
    )
    await asyncio.to_thread(
        services.take, conversation.pk, staff=member, now=conversation.created_at
    )
    await door.send(1, "还在吗")
    assert len(rasa.asked) == 1
    assert len(await rest(door, 1, 2, patience=0.5)) == 1


async def test_the_words_of_a_photo_do_not_come_from_the_dialogue(door, rasa):
    """Channels that bring pictures say so themselves; the answer is the same for all."""
    await door.send(1, WORDS)
    await door.reaches(1, 1)
    sender = (await Conversation.objects.select_related("identity").aget()).identity
    photo = IncomingMessage(
        sender.channel,
        sender.account,
        sender.external_id,
        "photo",
        "",
        sender.conversation.created_at,
        kind="image",
        media={"file_id": "x" * 9000},
    )
    accepted = await runtime().gateway.receive(photo)
    [answer] = await runtime().gateway.answer(accepted.inbound_id, wait=3)
    assert "看不懂图片" in answer.text
    assert len(rasa.asked) == 1
    stored = await InboundMessage.objects.aget(kind="image")
    assert len(json.dumps(stored.media)) <= MAX_MEDIA


@pytest.fixture
def quick_tries(monkeypatch):
    monkeypatch.setattr(deliveries, "FIRST_PAUSE", deliveries.FIRST_PAUSE / 50)
    monkeypatch.setattr(deliveries, "MOST_TRIES", 3)


async def test_what_the_platform_does_not_take_is_tried_again_and_arrives(pushing, quick_tries):
    door = pushing
    door.fail()
    await door.send(1, WORDS)
    await rest(door, 1, 1, patience=0.3)
    assert (await Delivery.objects.aget()).tries > 0
    door.heal()
    await asyncio.sleep(0.1)
    await look()
    assert await rest(door, 1, 1) == [f"您说：{WORDS}"]
    assert (await Delivery.objects.aget()).state == "sent"


async def test_what_the_platform_never_takes_is_dead_and_seen(pushing, quick_tries):
    door = pushing
    door.fail()
    await door.send(1, WORDS)
    for _ in range(40):
        await look()
        await asyncio.sleep(0.05)
        if await Delivery.objects.filter(state="dead").aexists():
            break
    chief = await asyncio.to_thread(StaffMember.objects.create_user, "chief", role=Role.SUPERVISOR)
    row = await asyncio.to_thread(lambda: dead_letters.stuck(chief).get())
    assert (row.state, row.tries) == ("dead", 3)
    assert row.error_code
    assert row.last_error
    door.heal()
    await asyncio.to_thread(dead_letters.retry, row.pk, staff=chief, now=row.created_at)
    await look()
    assert await rest(door, 1, 1) == [f"您说：{WORDS}"]
