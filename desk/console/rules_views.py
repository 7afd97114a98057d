"""The city's own decisions: its promises, and which department a matter goes to."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desk.accounts.models import Department, Role, StaffMember
from desk.console.entrance import staff_page
from desk.enterprises.models import District
from desk.errors import NotPermitted
from desk.tickets import levels, routing
from desk.tickets.errors import InvalidParticulars
from desk.tickets.models.rules import RoutingRule
from desk.tickets.routing import Key
from desk.tickets.values import Category, Demand, Kind
from desk.worktime import services as worktime

ADMINISTRATORS_ALONE = "只有管理员可以查看和修改服务承诺、分派规则。"


@staff_page
@require_safe
def rules(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Promises and routing rules in force, each with a form."""
    if staff.role != Role.ADMINISTRATOR:
        raise NotPermitted(ADMINISTRATORS_ALONE)
    in_force = levels.levels()
    own = {Key(row.category, row.topic, row.district) for row in RoutingRule.objects.all()}
    names = dict(Department.objects.values_list("code", "name"))
    listed = [
        {
            "key": key,
            "said": routing.said(key),
            "department": names.get(code, ""),
            "code": code,
            "own": key in own,
        }
        for key, code in routing.rules().items()
    ]
    context = {
        "levels": [
            {"demand": demand, "kind": kind, "clock": in_force.get((demand, kind))}
            for demand in Demand
            for kind in Kind
        ],
        "rules": listed,
        "topics": routing.topics().values(),
        "categories": Category.choices,
        "districts": District.choices,
        "departments": Department.objects.all(),
        "warnings": worktime.warnings(timezone.now()),
        "years": sorted(worktime.years().values(), key=lambda year: year.year)[-3:],
    }
    return render(request, "console/rules.html", context)


@staff_page
@require_POST
def set_level(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """The city promises something else from now on."""
    form, amount = request.POST, request.POST.get("amount", "")
    if not (amount.isascii() and amount.isdecimal() and len(amount) < 5):
        raise InvalidParticulars("时限请填整数，0表示不承诺。")
    levels.set_level(
        form.get("demand", ""),
        form.get("kind", ""),
        amount=int(amount),
        unit=form.get("unit", ""),
        actor=staff,
    )
    messages.success(request, "服务承诺已修改，对之后的新工单生效。")
    return redirect("console:rules")


@staff_page
@require_POST
def set_rule(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Matters of a kind go somewhere else from now on."""
    routing.set_rule(_key(request), request.POST.get("department", ""), actor=staff)
    messages.success(request, "分派规则已修改，对之后的新工单生效。")
    return redirect("console:rules")


@staff_page
@require_POST
def drop_rule(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """The city's own rule goes; the default holds again."""
    routing.drop_rule(_key(request), actor=staff)
    messages.success(request, "自定义规则已删除，恢复默认。")
    return redirect("console:rules")


def _key(request: HttpRequest) -> Key:
    form = request.POST
    return Key(form.get("category", ""), form.get("topic", ""), form.get("district", ""))
