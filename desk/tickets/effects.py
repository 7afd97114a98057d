"""What each move does to its ticket beside changing its state; called by services.transition.

An effect may refuse by raising a DeskError: then nothing of the move happens.
"""

from collections.abc import Callable

from desk.accounts.models import Department, Role, StaffMember
from desk.tickets import clocks, follow_ups, levels, notices, permissions
from desk.tickets.errors import (
    ExtensionUsed,
    InvalidParticulars,
    MoveNotAllowed,
    NoReview,
    OwnReview,
    ReviewPending,
)
from desk.tickets.models.tasks import Notice, Review
from desk.tickets.models.ticket import Ticket
from desk.tickets.numbers import read_number
from desk.tickets.steps import Step
from desk.tickets.values import OPEN_STATES, Category, Kind, Party, ReviewKind, State
from desk.worktime import services as worktime
from desk.worktime.clocks import ServiceClock, Unit

LONGEST_WORDS = 500
UNHAPPY = 2


def dispatch(step: Step) -> None:
    ticket = step.ticket
    ticket.department = _department(step.given.department)
    ticket.handler = None
    if step.given.handler:
        ticket.handler = _colleague(step.given.handler, ticket.department)
    if step.staff is not None:
        ticket.routed_by = f"由{step.staff.name}分派"
    step.facts["department"] = ticket.department.code
    _tell_handler(step)


def start(step: Step) -> None:
    ticket, staff = step.ticket, step.staff
    _have_department(step)
    if staff is not None and ticket.handler is None and staff.department_id == ticket.department_id:
        ticket.handler = staff


def assign(step: Step) -> None:
    ticket = step.ticket
    if ticket.department is None:
        raise MoveNotAllowed("请先分派到部门，再指定经办人。")
    ticket.handler = _colleague(step.given.handler, ticket.department)
    step.facts["handler"] = ticket.handler.username
    _tell_handler(step)


def suspend(step: Step) -> None:
    step.ticket.suspended_at = step.now


def close(step: Step) -> None:
    ticket, staff = step.ticket, step.staff
    if ticket.department is None and staff is not None:
        ticket.department = staff.department
    if ticket.handler is None and staff is not None and staff.department == ticket.department:
        ticket.handler = staff
    _lapse(step)


def follow(step: Step) -> None:
    main = step.ticket.main
    if main is not None:
        step.ticket.department, step.ticket.handler = main.department, main.handler
        step.facts["main"] = main.number


def visit(step: Step) -> None:
    ticket = step.ticket
    if step.given.solved is None:
        raise InvalidParticulars("请选择来访人认为解决了没有。")
    ticket.solved = step.given.solved
    if step.given.rating is not None:
        ticket.rating = _rating(step.given.rating)
        ticket.rating_words = _comment(step.words, ticket.rating)
    step.facts["solved"] = ticket.solved
    if not ticket.solved:
        follow_ups.need(ticket, f"来访人认为没有解决：{step.words}", now=step.now)


def rate(step: Step) -> None:
    step.ticket.rating = _rating(step.given.rating)
    step.ticket.rating_words = _comment(step.words, step.ticket.rating)
    step.facts["rating"] = step.ticket.rating
    if step.ticket.rating <= UNHAPPY:
        reason = f"来访人评{step.ticket.rating}分：{step.words}"
        follow_ups.need(step.ticket, reason, now=step.now)


def reopen(step: Step) -> None:
    ticket = step.ticket
    _have_department(step)
    ticket.redone += 1
    ticket.solved, ticket.rating, ticket.rating_words = None, None, ""
    promised = levels.promises(
        Category(ticket.category),
        enterprise=ticket.enterprise_id is not None,
        opened=step.now,
        calendar=worktime.calendar(),
    )
    # The matter is known and the person met: what is promised again is the result.
    again: dict[Kind, ServiceClock] = {
        kind: promise for kind, promise in promised.items() if kind == Kind.CLOSING
    }
    clocks.start(ticket, again, now=step.now, around=ticket.redone)
    if step.actor is Party.PERSON:
        follow_ups.need(ticket, f"来访人不满意：{step.words}", now=step.now)
        text = f"{ticket.number} 来访人不满意，重新办理"
        notices.to_workers(ticket, Notice.About.ANSWERED, text, now=step.now)


def withdraw(step: Step) -> None:
    _lapse(step)
    notices.to_workers(
        step.ticket, Notice.About.ANSWERED, f"{step.ticket.number} 来访人已撤回", now=step.now
    )


def merge(step: Step) -> None:
    ticket = step.ticket
    main = (
        Ticket.objects.filter(number=read_number(step.given.main))
        .select_related("department")
        .first()
    )
    # One they may not see is for them as if it were not there.
    if main is None or (step.staff and not permissions.may_see(step.staff, main)):
        raise InvalidParticulars("没有找到要并入的主单，请核对工单号。")
    if main.pk == ticket.pk:
        raise InvalidParticulars("不能并入自己，请填写另一张工单号。")
    if main.state not in OPEN_STATES:
        raise MoveNotAllowed(f"主单现在是“{main.get_state_display()}”，不能再并入工单。")
    if ticket.followers.filter(state=State.MERGED).exists():
        raise MoveNotAllowed("已有别的工单并入这张，请把另一张并到这张里来。")
    ticket.main = main
    step.facts["main"] = main.number
    _lapse(step)


def release(step: Step) -> None:
    step.ticket.main = None
    step.ticket.department = step.ticket.handler = None
    step.ticket.routed_by = ""


def ask(step: Step) -> None:
    """Opens the review that a superior of the asker decides."""
    ticket, staff, kind = step.ticket, step.staff, step.move.asks
    if kind is None or staff is None:
        raise MoveNotAllowed
    if ticket.reviews.filter(outcome="").exists():
        raise ReviewPending
    review = Review(ticket=ticket, kind=kind, reason=step.words, asked_by=staff, asked_at=step.now)
    if kind is ReviewKind.REASSIGN:
        review.department = _department(step.given.department)
        if review.department == ticket.department:
            raise InvalidParticulars("这张工单已经在这个部门，请选择另一个部门。")
        step.facts["department"] = review.department.code
    if kind is ReviewKind.EXTENSION:
        clock = clocks.closing(ticket)
        if clock is None or clock.unit != Unit.DAYS:
            raise MoveNotAllowed("这张工单没有按工作日计算的办结期限，不能延期。")
        if clock.extra:
            raise ExtensionUsed
        longest, days = clock.amount, step.given.days
        if days is None or not 1 <= days <= longest:
            raise InvalidParticulars(f"延期要在1到{longest}个工作日之间。")
        review.days = step.facts["days"] = days
    review.save()
    step.review = review
    text = f"{ticket.number} {step.move.label}，请审核"
    if staff.role == Role.HEAD:
        notices.to_role(ticket, Role.SUPERVISOR, Notice.About.REVIEW, text, now=step.now)
    else:
        notices.to_head(ticket, Notice.About.REVIEW, text, now=step.now)


def approve(step: Step) -> None:
    review = _decided(step, Review.Outcome.APPROVED)
    ticket = step.ticket
    if review.kind == ReviewKind.RETURN:
        ticket.department = ticket.handler = None
        ticket.routed_by = ""
    elif review.kind == ReviewKind.REASSIGN:
        ticket.department, ticket.handler = review.department, None
        ticket.routed_by = f"改派，由{step.who}审核"
    elif review.days is not None:
        clocks.extend(ticket, review.days, now=step.now)
        step.facts["days"] = review.days


def refuse(step: Step) -> None:
    _decided(step, Review.Outcome.REFUSED)


def press(step: Step) -> None:
    ticket = step.ticket
    ticket.pressed_at = step.now
    text = f"{ticket.number} 督办：{step.words}"
    notices.to_workers(ticket, Notice.About.PRESSED, text, now=step.now)
    if ticket.handler is not None and ticket.department is not None:
        notices.to_head(ticket, Notice.About.PRESSED, text, now=step.now)


def urge(step: Step) -> None:
    step.ticket.urged += 1
    main = step.ticket.main or step.ticket
    text = f"{step.ticket.number} 来访人第{step.ticket.urged}次催办"
    notices.to_workers(main, Notice.About.URGED, text, now=step.now)


def add(step: Step) -> None:
    main = step.ticket.main or step.ticket
    text = f"{step.ticket.number} 来访人补充了情况"
    notices.to_workers(main, Notice.About.ANSWERED, text, now=step.now)


EFFECTS: dict[str, Callable[[Step], None]] = {
    "dispatch": dispatch,
    "start": start,
    "assign": assign,
    "suspend": suspend,
    "close": close,
    "follow": follow,
    "visit": visit,
    "rate": rate,
    "reopen": reopen,
    "withdraw": withdraw,
    "merge": merge,
    "release": release,
    "ask_return": ask,
    "ask_reassign": ask,
    "ask_extension": ask,
    "approve_return": approve,
    "approve_reassign": approve,
    "approve_extension": approve,
    "refuse": refuse,
    "press": press,
    "urge": urge,
    "add": add,
}


def _department(code: str) -> Department:
    found = Department.objects.filter(code=code).first()
    if found is None:
        raise InvalidParticulars("请选择部门。")
    return found


def _colleague(username: str, department: Department) -> StaffMember:
    """One of the department's active staff, or the specialist of a firm in it."""
    found = StaffMember.objects.filter(
        username=username, department=department, is_active=True
    ).first()
    if found is None:
        raise InvalidParticulars(f"请选择{department.name}在岗的经办人。")
    return found


def _have_department(step: Step) -> None:
    """Whoever begins to work on what nobody has makes it their department's."""
    ticket, staff = step.ticket, step.staff
    if ticket.department is None:
        if staff is None or staff.department is None:
            raise MoveNotAllowed("这张工单还没有承办部门，请先分派。")
        ticket.department = staff.department


def _rating(rating: int | None) -> int:
    if rating is None or not 1 <= rating <= 5:
        raise InvalidParticulars("评分请选1到5分。")
    return rating


def _comment(words: str, rating: int) -> str:
    """What is said beside the rating; the mark alone is no comment."""
    bare = words.strip().rstrip("。！!.").replace(" ", "")
    return "" if bare in (f"{rating}", f"{rating}分", f"{rating}星") else words[:LONGEST_WORDS]


def _tell_handler(step: Step) -> None:
    handler = step.ticket.handler
    if handler is not None and handler != step.staff:
        text = f"{step.ticket.number} 交给您办理"
        notices.to_staff(step.ticket, handler, Notice.About.ASSIGNED, text, now=step.now)


def _decided(step: Step, outcome: Review.Outcome) -> Review:
    open_reviews = step.ticket.reviews.filter(outcome="").select_related("asked_by", "department")
    if step.move.decides:
        open_reviews = open_reviews.filter(kind=step.move.decides)
    review = open_reviews.first()
    if review is None:
        raise NoReview
    if step.staff is None or review.asked_by == step.staff:
        raise OwnReview
    review.outcome, review.decided_by, review.decided_at = outcome, step.staff, step.now
    review.save(update_fields=["outcome", "decided_by", "decided_at"])
    step.review = review
    step.facts["review"] = review.kind
    text = f"{step.ticket.number} {review.get_kind_display()}申请：{outcome.label}"
    notices.to_staff(step.ticket, review.asked_by, Notice.About.DECIDED, text, now=step.now)
    return review


def _lapse(step: Step) -> None:
    """What waits for a decision needs none any more."""
    step.ticket.reviews.filter(outcome="").update(
        outcome=Review.Outcome.LAPSED, decided_at=step.now
    )
