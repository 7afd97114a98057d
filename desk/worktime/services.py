"""The calendar in force, what is wrong with it, and how working time is told to people."""

import logging
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

from desk.worktime.calendar import WorkCalendar, read_hours
from desk.worktime.published import PublishedYear, published_years

logger = logging.getLogger(__name__)

# Longer than the longest promise with its extension: 30 working days over the Spring Festival.
HORIZON = timedelta(days=60)
WEEKDAYS = "一二三四五六日"
Stamp = tuple[tuple[str, int], ...]


def calendar() -> WorkCalendar:
    """The calendar in force: settings and overlay files, read again when a file changed.

    Raises InvalidHours, InvalidOverlay.
    """
    return _calendar(settings.WORK_HOURS, settings.TIME_ZONE, _stamps())


def years() -> dict[int, PublishedYear]:
    """Every published year with its source. Raises InvalidOverlay."""
    return _years(_stamps())


def _stamps() -> Stamp:
    paths = [Path(path) for path in settings.WORKTIME_OVERLAYS]
    return tuple((str(path), path.stat().st_mtime_ns) for path in paths if path.is_file())


@lru_cache(maxsize=4)
def _years(stamps: Stamp) -> dict[int, PublishedYear]:
    return published_years([Path(path) for path, _ in stamps])


@lru_cache(maxsize=4)
def _calendar(hours: str, zone: str, stamps: Stamp) -> WorkCalendar:
    known = _years(stamps)
    exceptions = {day: worked for year in known.values() for day, worked in year.exceptions.items()}
    return WorkCalendar(read_hours(hours), ZoneInfo(zone), exceptions, frozenset(known))


def warnings(now: datetime) -> list[str]:
    """What staff must know of the calendar, loud: years that clocks reach and nobody published."""
    return [
        f"{year}年的放假安排还没有录入，期限暂按周一至周五推算。国务院办公厅公布后，"
        "请管理员录入并执行 manage.py recompute_clocks 校正。"
        for year in calendar().unpublished(now, now + HORIZON)
    ]


def warn_if_unpublished(first: datetime, last: datetime, what: str) -> None:
    """Logs a warning when `what` was counted over a year nobody has published."""
    for year in calendar().unpublished(first, last):
        logger.warning("%s: days off of %s are not published, weekday rule used", what, year)


def said_day(day: date, today: date) -> str:
    """11月24日（周二）, with the year when it is another one's."""
    year = f"{day.year}年" if day.year != today.year else ""
    return f"{year}{day.month}月{day.day}日（周{WEEKDAYS[day.weekday()]}）"


def said_moment(moment: datetime, now: datetime) -> str:
    """`moment` as people are told it: 11月24日（周二）17:00."""
    in_force = calendar()
    local = moment.astimezone(in_force.zone)
    return f"{said_day(local.date(), in_force.local_day(now))}{local:%H:%M}"


def hours_note(now: datetime) -> str:
    """When the offices open, for people who write while they are closed; empty while open."""
    in_force = calendar()
    if in_force.is_working(now):
        return ""
    opens = in_force.opens_next(now)
    today, then = in_force.local_day(now), in_force.local_day(opens)
    when = f"{opens.astimezone(in_force.zone):%H:%M}"
    if then == today:
        why = "现在是午休时间" if now > in_force.hours_of(today)[0][0] else "现在还没到上班时间"
        return f"{why}，今天{when}上班后办理。"
    why = "现在已下班" if in_force.is_working_day(today) else "现在是休息日"
    return f"{why}，{said_day(then, today)}{when}上班后办理。"
