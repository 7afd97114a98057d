"""Platforms' requests go straight to their door, past what only pages need.

Sessions, sign-in and signals cost each asynchronous request a thread of its own and a dozen turns
in it; a platform that counts five seconds gets nothing for them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from inspect import iscoroutinefunction
from typing import Any, cast

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve, set_script_prefix
from django.utils.decorators import sync_and_async_middleware

from peipao.security import Answer, Next

DOORS = "/webhooks/"

# As Django has them: ASGI's, of messages that are only read.
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class Doors(ASGIHandler):
    """Django for the doors: as its own handler, without signals and their threads.

    Nothing is lost by it: services run in threads that look after their connections themselves
    (desk/threads.py).
    """

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with body:
            set_script_prefix(get_script_prefix(scope))
            request, refusal = self.create_request(scope, body)
            if request is None:
                await self.send_response(cast("HttpResponse", refusal), send)
                return
            answering = asyncio.create_task(self._answer(request, send))
            leaving = asyncio.create_task(self._left(receive))
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            leaving.cancel()
            # A view hears of a platform that hung up by being cancelled.
            if not answering.done():
                answering.cancel()
            await asyncio.wait({answering})
            if not answering.cancelled():
                answering.result()

    async def _answer(self, request: HttpRequest, send: Send) -> None:
        await self.send_response(await self.get_response_async(request), send)

    async def _left(self, receive: Receive) -> None:
        """Returns when the platform has hung up."""
        while (await receive())["type"] != "http.disconnect":
            pass


@sync_and_async_middleware
def straight(get_response: Next) -> Next:
    """Django's middleware that passes over what stands behind it; only for asynchronous servers."""
    if not iscoroutinefunction(get_response):
        return get_response
    onward = cast("Next", get_response)

    async def through(request: HttpRequest) -> Answer:
        if not request.path_info.startswith(DOORS):
            return await cast("Awaitable[Answer]", onward(request))
        try:
            door = resolve(request.path_info)
        except Resolver404:
            return await cast("Awaitable[Answer]", onward(request))
        request.get_host()  # refuses a name that is not ours
        answer = await cast("Awaitable[HttpResponse]", door.func(request, **door.kwargs))
        answer.headers.setdefault("Content-Length", str(len(answer.content)))
        answer.headers.setdefault("X-Content-Type-Options", "nosniff")
        return answer

    return through
