"""What held in a period, and what is said before a quotation that does not hold today."""

from dataclasses import dataclass
from datetime import date, timedelta

from knowledge_base.documents import Change, Document, Status


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
        begun = document.effective or (document.issued if self.words else None)
        if begun is not None and begun > self.last:
            return False
        if document.expires is not None:
            return document.expires >= self.first
        if document.status is Status.NOT_YET:
            return document.effective is not None
        if document.status in (Status.EXPIRED, Status.REPEALED):
            return bool(self.words) and document.effective is not None
        return True


def lapsed_notice(document: Document) -> str:
    """What must stand before a quotation of what has ended when today's rule was asked for."""
    still = "它当时是这样规定的，现在怎么办请向主管部门核实："
    if document.ended_by:
        return f"【已废止】这项规定{ended_by(document.ended_by)}，不能作为现在的依据。{still}"
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


def ended_by(by: Change) -> str:
    """What became of a document that another ended: 已由《…》（文号）自…起废止."""
    return f"已由{by.named}{f'自{_said(by.day)}起' if by.day else ''}废止"


def _said(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
