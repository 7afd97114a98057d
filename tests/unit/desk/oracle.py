"""The slow, obviously right oracle of working time: it walks, and asks of every step.

It knows nothing of the code under test but the office hours and which days are worked on. It walks
in seconds to the next whole minute, in minutes to the next whole hour and on in hours, since office
hours begin and end with hours; over whole days day by day: each is worked like every other, or not.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CITY = ZoneInfo("Asia/Shanghai")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIDNIGHT = time()
OPEN = ((9, 12), (13, 17))  # hours of the day
WorkingDay = Callable[[date], bool]


def walls(moment: datetime) -> datetime:
    """The city's wall clock; its zone had no change of clocks in these years."""
    return moment.astimezone(CITY).replace(tzinfo=None)


def is_worked(wall: datetime, working_day: WorkingDay) -> bool:
    """Whether the second, minute or hour that begins at `wall` is worked."""
    return any(start <= wall.hour < end for start, end in OPEN) and working_day(wall.date())


def seconds_of(day: date, working_day: WorkingDay) -> int:
    """Seconds worked on the whole of `day`."""
    return 3600 * sum(end - start for start, end in OPEN) if working_day(day) else 0


def step_from(wall: datetime) -> timedelta:
    """How far it is certain that nothing begins or ends after `wall`, up to an hour."""
    if wall.second:
        return SECOND
    return MINUTE if wall.minute else HOUR


def worked_between(start: datetime, end: datetime, working_day: WorkingDay) -> int:
    """Seconds worked between two whole seconds."""
    seconds, wall, last = 0, walls(start), walls(end)
    while wall < last:
        if wall.time() == MIDNIGHT and last - wall >= DAY:
            seconds += seconds_of(wall.date(), working_day)
            wall += DAY
            continue
        step = min(step_from(wall), last - wall)
        if is_worked(wall, working_day):
            seconds += int(step.total_seconds())
        wall += step
    return seconds


def after_seconds(start: datetime, seconds: int, working_day: WorkingDay) -> datetime:
    """The first whole second by which `seconds` were worked since `start`."""
    wall = walls(start)
    while seconds > 0:
        if wall.time() == MIDNIGHT and seconds > seconds_of(wall.date(), working_day):
            seconds -= seconds_of(wall.date(), working_day)
            wall += DAY
            continue
        step = step_from(wall)
        if is_worked(wall, working_day):
            step = min(step, timedelta(seconds=seconds))
            seconds -= int(step.total_seconds())
        wall += step
    return wall.replace(tzinfo=CITY)


def end_of_working_day(opened: datetime, days: int, working_day: WorkingDay) -> datetime:
    """17:00 of the `days`-th working day after the one of `opened`."""
    day = opened.astimezone(CITY).date()
    while days:
        day += timedelta(days=1)
        days -= working_day(day)
    return datetime(day.year, day.month, day.day, 17, tzinfo=CITY)
