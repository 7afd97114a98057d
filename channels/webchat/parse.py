"""Reads the web chat's requests; raises BadRequest for whatever is not one."""

import re
import uuid
from datetime import datetime

from django.core import signing
from django.http import HttpRequest

from channels.http import read_object
from channels.messages import BadRequest
from desk.conversations.models import Channel
from desk.conversations.values import IncomingMessage
from knowledge_base.text import clean

ACCOUNT = "web"
SALT = "webchat.visitor"
TOKEN_AGE = 90 * 24 * 60 * 60  # seconds
MESSAGE_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def new_token(visitor: str | None = None) -> str:
    """A signed token of `visitor`, else a new one's; nothing is stored until they say something."""
    return signing.dumps(visitor or uuid.uuid4().hex, salt=SALT, compress=False)


def read_visitor(request: HttpRequest) -> str:
    """The visitor named by the request's bearer token."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise BadRequest("token_missing", "缺少会话凭证，请刷新页面。", 401)
    try:
        return str(signing.loads(token.strip(), salt=SALT, max_age=TOKEN_AGE))
    except signing.SignatureExpired as error:
        raise BadRequest("token_expired", "会话已过期，请刷新页面重新开始。", 401) from error
    except signing.BadSignature as error:
        raise BadRequest("token_invalid", "会话凭证无效，请刷新页面。", 401) from error


def read_message(request: HttpRequest, *, now: datetime) -> IncomingMessage:
    """The message in a POST to `/api/chat/messages`."""
    visitor = read_visitor(request)
    body = read_object(request)
    text = body.get("text")
    message_id = body.get("id")
    if not isinstance(text, str):
        raise BadRequest("text_missing", "请在 text 里写下要说的话。")
    if message_id is None:
        message_id = uuid.uuid4().hex
    if not isinstance(message_id, str) or not MESSAGE_ID.fullmatch(message_id):
        raise BadRequest("bad_message_id", "消息编号只能用1到64个字母、数字和 _ . : - 。")
    return IncomingMessage(
        channel=Channel.WEB,
        account=ACCOUNT,
        sender=visitor,
        message_id=message_id,
        # No NUL, which no store takes, and no invisible marks, which would mislead a reader.
        text=clean(text).strip(),
        received_at=now,
    )


def read_after(request: HttpRequest) -> int:
    """The `after` of a request, else the stream's `Last-Event-ID`, else 0."""
    value = request.GET.get("after") or request.headers.get("Last-Event-ID") or "0"
    if not re.fullmatch(r"\d{1,9}", value):
        raise BadRequest("bad_after", "after 应当是一条消息的编号（数字）。")
    return int(value)
