"""Reads WeChat's calls: who calls, what is in it; raises BadRequest for what is none."""

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime

from django.http import HttpRequest

from channels.messages import BadRequest
from channels.wechat import crypt, signature
from channels.wechat.events import ABOUT_ANOTHER, event_message
from channels.wechat.markup import Fields, read_fields
from channels.wechat.settings import WeChatSettings
from desk.conversations.models import Channel, Kind
from desk.conversations.values import IncomingMessage
from knowledge_base.text import clean

PERSON = re.compile(r"[A-Za-z0-9_@.-]{1,64}")
MESSAGE_ID = re.compile(r"[0-9]{1,32}")
TIME = re.compile(r"[0-9]{1,12}")
TYPE = re.compile(r"[A-Za-z0-9_]{1,64}")

# MsgType → what it is, which field holds the words, which fields are kept.
KINDS: dict[str, tuple[Kind, str, tuple[str, ...]]] = {
    "text": (Kind.TEXT, "Content", ()),
    "image": (Kind.IMAGE, "", ("MediaId", "PicUrl")),
    "voice": (Kind.VOICE, "Recognition", ("MediaId", "Format", "MediaId16K")),
    "video": (Kind.VIDEO, "", ("MediaId", "ThumbMediaId")),
    "shortvideo": (Kind.VIDEO, "", ("MediaId", "ThumbMediaId")),
    "location": (Kind.LOCATION, "Label", ("Location_X", "Location_Y", "Scale")),
    "link": (Kind.LINK, "Title", ("Title", "Description", "Url")),
    "file": (Kind.FILE, "", ("Title", "Description", "FileKey", "FileMd5", "FileTotalLen")),
}
FILES = frozenset({Kind.IMAGE, Kind.VOICE, Kind.VIDEO, Kind.FILE})
MOST_KEPT = 20  # fields of an unknown kind


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the platform: its message, its fields, and the key its reply is closed with.

    `event` is the event's name in lower case, empty for what a person sent.
    """

    message: IncomingMessage
    fields: Fields
    event: str
    key: str
    timestamp: str
    signature: str
    digest: str

    @property
    def from_person(self) -> bool:
        return not self.event


def read_echo(request: HttpRequest, settings: WeChatSettings, *, now: datetime) -> str:
    """What the handshake (GET) wants to hear back."""
    signature.check(request, settings.token, now=now)
    echo = signature.word(request, "echostr")
    if not echo:
        raise BadRequest("echo_missing", "缺少 echostr。")
    return echo


def read_call(request: HttpRequest, settings: WeChatSettings, *, now: datetime) -> Call:
    """The call in a POST: signed, fresh, opened, understood."""
    encrypted = "msg_signature" in request.GET
    if "signature" in request.GET or not encrypted:
        # Before anything of the body is looked at.
        signature.check(request, settings.token, now=now)
    fields, key = open_body(request, settings, encrypted=encrypted, now=now)
    event, message = read_message(fields, now=now)
    return Call(
        message=message,
        fields=fields,
        event=event,
        key=key,
        timestamp=signature.word(request, "timestamp"),
        signature=signature.word(request, "signature"),
        digest=hashlib.sha256(request.body).hexdigest(),
    )


def open_body(
    request: HttpRequest, settings: WeChatSettings, *, encrypted: bool, now: datetime
) -> tuple[Fields, str]:
    """The message's fields, and the key that opened it (empty: it came in plain)."""
    if not settings.secure:
        fields = read_fields(request.body)
        if fields.get("Encrypt") and not fields.get("MsgType"):
            raise BadRequest("no_aes_key", "公众号用了安全模式，请设置 WECHAT_AES_KEY。")
        # Compatible mode: the same message stands beside it in plain.
        return fields, ""
    if not encrypted:
        # The plain signature does not cover the body: with a key set, nothing unencrypted counts.
        raise BadRequest("not_encrypted", "只接受加密的消息，请在公众号后台选安全模式。", 401)
    timestamp, nonce = signature.word(request, "timestamp"), signature.word(request, "nonce")
    signature.fresh(timestamp, now=now)
    sealed = read_fields(request.body).get("Encrypt")
    given = signature.word(request, "msg_signature")
    if not sealed or not crypt.signed(
        given, token=settings.token, timestamp=timestamp, nonce=nonce, encrypted=sealed
    ):
        raise BadRequest("bad_signature", "来源无法确认。", 401)
    opened = crypt.opened(sealed, settings.aes_keys, settings.app_id)
    return read_fields(opened.text), opened.key


def read_message(fields: Fields, *, now: datetime) -> tuple[str, IncomingMessage]:
    """The event's name (empty for a person's message) and the message in `fields`."""
    account = needed(fields, "ToUserName", PERSON)
    sender = needed(fields, "FromUserName", PERSON)
    time = needed(fields, "CreateTime", TIME)
    kind = needed(fields, "MsgType", TYPE).lower()
    plain = IncomingMessage(
        channel=Channel.WECHAT.value,
        account=account,
        sender=sender,
        message_id="",
        text="",
        received_at=now,
    )
    if kind == "event" or kind.startswith("device_"):
        event = fields.get("Event").lower()[:64] or kind
        if event in ABOUT_ANOTHER and PERSON.fullmatch(fields.get("OpenID")):
            # Sent in the platform's own name; whom it is about stands in OpenID.
            plain = replace(plain, sender=fields.get("OpenID"))
        keyed = replace(plain, message_id=event_id(time, event, fields))
        return event, event_message(keyed, event, fields)
    message_id = fields.get("MsgId") or fields.get("MsgID")
    if not MESSAGE_ID.fullmatch(message_id):
        # Kinds to come may have none: the time and the content tell them apart.
        message_id = f"{time}:{fingerprint(fields)}"
    return "", content(replace(plain, message_id=message_id), kind, fields)


def needed(fields: Fields, name: str, pattern: re.Pattern[str]) -> str:
    value = fields.get(name)
    if not pattern.fullmatch(value):
        raise BadRequest("bad_message", f"消息里的 {name} 缺少或不对。")
    return value


def event_id(time: str, event: str, fields: Fields) -> str:
    """Events have no id: the second and the event, and what it is about, are the same each try."""
    about = fields.get("EventKey") + fields.get("MsgID") + fields.get("MsgId")
    about += "".join(entry.get("MsgID", "") for entry in fields.lists)
    mark = hashlib.sha256(about.encode()).hexdigest()[:12] if about else ""
    return f"event:{time}:{re.sub(r'[^a-z0-9_]', '', event)}:{mark}"


def fingerprint(fields: Fields) -> str:
    text = repr(sorted(fields.top.items()))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]


def content(plain: IncomingMessage, kind: str, fields: Fields) -> IncomingMessage:
    """Kind, words and media of what a person sent."""
    if kind not in KINDS:
        return replace(plain, kind=Kind.UNKNOWN.value, media=unknown(kind, fields))
    what, words, kept = KINDS[kind]
    text = clean(fields.get(words)) if words else ""
    media = {name: fields.get(name) for name in kept if fields.get(name)}
    if kind == "shortvideo":
        media["short"] = "1"
    if fields.get("bizmsgmenuid"):
        media["choice"] = fields.get("bizmsgmenuid")[:32]
    if what == Kind.TEXT and not text:
        # A sticker whose name was left out, or nothing but invisible characters.
        return replace(plain, kind=Kind.UNKNOWN.value, media=media)
    return replace(plain, kind=what.value, text=text, media=media, fetched=what in FILES)


def unknown(kind: str, fields: Fields) -> dict[str, str]:
    """What a kind that WeChat may yet invent brought, for staff and for us to learn from."""
    ours = {"ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId"}
    names = [name for name in fields.top if name not in ours][:MOST_KEPT]
    return {"type": kind, **{name[:64]: fields.get(name)[:300] for name in names}}
