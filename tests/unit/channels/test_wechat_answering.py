"""In time or later: passive replies, late answers as customer messages, polls, parts, choices."""

import asyncio
import re
import time

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from channels.gateway import Gateway
from channels.runtime import runtime
from channels.wechat import answering, state
from channels.wechat.compose import LIMIT, composed, cut, size
from desk.accounts.models import StaffMember
from desk.conversations import services as conversations
from desk.conversations.models import Delivery, InboundMessage, OutboundMessage
from desk.conversations.values import Said
from tests.fakes import wechat as fake
from tests.fakes.runtime import answered_at_last
from tests.unit.channels.wechat_help import PERSON, turn_on

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def platform(settings, monkeypatch):
    with fake.running_wechat(patience=2.0) as running:
        turn_on(settings, running)
        yield running


@pytest.fixture
def hurried(monkeypatch):
    """Five seconds in two."""
    monkeypatch.setattr(answering, "ANSWER_WITHIN", 1.2)
    monkeypatch.setattr(answering, "RETRY_WITHIN", 1.2)
    monkeypatch.setattr(answering, "LAST_MOMENT", 1.8)
    monkeypatch.setattr(answering, "GIVEN_UP", 2.2)
    monkeypatch.setattr(answering, "LAST_TRY", 3.6)
    monkeypatch.setattr(Gateway, "expected_wait", lambda self: 0.1)


@pytest.fixture
def write(platform, async_client, rasa):
    """The person writes; what became of it."""
    post = fake.poster(async_client)

    async def send(text, **more):
        return await platform.push(post, PERSON, platform.message(PERSON, Content=text, **more))

    return send


@pytest.fixture
def happen(platform, async_client, rasa):
    post = fake.poster(async_client)

    async def send(event, **more):
        return await platform.push(post, PERSON, platform.event(PERSON, event, **more))

    return send


@pytest.fixture
def slow(rasa, monkeypatch):
    """The dialogue answers when it is told to."""
    go = asyncio.Event()
    ask = rasa.__call__

    async def later(turn):
        await go.wait()
        answer = ask(httpx.Request("POST", "http://rasa", json={"text": turn.text}))
        from channels.dialogue import read_replies

        return read_replies(answer.json())

    monkeypatch.setattr(runtime().dialogue, "ask", later)
    return go


def phone(platform):
    return platform.person(PERSON)


async def shown(platform, many, patience=20.0):
    """What stands on the phone, as soon as it is `many` bubbles and all work is done."""
    for _ in range(int(patience / 0.05)):
        if len(phone(platform).shown) >= many:
            break
        await asyncio.sleep(0.05)
    await quiet()
    return phone(platform).shown


async def everything_sent():
    for _ in range(400):
        if not await Delivery.objects.exclude(state="sent").aexists():
            break
        await asyncio.sleep(0.05)
    await quiet()


async def quiet():
    await asyncio.gather(*runtime().gateway._working.values())
    await asyncio.gather(*runtime().deliverer._working.values())


def says(rasa, *texts, buttons=(), citations=()):
    replies = [{"text": text} for text in texts]
    replies[-1] |= {"buttons": list(buttons), "citations": list(citations)}
    rasa.script.append(httpx.Response(200, json={"replies": replies, "repeated": False}))


# --- In time ---


async def test_an_answer_in_time_goes_back_in_the_request(platform, write):
    assert await write("你好") == "reply"
    [bubble] = await shown(platform, 1)
    assert (bubble.way, bubble.text.split("\n")[0]) == ("passive", "您说：你好")
    assert platform.asked(fake.SEND) == []
    row = await Delivery.objects.aget()
    assert (row.state, row.way, row.reason) == ("sent", "passive", "5秒内直接回复")


async def test_all_bubbles_of_a_turn_are_one_message(platform, write, rasa):
    says(rasa, "第一句", "第二句", "第三句")
    await write("你好")
    [bubble] = await shown(platform, 1)
    assert bubble.text == "第一句\n\n第二句\n\n第三句"
    assert await Delivery.objects.filter(state="sent").acount() == 3


async def test_a_source_is_a_short_link_to_its_passage(platform, write, rasa):
    citation = {"title": "财政部公告", "link": "/policies/x#x-p1", "url": "https://a.gov.cn/1"}
    says(rasa, "可以享受。", citations=[citation, citation])
    await write("你好")
    [bubble] = await shown(platform, 1)
    link = '<a href="https://chat.example.gov.cn/policies/x#x-p1">《财政部公告》</a>'
    assert bubble.text == f"可以享受。\n\n查看原文：\n{link}"


async def test_stars_are_left_out_and_staff_are_named():
    said = Said(1, "staff:1", 1, "staff", "李同志", "补**5万元**", [], [], timezone.now())
    assert composed([said], base_url="").parts == ("【李同志】补5万元",)


@pytest.mark.parametrize(
    "citation",
    [
        {"title": "甲", "link": "//evil", "url": 'https://x" onclick="1'},
        {"title": "甲", "link": "", "url": "javascript:alert(1)"},
        {"title": "甲"},
    ],
)
async def test_an_address_that_is_none_makes_no_link(citation):
    said = Said(1, "k", 1, "bot", "", "好", [], [citation], timezone.now())
    assert composed([said], base_url="").parts == ("好\n\n查看原文：\n《甲》",)


async def test_a_long_title_is_short_enough_for_a_phone():
    citation = {"title": "小型微利企业优惠（《关于进一步支持的公告》）", "link": "/x"}
    other = {"title": "关于" + "很长的" * 20 + "通知", "link": "/y"}
    said = Said(1, "k", 1, "bot", "", "好", [], [citation, other], timezone.now())
    [text] = composed([said], base_url="https://c").parts
    assert '<a href="https://c/x">《小型微利企业优惠》</a>' in text
    assert "…》</a>" in text


async def test_a_title_cannot_break_out_of_its_link():
    citation = {"title": '甲"</a><script>', "link": "/x"}
    said = Said(1, "k", 1, "bot", "", "好", [], [citation], timezone.now())
    [text] = composed([said], base_url="https://c").parts
    assert text.count("<") == 2


async def test_a_cdata_end_in_the_answer_arrives_whole(platform, write, rasa):
    says(rasa, "a]]>b]]]]>c")
    await write("你好")
    assert (await shown(platform, 1))[0].text == "a]]>b]]]]>c"


# --- Too late ---


async def test_a_late_answer_is_pushed_and_the_platform_hears_success(
    platform, write, slow, hurried
):
    assert await write("你好") == "success"
    slow.set()
    [bubble] = await shown(platform, 1)
    assert (bubble.way, bubble.text.split("\n")[0]) == ("menu", "您说：你好")
    row = await Delivery.objects.aget()
    assert (row.state, row.way) == ("sent", "customer_service")
    assert "客服消息" in row.reason


async def test_while_it_thinks_the_person_sees_typing(platform, write, slow, hurried):
    await write("你好")
    for _ in range(40):
        if phone(platform).typing:
            break
        await asyncio.sleep(0.05)
    assert phone(platform).typing == 1
    slow.set()


async def test_when_no_answer_in_time_is_predicted_success_goes_back_at_once(
    platform, write, rasa, monkeypatch
):
    monkeypatch.setattr(runtime().gateway, "expected_wait", lambda: 60.0)
    # Held, it would have brought the answer.
    assert await write("你好") == "success"
    [bubble] = await shown(platform, 1)
    assert bubble.way == "menu"


async def test_with_the_dialogue_away_nobody_waits_and_the_answer_comes_later(
    platform, write, rasa, hurried
):
    rasa.down = True
    assert await write("你好") == "success"
    rasa.down = False
    await answered_at_last()
    assert len(await shown(platform, 1)) == 1


async def test_after_a_request_held_in_vain_others_are_not_held_for_a_while(
    platform, write, rasa, slow, hurried, monkeypatch
):
    await write("你好")
    # Held from here on, the platform would lose patience three times.
    monkeypatch.setattr(answering, "ANSWER_WITHIN", 30.0)
    assert await write("在吗") == "success"
    slow.set()
    assert len(await shown(platform, 1)) >= 1


async def test_tries_of_one_message_join_the_running_turn(
    platform, async_client, rasa, slow, monkeypatch
):
    """A request that the platform gave up on, and its second try, carry one answer once."""
    for patience in ("ANSWER_WITHIN", "RETRY_WITHIN", "LAST_MOMENT"):
        monkeypatch.setattr(answering, patience, 30.0)
    monkeypatch.setattr(Gateway, "expected_wait", lambda self: 0.1)
    xml = platform.message(PERSON, Content="你好")
    platform.grants(PERSON, xml)
    post = fake.poster(async_client)
    first = asyncio.create_task(post(*platform.signed(xml)))
    await asyncio.wait([first], timeout=0.3)
    assert not first.done()
    first.cancel()  # the platform hangs up
    second = asyncio.create_task(post(*platform.signed(xml)))
    await asyncio.wait([second], timeout=0.3)
    assert not second.done()
    slow.set()
    _, body = await second
    platform.take_reply(PERSON, body)
    assert len(await shown(platform, 1)) == 1
    assert await InboundMessage.objects.acount() == 1
    assert (await Delivery.objects.aget()).way == "passive"


async def test_a_second_try_that_is_not_held_brings_what_the_first_carried_too_late(
    platform, async_client, rasa, monkeypatch
):
    """The first answer went out as the platform's patience ended: it may not have arrived."""
    xml = platform.message(PERSON, Content="你好")
    platform.grants(PERSON, xml)
    post = fake.poster(async_client)
    _, first = await post(*platform.signed(xml))
    monkeypatch.setattr(Gateway, "expected_wait", lambda self: 60.0)
    _, second = await post(*platform.signed(xml))
    assert platform.opened(first)["Content"] == platform.opened(second)["Content"]
    await quiet()
    assert platform.asked(fake.SEND) == []


async def test_three_tries_at_once_join_the_running_turn(
    platform, async_client, rasa, slow, monkeypatch
):
    """All three requests are open while the one turn is made; each gets its words."""
    monkeypatch.setattr(Gateway, "expected_wait", lambda self: 0.1)
    xml = platform.message(PERSON, Content="你好")
    platform.grants(PERSON, xml)
    post = fake.poster(async_client)
    tries = [asyncio.create_task(post(*platform.signed(xml))) for _ in range(3)]
    await asyncio.sleep(0.4)
    assert not any(one.done() for one in tries)
    slow.set()
    answers = [await one for one in tries]
    texts = {platform.opened(body)["Content"].split("\n")[0] for _, body in answers}
    assert texts == {"您说：你好"}
    assert await InboundMessage.objects.acount() == 1
    assert await OutboundMessage.objects.acount() == 1
    await quiet()
    assert platform.asked(fake.SEND) == []


async def test_an_answer_claimed_as_the_platform_hangs_up_is_pushed_at_once(
    platform, write, rasa, monkeypatch
):
    """Without this it would lie until its lease ends, a minute later."""
    from desk.conversations import deliveries

    claim = deliveries.claim

    def slowly(*words, **more):
        if more.get("carrier"):
            time.sleep(0.5)
        return claim(*words, **more)

    monkeypatch.setattr(deliveries, "claim", slowly)
    monkeypatch.setattr(platform, "patience", 0.3)
    monkeypatch.setattr(fake, "TRIES", 1)
    assert await write("你好") == "trouble"
    [bubble] = await shown(platform, 1)
    assert (bubble.way, bubble.text.split("\n")[0]) == ("menu", "您说：你好")
    assert (await Delivery.objects.aget()).way == "customer_service"


async def test_what_fails_after_the_platform_hung_up_is_logged_once(
    platform, write, rasa, monkeypatch, caplog
):
    from desk.conversations import turns

    def broken(*words, **more):
        time.sleep(0.4)
        raise OSError("disk full")

    monkeypatch.setattr(turns, "accept_together", broken)
    monkeypatch.setattr(platform, "patience", 0.2)
    monkeypatch.setattr(fake, "TRIES", 1)
    assert await write("你好") == "trouble"

    def lines():
        return [one.getMessage() for one in caplog.records if one.exc_info]

    for _ in range(200):
        if lines():
            break
        await asyncio.sleep(0.05)
    await quiet()
    assert lines() == ["a request that the platform closed failed"]


async def test_an_answer_at_the_last_moment_is_pushed_not_lost(platform, write, monkeypatch):
    monkeypatch.setattr(answering, "LAST_MOMENT", -1.0)
    assert await write("你好") == "success"
    [bubble] = await shown(platform, 1)
    assert bubble.way == "menu"


# --- Long answers ---


def text_of(words, many):
    return "".join(f"{words}{number}条。" for number in range(many))


async def test_a_long_answer_goes_back_in_parts_that_lose_nothing(platform, write, rasa):
    text = text_of("这是政策的第", 300)
    says(rasa, text)
    await write("你好")
    await everything_sent()
    bubbles = phone(platform).shown
    assert {bubble.way for bubble in bubbles[1:]} == {"custom"}
    assert bubbles[0].way == "passive"
    assert len(bubbles) == -(-size(text) // LIMIT)
    assert "".join(bubble.text for bubble in bubbles) == text
    assert all(size(bubble.text) <= LIMIT for bubble in bubbles)
    assert (await Delivery.objects.aget()).state == "sent"


async def test_more_parts_than_the_window_allows_wait_for_the_person(platform, write, rasa):
    text = text_of("这是政策的第", 600)
    says(rasa, text)
    await write("你好")
    bubbles = await shown(platform, 6)
    assert len(bubbles) == 6
    assert bubbles[-1].text.endswith("（未完，回复任意内容看下文）")
    row = await Delivery.objects.aget()
    assert (row.state, "条数" in row.reason) == ("kept", True)
    says(rasa, "还有吗")
    await write("继续")
    await everything_sent()
    whole = "".join(phone(platform).texts).replace("\n（未完，回复任意内容看下文）", "")
    assert whole.startswith(text)
    assert whole.endswith("还有吗")
    assert not await Delivery.objects.exclude(state="sent").aexists()


@pytest.mark.parametrize("extra", [-2, -1, 0, 1, 2, 3])
@pytest.mark.parametrize(
    "words",
    [
        "政",
        "a",
        "é",
        "😀",
        "👨‍👩‍👧",
        "1\ufe0f\u20e3",
        "🐦\u200d⬛",
        "🏴\U000e0067\U000e0062\U000e007f",
    ],
)
def test_texts_around_the_byte_limit_are_cut_right(words, extra):
    filler = "x" * ((LIMIT + extra) % size(words))
    text = words * ((LIMIT + extra) // size(words)) + filler
    parts = cut(text, LIMIT)
    assert "".join(parts) == text
    assert all(0 < size(part) <= LIMIT for part in parts)
    assert len(parts) == (1 if extra <= 0 else 2)
    assert "👧\u200d" not in parts[0][-2:]


@pytest.mark.parametrize("at", range(1860, 1910, 7))
@pytest.mark.parametrize(
    "whole",
    [
        "https://chat.example.gov.cn/policies/a?b=1&c=2#d",
        '<a href="https://chat.example.gov.cn/policies/a:b,c">《关于甲、乙：丙的通知》</a>',
        "👨‍👩‍👧",
        "🇨🇳",
        "1\ufe0f\u20e3",
        "👍🏽",
        "🙂\u200d↔\ufe0f",
        "❤\ufe0f\u200d🔥",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    ],
)
def test_links_and_emoji_are_never_cut(whole, at):
    text = "字" * (at // 3) + whole + "字" * 400
    parts = cut(text, LIMIT)
    assert "".join(parts) == text
    assert sum(part.count(whole) for part in parts) == 1


@pytest.mark.parametrize("at", range(1880, 1900))
def test_a_key_cap_behind_a_number_stays_whole(at):
    parts = cut("x" * at + " 21\ufe0f\u20e3" + "字" * 400, LIMIT)
    assert sum("1\ufe0f\u20e3" in part for part in parts) == 1


def test_an_endless_address_is_cut_rather_than_refused():
    text = "https://a.gov.cn/" + "x" * 5000
    parts = cut(text, LIMIT)
    assert "".join(parts) == text
    assert all(size(part) <= LIMIT for part in parts)


def test_private_characters_in_an_answer_do_no_harm():
    assert cut("甲\ue000乙 https://a.cn/\ue001", LIMIT) == ["甲乙 https://a.cn/"]


# --- Choices ---

BUTTONS = [
    {"title": "残保金", "payload": "残保金怎么减"},
    {"title": "社保", "payload": "社保怎么缓"},
]


async def test_choices_are_a_numbered_list_and_a_number_says_them(platform, write, rasa):
    says(rasa, "您问哪一个？", buttons=BUTTONS)
    await write("减免")
    [bubble] = await shown(platform, 1)
    assert bubble.text == "您问哪一个？\n\n回复数字：\n1 残保金\n2 社保"
    await write(" ２。")
    assert rasa.asked[-1]["text"] == "社保怎么缓"
    stored = await InboundMessage.objects.alast()
    assert (stored.text, stored.media["typed"]) == ("社保怎么缓", "２。")


async def test_a_tapped_choice_says_it_too(platform, write, rasa, slow, hurried):
    await write("你好")
    slow.set()
    [bubble] = await shown(platform, 1)
    assert (bubble.way, bubble.choices) == ("menu", ["转人工"])
    await write("转人工", bizmsgmenuid="1")
    await quiet()
    assert (await InboundMessage.objects.alast()).text == "转人工"


@pytest.mark.parametrize("text", ["3", "0", "12", "1个", "一"])
async def test_a_number_that_was_not_offered_is_the_person_s_own(platform, write, rasa, text):
    says(rasa, "您问哪一个？", buttons=BUTTONS)
    await write("减免")
    await write(text)
    assert rasa.asked[-1]["text"] == text


async def test_choices_are_forgotten_when_the_talk_goes_on(platform, write, rasa):
    says(rasa, "您问哪一个？", buttons=BUTTONS)
    await write("减免")
    says(rasa, "好的，请说金额。")
    await write("算了")
    await write("1")
    assert rasa.asked[-1]["text"] == "1"


async def test_an_account_without_menu_messages_sends_the_list_as_text(
    platform, write, rasa, slow, hurried
):
    platform.knows_menus = False
    await write("你好")
    slow.set()
    [bubble] = await shown(platform, 1)
    assert (bubble.way, bubble.text.endswith("回复数字：\n1 转人工")) == ("custom", True)


async def test_what_staff_type_while_the_request_is_open_is_no_leftover(
    platform, write, rasa, slow
):
    staff = await StaffMember.objects.acreate(username="liu", display_name="刘洋")
    asking = asyncio.create_task(write("你好"))
    for _ in range(100):
        if await InboundMessage.objects.aexists():
            break
        await asyncio.sleep(0.02)
    message = await InboundMessage.objects.aget()
    await sync_to_async(conversations.reply_as_staff)(
        message.conversation_id, staff=staff, text="我来答复您", key="k", now=timezone.now()
    )
    slow.set()
    await asking
    await everything_sent()
    row = await Delivery.objects.aget(message__key="staff:k")
    assert (row.way, row.reason) == ("passive", "5秒内直接回复")


# --- Without the right to customer messages ---


@pytest.fixture
def no_right(platform):
    platform.may_push = False
    state.deny(platform.app_id, now=timezone.now())
    return platform


def test_the_right_is_asked_for_again_after_hours(platform):
    now = timezone.now()
    state.deny(platform.app_id, now=now)
    assert not state.account_state(platform.app_id, now=now).may_push
    assert state.account_state(platform.app_id, now=now + state.DENIED_FOR * 1.01).may_push


async def test_48001_is_learned_once_and_the_answer_kept_for_the_next_message(
    platform, write, rasa, slow, hurried
):
    platform.may_push = False
    await write("你好")
    slow.set()
    await quiet()
    for _ in range(40):
        row = await Delivery.objects.afirst()
        if row and row.state == "kept":
            break
        await asyncio.sleep(0.05)
    assert (row.state, "没有客服消息权限" in row.reason) == ("kept", True)
    await write("还在吗")
    texts = [bubble.text for bubble in await shown(platform, 1)]
    assert (await Delivery.objects.afirst()).reason == "之前没发出的，对方发言时一并带回"
    assert texts[0].startswith("您说：你好\n")
    assert "您说：还在吗" in texts[0]
    assert not await Delivery.objects.exclude(state="sent").aexists()


async def test_without_the_right_the_platform_s_own_tries_are_used(
    no_right, write, rasa, slow, hurried
):
    sending = asyncio.create_task(write("你好"))
    for _ in range(500):
        if no_right.posts == 2:
            break
        await asyncio.sleep(0.02)
    slow.set()
    assert await sending == "reply"
    [bubble] = await shown(no_right, 1)
    assert bubble.text.startswith("您说：你好")
    assert await InboundMessage.objects.acount() == 1


async def test_without_the_right_a_late_answer_is_asked_for_by_1(
    no_right, write, rasa, slow, hurried
):
    assert await write("你好") == "reply"
    assert phone(no_right).texts == ["正在查询，回复 1 查看。"]
    assert await write("1") == "reply"
    assert phone(no_right).texts[-1] == "还在查，请过几秒再回复 1 查看。"
    slow.set()
    await quiet()
    assert await write("１") == "reply"
    assert phone(no_right).texts[-1].startswith("您说：你好")
    row = await Delivery.objects.aget()
    assert (row.state, row.way) == ("sent", "poll")
    assert await OutboundMessage.objects.acount() == 1
    # The polls are seen by staff, and were no turns.
    assert await InboundMessage.objects.filter(text="回复1查看答复").acount() == 2


async def test_without_the_right_a_long_answer_is_read_part_by_part(no_right, write, rasa):
    text = text_of("这是政策的第", 250)
    says(rasa, text)
    await write("你好")
    await quiet()
    assert phone(no_right).texts[-1].endswith("（未完，回复 1 看下文）")
    for _ in range(4):
        if not phone(no_right).texts[-1].endswith("（未完，回复 1 看下文）"):
            break
        await write("1")
        await quiet()
    read = "".join(phone(no_right).texts).replace("\n（未完，回复 1 看下文）", "")
    assert read == text


async def test_a_repeated_poll_gets_the_same_part(no_right, async_client, write, rasa):
    text = text_of("这是政策的第", 250)
    says(rasa, text)
    await write("你好")
    await quiet()
    post = fake.poster(async_client)
    poll = no_right.message(PERSON, Content="1")
    for _ in range(2):
        await no_right.push(post, PERSON, poll)
        await quiet()
    assert phone(no_right).texts[-1] == phone(no_right).texts[-2]


async def test_1_with_nothing_on_its_way_is_a_plain_1(no_right, write, rasa):
    await write("你好")
    says(rasa, "好")
    await write("谢谢")
    await write("1")
    assert rasa.asked[-1]["text"] == "1"


# --- Events ---


async def test_a_new_follower_is_welcomed_in_the_same_request(platform, happen):
    assert await happen("subscribe", EventKey="") == "reply"
    [bubble] = await shown(platform, 1)
    assert bubble.text.startswith("您好，我是营商陪跑员")
    assert "1 有哪些惠企政策" in bubble.text


async def test_a_tap_on_the_menu_is_answered_as_words(platform, happen, rasa):
    assert await happen("CLICK", EventKey="我要投诉") == "reply"
    assert rasa.asked[0]["text"] == "我要投诉"


async def test_a_report_of_the_platform_is_stored_and_nothing_said(platform, happen, rasa):
    assert await happen("VIEW", EventKey="https://a.cn") == "success"
    assert not rasa.asked
    assert phone(platform).shown == []


async def test_too_many_waiting_messages_are_told_to_the_person(platform, write, rasa, monkeypatch):
    from desk.conversations import turns

    monkeypatch.setattr(turns, "MAX_WAITING", 0)
    assert await write("你好") == "reply"
    assert re.search("前面的消息还在处理", phone(platform).texts[0])


async def test_a_server_error_of_ours_is_tried_again_by_the_platform(
    platform, write, rasa, monkeypatch
):
    from desk.conversations import turns

    real, calls = turns.accept_together, []

    def broken(*words, **more):
        calls.append(1)
        if len(calls) < 3:
            raise OSError("disk full")
        return real(*words, **more)

    monkeypatch.setattr(turns, "accept_together", broken)
    monkeypatch.setattr(platform, "patience", 0.8)
    write_client_errors(monkeypatch)
    assert await write("你好") == "reply"
    assert await InboundMessage.objects.acount() == 1


def write_client_errors(monkeypatch):
    """The test client answers 500 instead of raising."""
    from django.test import AsyncClient

    init = AsyncClient.__init__

    def quiet_init(self, *words, **more):
        init(self, *words, **{**more, "raise_request_exception": False})

    monkeypatch.setattr(AsyncClient, "__init__", quiet_init)
