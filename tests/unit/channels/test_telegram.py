"""Telegram's door and its sender, against a server that speaks the Bot API."""

import asyncio
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from channels.deliver import Deliverer
from channels.doors import states
from channels.errors import ChannelBusy, Refused, Unreachable
from channels.plain import split
from channels.runtime import runtime
from channels.telegram import parse
from channels.telegram import settings as telegram_settings
from channels.telegram.sender import TelegramSender, units
from desk.conversations import reading, services
from desk.conversations.models import Conversation, Delivery, InboundMessage
from desk.conversations.values import Outgoing, Said
from tests.fakes import telegram as fake
from tests.fakes.telegram import Step, running_telegram, update

CHAT = 42


@pytest.fixture
def platform(settings, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with running_telegram() as running:
        settings.TELEGRAM_TOKEN, settings.TELEGRAM_SECRET = fake.TOKEN, fake.SECRET
        settings.TELEGRAM_API_BASE = running.url
        settings.PUBLIC_URL = "https://chat.example.gov.cn"
        yield running


@pytest.fixture
async def sender(platform):
    """The sender with the product's own patience: no slow machine makes of an error a timeout."""
    made = TelegramSender(telegram_settings.read())
    yield made
    await made.aclose()


@pytest.fixture
async def hasty(platform):
    made = TelegramSender(telegram_settings.read(), patience=0.5)
    yield made
    await made.aclose()


def outgoing(text="好", parts=(), chat=CHAT, **more):
    said = Said(1, "k", 1, "bot", "陪跑员", text, [], [], timezone.now())
    for name, value in more.items():
        object.__setattr__(said, name, value)
    return Outgoing(
        conversation_id=None,
        channel="telegram",
        account="1",
        recipient=str(chat),
        messages=(said,),
        parts=parts,
        tries=0,
        heard_at=None,
        heard_kind="",
        owner="web",
    )


async def post(client, body, secret=fake.SECRET):
    response = await client.post(
        "/webhooks/telegram",
        data=json.dumps(body),
        content_type="application/json",
        headers={parse.HEADER: secret},
    )
    return response.status_code


async def settled():
    await asyncio.gather(*runtime().gateway._working.values())
    await asyncio.gather(*runtime().deliverer._working.values())


# --- Receiving ---

CONTENTS = [
    ({"photo": [{"file_id": "s"}, {"file_id": "large"}]}, "image", "", {"file_id": "large"}),
    ({"photo": [{"file_id": "a"}], "caption": "看这个"}, "image", "看这个", {"file_id": "a"}),
    ({"voice": {"file_id": "v", "duration": 3}}, "voice", "", {"file_id": "v", "duration": 3}),
    ({"video_note": {"file_id": "v"}}, "video", "", {"file_id": "v"}),
    ({"document": {"file_id": "d", "file_name": "表.xlsx"}}, "file", "", None),
    ({"location": {"latitude": 31.86, "longitude": 106.75}}, "location", "", None),
    ({"sticker": {"file_id": "s", "emoji": "👍"}}, "unknown", "", None),
    ({"contact": {"phone_number": "13900001111"}}, "text", "13900001111", {}),
    ({"poll": {"id": "1"}}, "unknown", "", {}),
    ({"photo": []}, "unknown", "", {}),
    ({"text": ""}, "unknown", "", {}),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("content", "kind", "text", "media"), CONTENTS)
async def test_each_kind_is_stored_as_what_it_is(
    async_client, rasa, platform, content, kind, text, media
):
    assert await post(async_client, update(1, CHAT, **content)) == 200
    row = await InboundMessage.objects.aget()
    assert (row.kind, row.text) == (kind, text)
    assert media is None or row.media == media
    await settled()
    assert len(platform.texts(CHAT)) == 1


@pytest.mark.django_db(transaction=True)
async def test_start_is_welcomed_with_choices_and_not_asked(async_client, rasa, platform):
    await post(async_client, update(1, CHAT, text="/start ref_1"))
    await settled()
    assert platform.texts(CHAT) == [parse.WELCOME.text]
    assert platform.sent[0]["markup"]["keyboard"][2] == [{"text": "转人工"}]
    assert not rasa.asked


@pytest.mark.django_db(transaction=True)
async def test_who_stopped_the_bot_is_noted_and_not_written_to(async_client, rasa, platform):
    await post(async_client, update(1, CHAT, text="你好"))
    await settled()
    left = {
        "update_id": 2,
        "my_chat_member": {
            "chat": {"id": CHAT, "type": "private"},
            "new_chat_member": {"status": "kicked"},
        },
    }
    assert await post(async_client, left) == 200
    lines = await asyncio.to_thread(reading.transcript, (await Conversation.objects.aget()).pk)
    assert lines[-1].text == "［动作］停用了机器人"
    platform.blocked.add(CHAT)
    conversation = await Conversation.objects.aget()
    await asyncio.to_thread(
        services.notify, conversation.pk, text="办结了", key="k", now=timezone.now()
    )
    await runtime().deliverer.look()
    await settled()
    row = await Delivery.objects.order_by("-id").afirst()
    assert (row.state, row.error_code) == ("dead", "blocked")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "body",
    [
        {"update_id": 1},
        {"update_id": 1, "message": "?"},
        {"update_id": 1, "edited_message": {"text": "改"}},
        {"update_id": 1, "message": {"chat": {"id": -5, "type": "group"}, "text": "大家好"}},
        {"update_id": 1, "message": {"chat": {"id": "x", "type": "private"}, "text": "?"}},
        {"update_id": 1, "callback_query": {"id": "1", "data": "x"}},
    ],
)
async def test_what_is_not_said_to_us_is_acknowledged_and_left(async_client, rasa, platform, body):
    assert await post(async_client, body) == 200
    assert not await InboundMessage.objects.aexists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("update_id", [None, "7", True, 1.5, []])
async def test_an_update_without_its_number_is_refused(async_client, rasa, platform, update_id):
    body = update(1, CHAT, text="你好") | {"update_id": update_id}
    assert await post(async_client, body) == 400


@pytest.mark.parametrize("secret", ["", "guessed", fake.SECRET + "x", "ÿ"])
async def test_a_call_with_another_secret_is_refused(async_client, platform, secret):
    assert await post(async_client, update(1, CHAT, text="你好"), secret) == 401


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("TELEGRAM_TOKEN", "", "off: TELEGRAM_TOKEN is not set"),
        ("TELEGRAM_TOKEN", "nonsense", "off: TELEGRAM_TOKEN is no bot token"),
        ("TELEGRAM_SECRET", "", "off: TELEGRAM_SECRET is not set"),
        ("TELEGRAM_SECRET", "有 空格", "off: TELEGRAM_SECRET takes letters, digits, _ and - only"),
    ],
)
async def test_without_its_settings_the_door_is_closed_and_says_why(
    async_client, platform, settings, name, value, why
):
    setattr(settings, name, value)
    assert await post(async_client, update(1, CHAT, text="你好")) == 404
    assert states()["telegram"] == why
    assert states()["web"] == "on"


# --- Sending ---


async def test_a_message_carries_its_sources_and_its_choices(platform, sender):
    receipt = await sender.send(
        outgoing(
            "补**8%**。",
            citations=[{"title": "奖补办法", "link": "/policies/a#p1"}],
            buttons=[{"title": "怎么申请", "payload": "奖补怎么申请"}],
        )
    )
    [sent] = platform.sent
    assert sent["text"] == (
        "补8%。\n\n依据：\n《奖补办法》 https://chat.example.gov.cn/policies/a#p1"
    )
    assert sent["markup"]["keyboard"] == [[{"text": "奖补怎么申请"}]]
    assert (receipt.way, receipt.platform_message_id) == ("bot_api", "100")


async def test_old_choices_are_taken_away(platform, sender):
    await sender.send(outgoing())
    assert platform.sent[0]["markup"] == {"remove_keyboard": True}


@pytest.mark.parametrize("letter", ["字", "👍", "a"])
async def test_a_long_message_goes_out_in_parts_each_within_the_limit(platform, sender, letter):
    text = (letter * 90 + "。") * 120
    receipt = await sender.send(outgoing(text))
    assert len(receipt.parts) == len(platform.sent) > 1
    assert "".join(platform.texts(CHAT)) == text
    assert all(units(part) <= 4096 for part in platform.texts(CHAT))


async def test_after_a_failure_between_parts_the_rest_follows_and_nothing_is_repeated(
    platform, sender
):
    text = "字" * 9000
    platform.script = [Step(), fake.SERVER_ERROR]
    with pytest.raises(Unreachable) as failure:
        await sender.send(outgoing(text))
    assert failure.value.parts == ("100",)
    receipt = await sender.send(outgoing(text, parts=failure.value.parts))
    assert "".join(platform.texts(CHAT)) == text
    assert receipt.parts == ("100", "101", "102")
    assert len(split(text, 4096)) == 3


ERRORS = [
    (Step(401, "Unauthorized"), Unreachable, "bad_token"),
    (Step(403, "Forbidden: bot was blocked by the user"), Refused, "blocked"),
    (Step(400, "Bad Request: chat not found"), Refused, "bad_request"),
    (Step(429, "Too Many Requests: retry after 7", retry_after=7), ChannelBusy, "busy"),
    (Step(500, "Internal Server Error"), Unreachable, "unreachable"),
    (fake.SERVER_ERROR, Unreachable, "unreachable"),
    (Step(200, body=b"{"), Unreachable, "platform_error"),
    (fake.HANGS_UP, Unreachable, "unreachable"),
]


@pytest.mark.parametrize(("step", "error", "code"), ERRORS)
async def test_each_of_telegram_s_errors_is_one_of_ours(platform, sender, step, error, code):
    platform.script = [step]
    with pytest.raises(error) as failure:
        await sender.send(outgoing())
    assert failure.value.code == code
    assert fake.TOKEN not in str(failure.value)
    if error is ChannelBusy:
        assert failure.value.retry_after == 7


async def test_an_answer_that_does_not_come_is_a_timeout(platform, hasty):
    platform.script = [Step(200, delay=2.0)]
    with pytest.raises(Unreachable) as failure:
        await hasty.send(outgoing())
    assert failure.value.code == "timeout"


async def test_with_nobody_listening_it_is_unreachable(platform, settings):
    settings.TELEGRAM_API_BASE = "http://127.0.0.1:9"
    sender = TelegramSender(telegram_settings.read())
    with pytest.raises(Unreachable):
        await sender.send(outgoing())
    await sender.aclose()


async def test_the_settings_do_not_show_their_secrets(platform):
    shown = repr(telegram_settings.read())
    assert fake.TOKEN not in shown
    assert fake.SECRET not in shown


def test_the_deliverer_s_patience_is_longer_than_the_sender_s():
    from channels.deliver import PATIENCE
    from desk.conversations.deliveries import LEASE

    assert LEASE.total_seconds() > PATIENCE
    assert Deliverer({}, owner="x").channels == ()


# --- The command ---


def command(*words):
    out = StringIO()
    call_command("telegram_webhook", *words, stdout=out)
    return out.getvalue()


def test_the_webhook_is_registered_shown_and_taken_away(platform):
    assert "https://chat.example.gov.cn/webhooks/telegram" in command()
    assert platform.webhook["secret_token"] == fake.SECRET
    assert json.loads(platform.webhook["allowed_updates"]) == ["message", "my_chat_member"]
    assert "https://chat.example.gov.cn" in command("--show")
    assert "没有登记" in command("--delete")


def test_the_command_says_what_is_missing(platform, settings):
    settings.PUBLIC_URL = "http://localhost"
    with pytest.raises(CommandError, match="PUBLIC_URL"):
        command()
    settings.TELEGRAM_TOKEN = "1:another-token"
    with pytest.raises(CommandError, match="没有接受"):
        command("--show")
    settings.TELEGRAM_TOKEN = ""
    with pytest.raises(CommandError, match="TELEGRAM_TOKEN is not set"):
        command()
