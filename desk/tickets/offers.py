"""Which moves a staff member is offered on a ticket, and what each may choose from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.db.models import Count, Q

from desk.accounts.models import Department, Role, StaffMember
from desk.errors import DeskError
from desk.tickets import clocks, permissions
from desk.tickets.models.tasks import Review
from desk.tickets.models.ticket import Ticket
from desk.tickets.moves import Field, Move, moves_from
from desk.tickets.routing import least_loaded
from desk.tickets.suggestion import suggest
from desk.tickets.values import OPEN_STATES, ReviewKind, masked_text

WORKING_ROLES = (Role.HANDLER, Role.HEAD, Role.OPERATOR)
RELATED = 8


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose; `chosen` is what we suggest."""

    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """One thing a move's form asks for; `most` bounds a number, `hint` says what we suggest.

    `value` is what was given in vain, where nothing is chosen from.
    """

    name: str
    label: str
    required: bool
    options: list[Option] = field(default_factory=list)
    hint: str = ""
    most: int = 0
    value: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A move somebody may make now, with what its form asks for.

    `open` after it was tried in vain: then its form shows `note`, what was written.
    """

    move: Move
    boxes: list[Box] = field(default_factory=list)
    open: bool = False
    note: str = ""

    @property
    def leading(self) -> bool:
        """Whether it is what mostly comes next: its button stands out."""
        return self.move.name in ("start", "resume")

    @property
    def plain(self) -> bool:
        """Whether pressing a button is all it takes."""
        return not (self.move.note_label or self.boxes)


LABELS = {
    Field.DEPARTMENT: "部门",
    Field.HANDLER: "经办人",
    Field.DAYS: "延长几个工作日",
    Field.MAIN: "主单的工单号",
    Field.SOLVED: "来访人认为",
    Field.RATING: "评分",
}
RATINGS = [Option(str(score), f"{score}分") for score in range(5, 0, -1)]


def open_review(ticket: Ticket) -> Review | None:
    """What waits for a decision; None when nothing does."""
    return ticket.reviews.filter(outcome="").select_related("asked_by", "department").first()


def offers(staff: StaffMember, ticket: Ticket) -> list[Offer]:
    """The moves `staff` can make on `ticket` as it stands, each with its choices."""
    review = open_review(ticket)
    extended = ticket.reviews.filter(
        kind=ReviewKind.EXTENSION, outcome=Review.Outcome.APPROVED
    ).exists()
    found = []
    for move in moves_from(ticket.state):
        allowed = permissions.may_move(staff, ticket, move)
        if allowed and _fits(move, ticket, review, staff, extended=extended):
            found.append(Offer(move, _boxes(move, ticket)))
    return found


@dataclass(frozen=True, slots=True)
class Tried:
    """A move that was refused with `error`, and what its form held."""

    name: str
    note: str
    given: Mapping[str, str]
    error: DeskError


def tried(found: list[Offer], again: Tried) -> list[Offer]:
    """The offers, that of the move which was refused with what its form held."""
    return [
        replace(
            offer,
            open=True,
            note=again.note,
            boxes=[_filled(box, again.given.get(box.name, "")) for box in offer.boxes],
        )
        if offer.move.name == again.name
        else offer
        for offer in found
    ]


def _filled(box: Box, value: str) -> Box:
    if not value:
        return box
    options = [replace(option, chosen=option.value == value) for option in box.options]
    return replace(box, value=value, options=options)


def _fits(
    move: Move, ticket: Ticket, review: Review | None, staff: StaffMember, *, extended: bool
) -> bool:
    """Whether what the ticket has besides its state allows the move."""
    if move.asks:
        if move.asks is ReviewKind.EXTENSION and (extended or _longest(ticket) == 0):
            return False
        return review is None
    if move.decides or move.name == "refuse":
        kinds = {move.decides} if move.decides else set(ReviewKind)
        return review is not None and review.kind in kinds and review.asked_by != staff
    if move.name == "assign":
        return ticket.department_id is not None
    if move.name in ("start", "reopen"):
        return ticket.department_id is not None or staff.department_id is not None
    return True


def _boxes(move: Move, ticket: Ticket) -> list[Box]:
    boxes = []
    for wanted in (*move.fields, *move.optional):
        # Whom to give it to in another department, that department's head decides.
        if wanted is Field.HANDLER and Field.DEPARTMENT in move.fields:
            continue
        label, required = LABELS[wanted], wanted in move.fields
        match wanted:
            case Field.DEPARTMENT:
                options, hint = _departments(ticket)
                boxes.append(Box(wanted, label, required, options, hint))
            case Field.HANDLER:
                options, hint = _handlers(ticket)
                boxes.append(Box(wanted, label, required, options, hint))
            case Field.DAYS:
                most = _longest(ticket)
                hint = f"最多{most}个工作日，只能延期一次"
                boxes.append(Box(wanted, label, required, hint=hint, most=most))
            case Field.MAIN:
                options = [
                    Option(one.number, f"{one.number} {masked_text(one.subject)}")
                    for one in related(ticket)
                ]
                boxes.append(Box(wanted, label, required, options))
            case Field.RATING:
                boxes.append(Box(wanted, label, required, RATINGS))
            case Field.SOLVED:
                boxes.append(Box(wanted, label, required))
    return boxes


def _departments(ticket: Ticket) -> tuple[list[Option], str]:
    best = next((one for one in suggest(ticket) if one.department != ticket.department), None)
    options = [
        Option(one.code, one.name, best is not None and one == best.department)
        for one in Department.objects.all()
        if one.pk != ticket.department_id
    ]
    return options, f"建议{best.department.name}：{best.reason}" if best else ""


def _handlers(ticket: Ticket) -> tuple[list[Option], str]:
    department = ticket.department
    if department is None:
        return [], ""
    staff = (
        StaffMember.objects.filter(department=department, is_active=True, role__in=WORKING_ROLES)
        .annotate(load=Count("handled_tickets", Q(handled_tickets__state__in=OPEN_STATES)))
        .order_by("load", "pk")
    )
    free = least_loaded(department)
    options = [
        Option(one.username, f"{one.name}（在办{one.load}件）", one == free) for one in staff
    ]
    return options, f"建议{free.name}：手上的工单最少" if free else ""


def _longest(ticket: Ticket) -> int:
    clock = clocks.closing(ticket)
    return clock.amount if clock and clock.running and clock.unit == "days" else 0


def related(ticket: Ticket) -> list[Ticket]:
    """Open tickets that may be about the same: of the same person, firm or topic, newest first."""
    same = Q(pk__in=[])
    if ticket.conversation_id:
        same |= Q(conversation=ticket.conversation_id)
    if ticket.enterprise_id:
        same |= Q(enterprise=ticket.enterprise_id)
    if ticket.person_phone:
        same |= Q(person_phone=ticket.person_phone)
    if ticket.topic:
        same |= Q(topic=ticket.topic, department=ticket.department_id)
    others = Ticket.objects.filter(same, state__in=OPEN_STATES).exclude(pk=ticket.pk)
    return list(others.order_by("-opened_at")[:RELATED])
