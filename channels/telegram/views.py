"""`POST /webhooks/telegram`: check, read, store, acknowledge."""

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from channels.http import api, closed
from channels.runtime import runtime
from channels.telegram import parse
from channels.telegram.settings import read


@api("POST")
async def webhook(request: HttpRequest) -> HttpResponseBase:
    """One update; 200 means that it is stored, or that nothing in it is for us."""
    settings = read()
    if settings is None:
        return closed()
    parse.check_secret(request, settings)
    message = parse.read_update(request, settings, now=timezone.now())
    if message is not None:
        await runtime().gateway.receive(message)
    return JsonResponse({"ok": True})
