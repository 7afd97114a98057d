"""Two versions side by side: the fields that differ, and the text line by line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from desk.policies.values import PolicyText

# Lines around a change that are shown; longer stretches of what is equal are left out.
AROUND = 3
# Above this two lines count as one that was changed, and what changed within is marked.
ALIKE = 0.4
LONGEST_LINE = 600

_FIELDS = {
    "title": "标题",
    "number": "文号",
    "issuer": "发文机关",
    "level": "层级",
    "region": "地区",
    "issued": "发布日期",
    "effective": "施行日期",
    "expires": "有效期至",
    "checked": "核对日期",
    "url": "官方网址",
    "status": "效力",
    "sample": "示例",
    "sources": "依据",
    "topics": "主题词",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line; `changed` when the other side has something else there."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of one side: its number from 1, and its pieces."""

    number: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Two lines that stand side by side; `kind` is same, changed, added, removed or gap.

    A gap says how many equal lines are left out.
    """

    kind: str
    old: Line | None = None
    new: Line | None = None
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that differs."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs; `added` and `removed` count lines."""

    fields: tuple[FieldChange, ...]
    rows: tuple[Row, ...]
    added: int
    removed: int

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not (self.fields or self.rows)


def compare(old: PolicyText, new: PolicyText) -> Comparison:
    """What `new` has changed in `old`."""
    fields = tuple(
        FieldChange(label, _said(getattr(old, name)), _said(getattr(new, name)))
        for name, label in _FIELDS.items()
        if getattr(old, name) != getattr(new, name)
    )
    if old.body == new.body:
        return Comparison(fields, (), 0, 0)
    rows = tuple(_rows(old.body.splitlines(), new.body.splitlines()))
    return Comparison(
        fields,
        rows,
        added=sum(row.kind in ("added", "changed") for row in rows),
        removed=sum(row.kind in ("removed", "changed") for row in rows),
    )


def _rows(old: Sequence[str], new: Sequence[str]) -> Iterator[Row]:
    matcher = SequenceMatcher(None, old, new)
    groups = list(matcher.get_grouped_opcodes(AROUND))
    shown = 0
    for group in groups:
        start = group[0][1]
        if start > shown:
            yield Row("gap", left_out=start - shown)
        for tag, first, last, begin, end in group:
            if tag == "equal":
                for place in range(last - first):
                    yield Row(
                        "same",
                        _line(first + place, old[first + place]),
                        _line(begin + place, new[begin + place]),
                    )
            else:
                yield from _changed(old, first, last, new, begin, end)
        shown = group[-1][2]
    if shown < len(old):
        yield Row("gap", left_out=len(old) - shown)


def _changed(
    old: Sequence[str], first: int, last: int, new: Sequence[str], begin: int, end: int
) -> Iterator[Row]:
    """Lines in the place of others: pairs that are alike side by side, the rest alone."""
    alone: list[Row] = []
    for was, now in zip_longest(range(first, last), range(begin, end)):
        if was is not None and now is not None and _alike(old[was], new[now]):
            yield from alone
            alone = []
            left, right = _pieces(old[was], new[now])
            yield Row("changed", Line(was + 1, left), Line(now + 1, right))
            continue
        if was is not None:
            yield Row("removed", old=_line(was, old[was], changed=True))
        if now is not None:
            alone.append(Row("added", new=_line(now, new[now], changed=True)))
    yield from alone


def _alike(one: str, other: str) -> bool:
    if len(one) > LONGEST_LINE or len(other) > LONGEST_LINE:
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.real_quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE


def _pieces(one: str, other: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    left: list[Piece] = []
    right: list[Piece] = []
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    for tag, first, last, begin, end in matcher.get_opcodes():
        changed = tag != "equal"
        left += [Piece(one[first:last], changed)] if last > first else []
        right += [Piece(other[begin:end], changed)] if end > begin else []
    return tuple(left), tuple(right)


def _line(place: int, text: str, *, changed: bool = False) -> Line:
    return Line(place + 1, (Piece(text, changed),))


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        return "、".join(value)
    return "" if value is None else str(value)
