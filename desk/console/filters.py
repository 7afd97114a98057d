"""The queue's filters, as the address holds them: kept, shared and bookmarked with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from desk.accounts.models import Department, Role, StaffMember
from desk.console.reading import read_day
from desk.enterprises.models import District
from desk.tickets import permissions
from desk.tickets.queues import Scope, Sort, Wanted
from desk.tickets.values import CHANNELS, DONE_STATES, OPEN_STATES, Category, State
from desk.tickets.words import LONGEST
from knowledge_base.text import clean

OPEN = "open"
EVERY = "all"
NAME_LENGTH = 150

STATES: dict[str, tuple[str, frozenset[State]]] = {
    OPEN: ("未办结", frozenset(OPEN_STATES)),
    "done": ("已有结果", frozenset(DONE_STATES)),
    **{state.value: (state.label, frozenset({state})) for state in State},
    EVERY: ("全部状态", frozenset(State)),
}
SCOPES = {
    Scope.MINE: "我的",
    Scope.DEPARTMENT: "本部门",
    Scope.UNASSIGNED: "待分派",
    Scope.AMBER: "即将超期",
    Scope.RED: "已超期",
    Scope.ALL: "全部",
}
SORTS = {
    Sort.OLDEST: "先受理的在前",
    Sort.NEWEST: "后受理的在前",
    Sort.DUE: "先到期的在前",
}
# Those who hold tickets, as the filter and the bulk form offer them.
HANDLING = (Role.HANDLER, Role.HEAD, Role.OPERATOR, Role.SPECIALIST)


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to filter: what it says, the address's query, whether it is in force.

    `count` is how many open tickets it holds; `hot` asks for a look.
    """

    label: str
    query: str
    chosen: bool
    count: int
    hot: bool = False


@dataclass(frozen=True, slots=True)
class People:
    """Departments by code and handlers by username, each with a name; no departments: one's own."""

    departments: list[tuple[str, str]]
    handlers: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Select:
    """A filter with what may be chosen, value and label; `chosen` is in force."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    chosen: str


@dataclass(frozen=True, slots=True)
class Filters:
    """What the queue shows; unknown values in an address count as not given.

    Without a `sort` the order is the scope's usual one.
    """

    scope: Scope
    state: str
    sort: str = ""
    category: str = ""
    district: str = ""
    department: str = ""
    handler: str = ""
    channel: str = ""
    since: str = ""
    until: str = ""
    q: str = ""

    @property
    def wanted(self) -> Wanted:
        """The same, as the desk's lists read it."""
        return Wanted(
            scope=self.scope,
            states=STATES[self.state][1],
            category=self.category,
            district=self.district,
            department=self.department,
            handler=self.handler,
            channel=self.channel,
            first=read_day(self.since),
            last=read_day(self.until),
            text=self.q,
        )

    @property
    def order(self) -> Sort:
        """In which order: what is looked for newest first, what is nearly due by its time."""
        if self.sort:
            return Sort(self.sort)
        if self.q:
            return Sort.NEWEST
        return Sort.DUE if self.scope in (Scope.AMBER, Scope.RED) else Sort.OLDEST

    @property
    def query(self) -> str:
        """The address's query that asks for the same."""
        return urlencode({name: value for name, value in self.fields().items() if value})

    @property
    def widest(self) -> str:
        """The query that looks for the same words among all there are."""
        return urlencode({"q": self.q})

    @property
    def narrowed(self) -> int:
        """How many filters are set besides scope, state, order and words."""
        names = ("category", "district", "department", "handler", "channel", "since", "until")
        return sum(1 for name in names if getattr(self, name))

    def fields(self) -> dict[str, str]:
        """Every filter by its name in the address."""
        return {
            "scope": self.scope.value,
            "state": self.state,
            "sort": self.sort,
            "category": self.category,
            "district": self.district,
            "department": self.department,
            "handler": self.handler,
            "channel": self.channel,
            "since": self.since,
            "until": self.until,
            "q": self.q,
        }

    def scope_choices(self, counts: Mapping[Scope, int]) -> list[Choice]:
        """Every scope with its number of open tickets."""
        return [
            Choice(
                label,
                replace(self, scope=scope).query,
                scope is self.scope,
                counts[scope],
                scope in (Scope.AMBER, Scope.RED) and counts[scope] > 0,
            )
            for scope, label in SCOPES.items()
        ]

    def selects(self, people: People) -> list[Select]:
        """Every filter with a list to choose from; `people` are whom the reader may ask for."""
        states = [(name, label) for name, (label, _) in STATES.items()]
        sorts = [("", "按列表习惯"), *((one.value, label) for one, label in SORTS.items())]
        found = [
            Select("state", "状态", states, self.state),
            self._select("category", "类别", Category.choices),
            self._select("district", "区县", District.choices),
            self._select("channel", "渠道", CHANNELS),
        ]
        if people.departments:
            found.append(self._select("department", "承办部门", people.departments))
        found.append(self._select("handler", "经办人", people.handlers))
        return [*found, Select("sort", "排序", sorts, self.sort)]

    def _select(self, name: str, label: str, choices: Sequence[tuple[str, str]]) -> Select:
        return Select(name, label, [("", "不限"), *choices], getattr(self, name))


def read_filters(query: Mapping[str, str], staff: StaffMember) -> Filters:
    """The filters `query` asks for.

    By default the open tickets of `staff`'s department, if any; who looks for words alone looks
    among all there are.
    """
    q = clean(query.get("q", ""))[:LONGEST]
    scope, state, sort = (query.get(name, "") for name in ("scope", "state", "sort"))
    own = Scope.DEPARTMENT if staff.department_id and not q else Scope.ALL
    return Filters(
        scope=Scope(scope) if scope in tuple(Scope) else own,
        state=state if state in STATES else (EVERY if q else OPEN),
        sort=sort if sort in tuple(Sort) else "",
        category=_known(query, "category", Category.values),
        district=_known(query, "district", District.values),
        channel=_known(query, "channel", list(dict(CHANNELS))),
        department=clean(query.get("department", ""))[:NAME_LENGTH],
        handler=clean(query.get("handler", ""))[:NAME_LENGTH],
        since=_day_text(query.get("since", "")),
        until=_day_text(query.get("until", "")),
        q=q,
    )


def people_for(staff: StaffMember) -> People:
    """Whom `staff` may ask for and give tickets to."""
    everywhere = staff.role in permissions.SEES_ALL
    rows = StaffMember.objects.filter(
        is_active=True, role__in=HANDLING, department__isnull=False
    ).order_by("department__code", "pk")
    if not everywhere:
        rows = rows.filter(department=staff.department_id)
    names = rows.values_list("username", "display_name", "department__name")
    return People(
        departments=list(Department.objects.values_list("code", "name")) if everywhere else [],
        handlers=[
            (username, f"{department} · {name or username}" if everywhere else name or username)
            for username, name, department in names
        ],
    )


def _known(query: Mapping[str, str], name: str, values: list[str]) -> str:
    value = query.get(name, "")
    return value if value in values else ""


def _day_text(text: str) -> str:
    """`text` as a day, or nothing."""
    found = read_day(text)
    return found.isoformat() if found else ""
