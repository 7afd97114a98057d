"""An editor writes a policy or uploads one; whatever is refused, nothing that was typed is lost."""

from dataclasses import dataclass
from typing import Any, Self

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from desk.accounts.models import StaffMember
from desk.console.entrance import staff_page
from desk.console.parts import read_number
from desk.console.policy_views import FILE
from desk.errors import DeskError
from desk.policies import catalogue, comparison, drafts, uploads
from desk.policies.bundled import named_file
from desk.policies.errors import DraftChanged, PolicyRefused, PolicyRepeats
from desk.policies.models import OPEN, PolicyVersion
from desk.policies.values import PolicyCard, card_of, checked, text_of
from knowledge_base.documents import Level
from knowledge_base.passages import cut

LOOK = "look"
# A policy that is not under way in the form: its number comes with its first saving.
NEW = ""
# What an editor chooses; 尚未生效 is what the day of force says.
STATUSES = ("现行有效", "已失效", "已废止")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the form was filled in upon: the draft's revision, 0 without one, and the published
    version that stood."""

    revision: int = 0
    current: int = 0

    @classmethod
    def read(cls, request: HttpRequest) -> Self:
        """What the form says of itself."""
        return cls(read_number(request, "revision"), read_number(request, "current"))

    @classmethod
    def of(cls, theirs: PolicyVersion | None) -> Self:
        """What the form shows beside the editor's own words after somebody was faster."""
        if theirs is None:
            return cls()
        if theirs.state in OPEN:
            return cls(revision=theirs.revision)
        return cls(current=theirs.ordinal)


@staff_page
def new(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """A policy written here, or read from a file and to be checked."""
    card = PolicyCard.read(request.POST.dict()) if request.method == "POST" else PolicyCard()
    return _form(request, staff, NEW, card, Seen())


@staff_page
def edit(request: HttpRequest, staff: StaffMember, code: str) -> HttpResponse:
    """The draft of a policy; the first saving begins it."""
    if request.method == "POST":
        return _form(request, staff, code, PolicyCard.read(request.POST.dict()), Seen.read(request))
    begun = catalogue.text_now(code)
    seen, card = Seen(begun.revision, begun.current), card_of(begun.text, begun.note)
    if request.GET.get("from") == FILE and not begun.revision:
        file = named_file(code)
        card = card_of(file, "采用随附文件的新内容") if file else card
    return _form(request, staff, code, card, seen)


@staff_page
def upload(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """A file becomes the first draft of a new policy."""
    return _upload(request, staff, NEW)


@staff_page
def upload_new(request: HttpRequest, staff: StaffMember, code: str) -> HttpResponse:
    """A file becomes the draft of this policy's next version."""
    return _upload(request, staff, code)


def _form(
    request: HttpRequest, staff: StaffMember, code: str, card: PolicyCard, seen: Seen
) -> HttpResponse:
    """The form: shown, looked at in passages, or saved; whatever goes wrong, nothing is lost."""
    context: dict[str, Any] = {"card": card, "code": code, "seen": seen}
    context |= {"levels": list(Level), "statuses": STATUSES}
    error: DeskError | None = None
    if request.method == "POST":
        try:
            if request.POST.get("act") == LOOK:
                text = checked(card, today=timezone.localdate())
                context["passages"] = cut(text.document(code or "draft"))
            else:
                made = _save(code, card, seen, staff)
                messages.success(request, "草稿已保存，还没有发布。")
                return redirect("console:policy", made)
        except DeskError as refusal:
            error = refusal
            context |= _what_went_wrong(refusal, card)
    context["error"] = error
    return render(
        request, "console/policy_form.html", context, status=error.status if error else 200
    )


def _save(code: str, card: PolicyCard, seen: Seen, staff: StaffMember) -> str:
    """The policy's code after the card was saved."""
    now = timezone.now()
    if not code:
        return drafts.begin(card, staff=staff, now=now).policy.code
    drafts.save(code, card, revision=seen.revision, current=seen.current, staff=staff, now=now)
    return code


def _what_went_wrong(refusal: DeskError, card: PolicyCard) -> dict[str, Any]:
    """What the form shows beside the refusal's sentence."""
    if isinstance(refusal, PolicyRepeats):
        return {"other": refusal.other}
    if not isinstance(refusal, DraftChanged):
        return {}
    # Saving once more is a choice made in knowledge of what the other one wrote.
    theirs = refusal.theirs
    shown: dict[str, Any] = {"seen": Seen.of(theirs)}
    if theirs is not None:
        drafted = theirs.state in OPEN
        shown["theirs_said"] = "同事保存的" if drafted else f"现行第 {theirs.ordinal} 版"
        mine = checked(card, today=timezone.localdate())
        shown["comparison"] = comparison.compare(text_of(theirs), mine)
    return shown


def _upload(request: HttpRequest, staff: StaffMember, code: str) -> HttpResponse:
    error: DeskError | None = None
    context: dict[str, Any] = {"code": code}
    if code:
        begun = catalogue.text_now(code)
        context["seen"] = Seen(begun.revision, begun.current)
        context["document"] = catalogue.history(code, today=timezone.localdate()).item.document
    if request.method == "POST":
        try:
            given = uploads.read(*_file(request))
        except PolicyRefused as refusal:
            error = refusal
        else:
            try:
                made = _take(given, code, Seen.read(request), staff)
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


def _take(given: uploads.Upload, code: str, seen: Seen, staff: StaffMember) -> str:
    now, name = timezone.now(), given.file_name
    if code:
        drafts.save(
            code,
            given.card,
            revision=seen.revision,
            current=seen.current,
            staff=staff,
            now=now,
            file_name=name,
        )
        return code
    made = drafts.begin(given.card, staff=staff, now=now, code=given.code, file_name=name)
    return made.policy.code


def _to_be_mended(
    request: HttpRequest, given: uploads.Upload, code: str, refusal: DeskError
) -> HttpResponse:
    """The file was read, but what it says cannot stand: the form, filled in, to be mended."""
    context = {
        "card": given.card,
        "code": code,
        "seen": Seen.read(request),
        "levels": list(Level),
        "statuses": STATUSES,
        "error": refusal,
        **_what_went_wrong(refusal, given.card),
    }
    return render(request, "console/policy_form.html", context, status=refusal.status)


def _file(request: HttpRequest) -> tuple[Any, str]:
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile) or file.file is None:
        raise PolicyRefused("请先选择文件。", "no_file")
    return file.file, file.name or ""
