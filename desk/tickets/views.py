"""The private progress page: number and code in, how far it is out."""

from uuid import UUID, uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from desk.errors import DeskError
from desk.tickets import person
from desk.tickets.errors import InvalidParticulars, TooManyTries, WrongCode
from desk.tickets.models.ticket import Ticket
from desk.tickets.progress import look_up, progress_of

TEMPLATE = "tickets/progress.html"
LONGEST_WORDS = 2000
DONE = {
    "solved": "谢谢您的确认。",
    "unsolved": "已收到，工作人员会接着办理。",
    "rate": "谢谢您的评价。",
    "urge": "已催办，经办人会看到。",
    "add": "补充的情况已转给经办人。",
    "withdraw": "工单已撤回。",
}


@never_cache
@sensitive_post_parameters("code", "words")
@require_http_methods(["GET", "HEAD", "POST"])
def progress(request: HttpRequest) -> HttpResponse:
    """Asks for number and code; shows the ticket, and does what its person wants done."""
    if request.method != "POST":
        return render(request, TEMPLATE, {})
    form = request.POST
    number, code = form.get("number", ""), form.get("code", "")
    context: dict[str, object] = {"number": number[:20], "key": str(uuid4())}
    status = 200
    try:
        ticket = look_up(number, code, address=address_of(request), now=timezone.now())
    except (WrongCode, TooManyTries) as error:
        return render(request, TEMPLATE, context | {"error": error.message}, status=error.status)
    wanted = form.get("wanted", "")
    if wanted:
        try:
            ticket = act(ticket, wanted, request)
            context["done"] = DONE[wanted]
        except DeskError as error:
            context["error"], status = error.message, error.status
            ticket.refresh_from_db()
    return render(
        request, TEMPLATE, context | {"code": code, "found": progress_of(ticket)}, status=status
    )


def act(ticket: Ticket, wanted: str, request: HttpRequest) -> Ticket:
    """What the person asks for on the page, once for each form. Raises DeskError."""
    now, words = timezone.now(), request.POST.get("words", "")[:LONGEST_WORDS]
    try:
        key = f"page:{UUID(request.POST.get('key', ''))}"
    except ValueError as error:
        raise InvalidParticulars("页面已经过期，请重新查询。") from error
    rating = request.POST.get("rating", "")
    match wanted:
        case "solved" | "unsolved":
            return person.confirm(ticket, solved=wanted == "solved", key=key, now=now, words=words)
        case "rate":
            score = int(rating) if rating in {"1", "2", "3", "4", "5"} else 0
            return person.rate(ticket, rating=score, key=key, now=now, words=words)
        case "urge":
            return person.urge(ticket, key=key, now=now)
        case "add":
            return person.add(ticket, text=words, key=key, now=now)
        case "withdraw":
            return person.withdraw(ticket, key=key, now=now, words=words)
    raise InvalidParticulars("没有这个操作，请重新查询。")


def address_of(request: HttpRequest) -> str:
    """The visitor's address; behind our proxy, the one it saw."""
    seen = request.META.get("REMOTE_ADDR", "")
    forwarded = request.headers.get("X-Forwarded-For", "")
    if settings.BEHIND_TLS and forwarded:
        # Only the last hop is the proxy's own word; the rest is the visitor's.
        return forwarded.rsplit(",", 1)[-1].strip()
    return str(seen)
