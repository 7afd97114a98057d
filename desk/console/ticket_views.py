"""A ticket's page and its forms: read what was asked, call one service, show its result."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desk.accounts.models import StaffMember
from desk.console.card import FirmCard, card_of, firm_card
from desk.console.entrance import StalePage, read_written, staff_page
from desk.console.parts import Context, page_of, renewed, replied, talk_context
from desk.console.talk import new_key
from desk.conversations import reading
from desk.errors import NotPermitted
from desk.partners import demands
from desk.tickets import (
    clock_words,
    follow_ups,
    notices,
    offers,
    permissions,
    related,
    routing,
)
from desk.tickets import services as tickets
from desk.tickets.errors import (
    ExtensionUsed,
    InvalidParticulars,
    MoveNotAllowed,
    NoReview,
    NoteMissing,
    NoteTooLong,
    ReviewPending,
    StaleTicket,
)
from desk.tickets.models.ticket import Ticket
from desk.tickets.moves import Field
from desk.tickets.offers import Tried
from desk.tickets.values import Particulars, State

# A double click, a faster colleague, something not filled in: the page shows how things stand, and
# what was written.
SHOWN_ON_THE_PAGE = (
    NoteMissing,
    NoteTooLong,
    MoveNotAllowed,
    StaleTicket,
    InvalidParticulars,
    ReviewPending,
    NoReview,
    ExtensionUsed,
)


@staff_page
@require_safe
def ticket(request: HttpRequest, staff: StaffMember, number: str) -> HttpResponse:
    """A ticket: facts, clocks, the whole conversation, what can be done, what was done."""
    return _page(request, staff, tickets.ticket_for(staff, number))


def _page(
    request: HttpRequest, staff: StaffMember, found: Ticket, tried: Tried | None = None
) -> HttpResponse:
    """The ticket's page; after a move that was refused with what was written for it."""
    now = timezone.now()
    offered = offers.offers(staff, found)
    context = {
        "offers": offers.tried(offered, tried) if tried else offered,
        "tried": tried,
        # Its form may be gone, since a colleague was faster: the words stand above then.
        "tried_form": tried is not None and any(one.move.name == tried.name for one in offered),
        "origin": demands.origin_of(found),
        "review": offers.open_review(found),
        "clocks": clock_words.lines_of(found, now=now),
        "followers": [
            one
            for one in found.followers.filter(state=State.MERGED).select_related("department")
            if permissions.may_see(staff, one)
        ],
        "topic": routing.topic_name(found.topic),
        "tasks": follow_ups.open_for(staff).filter(ticket=found),
        "related": related.related_to(found, staff),
        "card": _card(found, staff),
        **_history(found, staff),
    }
    if found.conversation:
        context |= talk_context(found.conversation, staff, found)
        context["cited"] = reading.cited(found.conversation.pk)
    status = tried.error.status if tried else 200
    return render(request, "console/ticket.html", context, status=status)


@staff_page
@require_POST
def move(request: HttpRequest, staff: StaffMember, number: str, name: str) -> HttpResponse:
    """Makes one move of a ticket's life, if the ticket is still as the form showed it."""
    found = tickets.ticket_for(staff, number)
    held = found.conversation is not None and found.conversation.holder == staff
    try:
        moved = tickets.transition(
            found.pk,
            name,
            actor=staff,
            now=timezone.now(),
            note=request.POST.get("note", ""),
            version=read_version(request.POST),
            given=read_particulars(request.POST),
        )
    except SHOWN_ON_THE_PAGE as error:
        given = {field.value: request.POST.get(field, "") for field in Field}
        again = Tried(name, request.POST.get("note", "").strip(), given, error)
        return _page(request, staff, tickets.ticket_for(staff, number), again)
    said = f"工单 {moved.number} 现在是“{moved.get_state_display()}”。"
    if held and moved.conversation and moved.conversation.holder is None:
        said += "会话已交还陪跑员，来访人再说话由它回答。"
    messages.success(request, said)
    if not permissions.may_see(staff, moved):
        # It is another department's now.
        return redirect("console:queue")
    return redirect("console:ticket", number=found.number)


@staff_page
@require_POST
def ticket_reply(request: HttpRequest, staff: StaffMember, number: str) -> HttpResponse:
    """Answers the person in the ticket's conversation."""
    found = tickets.ticket_for(staff, number)
    sent = tickets.reply(found.pk, staff=staff, **read_written(request))
    return replied(request, staff, sent.conversation_id, found)


@staff_page
@require_POST
def note(request: HttpRequest, staff: StaffMember, number: str) -> HttpResponse:
    """Adds a note only staff read."""
    found = tickets.ticket_for(staff, number)
    tickets.add_note(found.pk, staff=staff, **read_written(request))
    context = _history(found, staff)
    return renewed(request, "console/_history.html", context, page_of(found))


@staff_page
@require_POST
def see(request: HttpRequest, staff: StaffMember, notice_id: int) -> HttpResponse:
    """A notice was read."""
    notices.see(notice_id, staff=staff, now=timezone.now())
    return redirect("console:queue")


@staff_page
@require_POST
def finish(request: HttpRequest, staff: StaffMember, task_id: int) -> HttpResponse:
    """A follow-up task was seen to."""
    words = request.POST.get("note", "")
    task = follow_ups.finish(task_id, staff=staff, note=words, now=timezone.now())
    messages.success(request, f"工单 {task.ticket.number} 的跟进已完成。")
    if not permissions.may_see(staff, task.ticket):
        raise NotPermitted
    return redirect("console:ticket", number=task.ticket.number)


def read_version(form: QueryDict) -> int:
    """The version of the ticket that the form was shown with.

    Without it nobody could tell whether a colleague was faster. Raises StalePage.
    """
    given = form.get("version", "")
    if not (given.isascii() and given.isdecimal() and len(given) < 10):
        raise StalePage(
            "看不出您看到的是哪一版工单，操作没有保存。请刷新页面，看过最新情况再办理。"
        )
    return int(given)


def read_particulars(form: QueryDict) -> Particulars:
    """What a move's form brings; what cannot be read counts as not given."""
    return Particulars(
        department=_plain(form.get(Field.DEPARTMENT, "")),
        handler=_plain(form.get(Field.HANDLER, "")),
        days=_whole(form.get(Field.DAYS, "")),
        main=_plain(form.get(Field.MAIN, "")),
        solved={"yes": True, "no": False}.get(form.get(Field.SOLVED, "")),
        rating=_whole(form.get(Field.RATING, "")),
    )


def _card(found: Ticket, staff: StaffMember) -> FirmCard | None:
    """The ticket's own firm, else the one its person speaks for."""
    if found.enterprise is not None:
        return firm_card(found.enterprise, "", staff)
    return card_of(found.conversation, [], staff) if found.conversation else None


def _plain(text: str) -> str:
    # PostgreSQL has no such character, and no code or name of ours holds it.
    return text.replace("\0", "")


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None


def _history(found: Ticket, staff: StaffMember) -> Context:
    """The ticket with its history and an empty note."""
    return {
        "ticket": found,
        "may_act": permissions.may_act(staff, found),
        "events": found.events.select_related("actor"),
        "note_key": new_key(),
    }
