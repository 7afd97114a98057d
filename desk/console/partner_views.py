"""The administrator's page of partners: who may call the interface, with which tokens."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from desk.accounts.models import StaffMember
from desk.console.entrance import staff_page
from desk.errors import DeskError
from desk.partners import services
from desk.partners.models import Scope


@staff_page
def listing(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """All partners with their tokens; POST makes a partner."""
    given = {name: request.POST.get(name, "") for name in ("code", "name")}
    error: DeskError | None = None
    if request.method == "POST":
        try:
            made = services.register(**given, staff=staff, now=timezone.now())
        except DeskError as refusal:
            error = refusal
        else:
            messages.success(request, f"已建立“{made.name}”，现在可以给它发令牌。")
            return redirect("console:partners")
    context = {
        "partners": services.partners(now=timezone.now()),
        "scopes": Scope.choices,
        "given": given,
        "error": error,
    }
    status = error.status if error else 200
    return render(request, "console/partners.html", context, status=status)


@staff_page
@require_POST
def make_token(request: HttpRequest, staff: StaffMember, code: str) -> HttpResponse:
    """A new token, shown once; `rotate`: the earlier ones end in a day."""
    made = services.make_token(
        code,
        scopes=frozenset(request.POST.getlist("scope")),
        rotate=request.POST.get("rotate") == "1",
        staff=staff,
        now=timezone.now(),
    )
    return render(request, "console/partner_token.html", {"made": made})


@staff_page
@require_POST
def revoke(request: HttpRequest, staff: StaffMember, code: str) -> HttpResponse:
    """Ends a token at once."""
    services.revoke(code, hint=request.POST.get("hint", ""), staff=staff, now=timezone.now())
    messages.success(request, "令牌已作废，马上不能再用。")
    return redirect("console:partners")


@staff_page
@require_POST
def switch(request: HttpRequest, staff: StaffMember, code: str) -> HttpResponse:
    """Switches a partner off, with all its tokens, or on again."""
    active = request.POST.get("active") == "1"
    changed = services.switch(code, active=active, staff=staff, now=timezone.now())
    messages.success(request, f"“{changed.name}”已{'启用' if active else '停用'}。")
    return redirect("console:partners")
