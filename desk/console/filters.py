"""The queue's filters, as the address holds them."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from desk.accounts.models import StaffMember
from desk.tickets.queues import Scope
from desk.tickets.values import DONE_STATES, OPEN_STATES, State

OPEN = "open"
EVERY = "all"

STATES: dict[str, tuple[str, list[State]]] = {
    OPEN: ("未办结", list(OPEN_STATES)),
    State.SUSPENDED.value: (State.SUSPENDED.label, [State.SUSPENDED]),
    "closed": ("已办结", list(DONE_STATES)),
    EVERY: ("全部", list(State)),
}
SCOPES = {
    Scope.MINE: "我的",
    Scope.DEPARTMENT: "本部门",
    Scope.UNASSIGNED: "待分派",
    Scope.AMBER: "即将超期",
    Scope.RED: "已超期",
    Scope.ALL: "全部",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to filter: what it says, the address's query, whether it is in force.

    `count` is how many open tickets it holds, where that is told; `hot` asks for a look.
    """

    label: str
    query: str
    chosen: bool
    count: int | None = None
    hot: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    """What the queue shows; unknown values in an address count as the default."""

    scope: Scope
    state: str

    @property
    def states(self) -> list[State]:
        return STATES[self.state][1]

    @property
    def query(self) -> str:
        return urlencode({"scope": self.scope.value, "state": self.state})

    def scope_choices(self, counts: Mapping[Scope, int]) -> list[Choice]:
        """Every scope with its number of open tickets."""
        return [
            Choice(
                label,
                Filters(scope, self.state).query,
                scope is self.scope,
                counts[scope],
                scope in (Scope.AMBER, Scope.RED) and counts[scope] > 0,
            )
            for scope, label in SCOPES.items()
        ]

    @property
    def state_choices(self) -> list[Choice]:
        return [
            Choice(label, Filters(self.scope, state).query, state == self.state)
            for state, (label, _) in STATES.items()
        ]


def read_filters(query: Mapping[str, str], staff: StaffMember) -> Filters:
    """The filters `query` asks for; by default the open tickets of `staff`'s department, if any."""
    scope = query.get("scope", "")
    default = Scope.DEPARTMENT if staff.department_id else Scope.ALL
    state = query.get("state", "")
    return Filters(
        Scope(scope) if scope in tuple(Scope) else default,
        state if state in STATES else OPEN,
    )
