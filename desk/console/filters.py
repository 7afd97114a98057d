"""The queue's filters, as the address holds them."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from desk.accounts.models import StaffMember
from desk.tickets.services import Scope
from desk.tickets.values import State

OPEN = "open"
EVERY = "all"

STATES: dict[str, tuple[str, list[State]]] = {
    OPEN: ("未办结", [State.RECEIVED, State.IN_PROGRESS]),
    State.RECEIVED.value: (State.RECEIVED.label, [State.RECEIVED]),
    State.IN_PROGRESS.value: (State.IN_PROGRESS.label, [State.IN_PROGRESS]),
    State.CLOSED.value: (State.CLOSED.label, [State.CLOSED]),
    EVERY: ("全部", list(State)),
}
SCOPES = {Scope.MINE: "我的部门", Scope.ALL: "全部"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to filter: what it says, the address's query, whether it is in force."""

    label: str
    query: str
    chosen: bool


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

    @property
    def scope_choices(self) -> list[Choice]:
        return [
            Choice(label, Filters(scope, self.state).query, scope is self.scope)
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
    default = Scope.MINE if staff.department_id else Scope.ALL
    state = query.get("state", "")
    return Filters(
        Scope(scope) if scope in tuple(Scope) else default,
        state if state in STATES else OPEN,
    )
