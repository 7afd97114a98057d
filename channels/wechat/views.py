"""`GET, POST /webhooks/wechat`: check, read, store, answer in the open request or later."""

import asyncio
import time

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from channels.http import api, closed
from channels.wechat import crypt, parse
from channels.wechat.answering import Clock, answer
from channels.wechat.background import to_the_end
from channels.wechat.markup import text_reply
from channels.wechat.parse import Call
from channels.wechat.settings import WeChatSettings, read

NOTHING = "success"  # the platform shows nothing and does not try again


@api("GET", "POST")
async def webhook(request: HttpRequest) -> HttpResponseBase:
    """The handshake, or one message; 200 means that it is stored."""
    settings = read()
    if settings is None:
        return closed()
    if request.method == "GET":
        return plain(parse.read_echo(request, settings, now=timezone.now()))
    clock = Clock(asyncio.get_running_loop().time())
    call = parse.read_call(request, settings, now=timezone.now())
    text = await to_the_end(answer(call, settings, clock), closed=clock.close)
    return plain(NOTHING) if text is None else reply(call, text, settings)


def plain(text: str) -> HttpResponse:
    """Text that no browser takes for a page."""
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["X-Content-Type-Options"] = "nosniff"
    return response


def reply(call: Call, text: str, settings: WeChatSettings) -> HttpResponse:
    """The passive reply, closed with the key that opened the message."""
    message = call.message
    at = int(time.time())
    made = text_reply(text, to=message.sender, account=message.account, at=at)
    if call.key:
        made = crypt.closed(
            made, call.key, token=settings.token, app_id=settings.app_id, timestamp=str(at)
        )
    return HttpResponse(made, content_type="application/xml; charset=utf-8")
