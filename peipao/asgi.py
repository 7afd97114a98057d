"""The web process: static files beside Django, and an orderly stop."""

import os
import sys
from typing import cast

from django.conf import settings
from django.core.asgi import get_asgi_application
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from peipao.doors import DOORS, Doors
from peipao.too_large import too_large

# The database gives the interpreter's lock away with every statement. At the usual 5 ms a thread in
# the middle of a transaction waits so long for it again, a dozen times, while others want to write.
sys.setswitchinterval(0.0005)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peipao.settings")
ALIVE = "/healthz"
# Django reads a whole body before it asks anybody: nothing larger than a file comes in.
LARGEST_BODY = 11 * 1024 * 1024
django_application = cast("ASGIApp", get_asgi_application())
doors = cast("ASGIApp", Doors())


class Application:
    """Static files without Django's middleware: WhiteNoise's is synchronous and would hold a
    thread for as long as a chat request waits."""

    def __init__(self) -> None:
        files = StaticFiles(directory=settings.STATIC_ROOT, check_dir=False)
        # Within Starlette, which turns what StaticFiles raises into a 404.
        self._static = Starlette(routes=[Mount(settings.STATIC_URL.rstrip("/"), files)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http" and scope["path"] == ALIVE:
            # Before Django, whose ALLOWED_HOSTS need not name the address the supervisor asks.
            await JSONResponse({"status": "ok"})(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(settings.STATIC_URL):
            await self._static(scope, receive, send)
        elif scope["type"] == "http" and _declared(scope) > LARGEST_BODY:
            await too_large(scope)(scope, receive, send)
        else:
            door = scope["type"] == "http" and scope["path"].startswith(DOORS)
            await _within_limit(doors if door else django_application, scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        from channels.runtime import runtime

        while True:
            message = await receive()
            stopping = message["type"] == "lifespan.shutdown"
            if stopping:
                # First: the server is gone as soon as it hears that the shutdown is complete.
                await runtime().close()
            await send({"type": f"{message['type']}.complete"})
            if stopping:
                return


def _declared(scope: Scope) -> int:
    """The body's length as the request states it; 0 when it states none."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


async def _within_limit(django: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Django, unless a body that stated no length grows too large: then the connection ends."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        return {"type": "http.disconnect"} if taken > LARGEST_BODY else message

    await django(scope, counted, send)


application = Application()
