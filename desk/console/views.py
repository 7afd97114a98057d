"""The console's pages: read what was asked, call one service, show its result."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desk.accounts.models import StaffMember
from desk.console.entrance import PageNotFound, is_htmx, read_key, staff_page
from desk.console.filters import read_filters
from desk.console.talk import fingerprint, new_key, reply_box, talk_of
from desk.conversations import services as conversations
from desk.conversations.models import Conversation
from desk.tickets import permissions
from desk.tickets import services as tickets
from desk.tickets.errors import MoveNotAllowed
from desk.tickets.models import Ticket
from desk.tickets.moves import moves_from

TICKETS_PER_PAGE = 30
UNCHANGED = 204


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
    talk = talk_of(found.conversation, staff) if found.conversation else None
    box = reply_box(reverse("console:ticket-reply", args=[number]), found.conversation, staff)
    may_act = permissions.may_act(staff, found)
    moves = [move for move in moves_from(found.state) if permissions.may_move(staff, found, move)]
    context = {
        "talk": talk,
        "box": box,
        "on_ticket": found.number,
        "may_act": may_act,
        "moves": moves,
        **_history(found),
    }
    return render(request, "console/ticket.html", context)


@staff_page
@require_POST
def move(request: HttpRequest, staff: StaffMember, number: str, name: str) -> HttpResponse:
    """Starts, closes or reopens a ticket."""
    found = tickets.ticket_for(staff, number)
    words = request.POST.get("note", "")
    try:
        moved = tickets.transition(found.pk, name, actor=staff, now=timezone.now(), note=words)
    except MoveNotAllowed as error:
        # A double click or a faster colleague: the page shows how the ticket stands now.
        messages.warning(request, error.message)
    else:
        messages.success(request, f"工单 {moved.number} 现在是“{moved.get_state_display()}”。")
    return redirect("console:ticket", number=found.number)


@staff_page
@require_POST
def ticket_reply(request: HttpRequest, staff: StaffMember, number: str) -> HttpResponse:
    """Answers the person in the ticket's conversation."""
    found = tickets.ticket_for(staff, number)
    text, key = request.POST.get("text", ""), read_key(request)
    tickets.reply(found.pk, staff=staff, text=text, key=key, now=timezone.now())
    if not is_htmx(request):
        return redirect("console:ticket", number=found.number)
    return _replied(request, staff, found.conversation)


@staff_page
@require_POST
def note(request: HttpRequest, staff: StaffMember, number: str) -> HttpResponse:
    """Adds a note only staff read."""
    found = tickets.ticket_for(staff, number)
    text, key = request.POST.get("text", ""), read_key(request)
    tickets.add_note(found.pk, staff=staff, text=text, key=key, now=timezone.now())
    if not is_htmx(request):
        return redirect("console:ticket", number=found.number)
    context = {"may_act": True, "clear_notice": True, **_history(found)}
    return render(request, "console/_history.html", context)


@staff_page
@require_safe
def conversation(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """A conversation: the whole of it, who holds it, the person's tickets."""
    found = permissions.conversation_for(staff, conversation_id)
    box = reply_box(reverse("console:conversation-reply", args=[found.id]), found, staff)
    theirs = [item for item in tickets.tickets_of(found.id) if permissions.may_see(staff, item)]
    context = {"talk": talk_of(found, staff), "box": box, "tickets": theirs}
    return render(request, "console/conversation.html", context)


@staff_page
@require_safe
def transcript(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """The conversation's live part; nothing when it is what the page shows already."""
    talk = talk_of(permissions.conversation_for(staff, conversation_id), staff)
    if request.GET.get("seen") == talk.version:
        return HttpResponse(status=UNCHANGED)
    # The holder's line stands outside the part htmx asked for, so it comes along by its id.
    context = {"talk": talk, "live": True, "on_ticket": request.GET.get("ticket", "")}
    return render(request, "console/_transcript.html", context)


@staff_page
@require_POST
def take(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """I look after this person from now on; the bot falls silent."""
    found = permissions.conversation_for(staff, conversation_id)
    conversations.take(found.id, staff=staff, now=timezone.now())
    return _back(request, found)


@staff_page
@require_POST
def give_back(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """The bot answers again."""
    found = permissions.conversation_for(staff, conversation_id)
    conversations.give_back(found.id, staff=staff, now=timezone.now())
    messages.success(request, f"已把与{found.identity.contact}的会话交还陪跑员。")
    # Without a ticket of theirs, staff may no longer read what they do not hold.
    if not _ticket_of_form(request):
        return redirect("console:queue")
    return _back(request, found)


@staff_page
@require_POST
def reply(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """Answers the person; the conversation is mine from then on."""
    found = permissions.conversation_for(staff, conversation_id)
    text, key = request.POST.get("text", ""), read_key(request)
    conversations.reply_as_staff(found.id, staff=staff, text=text, key=key, now=timezone.now())
    if not is_htmx(request):
        return _back(request, found)
    return _replied(request, staff, found)


@staff_page
def missing(request: HttpRequest, staff: StaffMember, rest: str) -> HttpResponse:
    """Every address of the console that is none."""
    raise PageNotFound


def _waiting(staff: StaffMember) -> dict[str, object]:
    """The conversations nobody has taken yet, and those `staff` holds."""
    now = timezone.now()
    people = list(conversations.waiting().filter(holder=None))
    mine = list(
        Conversation.objects.filter(holder=staff)
        .select_related("identity__contact")
        .order_by("-last_message_at")
    )
    # To the minute, as the page says it.
    minute = now.replace(second=0, microsecond=0) if people else None
    version = fingerprint(
        [one.pk for one in people], minute, [(one.pk, one.last_message_at) for one in mine]
    )
    return {"people": people, "mine": mine, "version": version}


def _history(found: Ticket) -> dict[str, object]:
    """The ticket with its history and an empty note."""
    return {"ticket": found, "events": found.events.select_related("actor"), "note_key": new_key()}


def _replied(
    request: HttpRequest, staff: StaffMember, conversation: Conversation | None
) -> HttpResponse:
    """An empty reply form with a new key; the transcript is told to look at once."""
    context = {"box": reply_box(request.path, conversation, staff), "clear_notice": True}
    answer = render(request, "console/_reply.html", context)
    answer["HX-Trigger"] = "transcript-changed"
    return answer


def _back(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """Back to the ticket the form stood on, else to the conversation."""
    number = _ticket_of_form(request)
    if number:
        return redirect("console:ticket", number=number)
    return redirect("console:conversation", conversation_id=conversation.id)


def _ticket_of_form(request: HttpRequest) -> str:
    """The number of the ticket page the form stood on; empty when it stood elsewhere."""
    number = request.POST.get("ticket", "")
    return number if number.isalnum() else ""
