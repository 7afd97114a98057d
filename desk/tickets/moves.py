"""The life of a ticket as data: each move, from where to where, by whom, with what words."""

from dataclasses import dataclass

from desk.accounts.models import Role
from desk.tickets.values import State

_WORKERS = frozenset({Role.OPERATOR, Role.HANDLER, Role.HEAD, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Move:
    """One way from a state to the next; `note_label` is empty when the move needs no words."""

    name: str
    label: str
    sources: frozenset[State]
    target: State
    roles: frozenset[Role]
    audit_action: str
    note_label: str = ""


MOVES = {
    move.name: move
    for move in (
        Move(
            name="start",
            label="开始办理",
            sources=frozenset({State.RECEIVED}),
            target=State.IN_PROGRESS,
            roles=_WORKERS,
            audit_action="ticket.started",
        ),
        Move(
            name="close",
            label="办结",
            sources=frozenset({State.RECEIVED, State.IN_PROGRESS}),
            target=State.CLOSED,
            roles=_WORKERS,
            audit_action="ticket.closed",
            note_label="办理结果（会告知来访人）",
        ),
        Move(
            name="reopen",
            label="重新办理",
            sources=frozenset({State.CLOSED}),
            target=State.IN_PROGRESS,
            roles=_WORKERS | {Role.SUPERVISOR},
            audit_action="ticket.reopened",
            note_label="重新办理的原因",
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
