"""What held in a period, and what is said before a quotation that does not hold today."""

from dataclasses import dataclass
from datetime import date, timedelta

from knowledge_base.dates import day_of
from knowledge_base.documents import Document, Status

OVER = (Status.EXPIRED, Status.REPEALED)


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
        if document.status in OVER:
            return bool(self.words) and document.effective is not None
        return True


def lapsed_notice(document: Document) -> str:
    """What must stand before a quotation of what has ended when today's rule was asked for."""
    how, told = ended(document)
    next_one = "" if document.ended_by else "现在没有查到接着施行的文件，"
    return (
        f"【{how.value}】这项规定{told}，{next_one}不能作为现在的依据。"
        "它当时是这样规定的，现在怎么办请向主管部门核实："
    )


def ended(document: Document) -> tuple[Status, str]:
    """How a document that holds no longer came to its end: 已失效, `2024年12月31日已经到期`."""
    if by := document.ended_by:
        return Status.REPEALED, f"已由{by.named}{f'自{day_of(by.day)}起' if by.day else ''}废止"
    how = Status.REPEALED if document.status is Status.REPEALED else Status.EXPIRED
    if document.expires is None:
        return how, f"已经{how.value.removeprefix('已')}"
    if how is Status.REPEALED:
        return how, f"从{day_of(document.expires + timedelta(days=1))}起废止"
    return how, f"{day_of(document.expires)}已经到期"
