"""A list page by page, by the key of its last row: the thousandth page costs what the first does.

A row that comes or goes meanwhile moves no other to another page, as it would with counted pages.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet

from desk.tickets.models.ticket import Ticket
from desk.tickets.queues import FOLLOWED, Sort

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
    """Some rows of a list, and the marks of the pages beside it; empty: there is none.

    `total`: how many rows the whole list has, as far as was asked to count; None: not counted here.
    """

    tickets: list[Ticket]
    before: str
    after: str
    total: int | None = None


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
    count_to: int = 0,
) -> Page:
    """At most `size` of `tickets` in the order of `sort`: after one mark, or before the other.

    `count_to`: counts a first page's list as far as this in the same query. Worth while where the
    database has to find all of it anyway, as for a search in texts.
    """
    backwards = before is not None
    mark = before or after
    counting = bool(count_to) and mark is None
    ascending = (sort is not Sort.NEWEST) is not backwards
    wanted = max(size + 1, count_to if counting else 0)
    keys: list[int] = []
    # Keys first: to put thousands of whole rows in order costs more than to fetch thirty by key.
    for part in _parts(tickets, sort, mark, ascending=ascending):
        keys += part.values_list("pk", flat=True)[: wanted - len(keys)]
        if len(keys) >= wanted:
            break
    more = len(keys) > size
    by_key = Ticket.objects.select_related(*FOLLOWED).in_bulk(keys[:size])
    rows = [by_key[key] for key in keys[:size] if key in by_key]
    if backwards:
        rows.reverse()
    total = len(keys) if counting else None
    if not rows:
        return Page([], "", "", total)
    field = "due_at" if sort is Sort.DUE else "opened_at"
    first, last = (str(Mark(getattr(row, field), row.pk)) for row in (rows[0], rows[-1]))
    earlier = more if backwards else mark is not None
    later = backwards or more
    return Page(rows, first if earlier else "", last if later else "", total)


def _parts(
    tickets: QuerySet[Ticket], sort: Sort, mark: Mark | None, *, ascending: bool
) -> list[QuerySet[Ticket]]:
    """What lies beyond `mark` in this direction, in its order: by due time in two parts, those
    without one apart. Each part can be read off an index; both sorted together could not."""
    if sort is not Sort.DUE:
        return [_beyond(tickets, "opened_at", mark, ascending=ascending)]
    timed, timeless = tickets.filter(due_at__isnull=False), tickets.filter(due_at__isnull=True)
    among_timeless = mark is not None and mark.at is None
    first = [_beyond(timed, "due_at", None if among_timeless else mark, ascending=ascending)]
    last = [_beyond(timeless, "", mark if among_timeless else None, ascending=ascending)]
    if ascending:
        return last if among_timeless else first + last
    return first if mark is not None and not among_timeless else last + first


def _beyond(
    tickets: QuerySet[Ticket], field: str, mark: Mark | None, *, ascending: bool
) -> QuerySet[Ticket]:
    """Those after `mark` in this direction, by `field` (empty: none) and number."""
    sign, way = ("", "gt") if ascending else ("-", "lt")
    ordered = tickets.order_by(*(f"{sign}{name}" for name in (field, "pk") if name))
    if mark is None:
        return ordered
    if not field:
        return ordered.filter(**{f"pk__{way}": mark.pk})
    same = Q(**{field: mark.at, f"pk__{way}": mark.pk})
    # Said once more in a way that an index understands.
    return ordered.filter(Q(**{f"{field}__{way}": mark.at}) | same, **{f"{field}__{way}e": mark.at})


def _whole(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
