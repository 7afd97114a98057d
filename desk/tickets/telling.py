"""What a person reads in their conversation when their ticket moves."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from desk.conversations import services as conversations
from desk.tickets import clocks
from desk.tickets.models.ticket import Ticket, TicketEvent
from desk.tickets.steps import Step
from desk.tickets.values import Party, State
from desk.worktime import services as worktime

HOW_TO_ANSWER = "解决了没有？直接回复“解决了”或“没解决”，也可以打分（如“打5分”）。"
PROGRESS_PAGE = "也可以打开 {address} ，用编号和查询码 {code} 告诉我们。"
NOTICE = "ticket-event:"


def progress_address(ticket: Ticket) -> str:
    """The progress page as it is written to the ticket's person; empty where no link is of use."""
    # Not its conversation, which this very step may change.
    if ticket.conversation_id is None or ticket.channel in conversations.WITHOUT_LINKS:
        return ""
    if not settings.PUBLIC_URL:
        return ""
    return f"{settings.PUBLIC_URL}{reverse('tickets:progress')}"


def told_last(conversation_id: UUID) -> TicketEvent | None:
    """The event that the last words of the conversation told of; None when they were others."""
    head, _, event = conversations.last_notice(conversation_id).partition(":")
    return TicketEvent.objects.filter(pk=event).first() if f"{head}:" == NOTICE else None


def tell(step: Step, event: TicketEvent) -> None:
    """Tells the ticket's person of `step`, and the persons of the tickets merged into it."""
    words = WORDS.get(step.move.name)
    if words is None:
        return
    told: set[UUID] = set()
    for ticket in (step.ticket, *_followers(step)):
        text = words(step, ticket)
        if text and ticket.conversation_id and ticket.conversation_id not in told:
            key = f"{NOTICE}{event.pk}"
            conversations.notify(ticket.conversation_id, text=text, key=key, now=step.now)
            told.add(ticket.conversation_id)


def _followers(step: Step) -> list[Ticket]:
    if step.move.name not in SHARED:
        return []
    return list(step.ticket.followers.filter(state=State.MERGED).select_related("department"))


def _name(ticket: Ticket) -> str:
    return f"您的{ticket.get_category_display()}工单 {ticket.number}"


def _due(step: Step) -> str:
    clock = clocks.closing(step.ticket)
    return worktime.said_moment(clock.due_at, step.now) if clock and clock.running else ""


def _by_when(step: Step, words: str) -> str:
    due = _due(step)
    return f"{words.format(due=due)}" if due else ""


def _started(step: Step, ticket: Ticket) -> str:
    department = step.ticket.department.name if step.ticket.department else "承办部门"
    return f"{_name(ticket)} 已由{department}受理。" + _by_when(step, "最晚{due}前答复您。")


def _interim(step: Step, ticket: Ticket) -> str:
    return f"{_name(ticket)} 有进展：\n{step.words}\n" + _by_when(
        step, "最终结果最晚{due}前告诉您。"
    )


def _suspended(step: Step, ticket: Ticket) -> str:
    if ticket.pk != step.ticket.pk:
        return ""
    return (
        f"{_name(ticket)} 需要您补充：\n{step.words}\n"
        "请直接在这里回复，我们收到后接着办理。等您回复的时间不算在办理期限里。"
    )


def _extended(step: Step, ticket: Ticket) -> str:
    reason = step.review.reason if step.review else ""
    return (
        f"{_name(ticket)} 需要延期办理。\n原因：{reason}\n"
        + _by_when(step, "新的期限是{due}。")
        + "给您添麻烦了。"
    )


def _reassigned(step: Step, ticket: Ticket) -> str:
    department = step.ticket.department.name if step.ticket.department else "对口部门"
    return f"{_name(ticket)} 已转到{department}办理，" + (
        _by_when(step, "答复期限不变：{due}。") or "有进展会发到这里。"
    )


def _returned(step: Step, ticket: Ticket) -> str:
    return f"{_name(ticket)} 正在重新确认承办部门，" + (
        _by_when(step, "答复期限不变：{due}。") or "有进展会发到这里。"
    )


def _closed(step: Step, ticket: Ticket) -> str:
    if ticket.pk != step.ticket.pk:
        return ""  # Each of them is closed by a move of its own.
    lines = [f"{_name(ticket)} 已办结。", f"办理结果：{step.words}", HOW_TO_ANSWER]
    if address := progress_address(ticket):
        lines.append(PROGRESS_PAGE.format(address=address, code=ticket.progress_code))
    return "\n".join(lines)


def _reopened(step: Step, ticket: Ticket) -> str:
    return f"{_name(ticket)} 已重新办理。" + _by_when(step, "最晚{due}前答复您。")


def _merged(step: Step, ticket: Ticket) -> str:
    main = step.ticket.main
    # The number of somebody else's ticket is nothing for them.
    theirs = main is not None and main.conversation_id == ticket.conversation_id
    named = f"（主单 {main.number}）" if main and theirs else ""
    return (
        f"{_name(ticket)} 与另一张工单反映的是同一件事，已并在一起办理{named}。"
        "有进展和结果，会同样告诉您。"
    )


def _withdrawn(step: Step, ticket: Ticket) -> str:
    # Who withdrew it themselves has read so already.
    return f"{_name(ticket)} 已按您的要求撤回。" if step.actor is not Party.PERSON else ""


def _released(step: Step, ticket: Ticket) -> str:
    return f"{_name(ticket)} 改为单独办理，有进展会发到这里。"


WORDS: dict[str, Callable[[Step, Ticket], str]] = {
    "start": _started,
    "interim": _interim,
    "suspend": _suspended,
    "approve_extension": _extended,
    "approve_reassign": _reassigned,
    "approve_return": _returned,
    "close": _closed,
    "follow": _closed,
    "reopen": _reopened,
    "merge": _merged,
    "release": _released,
    "withdraw": _withdrawn,
}
# Those whose tickets were merged into this one hear of these too.
SHARED = {"interim", "approve_extension", "approve_reassign"}
