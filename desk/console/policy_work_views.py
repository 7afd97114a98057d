"""What editors do with policies, each a read form, one call, and what comes of it."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from desk.accounts.models import StaffMember
from desk.console.entrance import staff_page
from desk.errors import DeskError
from desk.policies import catalogue, comparison, drafts, publishing, uploads
from desk.policies.catalogue import Wanted
from desk.policies.errors import DraftChanged, InvalidPolicy, PolicyRefused, PolicyRepeats
from desk.policies.publishing import Repeal
from desk.policies.values import PolicyCard, card_of, checked, text_of
from knowledge_base.documents import Level
from knowledge_base.passages import cut

LOOK = "look"
# A policy that is not under way in the form: its number comes with its first saving.
NEW = ""
# What an editor chooses; 尚未生效 is what the day of force says.
STATUSES = ("现行有效", "已失效", "已废止")


@staff_page
def new(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """A policy written here, or read from a file and to be checked."""
    card = PolicyCard.read(request.POST.dict()) if request.method == "POST" else PolicyCard()
    return _form(request, staff, NEW, card, 0)


@staff_page
def edit(request: HttpRequest, staff: StaffMember, code: str) -> HttpResponse:
    """The draft of a policy; the first saving begins it."""
    if request.method == "POST":
        return _form(request, staff, code, PolicyCard.read(request.POST.dict()), _revision(request))
    text, revision = catalogue.text_now(code)
    draft = catalogue.history(code, today=timezone.localdate()).item.open
    return _form(request, staff, code, card_of(text, draft.note if draft else ""), revision)


@staff_page
def upload(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """A file becomes the first draft of a new policy."""
    return _upload(request, staff, NEW)


@staff_page
def upload_new(request: HttpRequest, staff: StaffMember, code: str) -> HttpResponse:
    """A file becomes the draft of this policy's next version."""
    return _upload(request, staff, code)


@staff_page
@require_POST
def publish(request: HttpRequest, staff: StaffMember, code: str) -> HttpResponse:
    """Publishes the draft now, or when its time has come."""
    at = _moment(request) if request.POST.get("when") == "later" else None
    done = publishing.publish(
        code, revision=_revision(request), staff=staff, now=timezone.now(), at=at
    )
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
    publishing.withdraw(code, revision=_revision(request), staff=staff, now=timezone.now())
    messages.success(request, "已撤回定时发布，可以继续修改。")
    return redirect("console:policy", code)


@staff_page
@require_POST
def drop(request: HttpRequest, staff: StaffMember, code: str) -> HttpResponse:
    """Gives the draft up; it can still be read among the versions."""
    drafts.drop(code, revision=_revision(request), staff=staff, now=timezone.now())
    messages.success(request, "草稿已弃用，内容仍可在版本里查看。")
    return redirect("console:policy", code)


@staff_page
@require_POST
def roll_back(request: HttpRequest, staff: StaffMember, code: str, ordinal: int) -> HttpResponse:
    """An earlier version stands again."""
    done = publishing.roll_back(
        code,
        ordinal,
        current=_number(request, "current"),
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
                current=_number(request, "current"),
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


def _form(
    request: HttpRequest, staff: StaffMember, code: str, card: PolicyCard, revision: int
) -> HttpResponse:
    """The form: shown, looked at in passages, or saved; whatever goes wrong, nothing is lost."""
    context: dict[str, Any] = {"card": card, "code": code, "revision": revision}
    context |= {"levels": list(Level), "statuses": STATUSES, "saved": revision > 0}
    error: DeskError | None = None
    if request.method == "POST":
        try:
            if request.POST.get("act") == LOOK:
                text = checked(card, today=timezone.localdate())
                context["passages"] = cut(text.document(code or "draft"))
            else:
                made = _save(code, card, revision, staff)
                messages.success(request, "草稿已保存，还没有发布。")
                return redirect("console:policy", made)
        except DeskError as refusal:
            error = refusal
            context |= _what_went_wrong(refusal, card)
    context["error"] = error
    return render(
        request, "console/policy_form.html", context, status=error.status if error else 200
    )


def _save(code: str, card: PolicyCard, revision: int, staff: StaffMember) -> str:
    """The policy's code after the card was saved."""
    now = timezone.now()
    if not code:
        return drafts.begin(card, staff=staff, now=now).policy.code
    drafts.save(code, card, revision=revision, staff=staff, now=now)
    return code


def _what_went_wrong(refusal: DeskError, card: PolicyCard) -> dict[str, Any]:
    """What the form shows beside the refusal's sentence."""
    if isinstance(refusal, PolicyRepeats):
        return {"other": refusal.other}
    if not isinstance(refusal, DraftChanged):
        return {}
    # Saving once more is a choice made in knowledge of what the other one wrote.
    theirs = refusal.theirs
    shown: dict[str, Any] = {"revision": theirs.revision if theirs else 0}
    if theirs is not None:
        mine = checked(card, today=timezone.localdate())
        shown["comparison"] = comparison.compare(text_of(theirs), mine)
    return shown


def _upload(request: HttpRequest, staff: StaffMember, code: str) -> HttpResponse:
    error: DeskError | None = None
    context: dict[str, Any] = {"code": code}
    if code:
        _, context["revision"] = catalogue.text_now(code)
        context["document"] = catalogue.history(code, today=timezone.localdate()).item.document
    if request.method == "POST":
        try:
            given = uploads.read(*_file(request))
        except PolicyRefused as refusal:
            error = refusal
        else:
            try:
                made = _take(given, code, _revision(request), staff)
            except DeskError as refusal:
                return _to_be_mended(request, given, code, refusal)
            messages.success(
                request, f"已读入“{given.file_name}”，请核对标题、文号、日期和段落，再发布。"
            )
            return redirect("console:policy-edit", made)
    context["error"] = error
    return render(
        request, "console/policy_upload.html", context, status=error.status if error else 200
    )


def _take(given: uploads.Upload, code: str, revision: int, staff: StaffMember) -> str:
    now, name = timezone.now(), given.file_name
    if code:
        drafts.save(code, given.card, revision=revision, staff=staff, now=now, file_name=name)
        return code
    made = drafts.begin(given.card, staff=staff, now=now, code=given.code, file_name=name)
    return made.policy.code


def _to_be_mended(
    request: HttpRequest, given: uploads.Upload, code: str, refusal: DeskError
) -> HttpResponse:
    """The file was read, but what it says cannot stand: the form, filled in, to be mended."""
    revision = catalogue.text_now(code)[1] if code else 0
    context = {
        "card": given.card,
        "code": code,
        "revision": revision,
        "levels": list(Level),
        "statuses": STATUSES,
        "saved": revision > 0,
        "error": refusal,
        **_what_went_wrong(refusal, given.card),
    }
    return render(request, "console/policy_form.html", context, status=refusal.status)


def _file(request: HttpRequest) -> tuple[Any, str]:
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile) or file.file is None:
        raise PolicyRefused("请先选择文件。", "no_file")
    return file.file, file.name or ""


def _revision(request: HttpRequest) -> int:
    return _number(request, "revision")


def _number(request: HttpRequest, name: str) -> int:
    given = request.POST.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 7 else 0


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise InvalidPolicy("请填写日期，写成 2026-11-23。") from error


def _moment(request: HttpRequest) -> datetime:
    """The local time the form names."""
    try:
        found = datetime.fromisoformat(request.POST.get("at", ""))
    except ValueError as error:
        raise InvalidPolicy("请填写定时发布的日期和时间。") from error
    return timezone.make_aware(found) if timezone.is_naive(found) else found
