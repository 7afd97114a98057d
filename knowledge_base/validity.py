"""When a question is about: today, or a time it names (2022年的政策怎么说), and what held then."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from knowledge_base.documents import Change, Document, Status
from knowledge_base.text import fold

_RULES = r"(?:政策|规定|标准|办法|条件|优惠|税率|补贴|法律|条例|文件|要求)"
# 2022年注册的公司有什么优惠 asks about today: what happened in the year is not the rules' time.
_NAMED = (
    r"(?:(?!注册|成立|登记|毕业|退役|退伍|入职|参保|开业|办理?了|办的|买|交|签|有|享受|到期"
    r"|之?[前后]|起)[^，。？！,.?!])"
)
_THEN = rf"(?={_NAMED}{{0,14}}?{_RULES}|的?那时候?|的?那阵|的?那会儿?|当时)"
_YEAR = re.compile(
    r"(?<![到至自从在前后底于])((?:19|20)\d{2})年(?:(\d{1,2})月)?(?:份|度)?(?!\d)" + _THEN
)
_SPOKEN_YEAR = re.compile("(大前年|前年|去年|上年|明年|后年)" + _THEN)
_OFFSETS = {"大前年": -3, "前年": -2, "去年": -1, "上年": -1, "明年": 1, "后年": 2}


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`; `words` are those of the question that name it."""

    first: date
    last: date
    words: str = ""

    @classmethod
    def day(cls, day: date) -> "Period":
        """One day."""
        return cls(day, day)

    def holds(self, document: Document) -> bool:
        """Whether `document` was, is or will be law on some day of the period, as far as we know.

        What is repealed without an end date was law before; it is never law today.
        """
        if document.effective is not None and document.effective > self.last:
            return False
        if document.expires is not None:
            return document.expires >= self.first
        if document.status is Status.NOT_YET:
            return document.effective is not None
        if document.status in (Status.EXPIRED, Status.REPEALED):
            return bool(self.words) and document.effective is not None
        return True


def asked_period(question: str, today: date) -> Period | None:
    """The past or coming time whose rules `question` asks about; None when it asks about now.

    Only a year said of rules counts: `2027年到期吗` asks about what holds today.
    """
    text = fold(question)
    if match := _YEAR.search(text):
        year, month = int(match.group(1)), match.group(2)
        if month and 1 <= int(month) <= 12:
            first = date(year, int(month), 1)
            last = date(year + int(month) // 12, int(month) % 12 + 1, 1)
            period = Period(first, date.fromordinal(last.toordinal() - 1), match.group(0))
        else:
            period = Period(date(year, 1, 1), date(year, 12, 31), match.group(0))
    elif match := _SPOKEN_YEAR.search(text):
        year = today.year + _OFFSETS[match.group(1)]
        period = Period(date(year, 1, 1), date(year, 12, 31), match.group(0))
    else:
        return None
    return None if period.first <= today <= period.last else period


def notice(document: Document, asked: Period, today: date) -> str:
    """What must stand before a quotation that answers for another time; one Chinese sentence."""
    then = f"{asked.first.year}年" if asked.first.year == asked.last.year else ""
    if document.effective is not None and document.effective > today:
        return f"【尚未施行】这份文件从{_said(document.effective)}起施行，现在还不能作为依据。"
    over = document.expires is not None and document.expires < today
    if document.ended_by and (over or document.status is Status.REPEALED):
        return f"【已废止】这是{then}的规定，{_ended(document.ended_by)}，不能作为现在的依据。"
    if document.expires is not None and over:
        return (
            f"【已失效】这是{then}的规定，{_said(document.expires)}已经到期，不能作为现在的依据。"
        )
    if document.status in (Status.EXPIRED, Status.REPEALED):
        return f"【{document.status.value}】这是以前的规定，不能作为现在的依据。"
    return f"您问的是{then}的规定：下面这份文件当时有效，现在也有效。"


def lapsed_notice(document: Document) -> str:
    """What must stand before a quotation of what has ended when today's rule was asked for."""
    still = "它当时是这样规定的，现在怎么办请向主管部门核实："
    if document.ended_by:
        return f"【已废止】这项规定{_ended(document.ended_by)}，不能作为现在的依据。{still}"
    over = Status.REPEALED if document.status is Status.REPEALED else Status.EXPIRED
    if document.expires is None:
        ended = f"已经{over.value.removeprefix('已')}"
    elif over is Status.REPEALED:
        ended = f"从{_said(document.expires + timedelta(days=1))}起废止"
    else:
        ended = f"{_said(document.expires)}已经到期"
    return (
        f"【{over.value}】这项规定{ended}，现在没有查到接着施行的文件，不能作为现在的依据。{still}"
    )


def _ended(by: Change) -> str:
    return f"已由{by.named}{f'自{_said(by.day)}起' if by.day else ''}废止"


def _said(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
