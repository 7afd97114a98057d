"""Mutated valid messages and signed garbage: only 200 or a clear 4xx, no traceback, flat memory.

A small count here; 100,000 under SOAK=1 (`make soak`). In slices: FUZZ_BODIES and a FUZZ_SEED for
each. `-rP` shows the figures.
"""

import asyncio
import base64
import json
import logging
import os
import random
import re
import resource
import time
import tracemalloc
from collections import Counter
from urllib.parse import urlencode

import pytest
from django.test import RequestFactory
from django.utils import timezone

from channels.messages import BadRequest
from channels.wechat import parse
from channels.wechat import settings as wechat_settings
from channels.wechat.compose import LIMIT, cut, size
from desk.conversations.models import InboundMessage, Kind
from tests.fakes import wechat as fake
from tests.fakes.asgi import Caller
from tests.unit.channels.wechat_help import FIXTURES, turn_on

pytestmark = pytest.mark.soak

BODIES = int(os.environ.get("FUZZ_BODIES") or (100_000 if os.environ.get("SOAK") else 2_000))
CALLS = BODIES // 2  # in each mode, through the whole door, which stores what is valid
GROWTH = 4 * 2**20  # bytes that may remain after all bodies
SEED = int(os.environ.get("FUZZ_SEED") or 20261123)

MESSAGES = [file.read_bytes() for file in sorted(FIXTURES.glob("*.xml"))]
PIECES = [
    b"<![CDATA[", b"]]>", b"<xml>", b"</xml>", b"<List>", b"</List>", b"&amp;", b"&#x0;",
    b"<!DOCTYPE a>", b'<!ENTITY a "b">', b"<?xml version='1.0' encoding='utf-16'?>", b"<!--",
    b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xe2\x80\xae", "😀".encode(), b"-->",
    b"<MsgType>", b"<Event>", b"<FromUserName>", b"9" * 400, b"<a>" * 40, b"/restart", b"'; DROP--",
]  # fmt: skip


@pytest.fixture(scope="module")
def server():
    with fake.running_wechat() as running:
        yield running


@pytest.fixture(params=[fake.PLAIN, fake.SECURE])
def platform(request, server, settings):
    server.mode = request.param
    turn_on(settings, server)
    return server


# What a field may hold that nobody thought of; the XML around it stays whole.
VALUES = [
    "", " ", "0", "-1", "9" * 400, "1e9", "text", "event", "subscribe", "/restart", "[]", "<a>",
    "]]>", "&#x0;", "好" * 900, "😀" * 40, "\u202e\u200b", "\x00\x1b[31m", "../../etc/passwd",
    "'; DROP TABLE x", "{text}", "%s%n", "qrscene_", "failed: system failed", "绑定 12345678",
    "解绑", "1", "１", "转人工", "o" * 65, "张三", "NaN", "true", "\ue000\uf8ff", "a\r\nb",
    "\u2028",
]  # fmt: skip
FIELD = re.compile(r"<(\w+)>(?:<!\[CDATA\[([^\]]*)\]\]>|([^<]*))</\1>")


def refilled(chance):
    """A captured message with some fields filled anew, left out, doubled, renamed or moved."""
    text = chance.choice(MESSAGES).decode()
    for _ in range(chance.randrange(1, 4)):
        fields = list(FIELD.finditer(text))
        if not fields:
            break
        found = chance.choice(fields)
        name, whole = found[1], found[0]
        match chance.randrange(6):
            case 0:
                other = ""
            case 1:
                other = whole + whole
            case 2:
                other = whole.replace(name, chance.choice(fields)[1])
            case 3:
                other = f"<List>{whole}</List>"
            case _:
                other = fake.element(name, chance.choice(VALUES))
        text = text[: found.start()] + other + text[found.end() :]
    return text.encode("utf-8", "replace")


def mutated(chance):
    """A captured message with some of its fields or bytes changed, or bytes without a sense."""
    kind = chance.random()
    if kind < 0.1:
        return chance.randbytes(chance.randrange(400))
    if kind < 0.6:
        return refilled(chance)
    raw = bytearray(chance.choice(MESSAGES))
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(raw) + 1)
        match chance.randrange(6):
            case 0:
                raw[at:at] = chance.choice(PIECES)
            case 1:
                del raw[at : at + chance.randrange(1, 60)]
            case 2 if at < len(raw):
                raw[at] = chance.randrange(256)
            case 3:
                end = at + chance.randrange(1, 80)
                raw[at:at] = raw[at:end]
            case 4:
                raw[at:at] = chance.randbytes(chance.randrange(1, 12))
            case _:
                other = chance.choice(MESSAGES)
                cut_at = chance.randrange(len(other))
                raw[at:] = other[cut_at:]
    return bytes(raw)


def sealed(platform, chance, raw):
    """`raw` signed as the platform signs; sometimes the seal is whole and its inside is not."""
    query, body = platform.signed(raw)
    if platform.mode == fake.SECURE and chance.random() < 0.3:
        inside = (
            fake.encrypt_raw(chance.randbytes(chance.randrange(200)), fake.AES_KEY)
            if chance.random() < 0.5
            else base64.b64encode(chance.randbytes(chance.randrange(200))).decode()
        )
        query["msg_signature"] = fake.sha1(
            platform.token, query["timestamp"], query["nonce"], inside
        )
        body = f"<xml><Encrypt><![CDATA[{inside}]]></Encrypt></xml>".encode()
    return query, body


def read_one(platform, chance):
    """What the door makes of one body: the message's kind or the refusal's status and code."""
    query, body = sealed(platform, chance, mutated(chance))
    request = RequestFactory().post(
        f"/webhooks/wechat?{urlencode(query)}", data=body, content_type="text/xml"
    )
    try:
        call = parse.read_call(request, wechat_settings.read(), now=timezone.now())
    except BadRequest as refusal:
        return f"{refusal.status} {refusal.code}"
    message = call.message
    assert message.kind in Kind.values
    assert len(message.message_id) <= 128
    assert message.sender
    assert "\x00" not in message.text
    json.dumps(message.media).encode()
    return message.kind


def test_no_body_breaks_the_reader_and_none_is_remembered(platform, caplog):
    caplog.set_level(logging.WARNING)
    chance = random.Random(SEED)
    for _ in range(min(BODIES // 4, 2000)):
        read_one(platform, chance)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    seen = {read_one(platform, chance) for _ in range(BODIES // 2)}
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < GROWTH
    # The fuzz reaches behind the first check, and past the last.
    assert {"400 bad_xml", "400 bad_message", "text", "event"} <= seen
    assert {words[:3] for words in seen if words[0].isdigit()} <= {"400", "401"}
    assert caplog.text == ""


@pytest.mark.django_db(transaction=True)
async def test_no_body_breaks_the_door(platform, rasa, caplog):
    caplog.set_level(logging.WARNING)
    chance = random.Random(SEED + 1)
    caller = Caller()
    seen = Counter()
    ours = []
    peak = 0
    begun = time.monotonic()
    for number in range(CALLS):
        query, body = sealed(platform, chance, mutated(chance))
        status, answer = await caller.post("/webhooks/wechat", query, body)
        assert status == 200 or 400 <= status < 500
        code = ""
        if status != 200:
            code = json.loads(answer)["error"]["code"]
            assert code
        seen[f"{status} {code}".strip()] += 1
        if number % 200 == 0 or number == CALLS - 1:
            ours += [record.getMessage() for record in caplog.records if record.exc_info]
            # Each record holds its request: that would be the test's memory, not the door's.
            caplog.clear()
        if number == CALLS // 2:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak
    print(
        f"{CALLS} bodies in {platform.mode} mode, {time.monotonic() - begun:.0f} s: "
        f"{dict(seen.most_common())}; tracebacks {len(ours)}; {grown} KiB more in the second half"
    )
    assert {"200", "400 bad_xml"} <= set(seen)
    assert grown < 16 * 1024
    assert await InboundMessage.objects.aexists()
    assert ours == []


@pytest.mark.django_db(transaction=True)
async def test_forged_calls_at_once_cost_little_and_store_nothing(platform, async_client, rasa):
    chance = random.Random(SEED + 2)

    async def forge():
        query, body = platform.signed(mutated(chance))
        query |= {"signature": "0" * 40, "msg_signature": "0" * 40}
        return await async_client.post(
            f"/webhooks/wechat?{urlencode(query)}", data=body, content_type="text/xml"
        )

    responses = await asyncio.gather(*(forge() for _ in range(50)))
    assert {response.status_code for response in responses} == {401}
    assert not await InboundMessage.objects.aexists()


def test_any_text_is_cut_into_parts_that_fit_and_lose_nothing():
    chance = random.Random(SEED + 3)
    pieces = ["政策", "。", "\n", "a" * 30, "😀", "👨‍👩‍👧", "https://a.gov.cn/x?y=1", " ", "，",
              '<a href="https://a.cn/b">《甲》</a>', "3.14%", "é", "]]>", "&", "<"]  # fmt: skip
    for _ in range(BODIES // 10):
        text = "".join(chance.choice(pieces) for _ in range(chance.randrange(1500)))
        parts = cut(text, LIMIT)
        assert all(0 < size(part) <= LIMIT for part in parts)
        assert "".join("".join(parts).split()) == "".join(text.split())
        assert sum(part.count("</a>") for part in parts) == text.count("</a>")
        assert all(part.count("<a ") == part.count("</a>") for part in parts)
