"""The console's pages: read what was asked, call one service, show its result."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from desk.accounts.models import StaffMember
from desk.console import access
from desk.console.entrance import PageNotFound, staff_page
from desk.console.list_views import choices_context, list_context
from desk.console.parts import Context
from desk.console.talk import fingerprint
from desk.conversations.models import Conversation
from desk.tickets import follow_ups, notices
from desk.worktime import services as worktime

NOTICES = 20
# Who waits longest stands first; of more than this a number says enough.
SHOWN = 30
UNCHANGED = 204


@staff_page
@require_safe
def queue(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Who waits for a person, whom I look after, and the tickets my filters choose."""
    now = timezone.now()
    listed = list_context(request, staff, now)
    context = {
        **listed,
        **choices_context(listed["filters"], staff),
        "warnings": worktime.warnings(now),
        "notices": notices.unseen_by(staff)[:NOTICES],
        "follow_ups": follow_ups.open_for(staff)[:NOTICES],
        **waiting_context(staff),
    }
    return render(request, "console/queue.html", context)


@staff_page
@require_safe
def waiting(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """The queue's live part; nothing when it is what the page shows already."""
    context = waiting_context(staff)
    if request.GET.get("seen") == context["waiting_version"]:
        return HttpResponse(status=UNCHANGED)
    return render(request, "console/_waiting.html", context)


@staff_page
def missing(request: HttpRequest, staff: StaffMember, rest: str) -> HttpResponse:
    """Every address of the console that is none."""
    raise PageNotFound


def waiting_context(staff: StaffMember) -> Context:
    """Conversations nobody has taken yet, held ones whose person waits, and those `staff` holds."""
    now = timezone.now()
    people = list(access.waiting_for(staff)[: SHOWN + 1])
    unheard = list(access.unheard_for(staff)[: SHOWN + 1])
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
    return {
        "people": people[:SHOWN],
        "people_count": _said(people),
        "unheard": unheard[:SHOWN],
        "unheard_count": _said(unheard),
        "mine": mine,
        "waiting_version": version,
    }


def _said(rows: list[Conversation]) -> str:
    return f"{SHOWN}+" if len(rows) > SHOWN else str(len(rows))
