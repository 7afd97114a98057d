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
from desk.console.entrance import PageNotFound, read_written, staff_page
from desk.console.filters import read_filters
from desk.console.parts import Context, page_of_conversation, replied, talk_context
from desk.console.talk import fingerprint, reply_box, talk_of
from desk.conversations import services as conversations
from desk.conversations.models import Conversation
from desk.tickets import answering, follow_ups, notices, permissions, queues
from desk.tickets import services as tickets
from desk.tickets.errors import TicketNotFound
from desk.tickets.models.ticket import Ticket
from desk.worktime import services as worktime

TICKETS_PER_PAGE = 30
NOTICES = 20
UNCHANGED = 204


@staff_page
@require_safe
def queue(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Who waits for a person, whom I look after, and the tickets my filters choose."""
    now = timezone.now()
    filters = read_filters(request.GET, staff)
    chosen = queues.queue(staff, scope=filters.scope, states=filters.states, now=now)
    page = Paginator(chosen, TICKETS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filters": filters,
        "scopes": filters.scope_choices(queues.counts(staff, now=now)),
        "page": page,
        "now": now,
        "warnings": worktime.warnings(now),
        "notices": notices.unseen_by(staff)[:NOTICES],
        "follow_ups": follow_ups.open_for(staff)[:NOTICES],
        **_waiting(staff),
    }
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
def conversation(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """A conversation: the whole of it, who holds it, the person's tickets."""
    found = permissions.conversation_for(staff, conversation_id)
    theirs = [item for item in tickets.tickets_of(found.id) if permissions.may_see(staff, item)]
    context = {"tickets": theirs, **talk_context(found, staff)}
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
    return redirect(_ticket_of_form(request) or page_of_conversation(conversation_id))


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
    return replied(request, staff, conversation_id)


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
