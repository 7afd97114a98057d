"""Reads Telegram's updates; raises BadRequest for what is none."""

import hmac
import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from channels.http import read_object
from channels.messages import BadRequest
from channels.telegram.settings import TelegramSettings
from desk.conversations.models import Channel, Kind
from desk.conversations.values import IncomingMessage, Reply
from knowledge_base.text import clean

HEADER = "X-Telegram-Bot-Api-Secret-Token"
WELCOME = Reply(
    "您好，我是营商陪跑员。政策怎么享受、事情怎么办、遇到难处找谁，直接打字问我就行；"
    "想找工作人员，说“转人工”。",
    buttons=[
        {"title": "有哪些惠企政策", "payload": "有哪些惠企政策"},
        {"title": "我要投诉", "payload": "我要投诉"},
        {"title": "转人工", "payload": "转人工"},
    ],
)
# The field of a message → what it is, and which of its keys are kept.
KINDS: tuple[tuple[str, Kind, tuple[str, ...]], ...] = (
    ("photo", Kind.IMAGE, ("file_id",)),
    ("voice", Kind.VOICE, ("file_id", "duration")),
    ("audio", Kind.FILE, ("file_id", "file_name", "mime_type")),
    ("video", Kind.VIDEO, ("file_id", "duration")),
    ("video_note", Kind.VIDEO, ("file_id", "duration")),
    ("animation", Kind.VIDEO, ("file_id",)),
    ("document", Kind.FILE, ("file_id", "file_name", "mime_type")),
    ("location", Kind.LOCATION, ("latitude", "longitude")),
    ("sticker", Kind.UNKNOWN, ("file_id", "emoji")),
)
FILES = frozenset({Kind.IMAGE, Kind.VOICE, Kind.VIDEO, Kind.FILE})


def check_secret(request: HttpRequest, settings: TelegramSettings) -> None:
    """Raises BadRequest unless the call carries our secret."""
    given = request.headers.get(HEADER, "")
    if not hmac.compare_digest(given.encode(), settings.secret.encode()):
        raise BadRequest("bad_secret", "来源无法确认。", 401)


def read_update(
    request: HttpRequest, settings: TelegramSettings, *, now: datetime
) -> IncomingMessage | None:
    """The message in an update; None for updates that are nobody's words to us (groups, edits)."""
    update = read_object(request)
    update_id = update.get("update_id")
    if not isinstance(update_id, int) or isinstance(update_id, bool):
        raise BadRequest("bad_update", "这不是一条 Telegram 更新。")
    member = update.get("my_chat_member")
    message = member or update.get("message")
    if not isinstance(message, dict):
        return None
    sender = private_chat(message)
    if sender is None:
        return None
    plain = IncomingMessage(
        channel=Channel.TELEGRAM.value,
        account=settings.account,
        sender=sender,
        message_id=str(update_id)[:64],
        text="",
        received_at=now,
    )
    return membership(plain, message) if member else content(plain, message)


def private_chat(message: dict[str, Any]) -> str | None:
    """The id of the private chat the message stands in; None elsewhere."""
    chat = message.get("chat")
    if not isinstance(chat, dict) or chat.get("type") != "private":
        return None
    found = chat.get("id")
    return str(found) if isinstance(found, int) and abs(found) < 2**63 else None


def membership(plain: IncomingMessage, change: dict[str, Any]) -> IncomingMessage:
    """The person stopped the bot, or started it again."""
    new = change.get("new_chat_member")
    status = str(new.get("status", "")) if isinstance(new, dict) else ""
    stopped = status in ("kicked", "left")
    return replace(
        plain,
        kind=Kind.EVENT.value,
        text="停用了机器人" if stopped else "",
        media={"event": "my_chat_member", "status": status},
        reopens=not stopped,
    )


def content(plain: IncomingMessage, message: dict[str, Any]) -> IncomingMessage:
    """Kind, words and media of a message."""
    text = words(message.get("text"))
    if re.fullmatch(r"/start(@\w+)?( .*)?", text):
        return replace(plain, kind=Kind.EVENT.value, text="开始使用", reply=WELCOME)
    contact = message.get("contact")
    if isinstance(contact, dict):
        # Shared by a button instead of typed: the same words.
        text = text or words(contact.get("phone_number"))
    if text:
        return replace(plain, text=text)
    caption = words(message.get("caption"))
    for name, kind, keys in KINDS:
        held = message.get(name)
        if isinstance(held, list) and held:
            held = held[-1]  # a photo in its largest size
        if isinstance(held, dict):
            media = {key: held[key] for key in keys if isinstance(held.get(key), str | int | float)}
            fetched = kind in FILES and "file_id" in media
            return replace(plain, kind=kind.value, text=caption, media=media, fetched=fetched)
    return replace(plain, kind=Kind.UNKNOWN.value, text=caption)


def words(value: object) -> str:
    """`value` as clean words; empty when it is none."""
    return clean(value) if isinstance(value, str) else ""
