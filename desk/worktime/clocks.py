"""What a promise in working hours or working days means on a calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from desk.worktime.calendar import DAY, WorkCalendar

NOTHING = timedelta()


class Unit(StrEnum):
    """What a promise is counted in."""

    HOURS = "hours"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class ServiceClock:
    """So many working hours or working days; `amount` is at least 1."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise ValueError(f"a clock needs at least 1, not {self.amount}")

    def __str__(self) -> str:
        return f"{self.amount}个工作{'小时' if self.unit is Unit.HOURS else '日'}"


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which clocks stand still, `until` not included."""

    since: datetime
    until: datetime


def due_at(opened: datetime, clock: ServiceClock, calendar: WorkCalendar) -> datetime:
    """The last moment of the promise `clock` made at `opened`.

    Hours count from `opened` on. Of days, the one of opening does not count and the last ends with
    office hours (民法典第二百零一条、第二百零三条).
    """
    if clock.unit is Unit.HOURS:
        return after(opened, timedelta(hours=clock.amount), calendar)
    day = calendar.local_day(opened)
    for _ in range(clock.amount):
        day = calendar.next_working_day(day)
    return calendar.close_of(day)


def elapsed(start: datetime, end: datetime, calendar: WorkCalendar) -> timedelta:
    """Working time between two instants; nothing when `end` is not after `start`."""
    total = NOTHING
    day, last = calendar.local_day(start), calendar.local_day(end)
    while day <= last:
        for opens, closes in calendar.hours_of(day):
            total += max(min(closes, end) - max(opens, start), NOTHING)
        day += DAY
    return total


def after(start: datetime, worked: timedelta, calendar: WorkCalendar) -> datetime:
    """The first instant by which `worked` has passed in working time since `start`."""
    if worked <= NOTHING:
        return start
    for opens, closes in calendar.stretches_from(start):
        if closes - opens >= worked:
            return opens + worked
        worked -= closes - opens
    raise AssertionError("working time has no end")


def shifted(mark: datetime, pauses: Sequence[Pause], calendar: WorkCalendar) -> datetime:
    """`mark` moved by `pauses` (in order, apart): what was left at a pause is left at its end.

    A pause that begins at `mark` or later comes too late to move it.
    """
    for pause in pauses:
        if pause.since < mark:
            mark = after(pause.until, elapsed(pause.since, mark, calendar), calendar)
    return mark


def amber_at(opened: datetime, due: datetime, percent: int, calendar: WorkCalendar) -> datetime:
    """When `percent` of the working time from `opened` to `due` has passed."""
    return after(opened, elapsed(opened, due, calendar) * percent / 100, calendar)
