"""The console's live stream: says what changed, and the page asks for it."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from desk.accounts import presence
from desk.accounts.models import StaffMember
from desk.console import access, areas, idle
from desk.console.entrance import staff_page
from desk.conversations.live import changes
from desk.conversations.models import Conversation
from desk.conversations.typing import is_fresh
from desk.errors import DeskError
from desk.threads import in_thread

# Seconds: between two looks whether the session still stands, and between two words on the desk.
CHECK, DESK_PAUSE = 20.0, 1.0
REFUSED = 401


@require_safe
async def live(request: HttpRequest) -> HttpResponseBase:
    """Server-sent events: `talk` (the conversation named in the address changed), `typing`, `desk`.

    Ends when the session does; the browser comes back by itself, and is refused.
    """
    conversation_id = _read_id(request.GET.get("conversation", ""))
    if not await in_thread(admitted, request, conversation_id):
        return HttpResponse(status=REFUSED)
    stream = StreamingHttpResponse(
        events(request, conversation_id), content_type="text/event-stream"
    )
    stream["Cache-Control"] = "no-store"
    stream["X-Accel-Buffering"] = "no"
    return stream


def admitted(request: HttpRequest, conversation_id: UUID | None) -> bool:
    """Whether the request's session stands, and its staff may read the conversation."""
    now = timezone.now()
    session = type(request.session)(request.session.session_key)
    staff = StaffMember.objects.filter(
        pk=session.get("_auth_user_id") or 0, is_active=True, temporary_until=None
    ).first()
    if staff is None or staff.get_session_auth_hash() != session.get("_auth_user_hash"):
        return False
    active_at = session.get(idle.ACTIVE_AT)
    if not (idle.seconds_left(active_at, now) and areas.may_visit(staff, "live")):
        return False
    presence.note(staff, now)
    if conversation_id is None:
        return True
    try:
        access.conversation_for(staff, conversation_id)
    except DeskError:
        return False
    return True


async def events(request: HttpRequest, conversation_id: UUID | None) -> AsyncIterator[str]:
    """The stream's text; the connection's close ends it."""
    yield "retry: 2000\n\n"
    with changes().watch_desk() as desk:
        if conversation_id is None:
            async for text in _turns(request, None, desk, None):
                yield text
            return
        async with changes().watch(conversation_id) as talk:
            async for text in _turns(request, conversation_id, desk, talk):
                yield text


async def _turns(
    request: HttpRequest,
    conversation_id: UUID | None,
    desk: asyncio.Event,
    talk: asyncio.Event | None,
) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    check_at, desk_at = loop.time() + CHECK, 0.0
    typed_at: datetime | None = None
    while True:
        now = loop.time()
        if now >= check_at:
            if not await in_thread(admitted, request, conversation_id):
                return
            check_at = now + CHECK
            yield ": still here\n\n"
        if talk is not None and talk.is_set() and conversation_id is not None:
            talk.clear()
            yield "event: talk\ndata: {}\n\n"
            heard_at = await in_thread(_person_typing_at, conversation_id)
            if heard_at != typed_at and is_fresh(heard_at, timezone.now()):
                data = json.dumps({"typing": True})
                yield f"event: typing\ndata: {data}\n\n"
            typed_at = heard_at
        if desk.is_set() and now >= desk_at:
            desk.clear()
            desk_at = now + DESK_PAUSE
            yield "event: desk\ndata: {}\n\n"
        waits = [asyncio.ensure_future(event.wait()) for event in (talk, desk) if event is not None]
        # Somebody who writes keeps the event set; a pause keeps the stream from spinning.
        try:
            await asyncio.wait(waits, timeout=CHECK, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # The page may be left here: what waits must not be left behind.
            for wait in waits:
                wait.cancel()
        await asyncio.sleep(0.1)


@staff_page
@require_safe
def counts(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """How many wait, for the bar of every page."""
    return render(request, "console/_counts.html", {"user": staff})


def _person_typing_at(conversation_id: UUID) -> datetime | None:
    rows = Conversation.objects.filter(pk=conversation_id)
    return rows.values_list("person_typing_at", flat=True).first()


def _read_id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
