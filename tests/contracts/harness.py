"""A channel as the contract suite sees it: somebody writes, and something reaches them.

A new channel adds a subclass of `Door` to `DOORS`. `send` posts as the
platform does; what it returns has been acknowledged, or refused.
"""

import asyncio
import json
import re
import time
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import count
from typing import ClassVar
from urllib.parse import urlencode

from django.core.files.uploadedfile import SimpleUploadedFile

from channels import doors
from channels.hotline import verbs
from channels.hotline.signature import HEADER as JAMBONZ
from channels.hotline.signature import signed
from channels.runtime import runtime
from channels.telegram.parse import HEADER as TELEGRAM
from channels.webchat import parse
from tests.fakes import jambonz
from tests.fakes import telegram as fake_telegram
from tests.fakes import wechat as fake_wechat

NUMBERS = count(1000)
LOOK = 0.05  # seconds


@dataclass
class Sent:
    """The door's answer to one message: its status and the stable code of a refusal."""

    status: int
    code: str = ""


class Door:
    """What the suite needs of a channel. `pushes`: we send; else the person's side asks."""

    channel = ""
    path = ""
    pushes = True
    # Whether the platform has to be told that a text is no good; else it is stored and answered.
    refuses_texts = False

    @classmethod
    def platform(cls):
        """A context manager: the platform at the other end, if the channel has one."""
        return nullcontext()

    def __init__(self, client, settings, platform):
        self.client, self.settings, self.fake = client, settings, platform
        self.configure(settings)

    def configure(self, settings):
        """Turns the channel on."""

    async def send(self, person, text, number=None) -> Sent:
        """`person` (1, 2, …) sends `text` as the platform's message `number`."""
        return await self.post(self.body(person, text, number or next(NUMBERS)), person)

    async def post(self, raw, person=1, headers=None) -> Sent:
        headers = self.headers(raw, person) if headers is None else headers
        response = await self.client.post(
            self.path, data=raw, content_type="application/json", headers=headers
        )
        try:
            code = response.json()["error"]["code"]
        except (ValueError, KeyError, TypeError):
            code = ""
        return Sent(response.status_code, code)

    def body(self, person, text, number) -> bytes:
        raise NotImplementedError

    def headers(self, raw, person) -> dict:
        raise NotImplementedError

    def forged(self, raw) -> dict:
        """Headers of somebody who is not the platform."""
        raise NotImplementedError

    # Kinds beside text that people send here: MediaKind → what the platform posts with it.
    kinds: ClassVar[dict[str, object]] = {}

    async def send_kind(self, person, kind) -> Sent:
        """`person` sends a picture, a place or the like, without words."""
        raise NotImplementedError

    # Kinds whose file lies with the platform till it is fetched.
    files: ClassVar[frozenset[str]] = frozenset()

    def has_file(self, kind, content):
        """The platform gives out `content` as what `send_kind` sends."""
        raise NotImplementedError

    def files_fail(self):
        """The platform gives out no file from now on, until it is healed."""
        raise NotImplementedError

    async def offered(self, person) -> list[str]:
        """The choices below the last words that reached the person."""
        raise NotImplementedError

    async def choose(self, person, place) -> Sent:
        """The person picks choice number `place`, from 0, in the platform's own way."""
        return await self.send(person, (await self.offered(person))[place])

    async def listen(self, person):
        """The person does what lets words out of turn reach them; nothing where we push."""

    def slow_down(self):
        """The platform asks for a pause at the next message."""
        raise NotImplementedError

    def fail(self):
        """The platform takes nothing from now on."""
        raise NotImplementedError

    def heal(self):
        """The platform takes everything again."""
        raise NotImplementedError

    async def reached(self, person) -> list[str]:
        """What reached the person so far, in order."""
        raise NotImplementedError

    async def reaches(self, person, many, patience=30.0) -> list[str]:
        """What reached the person, as soon as it is `many` messages."""
        for _ in range(int(patience / LOOK)):
            if len(await self.reached(person)) >= many:
                break
            await asyncio.sleep(LOOK)
        return await self.reached(person)


class Web(Door):
    channel = "web"
    path = "/api/chat/messages"
    pushes = False
    refuses_texts = True

    def __init__(self, *words):
        super().__init__(*words)
        self.tokens = {}

    def body(self, person, text, number):
        return json.dumps({"text": text, "id": f"m{number}"}).encode()

    def headers(self, raw, person):
        token = self.tokens.setdefault(person, parse.new_token())
        return {"Authorization": f"Bearer {token}"}

    def forged(self, raw):
        return {"Authorization": "Bearer forged"}

    kinds: ClassVar = {
        "image": ("照片.png", b"\x89PNG\r\n\x1a\n" + b"0" * 40),
        "file": ("合同.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"),
    }

    async def send_kind(self, person, kind):
        name, content = self.kinds[kind]
        response = await self.client.post(
            "/api/chat/files",
            data={"file": SimpleUploadedFile(name, content)},
            headers=self.headers(b"", person),
        )
        return Sent(response.status_code)

    async def ours(self, person):
        response = await self.client.get(self.path, headers=self.headers(b"", person))
        return [one for one in response.json()["messages"] if one["author"] != "person"]

    async def reached(self, person):
        return [one["text"] for one in await self.ours(person)]

    async def offered(self, person):
        return [one["payload"] for one in (await self.ours(person))[-1]["buttons"]]


class Telegram(Door):
    channel = "telegram"
    path = "/webhooks/telegram"

    @classmethod
    def platform(cls):
        return fake_telegram.running_telegram()

    def configure(self, settings):
        settings.TELEGRAM_TOKEN = fake_telegram.TOKEN
        settings.TELEGRAM_SECRET = fake_telegram.SECRET
        settings.TELEGRAM_API_BASE = self.fake.url

    def body(self, person, text, number):
        return json.dumps(fake_telegram.update(number, person, text=text)).encode()

    def headers(self, raw, person):
        return {TELEGRAM: fake_telegram.SECRET}

    def forged(self, raw):
        return {TELEGRAM: "guessed"}

    kinds: ClassVar = {
        "image": {"photo": [{"file_id": "p1", "width": 90, "height": 90}]},
        "voice": {"voice": {"file_id": "v1", "duration": 3}},
        "video": {"video": {"file_id": "v2", "duration": 3}},
        "file": {"document": {"file_id": "d1", "file_name": "合同.pdf"}},
        "location": {"location": {"latitude": 31.86, "longitude": 106.75}},
        "unknown": {"sticker": {"file_id": "s1", "emoji": "👍"}},
    }

    files = frozenset({"image", "voice", "video", "file"})

    def has_file(self, kind, content):
        [sent] = self.kinds[kind].values()
        held = sent[-1] if isinstance(sent, list) else sent
        self.fake.files[held["file_id"]] = content

    def files_fail(self):
        self.fail()

    async def send_kind(self, person, kind):
        update = fake_telegram.update(next(NUMBERS), person, **self.kinds[kind])
        return await self.post(json.dumps(update).encode(), person)

    async def offered(self, person):
        sent = [one for one in self.fake.sent if one["chat_id"] == person]
        return [row[0]["text"] for row in sent[-1]["markup"].get("keyboard", [])]

    def slow_down(self):
        words = "Too Many Requests: retry after 30"
        self.fake.script.append(fake_telegram.Step(429, words, retry_after=30))

    def fail(self):
        self.fake.always = fake_telegram.SERVER_ERROR

    def heal(self):
        self.fake.always = None

    async def reached(self, person):
        return self.fake.texts(person)


class WeChat(Door):
    """What WeChat signs stands in the query: where others have headers, here the query goes."""

    channel = "wechat"
    path = "/webhooks/wechat"

    @classmethod
    def platform(cls):
        return fake_wechat.running_wechat()

    def configure(self, settings):
        settings.WECHAT_TOKEN, settings.WECHAT_APP_ID = self.fake.token, self.fake.app_id
        settings.WECHAT_APP_SECRET, settings.WECHAT_AES_KEY = self.fake.secret, self.fake.aes_key
        settings.WECHAT_API_BASE = self.fake.url

    def openid(self, person):
        return f"person-{person}"

    async def post(self, raw, person=1, headers=None):
        query, body = self.fake.signed(raw)
        query = query if headers is None else headers
        response = await self.client.post(
            f"{self.path}?{urlencode(query)}", data=body, content_type="text/xml"
        )
        if response.status_code == 200:
            self.fake.take_reply(self.openid(person), response.content)
            return Sent(200)
        return Sent(response.status_code, response.json()["error"]["code"])

    def body(self, person, text, number):
        xml = self.fake.message(self.openid(person), Content=text, MsgId=number)
        self.fake.grants(self.openid(person), xml)
        return xml.encode()

    def forged(self, raw):
        query, _ = self.fake.signed(raw)
        return query | {"signature": "0" * 40}

    kinds: ClassVar = {
        "image": {"PicUrl": "http://mmbiz.qpic.cn/1", "MediaId": "m1"},
        "voice": {"MediaId": "m2", "Format": "amr"},
        "video": {"MediaId": "m3", "ThumbMediaId": "t3"},
        "file": {"Title": "合同.pdf", "FileKey": "k", "FileTotalLen": "2048"},
        "location": {"Location_X": "31.86", "Location_Y": "106.75", "Scale": 20, "Label": ""},
        "link": {"Title": "", "Description": "", "Url": "https://a.gov.cn/1"},
        "unknown": {"HologramId": "h1"},
    }

    # A document comes with its name only.
    files = frozenset({"image", "voice", "video"})
    TYPES: ClassVar = {"image": "image/jpeg", "voice": "audio/amr", "video": "video/mp4"}

    def has_file(self, kind, content):
        self.fake.has_media(self.kinds[kind]["MediaId"], content, self.TYPES[kind])

    def files_fail(self):
        self.fake.always = fake_wechat.Step(-1, path=fake_wechat.MEDIA_GET)

    async def send_kind(self, person, kind):
        name = "hologram" if kind == "unknown" else kind
        xml = self.fake.message(self.openid(person), name, **self.kinds[kind])
        self.fake.grants(self.openid(person), xml)
        return await self.post(xml.encode(), person)

    async def offered(self, person):
        last = self.fake.person(self.openid(person)).shown[-1]
        listed = re.findall(r"(?m)^\d (.+)$", last.text.partition("回复数字：")[2])
        return last.choices or listed

    async def choose(self, person, place):
        return await self.send(person, str(place + 1))

    def push(self):
        """Nothing is held any more: what is said is pushed."""
        runtime().gateway.expected_wait = lambda: 60.0

    def slow_down(self):
        self.push()
        self.fake.script.append(fake_wechat.Step(45011, path=fake_wechat.SEND))

    def fail(self):
        # An open request would carry the answer.
        self.push()
        self.fake.always = fake_wechat.Step(-1, path=fake_wechat.SEND)

    def heal(self):
        self.fake.always = None

    async def reached(self, person):
        # What is late goes out merged: the dialogue's answers are told apart by how they begin.
        texts = self.fake.person(self.openid(person)).texts
        return [one for text in texts for one in re.split("\n\n(?=您说：)", text)]


class Hotline(Door):
    """Each person makes one call and speaks turn after turn; silence polls for late answers."""

    channel = "hotline"
    path = jambonz.PATH
    pushes = False

    def __init__(self, *words):
        super().__init__(*words)
        self.calls = {}
        self.turns = {}

    def configure(self, settings):
        settings.HOTLINE_SECRET = jambonz.SECRET

    def call(self, person):
        return self.calls.setdefault(
            person, jambonz.Call(self.client, caller=f"+86139000{person:05d}")
        )

    async def send(self, person, text, number=None):
        call = self.call(person)
        if number is None or (person, number) not in self.turns:
            turn = len([key for key in self.turns if key[0] == person]) + 1
            number = number or next(NUMBERS)
            self.turns[person, number] = turn
        call.hook = f"{self.path}?turn={self.turns[person, number]}"
        speech = {"alternatives": [{"transcript": text, "confidence": 0.9}]}
        response = await call.post(call.hook, {"reason": "speechDetected", "speech": speech})
        return Sent(response.status_code)

    def body(self, person, text, number):
        speech = {"alternatives": [{"transcript": text, "confidence": 0.9}]}
        return json.dumps(
            {"call_sid": f"c{number}", "from": "+8613900001111", "to": "1", "speech": speech}
        ).encode()

    def headers(self, raw, person):
        return {JAMBONZ: signed(raw, jambonz.SECRET, at=int(time.time()))}

    def forged(self, raw):
        return {JAMBONZ: signed(raw, "guessed", at=0)}

    async def reached(self, person):
        call = self.call(person)
        if "waiting" in call.hook:
            await call.keep_silent()
        return [text for text in call.heard if text not in PROMPTS]

    async def offered(self, person):
        last = (await self.reached(person))[-1]
        return last.partition("您可以说：")[2].rstrip("。").split("、")

    async def listen(self, person):
        await self.send(person, "喂")


# What the line itself says; everything else was said to this caller.
PROMPTS = frozenset(
    {
        verbs.GREETING, verbs.STILL_THERE, verbs.GOODBYE, verbs.ONE_MOMENT, verbs.STILL_LOOKING,
        verbs.BY_CALL, verbs.PUTTING_THROUGH, verbs.NOBODY,
    }
)  # fmt: skip


DOORS = {door.channel: door for door in (Web, WeChat, Telegram, Hotline)}


def all_channels() -> set[str]:
    """Every door of the product: none may be without its contract."""
    return {door.channel for door in doors.doors()}
