"""The pages of a conversation: what was said, and what staff do in it."""

from typing import BinaryIO, cast
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desk.accounts.models import Department, StaffMember
from desk.console import access, takeover
from desk.console.card import card_of
from desk.console.entrance import StalePage, read_key, read_written, staff_page
from desk.console.parts import page_of_conversation, renewed, replied, talk_context
from desk.console.reading import whole
from desk.console.talk import new_key, reply_box, talk_of
from desk.conversations import attachments
from desk.conversations.errors import AttachmentEmpty, CannotReceive, EmptyText, TextTooLong
from desk.conversations.models import Conversation
from desk.errors import DeskError
from desk.tickets import permissions
from desk.tickets import services as tickets
from desk.tickets.errors import TicketNotFound
from desk.tickets.models.ticket import Ticket

UNCHANGED = 204


@staff_page
@require_safe
def conversation(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """A conversation: the whole of it, who holds it, the person's tickets and firm."""
    found = access.conversation_for(staff, conversation_id)
    theirs = [item for item in tickets.tickets_of(found.id) if permissions.may_see(staff, item)]
    context = {
        "tickets": theirs,
        "card": card_of(found, theirs, staff),
        **talk_context(found, staff),
    }
    return render(request, "console/conversation.html", context)


@staff_page
@require_safe
def transcript(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """The conversation's live part; nothing when it is what the page shows already."""
    found = access.conversation_for(staff, conversation_id)
    on_ticket = _ticket_of_page(request, staff, found)
    talk = talk_of(found, staff, on_ticket, first=_number(request.GET.get("first")))
    if request.GET.get("seen") == talk.version:
        return HttpResponse(status=UNCHANGED)
    box = reply_box(talk, staff, on_ticket)
    # The holder's line stands outside the part htmx asked for, so it comes along by its id. So does
    # the reply form, but only when it opens or closes: somebody may be writing in it.
    renew_box = request.GET.get("box") != box.mark
    context = {"talk": talk, "box": box, "ticket": on_ticket, "live": True, "renew_box": renew_box}
    return render(request, "console/_transcript.html", context)


@staff_page
@require_safe
def older(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """The lines before `before`, and the button for those before them."""
    found = access.conversation_for(staff, conversation_id)
    on_ticket = _ticket_of_page(request, staff, found)
    before = _number(request.GET.get("before"))
    talk = talk_of(found, staff, on_ticket, before=before or 1)
    return render(request, "console/_older.html", {"talk": talk, "ticket": on_ticket})


@staff_page
@require_POST
def take(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """I look after this person from now on; the bot falls silent."""
    takeover.take(conversation_id, staff=staff, now=timezone.now())
    return redirect(_ticket_of_form(request) or page_of_conversation(conversation_id))


@staff_page
@require_POST
def give_back(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """The bot answers again."""
    summary = request.POST.get("summary", "")
    found = takeover.give_back(conversation_id, staff=staff, summary=summary, now=timezone.now())
    messages.success(request, f"已把与{found.identity.contact}的会话交还陪跑员。")
    # Without a ticket of theirs, staff may no longer read what they do not hold.
    return redirect(_ticket_of_form(request) or "console:queue")


@staff_page
@require_POST
def reply(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """Answers the person; the conversation is mine from then on."""
    takeover.reply(conversation_id, staff=staff, **read_written(request))
    return replied(request, staff, conversation_id)


@staff_page
@require_POST
def attach(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """Sends the person a file; the conversation is mine from then on."""
    access.answerable(staff, conversation_id)
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise AttachmentEmpty
    takeover.send_file(
        conversation_id,
        cast("BinaryIO", file),
        name=file.name or "",
        staff=staff,
        key=read_key(request),
        now=timezone.now(),
    )
    return _renewed_tools(request, staff, conversation_id)


@staff_page
@require_POST
def note(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """Adds a note between the lines that only staff read."""
    takeover.note(conversation_id, staff=staff, **read_written(request))
    return _renewed_tools(request, staff, conversation_id)


@staff_page
@require_safe
def passing(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """To whom the conversation can be passed on."""
    return _passing(request, staff, access.answerable(staff, conversation_id))


@staff_page
@require_POST
def hand_over(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """Passes the conversation to a colleague (`to`: staff:ID) or a department (department:ID)."""
    kind, _, number = request.POST.get("to", "").partition(":")
    why, now = request.POST.get("why", ""), timezone.now()
    pass_on = takeover.to_colleague if kind == "staff" else takeover.to_department
    try:
        if kind not in ("staff", "department") or not (chosen := whole(number)):
            raise StalePage("请选择转给哪位同事或哪个部门。")
        key = read_key(request)
        receiver = pass_on(conversation_id, chosen, staff=staff, why=why, key=key, now=now)
    except (StalePage, CannotReceive, EmptyText, TextTooLong) as error:
        found = access.answerable(staff, conversation_id)
        return _passing(request, staff, found, error)
    messages.success(request, f"已转给{receiver.name}。")
    return redirect("console:queue")


def _passing(
    request: HttpRequest, staff: StaffMember, found: Conversation, error: DeskError | None = None
) -> HttpResponse:
    """The form; after a refusal with what was chosen and written."""
    context = {
        "conversation": found,
        "departments": [(f"department:{one.pk}", one.name) for one in Department.objects.all()],
        "colleagues": [
            (f"staff:{one.pk}", f"{one.name}（{_post(one)}）") for one in access.receivers(staff)
        ],
        "key": new_key(),
        "error": error,
        "to": request.POST.get("to", ""),
        "why": request.POST.get("why", ""),
    }
    return render(request, "console/pass.html", context, status=error.status if error else 200)


def _post(staff: StaffMember) -> str:
    """Department and role, as far as there are."""
    department = f"{staff.department.name} " if staff.department else ""
    return f"{department}{staff.get_role_display()}"


@staff_page
@require_POST
def typing(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """I am writing; the person sees it while I hold the conversation."""
    takeover.types(conversation_id, staff=staff, now=timezone.now())
    return HttpResponse(status=204)


@staff_page
@require_safe
def file(
    request: HttpRequest, staff: StaffMember, conversation_id: UUID, attachment_id: UUID
) -> HttpResponse:
    """A file of the conversation, to who may read it."""
    found = access.conversation_for(staff, conversation_id)
    attachment = attachments.attachment_of(found, attachment_id)
    content = attachments.path_of(attachment.stored).read_bytes()
    return HttpResponse(content, headers=attachments.headers_of(attachment))


def _renewed_tools(request: HttpRequest, staff: StaffMember, conversation_id: UUID) -> HttpResponse:
    """The forms beside the reply, empty again; the transcript is told to look at once."""
    found = access.conversation_for(staff, conversation_id)
    context = {"talk": talk_of(found, staff), "fresh_key": new_key()}
    page = page_of_conversation(conversation_id)
    answer = renewed(request, "console/_tools.html", context, page)
    answer["HX-Trigger"] = "transcript-changed"
    return answer


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


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
