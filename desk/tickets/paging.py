"""A list page by page, by the key of its last row: the thousandth page costs what the first does.

A row that comes or goes meanwhile moves no other to another page, as it would with counted pages.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy

from desk.tickets.models.ticket import Ticket
from desk.tickets.queues import Sort

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEVER = "never"
# An address may hold anything; a time beyond this is none of a ticket's.
LATEST = int((datetime(9999, 1, 1, tzinfo=UTC) - EPOCH) / timedelta(microseconds=1))
MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Mark:
    """A row's place in a list: its time (none: it has none, such rows come last) and number."""

    at: datetime | None
    pk: int

    def __str__(self) -> str:
        at = NEVER if self.at is None else str((self.at - EPOCH) // timedelta(microseconds=1))
        return f"{at}-{self.pk}"


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list, and the marks of the pages beside it; empty: there is none."""

    tickets: list[Ticket]
    before: str
    after: str


def read_mark(text: str) -> Mark | None:
    """What `str(mark)` wrote; None for anything else."""
    at, _, pk = text.partition("-")
    if not _whole(pk):
        return None
    if at == NEVER:
        return Mark(None, int(pk))
    if not _whole(at) or int(at) > LATEST:
        return None
    return Mark(EPOCH + timedelta(microseconds=int(at)), int(pk))


def page_of(
    tickets: QuerySet[Ticket],
    sort: Sort,
    size: int,
    *,
    after: Mark | None = None,
    before: Mark | None = None,
) -> Page:
    """At most `size` of `tickets` in the order of `sort`: after one mark, or before the other."""
    backwards = before is not None
    mark = before or after
    field = "due_at" if sort is Sort.DUE else "opened_at"
    ascending = (sort is not Sort.NEWEST) is not backwards
    if mark is not None:
        tickets = tickets.filter(_beyond(mark, field, ascending=ascending))
    found = list(tickets.order_by(*_order(sort, ascending=ascending))[: size + 1])
    more, rows = len(found) > size, found[:size]
    if backwards:
        rows.reverse()
    if not rows:
        return Page([], "", "")
    first, last = (str(Mark(getattr(row, field), row.pk)) for row in (rows[0], rows[-1]))
    earlier = more if backwards else mark is not None
    later = backwards or more
    return Page(rows, first if earlier else "", last if later else "")


def _order(sort: Sort, *, ascending: bool) -> list[OrderBy | str]:
    if sort is Sort.DUE:
        if ascending:
            return [F("due_at").asc(nulls_last=True), "pk"]
        return [F("due_at").desc(nulls_first=True), "-pk"]
    return ["opened_at", "pk"] if ascending else ["-opened_at", "-pk"]


def _beyond(mark: Mark, field: str, *, ascending: bool) -> Q:
    """The rows after `mark` in this direction; those without a time stand at the far end."""
    way = "gt" if ascending else "lt"
    none = Q(**{f"{field}__isnull": True})
    if mark.at is None:
        rest = none & Q(**{f"pk__{way}": mark.pk})
        return rest if ascending else rest | ~none
    same = Q(**{field: mark.at, f"pk__{way}": mark.pk})
    beyond = Q(**{f"{field}__{way}": mark.at}) | same
    if field == "due_at":
        return beyond | none if ascending else beyond
    # Said once more in a way that an index understands.
    return Q(**{f"{field}__{way}e": mark.at}) & beyond


def _whole(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
