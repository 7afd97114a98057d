"""Many tickets given to somebody at once: each by its own move, each with its own answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from desk.accounts.models import Department, StaffMember
from desk.errors import DeskError
from desk.tickets import services
from desk.tickets.errors import InvalidParticulars, MoveNotAllowed, StaleTicket
from desk.tickets.values import HELD_STATES, Particulars

MOST = 100


@dataclass(frozen=True, slots=True)
class Chosen:
    """A ticket of a list, with the version the list showed."""

    number: str
    version: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one ticket; `refused` says why nothing did."""

    number: str
    refused: str = ""


def give(
    chosen: Sequence[Chosen],
    *,
    staff: StaffMember,
    now: datetime,
    handler: str = "",
    department: str = "",
) -> list[Outcome]:
    """Gives each ticket to `handler` (a username), else to `department` (a code).

    Each is a move of its own (`assign` within a department, `dispatch` into one) with its own
    permission, transaction and audit row, so that one that is refused holds up no other. Raises
    InvalidParticulars for what is wrong with all of them.
    """
    if not chosen:
        raise InvalidParticulars("请先勾选工单。")
    if len(chosen) > MOST:
        raise InvalidParticulars(f"一次最多处理{MOST}张工单。")
    wanted = _department(handler, department)
    outcomes = []
    for one in chosen:
        try:
            _give(one, wanted, handler, staff, now)
        except DeskError as error:
            outcomes.append(Outcome(one.number, error.message))
        else:
            outcomes.append(Outcome(one.number))
    return outcomes


def _department(handler: str, department: str) -> Department:
    """The department the tickets will be in."""
    if handler:
        person = StaffMember.objects.filter(username=handler, is_active=True)
        found = Department.objects.filter(staff__in=person).first()
    else:
        found = Department.objects.filter(code=department).first()
    if found is None:
        raise InvalidParticulars("请选择经办人或部门。")
    return found


def _give(
    one: Chosen, department: Department, handler: str, staff: StaffMember, now: datetime
) -> None:
    ticket = services.ticket_for(staff, one.number)
    if ticket.version != one.version:
        raise StaleTicket
    within = ticket.department_id == department.pk
    if within and not handler:
        raise MoveNotAllowed(f"已经在{department.name}。")
    if within and ticket.handler is not None and ticket.handler.username == handler:
        raise MoveNotAllowed(f"已经由{ticket.handler.name}办理。")
    move = "assign" if within and ticket.state in HELD_STATES else "dispatch"
    services.transition(
        ticket.pk,
        move,
        actor=staff,
        now=now,
        version=one.version,
        given=Particulars(department=department.code, handler=handler),
    )
