"""Token, client and sender against a platform that fails in every way it knows."""

import asyncio
import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from channels.deliver import Deliverer
from channels.doors import troubles
from channels.errors import ChannelBusy, Refused, Unreachable, WindowClosed
from channels.runtime import runtime
from channels.wechat import client as client_module
from channels.wechat import state
from channels.wechat import token as token_module
from channels.wechat.answering import show_typing
from channels.wechat.client import ApiError, WeChatClient
from channels.wechat.door import client_of
from channels.wechat.models import Account, Consent, Follower
from channels.wechat.notices import BadNotices, read_notices
from channels.wechat.sender import WeChatSender, pause_end
from channels.wechat.settings import read
from channels.wechat.window import SPENT, TOO_LATE, window
from desk.accounts.models import Role, StaffMember
from desk.audit.models import AuditEntry
from desk.conversations import reading, services, turns
from desk.conversations.models import Conversation, Delivery, InboundMessage
from desk.conversations.values import IncomingMessage
from desk.threads import in_thread
from tests.fakes import wechat as fake
from tests.fakes.wechat import Step
from tests.unit.channels.wechat_help import PERSON, turn_on

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def platform(settings):
    with fake.running_wechat() as running:
        turn_on(settings, running)
        running.person(PERSON)
        yield running


@pytest.fixture
async def api(platform):
    made = WeChatClient(read())
    yield made
    await made.aclose()


@pytest.fixture
async def sender(platform):
    made = WeChatSender(read(), client_of(read()))
    yield made
    await made.aclose()


def heard(text="你好", *, at=None, message_id="1", **more):
    """The person said something, and the dialogue answered."""
    at = at or timezone.now()
    words = {"text": text, "received_at": at, "message_id": message_id, **more}
    return turns.accept(IncomingMessage("wechat", fake.ACCOUNT, PERSON, **words))


def say(text="您好", key="1", *, now=None):
    """The desk says something to them."""
    conversation = Conversation.objects.get()
    return services.notify(conversation.pk, text=text, key=key, now=now or timezone.now())


def claimed(most=20):
    from desk.conversations import deliveries

    conversation = Conversation.objects.get()
    return deliveries.claim(conversation.pk, owner="test", now=timezone.now(), most=most)


async def ready(platform, *texts, ago=timedelta()):
    """What waits for a person who wrote `ago`; the platform knows of their message."""
    await in_thread(heard, at=timezone.now() - ago)
    platform.person(PERSON).grants.append(
        fake.Grant(5, platform.now() + 48 * 3600 - ago.total_seconds())
    )
    for place, text in enumerate(texts or ("您好",)):
        await in_thread(say, text, str(place))
    return await in_thread(claimed)


# --- The token ---


async def test_one_token_serves_all_calls(platform, api):
    for _ in range(3):
        await api.typing(PERSON)
    assert len(platform.asked(fake.STABLE_TOKEN)) == 1
    assert (await Account.objects.aget()).token == platform.current


async def test_many_calls_at_once_ask_for_one_token(platform, api):
    await asyncio.gather(*(api.typing(PERSON) for _ in range(20)))
    assert len(platform.asked(fake.STABLE_TOKEN)) == 1


async def test_several_processes_ask_for_one_token(platform):
    clients = [WeChatClient(read()) for _ in range(4)]
    await asyncio.gather(*(client.typing(PERSON) for client in clients for _ in range(5)))
    assert len(platform.asked(fake.STABLE_TOKEN)) == 1
    await asyncio.gather(*(client.aclose() for client in clients))


async def test_a_token_is_renewed_five_minutes_early(platform, api):
    await api.typing(PERSON)
    soon = timezone.now() + timedelta(minutes=4, seconds=59)
    await Account.objects.aupdate(token_until=soon)
    api.tokens._known = None
    platform.tokens[platform.current] = platform.now() + 299
    await api.typing(PERSON)
    assert len(platform.asked(fake.STABLE_TOKEN)) == 2


async def test_while_another_process_renews_the_old_token_is_used(platform, api):
    await api.typing(PERSON)
    soon = timezone.now() + timedelta(minutes=3)
    await Account.objects.aupdate(token_until=soon)
    api.tokens._known = None
    assert await in_thread(
        state.claim_refresh,
        platform.app_id,
        owner="other",
        now=timezone.now(),
        seen=platform.current,
    )
    await api.typing(PERSON)
    assert len(platform.asked(fake.STABLE_TOKEN)) == 1


async def test_with_no_usable_token_a_dead_renewer_is_waited_for_in_vain_only_briefly(
    platform, api, monkeypatch
):
    monkeypatch.setattr(token_module, "PATIENCE", 0.3)
    await in_thread(state.claim_refresh, platform.app_id, owner="dead", now=timezone.now())
    with pytest.raises(Unreachable) as caught:
        await api.typing(PERSON)
    assert caught.value.code == "token"
    # Its lease runs out.
    await Account.objects.aupdate(refresh_until=timezone.now() - timedelta(seconds=1))
    await api.typing(PERSON)


async def test_the_old_token_helps_out_while_the_platform_gives_none(platform, api):
    await api.typing(PERSON)
    await Account.objects.aupdate(token_until=timezone.now() + timedelta(minutes=3))
    api.tokens._known = None
    platform.script.append(Step(-1, path=fake.STABLE_TOKEN))
    await api.typing(PERSON)
    assert platform.person(PERSON).typing == 2


@pytest.mark.parametrize("spoil", ["expire_tokens", "forget_tokens"])
async def test_a_refused_token_is_renewed_once_and_the_call_made_again(platform, api, spoil):
    await api.typing(PERSON)
    getattr(platform, spoil)()
    await api.typing(PERSON)
    assert platform.person(PERSON).typing == 2
    assert len(platform.asked(fake.STABLE_TOKEN)) == 2


async def test_a_token_renewed_by_another_is_taken_without_asking(platform, api):
    other = WeChatClient(read())
    await api.typing(PERSON)
    platform.forget_tokens()
    await other.typing(PERSON)
    await api.typing(PERSON)
    assert len(platform.asked(fake.STABLE_TOKEN)) == 2
    await other.aclose()


async def test_the_same_invalid_token_again_is_renewed_by_force_once_a_minute(platform, api):
    await api.typing(PERSON)
    bad = platform.current
    for _ in range(3):
        platform.script.append(Step(40001, path=fake.TYPING))
    with pytest.raises(Unreachable):
        await api.typing(PERSON)
    assert [call["force_refresh"] for call in platform.asked(fake.STABLE_TOKEN)] == [
        False,
        False,
        True,
    ]
    assert platform.current != bad
    # Forced renewals are rationed: the next trouble waits.
    with pytest.raises(Unreachable) as caught:
        await api.typing(PERSON)
    assert caught.value.code == "token"
    assert len(platform.asked(fake.STABLE_TOKEN)) == 4


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_token_that_stays_invalid_ends_in_an_error_not_in_a_recursion(platform, api, code):
    platform.always = Step(code, path=fake.TYPING)
    with pytest.raises(Unreachable):
        await api.typing(PERSON)
    assert len(platform.asked(fake.TYPING)) <= 2


@pytest.mark.parametrize("code", [40013, 40125, 40164, -1])
async def test_a_token_that_is_not_given_is_said_with_its_number(platform, api, code):
    platform.always = Step(code, path=fake.STABLE_TOKEN)
    with pytest.raises(Unreachable) as caught:
        await api.typing(PERSON)
    assert caught.value.code == f"wechat_{code}"


@pytest.mark.parametrize(
    "body", [b"{}", b'{"access_token": "", "expires_in": 7200}', b'{"access_token": "x"}',
             b'{"access_token": 5, "expires_in": 5}', b'{"access_token": "x", "expires_in": "x"}']
)  # fmt: skip
async def test_a_token_that_is_none_is_not_stored(platform, api, body):
    platform.always = Step(path=fake.STABLE_TOKEN, body=body)
    with pytest.raises(Unreachable):
        await api.typing(PERSON)
    assert (await Account.objects.aget()).token == ""


# --- The client ---


@pytest.mark.parametrize(
    "step",
    [
        Step(path=fake.TYPING, status=502, body=b"<html>Bad Gateway</html>"),
        Step(path=fake.TYPING, status=404),
        Step(path=fake.TYPING, body=b"<html>"),
        Step(path=fake.TYPING, body=b""),
        Step(path=fake.TYPING, body=b"[]"),
        Step(path=fake.TYPING, body=b'{"errcode": "0"}'),
        Step(path=fake.TYPING, body=b'{"errcode": true}'),
        Step(path=fake.TYPING, body=b"[" * 50_000),
        Step(path=fake.TYPING, body=b"\xff\xfe"),
        Step(path=fake.TYPING, hangs_up=True),
    ],
)
async def test_an_answer_that_is_none_is_no_answer(platform, api, step):
    platform.script.append(step)
    with pytest.raises(Unreachable):
        await api.typing(PERSON)
    await api.typing(PERSON)


async def test_a_platform_that_is_silent_is_not_waited_for(platform, api, monkeypatch):
    monkeypatch.setattr(client_module, "PATIENCE", 0.3)
    await api.tokens.get()
    platform.script.append(Step(path=fake.TYPING, delay=2.0))
    with pytest.raises(Unreachable) as caught:
        await api.typing(PERSON)
    assert caught.value.code == "timeout"


async def test_a_platform_that_is_away_is_no_answer(settings, platform):
    settings.WECHAT_API_BASE = "http://127.0.0.1:9"
    client = WeChatClient(read())
    with pytest.raises(Unreachable):
        await client.typing(PERSON)
    await client.aclose()


async def test_neither_token_nor_secret_reach_the_log(platform, api, caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    platform.script.append(Step(path=fake.TYPING, status=502))
    with pytest.raises(Unreachable):
        await api.typing(PERSON)
    ours = "\n".join(line for line in caplog.text.splitlines() if "httpcore" not in line)
    assert platform.current not in ours
    assert fake.SECRET not in ours


async def test_words_go_out_as_they_are(platform, api):
    platform.person(PERSON).grants.append(fake.Grant(5, fake.NEVER))
    await api.send_text(PERSON, "你好 😀 \"引号\" <a href='x'>")
    assert platform.person(PERSON).texts == ["你好 😀 \"引号\" <a href='x'>"]


# --- The sender ---


async def test_what_waits_is_merged_into_one_customer_message(platform, sender):
    receipt = await sender.send(await ready(platform, "甲", "乙"))
    assert platform.person(PERSON).texts == ["甲\n\n乙"]
    assert (receipt.way, receipt.whole, len(receipt.parts)) == ("customer_service", True, 1)


async def test_a_part_that_went_out_is_not_sent_again(platform, sender):
    outgoing = await ready(platform, "长" * 1500)
    platform.script += [Step(path=fake.SEND, body=b'{"errcode": 0}'), Step(-1, path=fake.SEND)]
    with pytest.raises(Unreachable) as caught:
        await sender.send(outgoing)
    assert (caught.value.code, len(caught.value.parts)) == ("wechat_-1", 1)
    object.__setattr__(outgoing, "parts", caught.value.parts)
    receipt = await sender.send(outgoing)
    assert (receipt.whole, len(receipt.parts)) == (True, 3)
    assert len(platform.person(PERSON).shown) == 2


@pytest.mark.parametrize("code", [45015, 45047])
async def test_a_window_the_platform_closed_keeps_the_message(platform, sender, code):
    outgoing = await ready(platform)
    platform.script.append(Step(code, path=fake.SEND))
    with pytest.raises(WindowClosed) as caught:
        await sender.send(outgoing)
    assert "等对方发言" in caught.value.reason


async def test_a_window_that_closes_between_parts_notes_what_went_out(platform, sender):
    outgoing = await ready(platform, "长" * 1500)
    platform.script += [Step(path=fake.SEND, body=b'{"errcode": 0}'), Step(45047, path=fake.SEND)]
    receipt = await sender.send(outgoing)
    assert (receipt.whole, len(receipt.parts)) == (False, 1)


async def test_a_window_that_is_over_is_not_even_tried(platform, sender):
    outgoing = await ready(platform, ago=timedelta(hours=49))
    with pytest.raises(WindowClosed) as caught:
        await sender.send(outgoing)
    assert TOO_LATE in caught.value.reason
    assert platform.asked(fake.SEND) == []


async def test_five_messages_after_each_of_theirs_and_no_more(platform, sender):
    await ready(platform, "第一条")
    for number in range(1, 8):
        await in_thread(say, f"第{number}条", str(number))
    await Delivery.objects.aupdate(lease_until=None, lease_owner="")
    sender.most = 1
    deliverer = Deliverer({"wechat": sender}, owner="test")
    conversation = await Conversation.objects.aget()
    await deliverer.start(conversation.pk, "wechat")
    assert len(platform.person(PERSON).shown) == 5
    kept = Delivery.objects.filter(state="kept")
    assert await kept.acount() == 3
    assert SPENT in (await kept.afirst()).reason
    # They write: what was kept comes, merged.
    sender.most = 20
    platform.person(PERSON).grants.append(fake.Grant(5, platform.now() + 48 * 3600))
    await in_thread(heard, "好", message_id="2")
    await deliverer.start(conversation.pk, "wechat")
    assert platform.person(PERSON).shown[-1].text == "第5条\n\n第6条\n\n第7条"
    assert not await Delivery.objects.exclude(state="sent").aexists()


@pytest.mark.parametrize(
    ("event", "left"), [("subscribe", 3), ("click", 3), ("scan", 3), ("view", 0), ("location", 0)]
)
def test_an_event_opens_its_own_window(event, left):
    now = timezone.now()
    heard("", message_id=f"event:1:{event}:", kind="event", media={"event": event})
    conversation = Conversation.objects.get()
    assert window(conversation.pk, now=now).left == left
    assert window(conversation.pk, now=now + timedelta(seconds=61)).left == 0


def test_before_any_word_of_theirs_nothing_may_be_sent():
    heard("", message_id="event:1:view:", kind="event", media={"event": "view"}, reopens=False)
    assert "还没有发过消息" in window(Conversation.objects.get().pk, now=timezone.now()).reason


async def test_48001_is_noted_for_all_processes(platform, sender):
    platform.may_push = False
    with pytest.raises(WindowClosed) as caught:
        await sender.send(await ready(platform))
    assert "没有客服消息权限" in caught.value.reason
    assert not (await in_thread(state.account_state, platform.app_id, now=timezone.now())).may_push
    assert await AuditEntry.objects.filter(action="wechat.denied").acount() == 1


async def test_a_spent_quota_pauses_the_channel_everywhere_and_is_said(platform, sender, caplog):
    outgoing = await ready(platform)
    platform.script.append(Step(45009, path=fake.SEND))
    with pytest.raises(ChannelBusy) as caught:
        await sender.send(outgoing)
    assert 0 < caught.value.retry_after <= 2 * 3600
    assert "45009" in caplog.text
    assert await AuditEntry.objects.filter(action="wechat.paused").acount() == 1
    assert "wechat_45009" in (await in_thread(troubles))["wechat"]
    # Another process, with a message of its own.
    other = WeChatSender(read(), WeChatClient(read()))
    with pytest.raises(ChannelBusy):
        await other.send(outgoing)
    await other.aclose()
    assert len(platform.asked(fake.SEND)) == 1
    await Account.objects.aupdate(paused_until=timezone.now() - timedelta(seconds=1))
    assert (await sender.send(outgoing)).whole


async def test_who_watches_sees_what_the_platform_denies_us(platform, async_client):
    async def seen():
        ready = (await async_client.get("/readyz")).json()
        scraped = (await async_client.get("/metrics")).content.decode()
        [line] = [one for one in scraped.splitlines() if 'in_trouble{channel="wechat"}' in one]
        return ready["channels"]["wechat"], ready["troubles"].get("wechat", ""), line[-3:]

    assert await seen() == ("on", "", "0.0")
    await in_thread(state.deny, platform.app_id, now=timezone.now())
    assert await seen() == ("on", "no right to customer messages: wechat_48001", "1.0")


def test_a_pause_ends_after_midnight_at_the_latest():
    late = timezone.make_aware(timezone.datetime(2026, 11, 23, 23, 30))
    noon = timezone.make_aware(timezone.datetime(2026, 11, 23, 12, 0))
    assert (pause_end(late) - late, pause_end(noon) - noon) == (
        timedelta(minutes=31),
        timedelta(hours=2),
    )


@pytest.mark.parametrize("code", [45011, 45074])
async def test_too_fast_slows_the_channel_down(platform, sender, code):
    platform.script.append(Step(code, path=fake.SEND))
    with pytest.raises(ChannelBusy) as caught:
        await sender.send(await ready(platform))
    assert caught.value.retry_after == 60


@pytest.mark.parametrize("code", [40003, 44002, 44004, 45002, 87014])
async def test_what_would_be_refused_again_is_dead_at_once(platform, sender, code):
    platform.script.append(Step(code, path=fake.SEND))
    with pytest.raises(Refused) as caught:
        await sender.send(await ready(platform))
    assert caught.value.code == f"wechat_{code}"


@pytest.mark.parametrize("code", [-1, 40097, 50001, 61004, 9001001, 99999])
async def test_what_may_pass_is_tried_again(platform, sender, code):
    platform.script.append(Step(code, path=fake.SEND))
    with pytest.raises(Unreachable) as caught:
        await sender.send(await ready(platform))
    assert caught.value.code == f"wechat_{code}"


@pytest.mark.parametrize("code", [43004, 43019, 50005])
async def test_who_does_not_follow_is_not_written_to_until_they_do(platform, sender, code):
    outgoing = await ready(platform)
    platform.script.append(Step(code, path=fake.SEND))
    with pytest.raises(WindowClosed):
        await sender.send(outgoing)
    with pytest.raises(WindowClosed) as caught:
        await sender.send(outgoing)
    assert caught.value.code == "unfollowed"
    assert len(platform.asked(fake.SEND)) == 1
    # They wrote: they are here, whatever we were told.
    object.__setattr__(outgoing, "heard_at", timezone.now())
    assert (await sender.send(outgoing)).whole


# --- Outside the window ---

NOTICES = """
- for: [ticket-event, staff]
  way: subscribe
  template: TPL_PROGRESS
  path: /
  fields: {thing1: "{title}", thing2: "{text}", time3: "{time}"}
- for: ["*"]
  way: template
  template: TPL_ANY
  fields: {first: "{title}", keyword1: "{text}"}
"""


@pytest.fixture
def mapped(settings, tmp_path):
    file = tmp_path / "notices.yml"
    file.write_text(NOTICES, encoding="utf-8")
    settings.WECHAT_NOTICES = str(file)
    return file


async def outside(platform, text, key="ticket-event:5"):
    await in_thread(heard, at=timezone.now() - timedelta(hours=50))
    await in_thread(say, text, key)
    return await in_thread(claimed)


async def consents(platform, many, **more):
    identity = (await Conversation.objects.select_related("identity").aget()).identity
    platform.person(PERSON).consents["TPL_PROGRESS"] = many
    await Consent.objects.acreate(
        identity=identity, template_id="TPL_PROGRESS", left=many, changed_at=timezone.now(), **more
    )


async def test_short_news_goes_out_whole_as_a_notice_they_agreed_to(platform, sender, mapped):
    outgoing = await outside(platform, "工单已办结，请评价。")
    await consents(platform, 1)
    receipt = await sender.send(outgoing)
    assert (receipt.way, receipt.whole) == ("subscribe", True)
    assert "48小时" in receipt.reason
    [bubble] = platform.person(PERSON).shown
    assert bubble.text.startswith("诉求办理进度；工单已办结，请评价。；20")
    assert platform.asked(fake.SUBSCRIBE)[0]["page"] == "https://chat.example.gov.cn/"
    assert (await Consent.objects.aget()).left == 0


async def test_long_news_calls_the_person_and_waits_for_them(platform, sender, mapped):
    text = "您的诉求已由市场监管局答复：" + "详情" * 40
    outgoing = await outside(platform, text)
    await consents(platform, 1)
    conversation = await Conversation.objects.aget()
    await Delivery.objects.aupdate(lease_until=None, lease_owner="")
    deliverer = Deliverer({"wechat": sender}, owner="test")
    await deliverer.start(conversation.pk, "wechat")
    row = await Delivery.objects.aget()
    assert (row.state, row.way) == ("kept", "subscribe")
    assert "已发通知提醒" in row.reason
    assert len(platform.person(PERSON).shown) == 1
    assert outgoing.messages[0].text == text
    # They come: the whole text, and no second notice.
    platform.person(PERSON).grants.append(fake.Grant(5, platform.now() + 48 * 3600))
    await in_thread(heard, "在", message_id="9")
    await deliverer.start(conversation.pk, "wechat")
    assert platform.person(PERSON).shown[-1].text == text
    assert (await Delivery.objects.aget()).way == "customer_service"


async def test_without_consent_the_next_mapping_is_used(platform, sender, mapped):
    outgoing = await outside(platform, "工单已办结，请评价。")
    receipt = await sender.send(outgoing)
    assert (receipt.way, receipt.whole) == ("template", True)


async def test_who_took_their_data_back_gets_no_notice(platform, sender, mapped):
    outgoing = await outside(platform, "工单已办结。")
    identity = (await Conversation.objects.select_related("identity").aget()).identity
    await Follower.objects.acreate(
        identity=identity, revoked_at=timezone.now(), changed_at=timezone.now()
    )
    with pytest.raises(WindowClosed):
        await sender.send(outgoing)
    assert platform.person(PERSON).shown == []


async def test_a_consent_the_platform_does_not_know_is_forgotten(platform, sender, mapped):
    outgoing = await outside(platform, "工单已办结。")
    await consents(platform, 1)
    platform.person(PERSON).consents.clear()
    with pytest.raises(WindowClosed) as caught:
        await sender.send(outgoing)
    assert "43101" in caught.value.reason
    assert (await Consent.objects.aget()).left == 0


@pytest.mark.parametrize("code", [40037, 47003, 43116, -1])
async def test_a_notice_that_is_refused_keeps_the_message(platform, sender, mapped, code, caplog):
    outgoing = await outside(platform, "工单已办结。")
    await consents(platform, 1)
    platform.script.append(Step(code, path=fake.SUBSCRIBE))
    with pytest.raises(WindowClosed) as caught:
        await sender.send(outgoing)
    assert str(code) in caught.value.reason
    assert "TPL_PROGRESS" in caplog.text


async def test_a_spent_quota_stops_notices_too(platform, sender, mapped):
    outgoing = await outside(platform, "工单已办结。")
    await consents(platform, 1)
    platform.script.append(Step(45009, path=fake.SUBSCRIBE))
    with pytest.raises(ChannelBusy):
        await sender.send(outgoing)


async def notified(sender):
    """The conversation's news goes out as a notice; its delivery."""
    await InboundMessage.objects.aupdate(state="answered", settled_at=timezone.now())
    await Delivery.objects.aupdate(lease_until=None, lease_owner="")
    conversation = await Conversation.objects.aget()
    await Deliverer({"wechat": sender}, owner="test").start(conversation.pk, "wechat")
    return await Delivery.objects.aget()


def report_of(way, message_id, status):
    if way == "template":
        return {"event": "TEMPLATESENDJOBFINISH", "MsgID": message_id, "Status": status}
    code = {"success": "0"}.get(status, "20004")
    entry = {"TemplateId": "T", "MsgID": message_id, "ErrorCode": code, "ErrorStatus": status}
    return {"event": "subscribe_msg_sent_event", "SubscribeMsgSentEvent": {"List": [entry]}}


@pytest.mark.parametrize("way", ["subscribe", "template"])
async def test_a_notice_that_did_not_arrive_is_kept_and_comes_when_they_write(
    platform, sender, mapped, async_client, rasa, way
):
    await outside(platform, "工单已办结，请评价。")
    if way == "subscribe":
        await consents(platform, 1)
    row = await notified(sender)
    assert (row.state, row.way) == ("sent", way)
    message_id = row.platform_message_id.removeprefix("notice:")
    post = fake.poster(async_client)
    for _ in range(2):
        report = report_of(way, message_id, "user refused")
        await platform.push(post, PERSON, platform.event(PERSON, report.pop("event"), **report))
    row = await Delivery.objects.aget()
    assert (row.state, row.sent_at) == ("kept", None)
    assert "user refused" in row.reason
    await platform.push(post, PERSON, platform.message(PERSON, Content="在"))
    assert "工单已办结，请评价。" in "".join(platform.person(PERSON).texts)
    assert not await Delivery.objects.exclude(state="sent").aexists()


@pytest.mark.parametrize("way", ["subscribe", "template"])
async def test_a_notice_that_arrived_stays_sent(platform, sender, mapped, async_client, rasa, way):
    await outside(platform, "工单已办结，请评价。")
    if way == "subscribe":
        await consents(platform, 1)
    row = await notified(sender)
    report = report_of(way, row.platform_message_id.removeprefix("notice:"), "success")
    xml = platform.event(PERSON, report.pop("event"), **report)
    await platform.push(fake.poster(async_client), PERSON, xml)
    assert (await Delivery.objects.aget()).state == "sent"


async def test_a_report_about_somebody_else_s_notice_changes_nothing(
    platform, sender, mapped, async_client, rasa
):
    await outside(platform, "工单已办结，请评价。")
    row = await notified(sender)
    report = report_of("template", row.platform_message_id.removeprefix("notice:"), "failed")
    xml = platform.event("another-person", report.pop("event"), **report)
    await platform.push(fake.poster(async_client), "another-person", xml)
    assert (await Delivery.objects.aget()).state == "sent"


async def test_a_pushed_policy_goes_by_its_own_mapping(platform, sender, settings, tmp_path):
    file = tmp_path / "notices.yml"
    file.write_text(
        "- {for: [staff], way: template, template: T_STAFF, fields: {first: '{text}'}}\n"
        "- {for: [policy], way: template, template: T_POLICY,"
        " fields: {first: '{title}', keyword1: '{text}'}}\n",
        encoding="utf-8",
    )
    settings.WECHAT_NOTICES = str(file)
    receipt = await sender.send(await outside(platform, "稳岗返还可以申请了。", "policy:7:3"))
    assert (receipt.way, receipt.whole) == ("template", True)
    assert platform.asked(fake.TEMPLATE)[0]["template_id"] == "T_POLICY"
    assert platform.person(PERSON).texts == ["新政策提醒；稳岗返还可以申请了。"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: b", "列表"),
        ("- 5", "一组设置"),
        ("- {way: subscribe, template: T}", "for"),
        ("- {for: staff, way: subscribe, template: T}", "for"),
        ("- {for: [staff], way: pigeon, template: T}", "way"),
        ("- {for: [staff], way: subscribe}", "template"),
        ("- {for: [staff], way: subscribe, template: T, fields: [1]}", "fields"),
        ("- {for: [staff], way: subscribe, template: T, fields: {a: '{secret}'}}", "secret"),
        ("- {for: [staff], way: subscribe, template: T, fields: {a: '{title'}}", "不成对"),
        ("- {for: [staff], way: subscribe, template: T, fields: {a: 'title}'}}", "不成对"),
        ("- {for: [staff], way: subscribe, template: T, fields: {a: '{text:d}'}}", "只能写名字"),
        ("- {for: [staff], way: subscribe, template: T, fields: {a: '{text!r}'}}", "只能写名字"),
        ("- {for: [staff], way: subscribe, template: T, fields: {a: '{text:}'}}", "只能写名字"),
        (
            "- {for: [staff], way: subscribe, template: T, fields: {a: '{text.__class__}'}}",
            "不认识",
        ),
        ("- {for: [staff], way: subscribe, template: T, fields: {a: '{text[0]}'}}", "不认识"),
        ("- {for: [staff], way: subscribe, template: T, fields: {a: '{}'}}", "不认识"),
        ("- [", "读不了"),
    ],
)
def test_a_wrong_mapping_is_named(tmp_path, text, words):
    file = tmp_path / "notices.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadNotices, match=words):
        read_notices(file)


async def test_a_wrong_mapping_keeps_messages_and_is_logged(
    platform, sender, mapped, settings, tmp_path, caplog
):
    settings.WECHAT_NOTICES = str(tmp_path / "nowhere.yml")
    with pytest.raises(WindowClosed):
        await sender.send(await outside(platform, "工单已办结。"))
    assert "WeChat notices" in caplog.text


async def test_while_the_platform_is_slow_the_event_loop_goes_on(platform, sender):
    """Token, message and notice: nobody else waits for WeChat."""
    outgoing = await ready(platform)
    platform.script += [Step(path=fake.STABLE_TOKEN, delay=0.4, body=b'{"errcode": -1}')]
    platform.script += [Step(path=fake.STABLE_TOKEN, delay=0.4)]
    gaps = []

    async def tick():
        while True:
            before = asyncio.get_running_loop().time()
            await asyncio.sleep(0.01)
            gaps.append(asyncio.get_running_loop().time() - before)

    ticking = asyncio.create_task(tick())
    with pytest.raises(Unreachable):
        await sender.send(outgoing)
    await sender.send(outgoing)
    ticking.cancel()
    assert len(gaps) > 30
    assert max(gaps) < 0.25


# --- Staff, from end to end ---


async def test_the_console_shows_which_way_a_reply_took(platform, rasa, settings):
    await in_thread(heard, at=timezone.now())
    await InboundMessage.objects.aupdate(state="noted", settled_at=timezone.now())
    platform.person(PERSON).grants.append(fake.Grant(5, platform.now() + 48 * 3600))
    conversation = await Conversation.objects.aget()
    member = await in_thread(
        StaffMember.objects.create_user, "li", display_name="李同志", role=Role.OPERATOR
    )
    await in_thread(
        services.reply_as_staff,
        conversation.pk,
        staff=member,
        text="我来帮您",
        key="1",
        now=timezone.now(),
    )
    await runtime().deliverer.start(conversation.pk, "wechat")
    assert platform.person(PERSON).texts == ["【李同志】我来帮您"]
    line = (await in_thread(reading.transcript, conversation.pk))[-1]
    assert (line.state, line.way) == ("sent", "customer_service")
    assert "48小时" in line.reason


async def test_the_console_tells_why_a_message_is_tried_again_or_dead(platform, rasa):
    await in_thread(heard, at=timezone.now())
    await InboundMessage.objects.aupdate(state="noted", settled_at=timezone.now())
    await in_thread(say)
    conversation = await Conversation.objects.aget()

    async def line_after(code):
        await Delivery.objects.aupdate(next_try_at=timezone.now())
        platform.script.append(Step(code, path=fake.SEND))
        await runtime().deliverer.start(conversation.pk, "wechat")
        return (await in_thread(reading.transcript, conversation.pk))[-1]

    line = await line_after(-1)
    assert (line.state, line.reason) == ("waiting", "微信没有接受：system error")
    line = await line_after(87014)
    assert (line.state, line.reason) == ("dead", "微信认为内容有风险：error")


async def test_typing_that_fails_bothers_nobody(platform, api, caplog):
    accepted = await in_thread(heard)
    platform.script.append(Step(45072, path=fake.TYPING))
    await show_typing(api, PERSON, accepted)
    assert len(platform.asked(fake.TYPING)) == 1
    assert caplog.text == ""


async def test_an_error_tells_its_number_and_words(platform, api):
    platform.script.append(Step(45072, path=fake.TYPING))
    with pytest.raises(ApiError, match="45072 invalid command"):
        await api.typing(PERSON)
