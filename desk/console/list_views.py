"""The list of tickets: filtered, page by page, given to others in one go, taken away as a table."""

from collections import defaultdict
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desk.accounts.models import Department, StaffMember
from desk.console import areas, sheets
from desk.console.entrance import PageNotFound, staff_page
from desk.console.filters import Filters, people_for, read_filters
from desk.console.parts import Context
from desk.console.talk import fingerprint
from desk.tickets import bulk, exporting, queues
from desk.tickets.bulk import Chosen, Outcome
from desk.tickets.errors import InvalidParticulars
from desk.tickets.paging import page_of, read_mark

PER_PAGE = 30
UNCHANGED = 204
NAMED = 5
WRITERS = {
    "csv": (sheets.as_csv, "text/csv; charset=utf-8"),
    "xlsx": (
        sheets.as_xlsx,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
}


def list_context(request: HttpRequest, staff: StaffMember, now: datetime) -> Context:
    """The list the address asks for, its filters and counters."""
    filters = read_filters(request.GET, staff)
    tickets = queues.queue(staff, filters.wanted, now=now)
    page = page_of(
        tickets,
        filters.order,
        PER_PAGE,
        after=read_mark(request.GET.get("after", "")),
        before=read_mark(request.GET.get("before", "")),
        count_to=queues.COUNTED + 1 if filters.wanted.text else 0,
    )
    total = queues.counted(tickets) if page.total is None else page.total
    counts = queues.counts(staff, now=now)
    version = fingerprint([(one.pk, one.version) for one in page.tickets])
    return {
        "filters": filters,
        "scopes": filters.scope_choices(counts),
        "page": page,
        "total": f"{queues.COUNTED}+" if total > queues.COUNTED else total,
        "now": now,
        "version": version,
        "counters": fingerprint(counts, total),
        "address": request.GET.urlencode(),
    }


def choices_context(filters: Filters, staff: StaffMember) -> Context:
    """What the list's filters offer, and whom its tickets may be given to, if `staff` gives any."""
    people = people_for(staff)
    context: Context = {"selects": filters.selects(people)}
    if areas.may_visit(staff, "give"):
        departments = people.departments or list(Department.objects.values_list("code", "name"))
        context["receivers"] = [
            ("经办人", [(f"staff:{name}", label) for name, label in people.handlers]),
            ("部门", [(f"department:{code}", label) for code, label in departments]),
        ]
    return context


@staff_page
@require_safe
def fresh(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """The list's counters as they are now, and whether the list has changed; nothing when not."""
    context = list_context(request, staff, timezone.now())
    changed = request.GET.get("list") != context["version"]
    if not changed and request.GET.get("seen") == context["counters"]:
        return HttpResponse(status=UNCHANGED)
    # The page goes on showing the list it has: rows must not move under a hand that points.
    context |= {"changed": changed, "version": request.GET.get("list", "")}
    address = request.GET.copy()
    for name in ("seen", "list"):
        address.pop(name, None)
    return render(request, "console/_scopes.html", context | {"address": address.urlencode()})


@staff_page
@require_POST
def give(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """The chosen tickets go to one colleague or department; each that cannot says why."""
    form = request.POST
    to = form.get("to", "").replace("\0", "")
    kind, _, name = to.partition(":")
    try:
        outcomes = bulk.give(
            _chosen(form.getlist("ticket")),
            staff=staff,
            now=timezone.now(),
            handler=name if kind == "staff" else "",
            department=name if kind == "department" else "",
        )
    except InvalidParticulars as error:
        messages.warning(request, error.message)
    else:
        _tell(request, outcomes)
    filters = read_filters(request.GET, staff)
    return redirect(f"{reverse('console:queue')}?{filters.query}")


@staff_page
@require_POST
def export(request: HttpRequest, staff: StaffMember, kind: str) -> HttpResponse:
    """The whole list the address asks for, as a file."""
    if kind not in WRITERS:
        raise PageNotFound
    now, filters = timezone.now(), read_filters(request.GET, staff)
    table = exporting.export(staff, filters.wanted, kind=kind, filters=_said(filters), now=now)
    write, content_type = WRITERS[kind]
    answer = HttpResponse(write(exporting.HEADINGS, table.rows), content_type=content_type)
    name = f"tickets-{timezone.localtime(now):%Y%m%d-%H%M}.{kind}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _chosen(values: list[str]) -> list[Chosen]:
    """What the boxes of a list say: number and version; what cannot be read is none."""
    found = []
    for value in values:
        number, _, version = value.partition(":")
        if version.isascii() and version.isdecimal() and len(version) < 10:
            found.append(Chosen(number.replace("\0", ""), int(version)))
    return found


def _tell(request: HttpRequest, outcomes: list[Outcome]) -> None:
    """How many went, and for each reason which did not."""
    refused: dict[str, list[str]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.refused:
            refused[outcome.refused].append(outcome.number)
    went = sum(1 for outcome in outcomes if not outcome.refused)
    if went:
        messages.success(request, f"{went}张工单已交出。")
    for reason, numbers in refused.items():
        named = "、".join(numbers[:NAMED]) + ("等" if len(numbers) > NAMED else "")
        messages.warning(request, f"{len(numbers)}张没有交出：{reason}（{named}）")


def _said(filters: Filters) -> dict[str, str]:
    """The filters as the audit log keeps them: words may be somebody's name, so only that there
    were some."""
    said = {name: value for name, value in filters.fields().items() if value}
    if said.pop("q", ""):
        said["q"] = "…"
    return said
