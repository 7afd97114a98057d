"""Firms: the list, each one's card, and what the right roles change of it."""

from datetime import date

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desk.accounts.models import StaffMember
from desk.console import areas
from desk.console.card import firm_card, may_know_people
from desk.console.entrance import staff_page
from desk.enterprises import binding
from desk.enterprises import services as enterprises
from desk.enterprises.models import District, Enterprise, Scale
from desk.enterprises.services import EnterpriseCard, InvalidEnterprise
from desk.errors import DeskError
from desk.tickets import permissions
from desk.tickets.models.ticket import Ticket
from desk.tickets.values import masked_phone
from knowledge_base.text import clean

PER_PAGE = 50
TICKETS = 20
LONGEST = 60


@staff_page
@require_safe
def listing(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Firms by name, as the address filters them; a page begins after the name of the last."""
    given = {
        name: clean(request.GET.get(name, ""))[:LONGEST] for name in ("q", "district", "specialist")
    }
    district = given["district"] if given["district"] in District.values else ""
    firms = enterprises.search(words=given["q"], district=district, specialist=given["specialist"])
    after = request.GET.get("after", "").replace("\0", "")[:128]
    rows = list((firms.filter(name__gt=after) if after else firms)[: PER_PAGE + 1])
    query = request.GET.copy()
    query.pop("after", None)
    first_page = query.urlencode()
    if len(rows) > PER_PAGE:
        query["after"] = rows[PER_PAGE - 1].name
    context = {
        "firms": rows[:PER_PAGE],
        "total": firms.count(),
        "given": given,
        "districts": District.choices,
        "specialists": enterprises.specialists(),
        "after": after,
        "first_page": first_page,
        "next_page": query.urlencode() if len(rows) > PER_PAGE else "",
    }
    return render(request, "console/enterprises.html", context)


@staff_page
@require_safe
def one(request: HttpRequest, staff: StaffMember, credit_code: str) -> HttpResponse:
    """A firm's card: its data, specialist, people, tickets."""
    return _page(request, staff, enterprises.enterprise_of(credit_code))


@staff_page
def new(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """A firm enters the register."""
    if request.method != "POST":
        return _form(request)
    try:
        code = clean(request.POST.get("credit_code", "")).upper()
        made, is_new = enterprises.register(_card(request, code), actor=staff)
        if not is_new:
            raise InvalidEnterprise(f"这个代码已经登记过了：{made.name}。")
    except InvalidEnterprise as error:
        return _form(request, error=error)
    messages.success(request, f"{made.name}已登记。")
    return redirect("console:enterprise", credit_code=made.credit_code)


@staff_page
def edit(request: HttpRequest, staff: StaffMember, credit_code: str) -> HttpResponse:
    """A firm's data change."""
    found = enterprises.enterprise_of(credit_code)
    if request.method != "POST":
        return _form(request, found)
    try:
        # Both or neither: the form is one.
        with transaction.atomic():
            card = _card(request, credit_code)
            changed = enterprises.change(found.credit_code, card, actor=staff)
            enterprises.set_phone(found.credit_code, request.POST.get("phone", ""), actor=staff)
    except InvalidEnterprise as error:
        return _form(request, found, error=error)
    messages.success(request, f"{changed.name}的信息已保存。")
    return redirect("console:enterprise", credit_code=found.credit_code)


@staff_page
@require_POST
def specialist(request: HttpRequest, staff: StaffMember, credit_code: str) -> HttpResponse:
    """Somebody else looks after the firm from now on."""
    username = request.POST.get("specialist", "").replace("\0", "")
    try:
        changed = enterprises.assign_specialist(credit_code, username, actor=staff)
    except InvalidEnterprise as error:
        messages.warning(request, error.message)
    else:
        who = changed.specialist.name if changed.specialist else "暂无"
        messages.success(request, f"{changed.name}的服务专员：{who}。")
    return redirect("console:enterprise", credit_code=credit_code)


@staff_page
@require_POST
def binding_code(request: HttpRequest, staff: StaffMember, credit_code: str) -> HttpResponse:
    """A code for whoever speaks for the firm, shown once."""
    found = enterprises.enterprise_of(credit_code)
    code = binding.issue_staff_code(found, staff=staff, now=timezone.now())
    return _page(request, staff, found, code=code)


def _page(
    request: HttpRequest, staff: StaffMember, found: Enterprise, *, code: str = ""
) -> HttpResponse:
    theirs = Ticket.objects.filter(permissions.visible_to(staff), enterprise=found)
    phone = enterprises.phone_of(found)
    context = {
        "card": firm_card(found, "", staff),
        "phone": phone if may_know_people(staff, found) else masked_phone(phone),
        "knows_people": may_know_people(staff, found),
        "tickets": theirs.select_related("department").order_by("-opened_at", "-pk")[:TICKETS],
        "specialists": enterprises.specialists()
        if areas.may_visit(staff, "enterprise-specialist")
        else None,
        "code": code,
    }
    return render(request, "console/enterprise.html", context)


def _card(request: HttpRequest, credit_code: str) -> EnterpriseCard:
    """What the form brings. Raises InvalidEnterprise."""
    form = request.POST
    district, scale = form.get("district", ""), form.get("scale", "")
    if district not in District.values or scale not in Scale.values:
        raise InvalidEnterprise("请选择区县和规模。")
    try:
        registered_on = date.fromisoformat(form.get("registered_on", ""))
    except ValueError as error:
        raise InvalidEnterprise("请填写成立日期。") from error
    return EnterpriseCard(
        name=clean(form.get("name", "")),
        credit_code=credit_code,
        industry=clean(form.get("industry", "")),
        district=District(district),
        scale=Scale(scale),
        registered_on=registered_on,
    )


def _form(
    request: HttpRequest, found: Enterprise | None = None, *, error: DeskError | None = None
) -> HttpResponse:
    names = ("name", "credit_code", "industry", "district", "scale", "registered_on", "phone")
    if request.method == "POST":
        values = {name: request.POST.get(name, "") for name in names}
    elif found is not None:
        values = {name: str(getattr(found, name, "")) for name in names} | {
            "phone": enterprises.phone_of(found)
        }
    else:
        values = dict.fromkeys(names, "")
    context = {
        "found": found,
        "values": values,
        "error": error,
        "districts": District.choices,
        "scales": Scale.choices,
    }
    status = error.status if error else 200
    return render(request, "console/enterprise_form.html", context, status=status)
