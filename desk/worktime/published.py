"""Days off and moved working days as published: chinesecalendar, then overlay files."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from chinese_calendar import constants

PACKAGE = "chinesecalendar"


class InvalidOverlay(ValueError):
    """An overlay file says something that cannot be meant; the message names file and year."""


@dataclass(frozen=True, slots=True)
class PublishedYear:
    """One year's exceptions from the rule of weekdays, and where they were published."""

    year: int
    source: str
    exceptions: dict[date, bool] = field(default_factory=dict)


def published_years(overlays: Sequence[Path]) -> dict[int, PublishedYear]:
    """Every published year; a later file's word on a year replaces an earlier one's, whole.

    Raises InvalidOverlay. A file that does not exist says nothing.
    """
    years = _from_package()
    for path in overlays:
        if path.is_file():
            years |= read_overlay(path)
    return years


def _from_package() -> dict[int, PublishedYear]:
    off, worked = constants.holidays, constants.workdays
    return {
        year: PublishedYear(
            year,
            PACKAGE,
            {day: False for day in off if day.year == year}
            | {day: True for day in worked if day.year == year},
        )
        for year in sorted({day.year for day in off})
    }


def read_overlay(path: Path) -> dict[int, PublishedYear]:
    """The published years of one file; a year without a source is not published yet, and left out.

    Raises InvalidOverlay.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidOverlay(f"{path.name}: not readable as YAML: {error}") from error
    if not isinstance(content, dict):
        raise InvalidOverlay(f"{path.name}: years are written `2027: …`")
    found = {}
    for year, said in content.items():
        if not isinstance(year, int) or not isinstance(said, dict):
            raise InvalidOverlay(f"{path.name}: {year!r} is no year with its days")
        unknown = set(said) - {"source", "holidays", "workdays"}
        if unknown:
            raise InvalidOverlay(f"{path.name}, {year}: unknown {', '.join(map(str, unknown))}")
        where = f"{path.name}, {year}"
        off, working = _days(said, "holidays", year, where), _days(said, "workdays", year, where)
        source = str(said.get("source") or "").strip()
        if not source:
            if off or working:
                raise InvalidOverlay(f"{where}: days without a source")
            continue
        if not off:
            raise InvalidOverlay(f"{where}: published, but without a day off")
        if both := set(off) & set(working):
            raise InvalidOverlay(f"{where}: {min(both)} is off and worked on")
        if weekdays := [day for day in working if day.weekday() < 5]:
            raise InvalidOverlay(f"{where}: {weekdays[0]} is worked on anyway, no moved day")
        exceptions = dict.fromkeys(off, False) | dict.fromkeys(working, True)
        found[year] = PublishedYear(year, source, exceptions)
    return found


def _days(said: dict[str, Any], key: str, year: int, where: str) -> list[date]:
    days = said.get(key) or []
    if not isinstance(days, list) or not all(type(day) is date for day in days):
        raise InvalidOverlay(f"{where}: {key} lists days as 2027-01-01")
    if strange := [day for day in days if day.year != year]:
        raise InvalidOverlay(f"{where}: {strange[0]} is a day of another year")
    return days
