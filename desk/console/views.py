"""The console's pages: read what was asked, call one service, show its result."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desk.accounts.models import StaffMember
from desk.console.entrance import PageNotFound, is_htmx, read_written, staff_page
from desk.console.filters import read_filters
from desk.console.talk import fingerprint, new_key, reply_box, talk_of
from desk.conversations import services as conversations
from desk.conversations.models import Conversation
from desk.tickets import answering, permissions
from desk.tickets import services as tickets
from desk.tickets.errors import MoveNotAllowed, TicketNotFound
from desk.tickets.models import Ticket
from desk.tickets.moves import moves_from

TICKETS_PER_PAGE = 30
UNCHANGED = 204

Context = dict[str, Any]


@staff_page
@require_safe
def queue(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Who waits for a person, whom I look after, and the tickets my filters choose."""
    filters = read_filters(request.GET, staff)
    chosen = tickets.queue(staff, scope=filters.scope, states=filters.states)
    page = Paginator(chosen, TICKETS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"filters": filters, "page": page, **_waiting(staff)}
    return render(request, "console/queue.html", context)


@staff_page
@require_safe
def waiting(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """The queue's live part; nothing when it is what the page shows already."""
    context = _waiting(staff)
    if request.GET.get("seen") == context["version"]:
        return HttpResponse(status=UNCHANGED)
    return render(request, "console/_waiting.html", context)


@staff_page
@require_safe
def ticket(request: HttpRequest, staff: StaffMember, number: str) -> HttpResponse:
    """A ticket: facts, the whole conversation, what can be done, what was done."""
    found = tickets.ticket_for(staff, number)
    moves = [move for move in moves_from(found.state) if permissions.may_move(staff, found, move)]
    context = {"moves": moves, **_history(found, staff)}
    if found.conversation:
        context |= _talk(found.conversation, staff, found)
    return render(request, "console/ticket.html", context)


@staff_page
@require_POST
def move(request: HttpRequest, staff: StaffMember, number: str, name: str) -> HttpResponse:
    """Starts, closes or reopens a ticket."""
    found = tickets.ticket_for(staff, number)
    words = request.POST.get("note", "")
    held = found.conversation is not None and found.conversation.holder == staff
    try:
        moved = tickets.transition(found.pk, name, actor=staff, now=timezone.now(), note=words)
    except MoveNotAllowed as error:
        # A double click or a faster colleague: the page shows how the ticket stands now.
        messages.warning(request, error.message)
    else:
        said = f"工单 {moved.number} 现在是“{moved.get_state_display()}”。"
        if held and moved.conversation and moved.conversation.holder is None:
            said += "会话已交还陪跑员，来访人再说话由它回答。"
        messages.success(request, said)
    return redirect("console:ticket", number=found.number)


@staff_page
@require_POST
def ticket_reply(request: HttpRequest, staff: StaffMember, number: str) -> HttpResponse:
    """Answers the person in the ticket's conversation."""
    found = tickets.ticket_for(staff, number)
    sent = tickets.reply(found.pk, staff=staff, **read_written(request))
    return _replied(request, staff, sent.conversation_id, found)


@staff_page
@require_POST
def note(request: HttpRequest, staff: StaffMember, number: str) -> HttpResponse:
    """Adds a note only staff read."""
    found = tickets.ticket_for(staff, number)
    tickets.add_note(found.pk, staff=staff, **read_written(request))
    context = _history(found, staff)
    return _renewed(request, "console/_history.html", context, _page_of(found))


@staff_page
@require_safe
def conversation(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """A conversation: the whole of it, who holds it, the person's tickets."""
    found = permissions.conversation_for(staff, conversation_id)
    theirs = [item for item in tickets.tickets_of(found.id) if permissions.may_see(staff, item)]
    context = {"tickets": theirs, **_talk(found, staff)}
    return render(request, "console/conversation.html", context)


@staff_page
@require_safe
def transcript(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """The conversation's live part; nothing when it is what the page shows already."""
    found = permissions.conversation_for(staff, conversation_id)
    on_ticket = _ticket_of_page(request, staff, found)
    talk = talk_of(found, staff, on_ticket)
    if request.GET.get("seen") == talk.version:
        return HttpResponse(status=UNCHANGED)
    box = reply_box(talk, staff, on_ticket)
    # The holder's line stands outside the part htmx asked for, so it comes along by its id. So does
    # the reply form, but only when it opens or closes: somebody may be writing in it.
    renew_box = request.GET.get("box") != box.mark
    context = {"talk": talk, "box": box, "ticket": on_ticket, "live": True, "renew_box": renew_box}
    return render(request, "console/_transcript.html", context)


@staff_page
@require_POST
def take(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """I look after this person from now on; the bot falls silent."""
    answering.take(conversation_id, staff=staff, now=timezone.now())
    return redirect(_ticket_of_form(request) or _page_of_conversation(conversation_id))


@staff_page
@require_POST
def give_back(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """The bot answers again."""
    found = permissions.conversation_for(staff, conversation_id)
    answering.give_back(found.id, staff=staff, now=timezone.now())
    messages.success(request, f"已把与{found.identity.contact}的会话交还陪跑员。")
    # Without a ticket of theirs, staff may no longer read what they do not hold.
    return redirect(_ticket_of_form(request) or "console:queue")


@staff_page
@require_POST
def reply(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """Answers the person; the conversation is mine from then on."""
    answering.reply(conversation_id, staff=staff, **read_written(request))
    return _replied(request, staff, conversation_id)


@staff_page
def missing(request: HttpRequest, staff: StaffMember, rest: str) -> HttpResponse:
    """Every address of the console that is none."""
    raise PageNotFound


def _waiting(staff: StaffMember) -> Context:
    """Conversations nobody has taken yet, held ones whose person waits, and those `staff` holds."""
    now = timezone.now()
    people = list(conversations.waiting().filter(holder=None))
    unheard = list(permissions.unheard_for(staff))
    mine = list(
        Conversation.objects.filter(holder=staff)
        .select_related("identity__contact")
        .order_by("-last_message_at")
    )
    # To the minute, as the page says it.
    minute = now.replace(second=0, microsecond=0) if people or unheard else None
    version = fingerprint(
        [one.pk for one in people],
        [(one.pk, one.holder_id, one.last_message_at) for one in unheard],
        minute,
        [(one.pk, one.last_message_at) for one in mine],
    )
    return {"people": people, "unheard": unheard, "mine": mine, "version": version}


def _talk(found: Conversation, staff: StaffMember, on_ticket: Ticket | None = None) -> Context:
    """The conversation and its reply form."""
    talk = talk_of(found, staff, on_ticket)
    return {"talk": talk, "box": reply_box(talk, staff, on_ticket)}


def _history(found: Ticket, staff: StaffMember) -> Context:
    """The ticket with its history and an empty note."""
    return {
        "ticket": found,
        "may_act": permissions.may_act(staff, found),
        "events": found.events.select_related("actor"),
        "note_key": new_key(),
    }


def _replied(
    request: HttpRequest,
    staff: StaffMember,
    conversation_id: UUID,
    on_ticket: Ticket | None = None,
) -> HttpResponse:
    """An empty reply form with a new key; the transcript is told to look at once."""
    found = permissions.conversation_for(staff, conversation_id)
    page = _page_of(on_ticket) if on_ticket else _page_of_conversation(conversation_id)
    context = {"box": reply_box(talk_of(found, staff, on_ticket), staff, on_ticket)}
    answer = _renewed(request, "console/_reply.html", context, page)
    answer["HX-Trigger"] = "transcript-changed"
    return answer


def _renewed(request: HttpRequest, part: str, context: Context, page: str) -> HttpResponse:
    """The part of the page that htmx replaces; without scripts, the way back to `page`."""
    if not is_htmx(request):
        return redirect(page)
    return render(request, part, {**context, "clear_notice": True})


def _page_of(found: Ticket) -> str:
    return reverse("console:ticket", args=[found.number])


def _page_of_conversation(conversation_id: UUID) -> str:
    return reverse("console:conversation", args=[conversation_id])


def _ticket_of_page(request: HttpRequest, staff: StaffMember, shown: Conversation) -> Ticket | None:
    """The ticket whose page shows the conversation; None on the conversation's own page."""
    number = request.GET.get("ticket", "")
    if not number:
        return None
    found = tickets.ticket_for(staff, number)
    if found.conversation_id != shown.pk:
        raise TicketNotFound
    return found


def _ticket_of_form(request: HttpRequest) -> str:
    """The page of the ticket the form stood on; empty when it stood elsewhere."""
    number = request.POST.get("ticket", "")
    return reverse("console:ticket", args=[number]) if number.isalnum() else ""
