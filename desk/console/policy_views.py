"""Policies as editors see them: the list, one with its versions, a trial, a comparison."""

from datetime import date, timedelta

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from desk.accounts.models import StaffMember
from desk.console.entrance import staff_page
from desk.policies import catalogue, comparison, newer, trial
from desk.policies.catalogue import DRAFTS, STANDINGS, History, Wanted
from desk.policies.errors import InvalidPolicy
from desk.policies.models import PolicyVersion
from desk.policies.values import PolicyText, document_of, text_of
from knowledge_base.documents import Level
from knowledge_base.passages import cut

A_PAGE = 40
# The newer file in the place of a version's number, in the addresses of comparison and form.
FILE = "file"
LONGEST = 100


@staff_page
@require_safe
def listing(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """All policies, those with a draft first; the filters stand in the address."""
    given = {name: request.GET.get(name, "").strip()[:LONGEST] for name in Wanted.__slots__}
    today = timezone.localdate()
    everything = catalogue.items(today=today)
    found = catalogue.fitting(everything, Wanted(**given))
    query = request.GET.copy()
    query.pop("page", None)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "newer": newer.announced([item.policy for item in page if item.policy is not None]),
        "given": given,
        "query": query.urlencode(),
        "standings": STANDINGS,
        "drafts": DRAFTS,
        "levels": list(Level),
        "regions": catalogue.regions(everything),
        "topics": catalogue.topics(everything),
    }
    return render(request, "console/policies.html", context)


@staff_page
@require_safe
def one(request: HttpRequest, staff: StaffMember, code: str) -> HttpResponse:
    """A policy: how it stands, what can be done with it, its versions."""
    today = timezone.localdate()
    history = catalogue.history(code, today=today)
    draft = history.item.open
    current = history.item.policy.current if history.item.policy else None
    context = {
        "history": history,
        "item": history.item,
        "document": history.item.document,
        "code": code,
        "draft": draft,
        "current": current,
        "passages": cut(document_of(draft)) if draft else [],
        "successor": catalogue.titled(current.successor) if current else None,
        "file": _newer_file(history),
        "soon": timezone.localtime() + timedelta(hours=1),
    }
    return render(request, "console/policy.html", context)


@staff_page
@require_safe
def version(request: HttpRequest, staff: StaffMember, code: str, ordinal: int) -> HttpResponse:
    """One version whole: its fields and the passages it becomes."""
    found = catalogue.version_of(code, ordinal)
    context = {
        "code": code,
        "version": found,
        "document": document_of(found),
        "passages": cut(document_of(found)),
        "is_current": found.policy.current_id == found.pk,
    }
    return render(request, "console/policy_version.html", context)


@staff_page
@require_safe
def compare(request: HttpRequest, staff: StaffMember, code: str) -> HttpResponse:
    """Two versions side by side; by default the newest and the one before it."""
    history = catalogue.history(code, today=timezone.localdate())
    ordinals = [each.ordinal for each in history.versions]
    new = _ordinal(request.GET.get("new", ""), ordinals, 0)
    old = _ordinal(request.GET.get("old", ""), ordinals, ordinals.index(new) + 1 if new else 0)
    context = {
        "code": code,
        "document": history.item.document,
        "versions": history.versions,
        "old": old,
        "new": new,
        "left": f"第 {old} 版",
        "right": f"第 {new} 版",
        "comparison": None,
    }
    file = _newer_file(history) if request.GET.get("new") == FILE else None
    current = history.item.policy.current if history.item.policy else None
    if file is not None and current is not None:
        context |= {"file": file, "old": current.ordinal, "left": f"现行第 {current.ordinal} 版"}
        context |= {"right": "随附文件", "comparison": comparison.compare(text_of(current), file)}
    elif old and new:
        chosen = {each.ordinal: each for each in history.versions}
        context["comparison"] = comparison.compare(text_of(chosen[old]), text_of(chosen[new]))
    return render(request, "console/policy_compare.html", context)


@staff_page
@require_safe
def try_out(request: HttpRequest, staff: StaffMember, code: str) -> HttpResponse:
    """Asks questions of the index with the draft in it, as the chat would."""
    text, shown = _tried(code, request.GET.get("version", ""))
    document = text.document(code)
    usual = trial.asked_in(document)
    given = trial.questions_in(request.GET.get("questions", ""))
    questions = usual if request.GET.get("usual") else given
    day = _day(request.GET.get("day", ""), text)
    trials = trial.run(document, text.digest, questions, day=day) if questions else []
    context = {
        "code": code,
        "document": document,
        "version": shown,
        "questions": "\n".join(questions),
        "usual_count": len(usual),
        "day": day,
        "in_force": document.in_force_on(day),
        "trials": trials,
        "first": sum(one.rank == 1 for one in trials),
        "found": sum(one.rank > 0 for one in trials),
        "most": trial.MOST_QUESTIONS,
    }
    return render(request, "console/policy_trial.html", context)


def _newer_file(history: History) -> PolicyText | None:
    """What the document's file says that none of its versions does."""
    policy = history.item.policy
    return newer.announced([policy]).get(policy.code) if policy is not None else None


def _tried(code: str, ordinal: str) -> tuple[PolicyText, PolicyVersion | None]:
    """The version named, else the draft, else what stands."""
    if ordinal.isdecimal() and len(ordinal) < 6:
        found = catalogue.version_of(code, int(ordinal))
        return text_of(found), found
    return catalogue.text_now(code).text, None


def _day(given: str, text: PolicyText) -> date:
    """The day asked for; by default today, or the first day on which the text is law."""
    today = timezone.localdate()
    if not given:
        return max(today, text.effective or today)
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise InvalidPolicy("日期请写成 2026-11-23。") from error


def _ordinal(given: str, known: list[int], place: int) -> int:
    """The number given, if there is such a version; else the one at `place`; 0 when none is."""
    if given.isdecimal() and len(given) < 6 and int(given) in known:
        return int(given)
    return known[place] if place < len(known) else 0
