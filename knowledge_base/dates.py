"""Days as official texts write them: 2026年2月10日, 二〇二六年二月十日, 2026-02-10, 2026年底."""

import re
from calendar import monthrange
from datetime import date, timedelta

from knowledge_base.text import numeral

DAY = r"(\d{4})年(\d{1,2})月(\d{1,2})日"
_WRITTEN = re.compile(
    r"([一二][\u3007○Oo0\uff10零一二三四五六七八九]{3})年([元一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日"
)
_BLANK = r"[ \u3000]*"
_SPACED = re.compile(
    rf"(\d{{4}}){_BLANK}年{_BLANK}(\d{{1,2}}){_BLANK}月{_BLANK}(\d{{1,2}}){_BLANK}日"
)
_PLAIN = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_ANY = re.compile(DAY)
_LAST_OF_YEAR = re.compile(r"(\d{4})年(?:年)?(?:底|末)(?!前)")
_LAST_OF_MONTH = re.compile(r"(\d{4})年(\d{1,2})月(?:份|底|末)?(?![\d前])")
_ZERO = re.compile("[○Oo0\uff10零\u3007]")


def day_of(day: date) -> str:
    """`2026年3月1日`."""
    return f"{day.year}年{day.month}月{day.day}日"


def in_figures(text: str) -> str:
    """`text` with every day in Arabic figures and without blanks: 2026年2月10日."""
    return _SPACED.sub(r"\1年\2月\3日", _WRITTEN.sub(_figures, text))


def _figures(match: re.Match[str]) -> str:
    year = _ZERO.sub("零", match.group(1))
    month = numeral(match.group(2).replace("元", "一"))
    return f"{numeral(year)}年{month}月{numeral(match.group(3))}日"


def day(year: str, month: str, of_month: str) -> date | None:
    """The day, or None where the calendar has none such."""
    try:
        return date(int(year), int(month), int(of_month))
    except ValueError:
        return None


def first_day(text: str) -> date | None:
    """The first day named in `text`, in figures, in words or as 2026-02-10."""
    match = _ANY.search(in_figures(text)) or _PLAIN.search(text)
    return day(*match.groups()) if match else None


def with_last_days(text: str) -> str:
    """`text` with the last day of a year or month in the place of its name: 2026年底, 2026年6月."""
    return _LAST_OF_MONTH.sub(_last_of_month, _LAST_OF_YEAR.sub(r"\g<1>年12月31日", text))


def _last_of_month(match: re.Match[str]) -> str:
    year, month = map(int, match.groups())
    if not 1 <= month <= 12:
        return match.group()
    return f"{year}年{month}月{monthrange(year, month)[1]}日"


def months_later(start: date, months: int) -> date:
    """The last day of a period of `months` that begins on `start`."""
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    of_month = min(start.day, monthrange(year, month + 1)[1])
    return date(year, month + 1, of_month) - timedelta(days=1)


def years_later(start: date, years: int) -> date:
    """The last day of a period of `years` that begins on `start`."""
    try:
        end = start.replace(year=start.year + years)
    except ValueError:
        # 29 February has no anniversary in a common year.
        end = start.replace(year=start.year + years, month=3, day=1)
    return end - timedelta(days=1)
