"""What every answer tells the browser not to do."""

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

# Only what we serve ourselves, nothing written into a page; pictures a page made itself (blob:)
# are the attachments it fetched with its own key.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}

Answer = HttpResponseBase
Next = Callable[[HttpRequest], Answer | Awaitable[Answer]]


def guarded(answer: Answer) -> Answer:
    """`answer` with the headers it has not set itself."""
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    return answer


@sync_and_async_middleware
def headers(get_response: Next) -> Next:
    """Django's middleware for both kinds of views."""
    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> Answer:
            return guarded(await cast("Awaitable[HttpResponse]", get_response(request)))

        return later

    def now(request: HttpRequest) -> Answer:
        return guarded(cast("HttpResponse", get_response(request)))

    return now
