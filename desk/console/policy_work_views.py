"""What editors do with a policy that is written: publish, roll back, repeal."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from desk.accounts.models import StaffMember
from desk.console.entrance import staff_page
from desk.console.parts import read_number
from desk.console.reading import read_day
from desk.errors import DeskError
from desk.policies import catalogue, drafts, newer, publishing
from desk.policies.catalogue import Wanted
from desk.policies.errors import DraftChanged, InvalidPolicy, NotNow
from desk.policies.publishing import Repeal


@staff_page
@require_POST
def publish(request: HttpRequest, staff: StaffMember, code: str) -> HttpResponse:
    """Publishes the draft now, or when its time has come."""
    at = _moment(request) if request.POST.get("when") == "later" else None
    seen, now = read_number(request, "revision"), timezone.now()
    with _told_beside_the_newest(request):
        done = publishing.publish(code, revision=seen, staff=staff, now=now, at=at)
        if at:
            when = f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
            messages.success(request, f"第 {done.ordinal} 版定于 {when} 发布，到时自动生效。")
        else:
            messages.success(request, f"第 {done.ordinal} 版已发布，几秒后陪跑员就会引用它。")
    return redirect("console:policy", code)


@staff_page
@require_POST
def withdraw(request: HttpRequest, staff: StaffMember, code: str) -> HttpResponse:
    """What was to be published later is a draft again."""
    seen, now = read_number(request, "revision"), timezone.now()
    with _told_beside_the_newest(request):
        publishing.withdraw(code, revision=seen, staff=staff, now=now)
        messages.success(request, "已撤回定时发布，可以继续修改。")
    return redirect("console:policy", code)


@staff_page
@require_POST
def drop(request: HttpRequest, staff: StaffMember, code: str) -> HttpResponse:
    """Gives the draft up; it can still be read among the versions."""
    seen, now = read_number(request, "revision"), timezone.now()
    with _told_beside_the_newest(request):
        drafts.drop(code, revision=seen, staff=staff, now=now)
        messages.success(request, "草稿已弃用，内容仍可在版本里查看。")
    return redirect("console:policy", code)


@staff_page
@require_POST
def roll_back(request: HttpRequest, staff: StaffMember, code: str, ordinal: int) -> HttpResponse:
    """An earlier version stands again."""
    with _told_beside_the_newest(request):
        done = publishing.roll_back(
            code,
            ordinal,
            current=read_number(request, "current"),
            reason=request.POST.get("reason", ""),
            staff=staff,
            now=timezone.now(),
        )
        messages.success(
            request, f"已回退到第 {ordinal} 版的内容，作为第 {done.ordinal} 版发布，几秒后生效。"
        )
    return redirect("console:policy", code)


@staff_page
def repeal(request: HttpRequest, staff: StaffMember, code: str) -> HttpResponse:
    """The policy's end: from which day, why, and what takes its place."""
    today = timezone.localdate()
    history = catalogue.history(code, today=today)
    given = {"day": today.isoformat(), "reason": "", "successor": ""}
    error: DeskError | None = None
    if request.method == "POST":
        given = {name: request.POST.get(name, "").strip() for name in given}
        try:
            publishing.repeal(
                code,
                Repeal(_day(given["day"]), given["reason"], given["successor"]),
                current=read_number(request, "current"),
                staff=staff,
                now=timezone.now(),
            )
        except DeskError as refusal:
            error = refusal
        else:
            messages.success(request, "已废止，几秒后陪跑员就不再把它当作现行政策引用。")
            return redirect("console:policy", code)
    others = catalogue.fitting(catalogue.items(today=today), Wanted(standing="in_force"))
    context = {
        "code": code,
        "history": history,
        "document": history.item.document,
        "given": given,
        "error": error,
        "others": [item.document for item in others if item.document.id != code],
    }
    status = error.status if error else 200
    return render(request, "console/policy_repeal.html", context, status=status)


@staff_page
@require_POST
def file_seen(request: HttpRequest, staff: StaffMember, code: str) -> HttpResponse:
    """The newer file was read, and what stands is kept."""
    digest = request.POST.get("digest", "")
    with _told_beside_the_newest(request):
        newer.note(code, digest=digest, staff=staff, now=timezone.now())
        messages.success(request, "已记下核对，现行版本不变。文件的内容仍可在版本里查看。")
    return redirect("console:policy", code)


@contextmanager
def _told_beside_the_newest(request: HttpRequest) -> Iterator[None]:
    """Somebody was faster: said on the policy's page, which shows how it stands now."""
    try:
        yield
    except (DraftChanged, NotNow) as error:
        messages.warning(request, error.message)


def _day(given: str) -> date:
    if (day := read_day(given)) is None:
        raise InvalidPolicy("请填写日期，写成 2026-11-23。")
    return day


def _moment(request: HttpRequest) -> datetime:
    """The local time the form names."""
    try:
        found = datetime.fromisoformat(request.POST.get("at", ""))
    except ValueError as error:
        raise InvalidPolicy("请填写定时发布的日期和时间。") from error
    if read_day(found.date().isoformat()) is None:
        raise InvalidPolicy("请填写定时发布的日期和时间。")
    return timezone.make_aware(found) if timezone.is_naive(found) else found
