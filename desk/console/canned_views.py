"""Canned replies, as heads, supervisors and administrators keep them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desk.accounts.models import Department, Role, StaffMember
from desk.console.entrance import staff_page
from desk.conversations import canned
from desk.conversations.canned import CannedCard
from desk.conversations.models import CannedReply
from desk.errors import DeskError


@staff_page
@require_safe
def listing(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Those I may change."""
    return render(request, "console/canned.html", {"replies": canned.kept_by(staff)})


@staff_page
def new(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """A new one; a head's is of their department."""
    return _form(request, staff, None)


@staff_page
def one(request: HttpRequest, staff: StaffMember, canned_id: int) -> HttpResponse:
    """One of them, to be changed or deleted."""
    return _form(request, staff, canned.one(canned_id, staff=staff))


@staff_page
@require_POST
def remove(request: HttpRequest, staff: StaffMember, canned_id: int) -> HttpResponse:
    """Deletes one."""
    canned.remove(canned_id, staff=staff)
    messages.success(request, "常用语已删除。")
    return redirect("console:canned")


def _form(request: HttpRequest, staff: StaffMember, found: CannedReply | None) -> HttpResponse:
    own = staff.department.code if staff.department else ""
    card, error = CannedCard("", "", own if staff.role == Role.HEAD else ""), None
    if found is not None:
        department = found.department.code if found.department else ""
        card = CannedCard(found.title, found.text, department)
    if request.method == "POST":
        card = CannedCard(*(request.POST.get(name, "") for name in ("title", "text", "department")))
        try:
            canned_id = found.pk if found else None
            canned.save(card, staff=staff, now=timezone.now(), canned_id=canned_id)
        except DeskError as refusal:
            error = refusal
        else:
            messages.success(request, "常用语已保存。")
            return redirect("console:canned")
    departments = Department.objects.all()
    context = {
        "card": card,
        "one": found,
        "error": error,
        "variables": canned.VARIABLES,
        "departments": departments.filter(code=own) if staff.role == Role.HEAD else departments,
        "for_all": staff.role in canned.KEEPERS,
    }
    status = error.status if error else 200
    return render(request, "console/canned_form.html", context, status=status)
