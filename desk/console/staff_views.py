"""Accounts, as the administrator manages them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desk.accounts import services as accounts
from desk.accounts.models import Department, Role, StaffMember
from desk.accounts.services import StaffCard
from desk.console.entrance import staff_page
from desk.errors import DeskError
from knowledge_base.text import clean

Context = dict[str, Any]


@staff_page
@require_safe
def listing(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Everybody, by department; `q` looks in names, `role` chooses one role."""
    words, role = clean(request.GET.get("q", ""))[:40], request.GET.get("role", "")
    rows = accounts.everybody()
    if words:
        rows = rows.filter(username__icontains=words) | rows.filter(display_name__icontains=words)
    if role in Role.values:
        rows = rows.filter(role=role)
    context = {"people": rows, "words": words, "role": role, "roles": Role.choices}
    return render(request, "console/staff.html", context)


@staff_page
def new(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """A new account; its one-time password is shown once."""
    card = _card(request)
    if request.method != "POST":
        return _form(request, card)
    try:
        made, password = accounts.create_staff(card, actor=staff, now=timezone.now())
    except DeskError as error:
        return _form(request, card, error=error)
    return render(request, "console/staff_password.html", {"one": made, "password": password})


@staff_page
def one(request: HttpRequest, staff: StaffMember, staff_id: int) -> HttpResponse:
    """One account: name, role, department."""
    found = accounts.staff_member(staff_id)
    if request.method != "POST":
        department = found.department.code if found.department else ""
        card = StaffCard(found.username, found.display_name, Role(found.role), department)
        return _form(request, card, one=found)
    card = _card(request)
    try:
        accounts.change_staff(staff_id, card, actor=staff)
    except DeskError as error:
        return _form(request, card, one=found, error=error)
    messages.success(request, f"{found.username} 的账号已保存。")
    return redirect("console:staff")


@staff_page
@require_POST
def set_active(request: HttpRequest, staff: StaffMember, staff_id: int) -> HttpResponse:
    """Switches an account off or on again."""
    active = request.POST.get("active") == "1"
    changed = accounts.set_active(staff_id, active, actor=staff)
    messages.success(request, f"{changed.name}的账号已{'启用' if active else '停用'}。")
    return redirect("console:staff-one", staff_id=staff_id)


@staff_page
@require_POST
def reset(request: HttpRequest, staff: StaffMember, staff_id: int) -> HttpResponse:
    """A one-time password, shown once."""
    now = timezone.now()
    changed, password = accounts.give_one_time_password(staff_id, actor=staff, now=now)
    return render(request, "console/staff_password.html", {"one": changed, "password": password})


def _card(request: HttpRequest) -> StaffCard:
    return StaffCard(
        username=request.POST.get("username", ""),
        display_name=request.POST.get("display_name", ""),
        # An unknown one is refused by the service, in its words.
        role=request.POST.get("role", ""),
        department=request.POST.get("department", ""),
    )


def _form(
    request: HttpRequest,
    card: StaffCard,
    *,
    one: StaffMember | None = None,
    error: DeskError | None = None,
) -> HttpResponse:
    context: Context = {
        "card": card,
        "one": one,
        "error": error,
        "roles": Role.choices,
        "departments": Department.objects.all(),
    }
    status = error.status if error else 200
    return render(request, "console/staff_form.html", context, status=status)
