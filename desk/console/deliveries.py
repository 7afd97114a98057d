"""What did not reach people: dead and kept messages, and what becomes of them."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desk.accounts.models import StaffMember
from desk.console.entrance import is_htmx, staff_page
from desk.conversations import dead_letters
from desk.conversations.models import Delivery

PER_PAGE = 30
SHOWN = {
    "": "全部",
    Delivery.State.DEAD.value: Delivery.State.DEAD.label,
    Delivery.State.KEPT.value: Delivery.State.KEPT.label,
}


@staff_page
@require_safe
def undelivered(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """The messages that are dead or kept, the newest first."""
    return render(request, "console/deliveries.html", _listed(request.GET.dict(), staff))


@staff_page
@require_POST
def retry(request: HttpRequest, staff: StaffMember, delivery_id: int) -> HttpResponse:
    """Sends it once more."""
    dead_letters.retry(delivery_id, staff=staff, now=timezone.now())
    return _renewed(request, staff)


@staff_page
@require_POST
def drop(request: HttpRequest, staff: StaffMember, delivery_id: int) -> HttpResponse:
    """Gives it up."""
    dead_letters.drop(delivery_id, staff=staff, now=timezone.now())
    return _renewed(request, staff)


def _listed(query: dict[str, str], staff: StaffMember) -> dict[str, Any]:
    """The page `query` asks for; an unknown state counts as all."""
    rows = dead_letters.stuck(staff)
    state = query.get("state", "")
    if state in SHOWN and state:
        rows = rows.filter(state=state)
    counts = dead_letters.counts()
    return {
        "page": Paginator(rows, PER_PAGE).get_page(query.get("page")),
        "state": state if state in SHOWN else "",
        "choices": [(value, label, counts.get(value)) for value, label in SHOWN.items()],
        "counts": counts,
    }


def _renewed(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """The list as it stands now; without scripts, the page."""
    if not is_htmx(request):
        return redirect("console:deliveries")
    context = _listed(request.POST.dict(), staff) | {"clear_notice": True}
    return render(request, "console/_deliveries.html", context)
