"""The console's one door: who comes in, and how a refusal is shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec, TypedDict, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.views.decorators.cache import never_cache

from desk.accounts import presence
from desk.accounts.models import StaffMember
from desk.audit import services as audit
from desk.console import areas, idle
from desk.errors import DeskError, NotPermitted

P = ParamSpec("P")
StaffView = Callable[Concatenate[HttpRequest, StaffMember, P], HttpResponse]
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


class StalePage(DeskError):
    """The form came without its key or version: an old page, or none of ours."""

    code = "stale_page"
    status = 400
    message = "页面已经过期，请刷新后再试。"


class PageNotFound(DeskError):
    """No page of the console has this address."""

    code = "page_not_found"
    status = 404
    message = "工作台没有这个页面。"


# A one-time password opens these and no more.
FIRST_PAGES = frozenset({"password"})


def staff_page(view: StaffView[P]) -> View[P]:
    """`view` for signed-in staff whose role opens the page (areas.py), given as second argument.

    Refusals become pages. Who has not clicked for too long is signed out first, and who has a
    one-time password changes it first.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        staff = request.user
        if not (staff.is_authenticated and isinstance(staff, StaffMember)):
            return _to_login(request)
        now = timezone.now()
        if not idle.left(request, now):
            logout(request)
            messages.warning(request, "您有一段时间没有操作，为了安全已退出，请重新登录。")
            return _to_login(request)
        page = page_name(request)
        if staff.temporary_until is not None and page not in FIRST_PAGES:
            return _go(request, "console:password")
        if clicked(request):
            idle.note(request, now)
        presence.note(staff, now)
        try:
            if not areas.may_visit(staff, page):
                if page == "queue":
                    return redirect(f"console:{areas.home_of(staff)}")
                _note_refusal(request, staff, f"page:{page}")
                return refused(request, NotPermitted("您的角色不能打开这个页面。"))
            return view(request, staff, *args, **kwargs)
        except DeskError as error:
            if isinstance(error, NotPermitted):
                _note_refusal(request, staff, _record_of(kwargs) or f"page:{page}")
            return refused(request, error)

    return never_cache(cast("View[P]", guarded))


def page_name(request: HttpRequest) -> str:
    """The name of the page in urls.py; empty outside of the console."""
    match = request.resolver_match
    return (match.url_name or "") if match and match.app_name == "console" else ""


def clicked(request: HttpRequest) -> bool:
    """Whether a person asked, rather than a page that renews a part of itself."""
    return request.method == "POST" or not (is_htmx(request) or page_name(request) == "left")


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx asked, for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def read_key(request: HttpRequest) -> str:
    """The form's own idempotency key, made when the form was shown. Raises StalePage."""
    try:
        return str(UUID(request.POST.get("key", "")))
    except ValueError as error:
        raise StalePage from error


class Written(TypedDict):
    """What a form with words brings: sent twice with its key, it acts once."""

    text: str
    key: str
    now: datetime


def read_written(request: HttpRequest) -> Written:
    """The words of a reply or note. Raises StalePage."""
    return {"text": request.POST.get("text", ""), "key": read_key(request), "now": timezone.now()}


# The names under which forms bring what somebody wrote, and what it is.
WORDS = {"text": "内容", "note": "说明", "why": "说明", "summary": "小结", "reason": "原因"}
# What was written can be put right and sent again.
TO_BE_MENDED = frozenset({400, 409, 413, 422})


@dataclass(frozen=True, slots=True)
class Kept:
    """What somebody wrote in a form that was refused; `again`: it may be put right and sent there.

    `others` are the form's other fields.
    """

    name: str
    label: str
    words: str
    others: list[tuple[str, str]]
    again: bool


def kept_words(request: HttpRequest, error: DeskError) -> Kept | None:
    """What was written when `error` refused the form; None when it brought no words."""
    name = next((name for name in WORDS if name in request.POST), "")
    if not name:
        return None
    fields = [
        (key, value)
        for key, values in request.POST.lists()
        for value in values
        if key not in (name, "csrfmiddlewaretoken")
    ]
    again = error.status in TO_BE_MENDED and not isinstance(error, StalePage)
    words = request.POST.get(name, "").strip()
    return Kept(name, WORDS[name], words, fields, again) if again or words else None


def refused(request: HttpRequest, error: DeskError) -> HttpResponse:
    """`error` as a line of the page htmx stands on, else as a page."""
    if is_htmx(request):
        # Only a line changes: the form, and what is written in it, stays.
        return render(
            request, "console/_notice.html", {"message": error.message}, status=error.status
        )
    context = {"message": error.message, "status": error.status, "kept": kept_words(request, error)}
    return render(request, "console/refused.html", context, status=error.status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF refusal in the console's words (settings.CSRF_FAILURE_VIEW)."""
    error = StalePage("页面已经过期或来源不明，请回到上一页刷新后再试。")
    error.status = 403
    return refused(request, error)


def _record_of(arguments: Mapping[str, object]) -> str:
    """What an address is about, as the audit log names it; empty for a page without a record."""
    for name, noun in (("number", "ticket"), ("conversation_id", "conversation")):
        if name in arguments:
            return f"{noun}:{arguments[name]}"
    return ""


def _note_refusal(request: HttpRequest, staff: StaffMember, target: str) -> None:
    """Writes down that `staff` tried what is not theirs; a page that renews itself does not try."""
    if not clicked(request):
        return
    with transaction.atomic():
        audit.record(
            actor=staff,
            action="page.refused",
            target=target[:128],
            details={"page": page_name(request), "method": request.method or ""},
        )


def _to_login(request: HttpRequest) -> HttpResponse:
    if is_htmx(request):
        return _go(request, "console:login")
    return redirect_to_login(request.get_full_path())


def _go(request: HttpRequest, page: str) -> HttpResponse:
    if is_htmx(request):
        # A redirect would put that page into the part htmx asked for.
        return HttpResponse(status=401, headers={"HX-Redirect": resolve_url(page)})
    return redirect(page)
