"""How what is quoted stands to the time a question asks about, and what is said of it.

A digest is written of today's law and quotes several laws, each with its own day: that the oldest
of them held in a year says nothing of the others. Only what certainly held is said to have held.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from knowledge_base.dates import day_of
from knowledge_base.documents import Document
from knowledge_base.passages import Passage
from knowledge_base.quoted import Source, sources_of
from knowledge_base.validity import OVER, Period, ended

_UNTIL_IN_FORCE = timedelta(days=400)
"""After so long a law is in force that was passed: 增值税法 took 372 days, others less."""
_UNKNOWN = date.max
_DAY = r"(?P<year>(?:19|20)\d{2})年(?:(?P<month>\d{1,2})月)?(?:(?P<day>\d{1,2})日)?"
_AMENDED = re.compile(rf"{_DAY}(?=[^，,、；年]{{0,40}}?(?:修订|修正|修改|通过|公布))")
_NUMBERED = re.compile(r"〔(\d{4})〕|((?:19|20)\d{2})年第?\d+号")
_SAID = re.compile(
    rf"(?<![至到—-])(?<!截至|延续)(?<!\d){_DAY}(?!\d|月|底?(?:为止|止|以前|之前|到期))"
)
"""A day that a digest names; the end of a rule says nothing of when it began."""
_SINCE = re.compile(rf"{_DAY}(?:及?以后|之?后|起|至|—)")


class Standing(Enum):
    """How a passage stands to the time asked about."""

    HELD = "held"
    """It held all the time asked about, and holds today."""
    BEGAN = "began"
    """It came into force during the time asked about, and holds today."""
    ENDED = "ended"
    """It held then, and no longer does."""
    COMING = "coming"
    """It is not in force yet."""
    TODAYS = "todays"
    """It holds today; whether it held then nobody knows, or it did not."""


@dataclass(frozen=True, slots=True)
class _Begun:
    """From which `day` on something certainly held as it is quoted, and what is told of it.

    `exact`: the day it came into force; `passed`: when it was issued or amended, at the latest.
    """

    day: date
    told: str = ""
    exact: bool = False
    passed: date = _UNKNOWN


def standing(passage: Passage, asked: Period, today: date) -> Standing:
    """How `passage` stands to the time `asked` about, seen from `today`."""
    document = passage.document
    if document.effective is not None and document.effective > today:
        return Standing.COMING
    if _has_ended(document, today):
        return Standing.ENDED
    begun = _begun([passage], today)
    if begun.day <= asked.first:
        return Standing.HELD
    return Standing.BEGAN if begun.exact and begun.day <= asked.last else Standing.TODAYS


def notice(quoted: Sequence[Passage], asked: Period, today: date) -> str:
    """What must stand before quotations that answer for another time; one Chinese paragraph.

    All of `quoted` stand alike to that time.
    """
    document, then = quoted[0].document, named(asked)
    stands = standing(quoted[0], asked, today)
    if stands is Standing.COMING and document.effective is not None:
        return f"【尚未施行】这份文件从{day_of(document.effective)}起施行，现在还不能作为依据。"
    if stands is Standing.ENDED:
        return _ended(document, then)
    if asked.first > today:
        return f"您问的是{then}的规定：下面是现在的规定，到时候有没有变化，以当时的文件为准。"
    if stands is Standing.HELD:
        return f"您问的是{then}的规定：下面的规定当时有效，现在也有效。"
    if stands is Standing.BEGAN:
        begun = _begun(quoted, today)
        return (
            f"您问的是{then}的规定：下面引用的从{day_of(begun.day)}起施行，现在也有效；"
            "在这以前怎么规定的，这里没有查到。"
        )
    known = [each for passage in quoted for each in _all_begun(passage, today) if each.told]
    newer = [each for each in known if min(each.day, each.passed) > asked.first]
    told = f"（{max(newer, key=_latest).told}）" if newer else ""
    return (
        f"您问的是{then}的规定，这里没有查到当时的规定。下面是现在的规定{told}，"
        f"不能当作{then}的依据；当时怎么规定的，请问工作人员或者拨打12345："
    )


def named(asked: Period) -> str:
    """`2022年`, `2022年8月` or `2022年8月1日`."""
    if asked.first == asked.last:
        return day_of(asked.first)
    month = f"{asked.first.month}月" if asked.first.month == asked.last.month else ""
    return f"{asked.first.year}年{month}"


def _ended(document: Document, then: str) -> str:
    how, told = ended(document)
    dated = document.expires or (document.ended_by and document.ended_by.day)
    if not (dated and (document.effective or document.issued)):
        then = "以前"
    return f"【{how.value}】这是{then}的规定，{told}，不能作为现在的依据。"


def _has_ended(document: Document, today: date) -> bool:
    if document.expires is not None:
        return document.expires < today
    return document.status in OVER


def _begun(passages: Sequence[Passage], today: date) -> _Begun:
    """The latest day on which something that `passages` quote began to hold."""
    return max((each for passage in passages for each in _all_begun(passage, today)), key=_latest)


def _all_begun(passage: Passage, today: date) -> Iterator[_Begun]:
    document = passage.document
    if not document.sources:
        yield _itself(document)
        return
    for match in _SAID.finditer(passage.text):
        day = _day(match, at_latest=False)
        # 2027年7月1日起超过5年的 is a day within a rule that holds today.
        if day and day <= today:
            since = bool(match["day"] and _SINCE.match(passage.text, match.start()))
            yield _Begun(day, f"{day_of(day)}起施行" if since else "", since)
    for year in _numbered(passage.text):
        if document.effective is None or year > document.effective.year:
            yield _Begun(date(year + 1, 1, 1), f"{year}年公布")
    for source in sources_of([passage]):
        if source.number == document.number:
            yield _itself(document)
        else:
            yield max(_passed(source), key=_latest, default=_Begun(_UNKNOWN))


def _itself(document: Document) -> _Begun:
    """Since when `document` holds in the wording that it has."""
    source = Source("", document.number, document.issued)
    own = document.effective
    # The day of a digest is that of its oldest law; its numbers tell of newer ones.
    passed = [each for each in _passed(source) if own is None or each.passed.year > own.year]
    if not document.sources and own:
        passed = [each for each in passed if _AMENDED.search(document.number)]
    if passed or own is None:
        return max(passed, key=_latest, default=_Begun(_UNKNOWN))
    return _Begun(own, f"{day_of(own)}起施行", exact=True)


def _passed(source: Source) -> list[_Begun]:
    """Since when `source` certainly holds, by each day on which it was issued or amended."""
    known = [(source.issued, "公布")] if source.issued else []
    for match in _AMENDED.finditer(source.number):
        if (day := _day(match, at_latest=True)) and day != source.issued:
            known.append((day, "修改"))
    name = source.named if source.title else ""
    found = [
        _Begun(day + _UNTIL_IN_FORCE, f"{name}{_told(day)}{how}", passed=day) for day, how in known
    ]
    for year in _numbered(source.number):
        # A notice or 公告 holds soon, often at once.
        first, last = date(year + 1, 1, 1), date(year, 12, 31)
        found.append(_Begun(first, f"{name}{year}年公布", passed=last))
    return found


def _numbered(text: str) -> list[int]:
    """The years of the 文号 in `text`."""
    return [int(year or other) for year, other in _NUMBERED.findall(text)]


def _told(day: date) -> str:
    return f"{day.year}年" if (day.month, day.day) == (12, 31) else day_of(day)


def _latest(begun: _Begun) -> tuple[date, str]:
    # Of two on one day the one that can be told.
    return begun.day, begun.told


def _day(match: re.Match[str], *, at_latest: bool) -> date | None:
    month, day = match["month"], match["day"]
    try:
        if at_latest and not month:
            # Of a year alone its last day.
            return date(int(match["year"]), 12, 31)
        return date(int(match["year"]), int(month or 1), int(day or 1))
    except ValueError:
        return None
