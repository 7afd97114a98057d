"""The life of a ticket as a page of the documentation, drawn from moves.py."""

from desk.accounts.models import Role
from desk.tickets.moves import MOVES, Move, Reach
from desk.tickets.values import Party, State

HEAD = """# The life of a ticket

Drawn by `manage.py ticket_life --write` from `desk/tickets/moves.py`; a test compares the two.
Change the data, not this page.

"""
PARTIES = {Party.PERSON: "来访人", Party.SYSTEM: "系统"}


def page() -> str:
    """The whole page: the diagram, and a row for every move."""
    return f"{HEAD}```mermaid\n{diagram()}```\n\n{table()}"


def diagram() -> str:
    """A state diagram in mermaid's words; moves that stay in a state stand in the table."""
    lines = ["stateDiagram-v2", "    direction LR"]
    lines += [f"    {state.value} : {state.label}" for state in State]
    lines.append(f"    [*] --> {State.RECEIVED.value} : 登记")
    for source in State:
        targets: dict[State, list[str]] = {}
        for move in MOVES.values():
            if source in move.sources and move.target not in (None, source):
                targets.setdefault(State(move.target), []).append(move.label)
        for target, labels in targets.items():
            lines.append(f"    {source.value} --> {target.value} : {' / '.join(labels)}")
    lines += [
        f"    {state.value} --> [*]"
        for state in State
        if not any(state in move.sources for move in MOVES.values())
    ]
    return "\n".join(lines) + "\n"


def table() -> str:
    """Every move: its name, from where to where, who makes it, what it needs and keeps."""
    rows = ["| 动作 | 名称 | 从 | 到 | 谁 | 需要 | 达成 |", "|---|---|---|---|---|---|---|"]
    for move in MOVES.values():
        sources = "、".join(state.label for state in State if state in move.sources)
        target = move.target.label if move.target else "不变"
        needs = [*(field.value for field in move.fields)] + (["说明"] if move.note_label else [])
        meets = "、".join(kind.label for kind in sorted(move.meets))
        cells = [move.label, f"`{move.name}`", sources, target, _who(move), "、".join(needs), meets]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def _who(move: Move) -> str:
    everywhere = "（任何部门的工单）" if move.reach is Reach.ANY else ""
    roles = [role.label for role in Role if role in move.roles]
    staff = "、".join(roles) + (everywhere if roles else "")
    return "、".join([staff, *(PARTIES[party] for party in Party if party in move.parties)]).strip(
        "、"
    )
