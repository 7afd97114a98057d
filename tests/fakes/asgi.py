"""Calls the product as its server does: Django's test client grows with each call."""

import asyncio
from urllib.parse import urlencode

from peipao.asgi import application


class Caller:
    """Posts to the product, one request after the other or side by side."""

    def __init__(self):
        self.application = application

    async def post(self, path, query, body, headers=()):
        """The status and the body that come back."""
        pieces, sent = [body], []

        async def receive():
            if not pieces:
                # The connection stays open.
                await asyncio.Event().wait()
            return {"type": "http.request", "body": pieces.pop(), "more_body": False}

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http", "method": "POST", "path": path, "http_version": "1.1",
            "scheme": "http", "query_string": urlencode(query).encode(),
            "headers": [(b"host", b"testserver"), (b"content-type", b"text/xml"),
                        (b"content-length", str(len(body)).encode()), *headers],
        }  # fmt: skip
        await self.application(scope, receive, send)
        return sent[0]["status"], b"".join(one.get("body", b"") for one in sent[1:])
