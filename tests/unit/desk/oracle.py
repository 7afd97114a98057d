"""The slow, obviously right oracle of working time: it walks, and asks of every step.

It knows nothing of the code under test but the office hours and which days are worked on. Between
whole minutes it walks second by second, over whole minutes minute by minute, since office hours
begin and end on minutes.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

CITY = ZoneInfo("Asia/Shanghai")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOURS = ((9 * 60, 12 * 60), (13 * 60, 17 * 60))  # minutes of the day
WorkingDay = Callable[[date], bool]


def walls(moment: datetime) -> datetime:
    """The city's wall clock; its zone had no change of clocks in these years."""
    return moment.astimezone(CITY).replace(tzinfo=None)


def is_worked(wall: datetime, working_day: WorkingDay) -> bool:
    """Whether the second or minute that begins at `wall` is worked."""
    minute = wall.hour * 60 + wall.minute
    return any(start <= minute < end for start, end in HOURS) and working_day(wall.date())


def worked_between(start: datetime, end: datetime, working_day: WorkingDay) -> int:
    """Seconds worked between two whole seconds."""
    seconds, wall, last = 0, walls(start), walls(end)
    while wall < last:
        step = MINUTE if wall.second == 0 and last - wall >= MINUTE else SECOND
        if is_worked(wall, working_day):
            seconds += 60 if step is MINUTE else 1
        wall += step
    return seconds


def after_seconds(start: datetime, seconds: int, working_day: WorkingDay) -> datetime:
    """The first whole second by which `seconds` were worked since `start`."""
    wall = walls(start)
    while seconds > 0:
        worked = is_worked(wall, working_day)
        step = MINUTE if wall.second == 0 and (seconds >= 60 or not worked) else SECOND
        if worked:
            seconds -= 60 if step is MINUTE else 1
        wall += step
    return wall.replace(tzinfo=CITY)


def end_of_working_day(opened: datetime, days: int, working_day: WorkingDay) -> datetime:
    """17:00 of the `days`-th working day after the one of `opened`."""
    day = opened.astimezone(CITY).date()
    while days:
        day += timedelta(days=1)
        days -= working_day(day)
    return datetime(day.year, day.month, day.day, 17, tzinfo=CITY)
