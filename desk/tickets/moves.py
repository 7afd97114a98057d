"""The life of a ticket as data: each move, from where to where, by whom, with what words.

`docs/ticket-life.md` is drawn from here (`manage.py ticket_life`), and the state machine that
guards every change (machine.py) is built from here.
"""

from dataclasses import dataclass
from enum import StrEnum

from desk.accounts.models import Role
from desk.tickets.values import HELD_STATES, OPEN_STATES, Kind, Party, ReviewKind, State

WORKERS = frozenset({Role.OPERATOR, Role.HANDLER, Role.HEAD, Role.ADMINISTRATOR})
DISPATCHERS = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.ADMINISTRATOR})
REVIEWERS = frozenset({Role.HEAD, Role.SUPERVISOR, Role.ADMINISTRATOR})
OVERSEERS = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
EVERY_KIND = frozenset(Kind)


class Reach(StrEnum):
    """On whose tickets a role makes a move: those it works on, or all it may see."""

    OWN = "own"
    ANY = "any"


class Field(StrEnum):
    """What a move asks for beside words; the names are those of `Particulars`."""

    DEPARTMENT = "department"
    HANDLER = "handler"
    DAYS = "days"
    MAIN = "main"
    SOLVED = "solved"
    RATING = "rating"


@dataclass(frozen=True, slots=True)
class Move:
    """One way from a state to the next; without a `target` the state stays.

    `note_label` is empty when the move needs no words. `parties` may make it besides staff;
    `meets` are the promises it keeps. A `quiet` move leaves the ticket's version alone: it takes
    nothing from under the hands of whoever has the page open. `decides` and `asks` tie it to a
    review.
    """

    name: str
    label: str
    sources: frozenset[State]
    target: State | None
    audit_action: str
    roles: frozenset[Role] = frozenset()
    reach: Reach = Reach.OWN
    parties: frozenset[Party] = frozenset()
    note_label: str = ""
    fields: tuple[Field, ...] = ()
    optional: tuple[Field, ...] = ()
    meets: frozenset[Kind] = frozenset()
    quiet: bool = False
    asks: ReviewKind | None = None
    decides: ReviewKind | None = None


def _from(*states: State) -> frozenset[State]:
    return frozenset(states)


_OPEN = frozenset(OPEN_STATES)
_HELD = frozenset(HELD_STATES)
_PERSON = frozenset({Party.PERSON})
_SYSTEM = frozenset({Party.SYSTEM})

MOVES = {
    move.name: move
    for move in (
        Move(
            "dispatch",
            "分派",
            _from(State.RECEIVED, State.ASSIGNED),
            State.ASSIGNED,
            "ticket.dispatched",
            DISPATCHERS,
            Reach.ANY,
            _SYSTEM,
            fields=(Field.DEPARTMENT,),
            optional=(Field.HANDLER,),
        ),
        Move(
            "start",
            "开始办理",
            _from(State.RECEIVED, State.ASSIGNED),
            State.IN_PROGRESS,
            "ticket.started",
            WORKERS,
            meets=frozenset({Kind.ACCEPTANCE}),
        ),
        Move(
            "assign",
            "指定经办人",
            _HELD,
            None,
            "ticket.assigned",
            frozenset({Role.OPERATOR, Role.HEAD, Role.ADMINISTRATOR}),
            fields=(Field.HANDLER,),
        ),
        Move(
            "contact",
            "记录联系",
            _HELD,
            None,
            "ticket.contacted",
            WORKERS,
            note_label="联系情况（来访人看不到）",
            meets=frozenset({Kind.CONTACT}),
        ),
        Move(
            "interim",
            "阶段答复",
            _from(State.IN_PROGRESS, State.SUSPENDED),
            None,
            "ticket.answered_interim",
            WORKERS,
            note_label="目前进展（会告知来访人）",
            meets=frozenset({Kind.CONTACT, Kind.INTERIM}),
        ),
        Move(
            "suspend",
            "挂起等补充",
            _from(State.IN_PROGRESS),
            State.SUSPENDED,
            "ticket.suspended",
            WORKERS,
            note_label="需要来访人补充什么（会告知来访人）",
            meets=frozenset({Kind.CONTACT}),
        ),
        Move(
            "resume",
            "恢复办理",
            _from(State.SUSPENDED),
            State.IN_PROGRESS,
            "ticket.resumed",
            WORKERS | {Role.SUPERVISOR},
            parties=_PERSON,
        ),
        Move(
            "close",
            "办结",
            _from(State.RECEIVED, State.ASSIGNED, State.IN_PROGRESS),
            State.CLOSED,
            "ticket.closed",
            WORKERS,
            note_label="办理结果（会告知来访人）",
            meets=EVERY_KIND,
        ),
        Move(
            "visit",
            "记录回访",
            _from(State.CLOSED),
            State.VISITED,
            "ticket.visited",
            WORKERS | {Role.SUPERVISOR},
            Reach.ANY,
            _PERSON,
            note_label="来访人怎么说",
            fields=(Field.SOLVED,),
            optional=(Field.RATING,),
        ),
        Move(
            "reopen",
            "重新办理",
            _from(State.CLOSED, State.VISITED),
            State.IN_PROGRESS,
            "ticket.reopened",
            WORKERS | {Role.SUPERVISOR},
            parties=_PERSON,
            note_label="重新办理的原因",
        ),
        Move(
            "archive",
            "归档",
            _from(State.CLOSED, State.VISITED),
            State.ARCHIVED,
            "ticket.archived",
            frozenset({Role.OPERATOR, Role.HEAD, Role.SUPERVISOR, Role.ADMINISTRATOR}),
            note_label="归档说明",
        ),
        Move(
            "ask_return",
            "申请退单",
            _from(State.ASSIGNED, State.IN_PROGRESS),
            None,
            "ticket.return_asked",
            WORKERS,
            note_label="为什么不归本部门办理",
            asks=ReviewKind.RETURN,
        ),
        Move(
            "ask_reassign",
            "申请改派",
            _from(State.ASSIGNED, State.IN_PROGRESS),
            None,
            "ticket.reassign_asked",
            WORKERS,
            note_label="为什么应由该部门办理",
            fields=(Field.DEPARTMENT,),
            asks=ReviewKind.REASSIGN,
        ),
        Move(
            "ask_extension",
            "申请延期",
            _HELD,
            None,
            "ticket.extension_asked",
            WORKERS,
            note_label="延期理由（批准后会告知来访人）",
            fields=(Field.DAYS,),
            asks=ReviewKind.EXTENSION,
        ),
        Move(
            "approve_return",
            "同意退单",
            _HELD,
            State.RECEIVED,
            "ticket.returned",
            REVIEWERS,
            decides=ReviewKind.RETURN,
        ),
        Move(
            "approve_reassign",
            "同意改派",
            _HELD,
            State.ASSIGNED,
            "ticket.reassigned",
            REVIEWERS,
            decides=ReviewKind.REASSIGN,
        ),
        Move(
            "approve_extension",
            "同意延期",
            _HELD,
            None,
            "ticket.extended",
            REVIEWERS,
            decides=ReviewKind.EXTENSION,
        ),
        Move(
            "refuse",
            "不同意",
            _HELD,
            None,
            "ticket.review_refused",
            REVIEWERS,
            note_label="不同意的理由",
        ),
        Move(
            "press",
            "督办",
            _OPEN,
            None,
            "ticket.pressed",
            OVERSEERS,
            note_label="督办意见（来访人看不到）",
            quiet=True,
        ),
        Move(
            "merge",
            "并案",
            _OPEN,
            State.MERGED,
            "ticket.merged",
            WORKERS | {Role.SUPERVISOR},
            note_label="为什么是同一件事（来访人看不到）",
            fields=(Field.MAIN,),
        ),
        Move(
            "release",
            "恢复单独办理",
            _from(State.MERGED),
            State.RECEIVED,
            "ticket.released",
            DISPATCHERS,
            parties=_SYSTEM,
        ),
        Move(
            "follow",
            "随主单办结",
            _from(State.MERGED),
            State.CLOSED,
            "ticket.closed_with_main",
            parties=_SYSTEM,
            meets=EVERY_KIND,
        ),
        Move(
            "withdraw",
            "撤回",
            _OPEN | {State.MERGED},
            State.WITHDRAWN,
            "ticket.withdrawn",
            frozenset({Role.OPERATOR, Role.ADMINISTRATOR}),
            Reach.ANY,
            _PERSON,
            note_label="来访人撤回的原因",
        ),
        Move(
            "urge",
            "催办",
            _OPEN | {State.MERGED},
            None,
            "ticket.urged",
            frozenset({Role.OPERATOR, Role.ADMINISTRATOR}),
            Reach.ANY,
            _PERSON,
            quiet=True,
        ),
        Move(
            "add",
            "补充情况",
            _OPEN | {State.MERGED},
            None,
            "ticket.supplemented",
            frozenset({Role.OPERATOR, Role.ADMINISTRATOR}),
            Reach.ANY,
            _PERSON,
            note_label="来访人补充的情况",
        ),
        Move(
            "rate",
            "评价",
            _from(State.CLOSED, State.VISITED),
            None,
            "ticket.rated",
            parties=_PERSON,
            fields=(Field.RATING,),
            quiet=True,
        ),
        Move(
            "escalate",
            "超期升级",
            _OPEN,
            None,
            "ticket.escalated",
            parties=_SYSTEM,
            quiet=True,
        ),
        Move(
            "recount",
            "校正期限",
            _OPEN | {State.MERGED},
            None,
            "ticket.clocks_recounted",
            parties=_SYSTEM,
        ),
    )
}

# History also holds what changes no state.
OPENED = "open"
NOTED = "note"
EVENT_LABELS = {
    OPENED: "受理",
    NOTED: "内部备注",
    **{move.name: move.label for move in MOVES.values()},
}


def moves_from(state: str) -> list[Move]:
    """The moves a ticket in `state` has, in the order they are offered."""
    return [move for move in MOVES.values() if state in move.sources]
