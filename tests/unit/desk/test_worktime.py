"""Working time against a slow oracle, across the holidays and 调休 of 2024 to 2026."""

import logging
import os
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from django.core.management import CommandError, call_command
from hypothesis import assume, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_django import Settings

from desk.worktime import services
from desk.worktime.calendar import InvalidHours, Shift, WorkCalendar, read_hours
from desk.worktime.clocks import (
    Pause,
    ServiceClock,
    Unit,
    after,
    amber_at,
    due_at,
    elapsed,
    shifted,
)
from desk.worktime.published import InvalidOverlay, published_years, read_overlay
from tests.unit.desk.oracle import (
    CITY,
    after_seconds,
    end_of_working_day,
    is_worked,
    walls,
    worked_between,
)

OVERLAY = Path(services.__file__).with_name("overlay.yml")
EXAMPLES = 2000 if os.environ.get("SOAK") else 25
thorough = examples(max_examples=EXAMPLES, deadline=None)


def the_calendar() -> WorkCalendar:
    known = published_years([OVERLAY])
    days = {day: worked for year in known.values() for day, worked in year.exceptions.items()}
    shifts = read_hours("09:00-12:00,13:00-17:00")
    return WorkCalendar(shifts, CITY, days, frozenset(known))


CALENDAR = the_calendar()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY)


def worked(day: date) -> bool:
    return bool(chinese_calendar.is_workday(day))


# Close to the year's end the oracle would need 2027, which nobody has published.
moments = st.builds(
    lambda seconds: datetime(2024, 1, 1, tzinfo=CITY) + timedelta(seconds=seconds),
    st.integers(0, 1050 * 86400),
)
# Days on which something is moved: here mistakes live.
special = sorted(day for day in CALENDAR.exceptions if 2024 <= day.year <= 2026)[:-3]
near_holidays = st.builds(
    lambda day, seconds: (
        datetime(day.year, day.month, day.day, tzinfo=CITY) + timedelta(seconds=seconds)
    ),
    st.sampled_from([day for day in special if day < date(2026, 11, 1)]),
    st.integers(-2 * 86400, 86400),
)
instants = moments | near_holidays
hours = st.builds(ServiceClock, st.integers(1, 20), st.just(Unit.HOURS))
days = st.builds(ServiceClock, st.integers(1, 20), st.just(Unit.DAYS))


@pytest.mark.parametrize(
    "start", ["2026-02-13T11:59:58", "2026-02-14T16:30:01", "2024-09-13T00:00"]
)
def test_the_oracles_strides_count_what_single_seconds_would(start: str) -> None:
    since = at(start)
    seconds = range(2 * 86400 + 3725)
    each = [is_worked(walls(since) + timedelta(seconds=one), worked) for one in seconds]
    until = since + timedelta(seconds=len(seconds))

    assert worked_between(since, until, worked) == sum(each)
    if sum(each):
        last = max(place for place, one in enumerate(each) if one)
        assert after_seconds(since, sum(each), worked) == since + timedelta(seconds=last + 1)


@thorough
@given(opened=instants, clock=hours | days)
def test_a_promise_is_due_when_the_oracle_says(opened: datetime, clock: ServiceClock) -> None:
    if clock.unit is Unit.HOURS:
        expected = after_seconds(opened, clock.amount * 3600, worked)
    else:
        expected = end_of_working_day(opened, clock.amount, worked)

    assert due_at(opened, clock, CALENDAR) == expected


@thorough
@given(start=instants, seconds=st.integers(-86400, 20 * 86400))
def test_elapsed_working_time_is_what_the_oracle_counts(start: datetime, seconds: int) -> None:
    end = start + timedelta(seconds=seconds)

    assert elapsed(start, end, CALENDAR).total_seconds() == worked_between(start, end, worked)


@thorough
@given(start=instants, seconds=st.integers(0, 70 * 3600))
def test_after_is_the_inverse_of_elapsed(start: datetime, seconds: int) -> None:
    then = after(start, timedelta(seconds=seconds), CALENDAR)

    assert then == after_seconds(start, seconds, worked)
    assert elapsed(start, then, CALENDAR) == timedelta(seconds=seconds)


@thorough
@given(
    opened=instants,
    clock=hours | days,
    gaps=st.lists(st.tuples(st.integers(0, 3 * 86400), st.integers(0, 5 * 86400)), max_size=3),
)
def test_a_pause_gives_back_exactly_the_working_time_it_took(
    opened: datetime, clock: ServiceClock, gaps: list[tuple[int, int]]
) -> None:
    pauses, moment = [], opened
    for run, rest in gaps:
        since = moment + timedelta(seconds=run)
        moment = since + timedelta(seconds=rest)
        pauses.append(Pause(since, moment))
    assume(moment < at("2026-11-01"))
    whole = due_at(opened, clock, CALENDAR)
    due = shifted(whole, pauses, CALENDAR)

    counted, here = 0, opened
    promised = worked_between(opened, whole, worked)
    for pause in pauses:
        if counted + worked_between(here, pause.since, worked) >= promised:
            break
        counted += worked_between(here, pause.since, worked)
        here = pause.until
    if not pauses or here == opened:
        assert due == whole
    else:
        assert due == after_seconds(here, promised - counted, worked)


@thorough
@given(opened=instants, clock=hours | days, percent=st.integers(1, 100))
def test_amber_comes_before_red(opened: datetime, clock: ServiceClock, percent: int) -> None:
    due = due_at(opened, clock, CALENDAR)
    amber = amber_at(opened, due, percent, CALENDAR)
    share = worked_between(opened, due, worked) * percent / 100

    assert opened <= amber <= due
    assert abs(elapsed(opened, amber, CALENDAR).total_seconds() - share) < 1


@pytest.mark.parametrize(
    ("opened", "clock", "due"),
    [
        # Thursday before the Spring Festival of 2026 (15–23 February; 14 and 28 are worked on).
        ("2026-02-12T10:30", ServiceClock(3, Unit.DAYS), "2026-02-24T17:00"),
        ("2026-02-14T16:30", ServiceClock(1, Unit.HOURS), "2026-02-24T09:30"),
        # Eight days off in October 2025; Sunday 28 September and Saturday 11 October are worked on.
        ("2025-09-27T20:00", ServiceClock(1, Unit.DAYS), "2025-09-28T17:00"),
        ("2025-09-30T16:00", ServiceClock(3, Unit.DAYS), "2025-10-11T17:00"),
        # Lunch is not worked; the promise ends where the morning does.
        ("2026-11-23T11:00", ServiceClock(1, Unit.HOURS), "2026-11-23T12:00"),
        ("2026-11-23T11:01", ServiceClock(1, Unit.HOURS), "2026-11-23T13:01"),
        ("2026-11-23T23:59", ServiceClock(1, Unit.DAYS), "2026-11-24T17:00"),
        # Into a year nobody has published: weekdays, 1 January included until somebody says so.
        ("2026-12-31T10:00", ServiceClock(1, Unit.DAYS), "2027-01-01T17:00"),
    ],
)
def test_promises_on_known_days(opened: str, clock: ServiceClock, due: str) -> None:
    assert due_at(at(opened), clock, CALENDAR) == at(due)


def test_a_clock_of_nothing_is_no_clock() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        ServiceClock(0, Unit.DAYS)


def test_the_calendar_agrees_with_the_package_on_every_day_it_knows() -> None:
    day, differing = date(2004, 1, 1), []
    while day.year <= 2026:
        if CALENDAR.is_working_day(day) != chinese_calendar.is_workday(day):
            differing.append(day)
        day += timedelta(days=1)
    assert differing == []


def test_nothing_is_invented_for_a_year_nobody_published() -> None:
    assert 2027 not in CALENDAR.years
    assert not [day for day in CALENDAR.exceptions if day.year == 2027]
    assert CALENDAR.unpublished(at("2026-12-31T10:00"), at("2027-01-04T10:00")) == [2027]
    assert CALENDAR.unpublished(at("2026-12-30T10:00"), at("2026-12-31T10:00")) == []


# --- Office hours ---


def test_office_hours_are_read_as_written() -> None:
    assert read_hours("08:30-12:00, 14:30-18:00")[0] == Shift(
        datetime(2026, 1, 1, 8, 30).time(),  # noqa: DTZ001 - a clock's face
        datetime(2026, 1, 1, 12).time(),  # noqa: DTZ001 - a clock's face
    )


@pytest.mark.parametrize(
    "text",
    ["", "9-5", "09:00-25:00", "12:00-09:00", "09:00-09:00", "09:00-12:00,11:00-17:00", "09:00"],
)
def test_office_hours_that_cannot_be_meant_are_refused(text: str) -> None:
    with pytest.raises(InvalidHours):
        read_hours(text)


def test_promises_follow_other_office_hours() -> None:
    calendar = WorkCalendar(read_hours("08:30-17:30"), ZoneInfo("Asia/Shanghai"), {}, frozenset())
    day = ServiceClock(1, Unit.DAYS)

    assert due_at(at("2026-11-23T10:00"), day, calendar) == at("2026-11-24T17:30")


# --- Overlay files ---


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2027: [2027-01-01]", "no year"),
        ("- 2027", "years are written"),
        ("2027: {source: 国办, holidays: [2026-01-01]}", "another year"),
        ("2027: {source: 国办, holidays: [元旦]}", "lists days"),
        ("2027: {source: 国办}", "without a day off"),
        ("2027: {holidays: [2027-01-01]}", "without a source"),
        ("2027: {source: 国办, holidays: [2027-01-02], workdays: [2027-01-02]}", "off and worked"),
        ("2027: {source: 国办, holidays: [2027-01-01], workdays: [2027-01-04]}", "no moved day"),
        ("2027: {source: 国办, days: [2027-01-01]}", "unknown days"),
        ("2027: {", "YAML"),
    ],
)
def test_an_overlay_that_cannot_be_meant_is_refused(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "worktime.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidOverlay, match=said):
        read_overlay(file)


def test_a_published_year_is_taken_up_while_the_product_runs(
    settings: Settings, tmp_path: Path
) -> None:
    own = tmp_path / "worktime.yml"
    settings.WORKTIME_OVERLAYS = [OVERLAY, own]
    opened, day = at("2026-12-31T10:00"), ServiceClock(1, Unit.DAYS)
    assert due_at(opened, day, services.calendar()) == at("2027-01-01T17:00")
    assert any("2027" in warning for warning in services.warnings(opened))

    own.write_text(
        "2027: {source: 示例, holidays: [2027-01-01], workdays: [2027-01-03]}", encoding="utf-8"
    )

    assert due_at(opened, day, services.calendar()) == at("2027-01-03T17:00")
    assert services.warnings(opened) == []
    assert services.years()[2027].source == "示例"


def test_counting_over_an_unpublished_year_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        services.warn_if_unpublished(at("2026-11-02T10:00"), at("2026-11-30T10:00"), "BZ1")
        assert not caplog.records
        services.warn_if_unpublished(at("2026-12-30T10:00"), at("2027-01-05T10:00"), "BZ1")
    assert "BZ1" in caplog.text
    assert "2027" in caplog.text


# --- What people are told ---


@pytest.mark.parametrize(
    ("now", "note"),
    [
        ("2026-11-23T10:30", ""),
        ("2026-11-23T08:00", "现在还没到上班时间，今天09:00上班后办理。"),
        ("2026-11-23T12:10", "现在是午休时间，今天13:00上班后办理。"),
        ("2026-11-23T18:00", "现在已下班，11月24日（周二）09:00上班后办理。"),
        ("2026-10-02T10:00", "现在是休息日，10月8日（周四）09:00上班后办理。"),
        ("2026-09-19T10:00", "现在是休息日，9月20日（周日）09:00上班后办理。"),
    ],
)
def test_people_who_write_out_of_hours_are_told_when_work_begins(now: str, note: str) -> None:
    assert services.hours_note(at(now)) == note


def test_a_moment_of_another_year_is_told_with_its_year() -> None:
    said = services.said_moment(at("2027-01-04T17:00").astimezone(UTC), at("2026-12-30T10:00"))
    assert said == "2027年1月4日（周一）17:00"


# --- The command ---


def worktime(*options: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("worktime", *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_command_shows_sources_a_promise_and_what_is_missing() -> None:
    out, err = worktime("--from", "2026-02-12T10:30", "--days", "3")

    assert "09:00-12:00,13:00-17:00" in out
    assert "2026年：放假33天，调休上班6天，来源：chinesecalendar" in out
    assert "2027年：没有录入" in out
    assert "3个工作日：2月24日（周二）17:00" in out
    assert ("2027" in err) == bool(services.warnings(datetime.now(UTC)))


def test_the_command_says_what_is_wrong_with_the_hours(settings: Settings) -> None:
    settings.WORK_HOURS = "9 to 5"
    with pytest.raises(CommandError, match="office hours"):
        worktime()
    settings.WORK_HOURS = "09:00-17:00"
    with pytest.raises(CommandError, match="时间要写成"):
        worktime("--from", "明天")
