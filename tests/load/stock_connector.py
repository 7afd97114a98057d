"""A Rasa channel for WeChat in the style of the usual tutorials: parse, ask Rasa, reply.

It runs inside stock Rasa (.venv-rasa) and stands beside our door in the load report. It has what
those have: the signature's check and a passive text reply. It has none of what they lack.
"""

import hashlib
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from xml.etree import ElementTree

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

REPLY = (
    "<xml><ToUserName><![CDATA[{to}]]></ToUserName><FromUserName><![CDATA[{account}]]>"
    "</FromUserName><CreateTime>{at}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[{text}]]></Content></xml>"
)
LONGEST = 600  # characters


class WeChatInput(InputChannel):
    """`/webhooks/wechat/webhook`."""

    def __init__(self, token: str) -> None:
        self.token = token

    @classmethod
    def name(cls) -> str:
        return "wechat"

    @classmethod
    def from_credentials(cls, credentials: "dict[str, Any] | None") -> "WeChatInput":
        return cls((credentials or {})["token"])

    def signed(self, request: Request) -> bool:
        words = sorted([self.token, request.args.get("timestamp"), request.args.get("nonce")])
        right = hashlib.sha1("".join(words).encode()).hexdigest()  # noqa: S324 - WeChat's own
        return right == request.args.get("signature")

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        hook = Blueprint("wechat_webhook", "wechat")

        @hook.route("/", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @hook.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            if not self.signed(request):
                return response.text("forbidden", status=403)
            message = ElementTree.fromstring(request.body)  # noqa: S314 - as the tutorials do
            sender, account = message.findtext("FromUserName"), message.findtext("ToUserName")
            collector = CollectingOutputChannel()
            # The product's actions know conversations by UUIDs alone.
            talk = str(uuid.uuid5(uuid.NAMESPACE_URL, sender or ""))
            await on_new_message(
                UserMessage(message.findtext("Content"), collector, talk, input_channel=self.name())
            )
            said = "\n".join(one["text"] for one in collector.messages if one.get("text"))
            if not said:
                return response.text("success")
            reply = REPLY.format(
                to=sender, account=account, at=int(time.time()), text=said[:LONGEST]
            )
            return response.text(reply, content_type="application/xml")

        return hook
