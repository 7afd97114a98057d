"""What several of the console's pages share: the talk, and the answer to a form of htmx."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from desk.accounts.models import StaffMember
from desk.console import access
from desk.console.entrance import is_htmx
from desk.console.reading import whole
from desk.console.talk import reply_box, talk_of
from desk.conversations.models import Conversation
from desk.tickets.models.ticket import Ticket

Context = dict[str, Any]


def talk_context(
    found: Conversation, staff: StaffMember, on_ticket: Ticket | None = None
) -> Context:
    """The conversation and its reply form."""
    talk = talk_of(found, staff, on_ticket)
    return {"talk": talk, "box": reply_box(talk, staff, on_ticket)}


def replied(
    request: HttpRequest,
    staff: StaffMember,
    conversation_id: UUID,
    on_ticket: Ticket | None = None,
) -> HttpResponse:
    """An empty reply form with a new key; the transcript is told to look at once."""
    found = access.conversation_for(staff, conversation_id)
    page = page_of(on_ticket) if on_ticket else page_of_conversation(conversation_id)
    context = {"box": reply_box(talk_of(found, staff, on_ticket), staff, on_ticket)}
    answer = renewed(request, "console/_reply.html", context, page)
    answer["HX-Trigger"] = "transcript-changed"
    return answer


def renewed(request: HttpRequest, part: str, context: Context, page: str) -> HttpResponse:
    """The part of the page that htmx replaces; without scripts, the way back to `page`."""
    if not is_htmx(request):
        return redirect(page)
    return render(request, part, {**context, "clear_notice": True})


def page_of(found: Ticket) -> str:
    """The ticket's page."""
    return reverse("console:ticket", args=[found.number])


def page_of_conversation(conversation_id: UUID) -> str:
    """The conversation's own page."""
    return reverse("console:conversation", args=[conversation_id])


def read_number(request: HttpRequest, name: str) -> int:
    """The small number a form names, such as a revision; 0 when it is none."""
    return whole(request.POST.get(name, ""))
