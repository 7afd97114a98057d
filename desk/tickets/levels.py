"""What the city promises: how soon each kind of demand is taken up, answered and closed."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from desk.accounts.models import Role, StaffMember
from desk.audit import services as audit
from desk.errors import NotPermitted
from desk.tickets.errors import InvalidParticulars
from desk.tickets.models.rules import ServiceLevel
from desk.tickets.values import Category, Demand, Kind
from desk.worktime.calendar import WorkCalendar
from desk.worktime.clocks import ServiceClock, Unit, due_at

# A clock turns amber when this much of its working time has passed.
AMBER_PERCENT = 80
LONGEST = 250  # working days, a year of them

Levels = Mapping[tuple[Demand, Kind], ServiceClock]


def _days(amount: int) -> ServiceClock:
    return ServiceClock(amount, Unit.DAYS)


# 咨询 3, 求助 and 建议 7, 投诉 and 举报 15 working days (Sichuan 12345, December 2025);
# enterprises: first contact 1 hour, interim 3, closed 5 working days (中山). Taking a matter up
# within a working day is our own default.
DEFAULTS: Levels = {
    **{(demand, Kind.ACCEPTANCE): _days(1) for demand in Demand if demand != Demand.ENTERPRISE},
    (Demand.CONSULT, Kind.CLOSING): _days(3),
    (Demand.HELP, Kind.CLOSING): _days(7),
    (Demand.SUGGEST, Kind.CLOSING): _days(7),
    (Demand.COMPLAIN, Kind.CLOSING): _days(15),
    (Demand.REPORT, Kind.CLOSING): _days(15),
    (Demand.ENTERPRISE, Kind.CONTACT): ServiceClock(1, Unit.HOURS),
    (Demand.ENTERPRISE, Kind.INTERIM): _days(3),
    (Demand.ENTERPRISE, Kind.CLOSING): _days(5),
}


def levels() -> Levels:
    """Every promise in force: the defaults, and over them what the city has set."""
    in_force = dict(DEFAULTS)
    for row in ServiceLevel.objects.all():
        key = (Demand(row.demand), Kind(row.kind))
        if row.amount:
            in_force[key] = ServiceClock(row.amount, Unit(row.unit))
        else:
            in_force.pop(key, None)
    return in_force


def promises(
    category: Category, *, enterprise: bool, opened: datetime, calendar: WorkCalendar
) -> dict[Kind, ServiceClock]:
    """What is promised on a ticket; an enterprise has the earlier of its own and the category's."""
    in_force = levels()
    demands = [Demand(category.value)] + ([Demand.ENTERPRISE] if enterprise else [])
    promised: dict[Kind, ServiceClock] = {}
    for kind in Kind:
        offered = [in_force[demand, kind] for demand in demands if (demand, kind) in in_force]
        if offered:
            promised[kind] = min(offered, key=lambda clock: due_at(opened, clock, calendar))
    return promised


def set_level(
    demand: str, kind: str, *, amount: int, unit: str, actor: StaffMember
) -> ServiceLevel:
    """The city promises `amount` of `unit` from now on, for new tickets; 0 promises nothing.

    Raises NotPermitted, InvalidParticulars.
    """
    if not (actor.is_active and actor.role == Role.ADMINISTRATOR):
        raise NotPermitted("只有管理员可以修改服务承诺。")
    if demand not in Demand.values or kind not in Kind.values or unit not in tuple(Unit):
        raise InvalidParticulars("没有这项服务承诺。")
    if not 0 <= amount <= LONGEST:
        raise InvalidParticulars(f"承诺时限要在0到{LONGEST}之间，0表示不承诺。")
    if kind == Kind.CLOSING and demand != Demand.ENTERPRISE and amount == 0:
        raise InvalidParticulars("每类诉求都要有办结时限。")
    with transaction.atomic():
        row, _ = ServiceLevel.objects.update_or_create(
            demand=demand, kind=kind, defaults={"amount": amount, "unit": unit}
        )
        audit.record(
            actor=actor,
            action="service_level.set",
            target=f"service_level:{demand}.{kind}",
            details={"amount": amount, "unit": unit},
        )
    return row
