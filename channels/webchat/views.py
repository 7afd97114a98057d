"""The chat page and `/api/chat/`: read, one call, show."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from channels.http import api
from channels.runtime import runtime
from channels.webchat import parse
from desk.conversations import reading, services
from desk.conversations.models import Channel, Conversation
from desk.conversations.typing import is_fresh, person_types
from desk.conversations.values import FileCard, TranscriptEntry
from desk.threads import in_thread

WAIT = 10.0  # seconds a POST waits for its answer before it says "pending"
HEARTBEAT = 15.0  # seconds between comments that keep an idle stream open through proxies


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The chat page, and where everything about it is served from."""
    return render(request, "webchat/page.html")


@api("POST")
async def sessions(request: HttpRequest) -> HttpResponseBase:
    """A token: a new visitor's, or, with a valid one, a fresh one of the same visitor."""
    known = parse.read_visitor(request) if "Authorization" in request.headers else None
    return JsonResponse({"token": parse.new_token(known)})


@api("GET", "POST")
async def messages(request: HttpRequest) -> HttpResponseBase:
    """GET: what was said since `after`. POST: one turn."""
    if request.method == "GET":
        conversation = await conversation_of(request)
        after = parse.read_after(request)
        lines = (
            await in_thread(reading.transcript, conversation.id, after=after)
            if conversation
            else []
        )
        return JsonResponse({"messages": [line_json(line) for line in lines]})
    message = parse.read_message(request, now=timezone.now())
    gateway = runtime().gateway
    accepted = await gateway.receive(message)
    said = await gateway.answer(accepted.inbound_id, wait=WAIT)
    return JsonResponse(
        {
            "replies": [line_json(reading.entry(reply)) for reply in said or []],
            "pending": said is None,
        }
    )


@api("GET")
async def stream(request: HttpRequest) -> HttpResponseBase:
    """Server-sent events: everything we say in the conversation after `after`, as it is said."""
    visitor = parse.read_visitor(request)
    after = parse.read_after(request)
    response = StreamingHttpResponse(events(visitor, after), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def events(visitor: str, after: int) -> AsyncIterator[str]:
    """The stream's text, without end; the connection's close ends it."""
    yield ": open\n\n"
    while (conversation := await in_thread(find, visitor)) is None:
        await asyncio.sleep(1)
        yield ": nothing said yet\n\n"
    typed_at = None
    async with runtime().live.watch(conversation.id) as new:
        while True:
            new.clear()
            for line in await in_thread(reading.transcript, conversation.id, after=after):
                after = line.seq
                if line.author != "person":
                    data = json.dumps(line_json(line), ensure_ascii=False)
                    yield f"id: {line.seq}\nevent: message\ndata: {data}\n\n"
            heard_at = await in_thread(staff_typing_at, conversation.id)
            if heard_at != typed_at and is_fresh(heard_at, timezone.now()):
                yield 'event: typing\ndata: {"typing": true}\n\n'
            typed_at = heard_at
            try:
                await asyncio.wait_for(new.wait(), HEARTBEAT)
            except TimeoutError:
                yield ": still here\n\n"


@api("POST")
async def typing(request: HttpRequest) -> HttpResponseBase:
    """The person is writing: shown to whoever of the staff looks after them."""
    conversation = await conversation_of(request)
    if conversation is not None:
        await in_thread(person_types, conversation.id, now=timezone.now())
    return HttpResponse(status=204)


def staff_typing_at(conversation_id: UUID) -> datetime | None:
    rows = Conversation.objects.filter(pk=conversation_id)
    return rows.values_list("staff_typing_at", flat=True).first()


async def conversation_of(request: HttpRequest) -> Conversation | None:
    return await in_thread(find, parse.read_visitor(request))


def find(visitor: str) -> Conversation | None:
    return services.conversation_of(Channel.WEB, parse.ACCOUNT, visitor)


def line_json(line: TranscriptEntry) -> dict[str, Any]:
    """A line of the conversation as the page gets it; `id` rises within the conversation."""
    return {
        "id": line.seq,
        "author": line.author,
        "name": line.name,
        "text": line.text,
        "at": line.at.isoformat(),
        "citations": line.citations,
        "buttons": line.buttons,
        **({"attachment": file_json(line.attachment)} if line.attachment else {}),
        **({"message_id": line.message_id} if line.author == "person" else {}),
    }


def file_json(card: FileCard) -> dict[str, Any]:
    """A file as the page gets it; fetched from /api/chat/files/ID with the visitor's token."""
    return {"id": str(card.id), "name": card.name, "size": card.size, "picture": card.picture}
