"""Whatever a platform's door is sent, it is read or refused with a code."""

import json
from collections.abc import Callable

import pytest
from django.test import RequestFactory
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.hotline.parse import message_of, read_hook
from channels.messages import BadRequest
from channels.telegram.parse import read_update
from channels.telegram.settings import TelegramSettings
from desk.conversations.media import MAX_MEDIA, bounded
from desk.conversations.models import Kind
from desk.conversations.values import IncomingMessage
from tests.fakes import telegram as fake

SETTINGS = TelegramSettings(fake.TOKEN, fake.SECRET, "http://127.0.0.1", "")
NAMES = st.sampled_from(
    [
        *("update_id", "message", "my_chat_member", "chat", "id", "type", "private", "text"),
        *("photo", "voice", "document", "location", "contact", "phone_number", "caption"),
        *("file_id", "latitude", "new_chat_member", "status", "call_sid", "from", "to"),
        *("speech", "alternatives", "transcript", "confidence", "digits", "call_status"),
    ]
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), NAMES
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)


def mutated(whole):
    """`whole` with some of its values put into the hands of chance."""
    keys = st.dictionaries(NAMES, ANYTHING, max_size=5)
    return keys.map(lambda change: {**whole, **change})


def telegram(body):
    request = RequestFactory().post("/webhooks/telegram", body, content_type="application/json")
    return read_update(request, SETTINGS, now=timezone.now())


def hotline(body):
    request = RequestFactory().post(
        "/webhooks/hotline?turn=1", body, content_type="application/json"
    )
    return message_of(read_hook(request), now=timezone.now())


def read(parse: Callable, raw: str | bytes) -> IncomingMessage | None:
    """What `parse` makes of it; None when it is refused as a door should."""
    refusal = None
    try:
        return parse(raw)
    except BadRequest as error:
        refusal = error
    assert 400 <= refusal.status < 500
    assert refusal.code
    return None


def is_sound(message: IncomingMessage | None) -> bool:
    if message is None:
        return True
    assert message.kind in Kind.values
    assert len(message.message_id) <= 128
    assert len(message.sender) <= 128
    assert len(message.account) <= 64
    stored = json.dumps(bounded(message.media), allow_nan=False)
    assert len(stored.encode()) <= MAX_MEDIA * 2, "escapes included"
    return "\x00" not in message.text


MESSAGE = fake.update(1, 42, text="你好")["message"]


@settings(max_examples=300, deadline=None)
@given(
    ANYTHING
    | mutated({"update_id": 1, "message": MESSAGE})
    | mutated(MESSAGE).map(lambda message: {"update_id": 1, "message": message})
)
def test_telegram_s_door_reads_or_refuses(body):
    assert is_sound(read(telegram, json.dumps(body)))


@settings(max_examples=300, deadline=None)
@given(ANYTHING | mutated({"call_sid": "c", "from": "+8613900001111", "to": "12345"}))
def test_the_hotline_s_door_reads_or_refuses(body):
    assert is_sound(read(hotline, json.dumps(body)))


@pytest.mark.parametrize("parse", [telegram, hotline])
@settings(max_examples=100, deadline=None)
@given(raw=st.binary(max_size=200))
def test_bytes_that_are_nothing_are_refused(parse, raw):
    assert is_sound(read(parse, raw))
