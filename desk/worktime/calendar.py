"""The city's working time: which days are worked on, and between which hours."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
SATURDAY = 5
_SHIFT = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")


class InvalidHours(ValueError):
    """Office hours that cannot be meant; the message says why."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Hours worked without a break, local time; `end` itself is no longer worked."""

    start: time
    end: time


def read_hours(text: str) -> tuple[Shift, ...]:
    """`09:00-12:00,13:00-17:00` as shifts. Raises InvalidHours."""
    shifts = []
    for part in text.replace(" ", "").split(","):
        found = _SHIFT.fullmatch(part)
        if not found:
            raise InvalidHours(f"office hours are written 09:00-12:00,13:00-17:00, not {text!r}")
        hours = [int(figure) for figure in found.groups()]
        try:
            shifts.append(Shift(time(hours[0], hours[1]), time(hours[2], hours[3])))
        except ValueError as error:
            raise InvalidHours(f"{part!r} names no hours of a day") from error
    marks = [mark for shift in shifts for mark in (shift.start, shift.end)]
    if any(later <= earlier for earlier, later in pairwise(marks)):
        raise InvalidHours(f"office hours must follow one another: {text!r}")
    return tuple(shifts)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Office hours, and the days that differ from the rule Monday to Friday.

    `exceptions` says of a day whether it is worked on; `years` are those whose exceptions somebody
    has published. In any other year the rule of weekdays holds until they are.
    """

    shifts: tuple[Shift, ...]
    zone: ZoneInfo
    exceptions: Mapping[date, bool]
    years: frozenset[int]

    def is_working_day(self, day: date) -> bool:
        """Whether `day` is worked on."""
        # 调休 makes some Sundays working days, so weekdays alone do not tell.
        return self.exceptions.get(day, day.weekday() < SATURDAY)

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`."""
        day += DAY
        while not self.is_working_day(day):
            day += DAY
        return day

    def local_day(self, moment: datetime) -> date:
        """The day `moment` falls on in the city."""
        return moment.astimezone(self.zone).date()

    def hours_of(self, day: date) -> list[tuple[datetime, datetime]]:
        """The stretches worked on `day`, in order, in UTC; empty on a day off."""
        if not self.is_working_day(day):
            return []
        return [(self._at(day, shift.start), self._at(day, shift.end)) for shift in self.shifts]

    def close_of(self, day: date) -> datetime:
        """The end of the last hour worked on a working day like `day`."""
        return self._at(day, self.shifts[-1].end)

    def is_working(self, moment: datetime) -> bool:
        """Whether the offices are open at `moment`."""
        hours = self.hours_of(self.local_day(moment))
        return any(start <= moment < end for start, end in hours)

    def stretches_from(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Working time from `moment` on without end, the first stretch cut to begin there."""
        day = self.local_day(moment)
        while True:
            for start, end in self.hours_of(day):
                if end > moment:
                    yield max(start, moment), end
            day += DAY

    def opens_next(self, moment: datetime) -> datetime:
        """When the offices are open, at `moment` or next."""
        return next(self.stretches_from(moment))[0]

    def unpublished(self, first: datetime, last: datetime) -> list[int]:
        """The years between the two whose days off nobody has published."""
        spanned = range(self.local_day(first).year, self.local_day(last).year + 1)
        return [year for year in spanned if year not in self.years]

    def _at(self, day: date, clock: time) -> datetime:
        # In UTC, so that differences are true whatever the zone's clocks do.
        return datetime.combine(day, clock, self.zone).astimezone(UTC)
