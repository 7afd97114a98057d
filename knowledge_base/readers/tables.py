"""Tables as lines a person can read alone: `列名：值；列名：值。`"""

import itertools
import re
from collections.abc import Sequence

_LABEL = re.compile(r"[:：]\s*$")
_HEADER_LONGEST = 30
_FIGURES = re.compile(r"[\d.,%\s]+")
_DIGIT = re.compile(r"\d")
_WITHIN = "·"
"""Stands between a column's name and that of the group it is in: 标准·调整后."""


def readable(rows: Sequence[Sequence[str]]) -> list[str]:
    """One line for each row, each value under its column's name where the table has names."""
    table = [[" ".join(cell.split()) for cell in row] for row in rows]
    table = [row for row in table if any(row)]
    lines: list[str] = []
    while len(table) > 1 and len(_distinct(table[0])) == 1:
        # 标准 beside an empty corner is no title of the table but a group's name.
        if not table[0][0] and _header(table)[1] > 1:
            break
        lines.append(_distinct(table.pop(0))[0])
    if not table:
        return lines
    if max(len(row) for row in table) == 1:
        return [*lines, *(row[0] for row in table)]
    if _is_label(table[0][0]):
        return [*lines, *(_pairs(row) for row in table)]
    header, depth = _header(table)
    if len(table) == 1 or not depth:
        return [*lines, *("；".join(_distinct(row)) for row in table)]
    return [*lines, *(_named(header, row) for row in table[depth:])]


def _header(table: Sequence[Sequence[str]]) -> tuple[Sequence[str], int]:
    """The columns' names and how many rows tell them; 0 rows where the table has no names.

    A group of columns (标准 over 调整前 and 调整后) is named in the first of these rows, once for
    each of its columns or once with empty cells after it.
    """
    names, depth = table[0], 1
    while depth < len(table) - 1:
        groups = _filled(names, table[depth])
        if not _goes_on(groups, table[depth - 1], table[depth], table[depth + 1 :]):
            break
        names = [_joined(*pair) for pair in zip(groups, table[depth], strict=True)]
        depth += 1
    return names, depth if depth > 1 or _is_header(names) else 0


def _filled(names: Sequence[str], below: Sequence[str]) -> list[str]:
    """`names` with a group's name in its empty cells, where `below` names each of its columns."""
    filled = list(names)
    for place in range(1, min(len(filled), len(below))):
        if below[place - 1] and below[place] and not filled[place]:
            filled[place] = filled[place - 1]
    return filled


def _goes_on(
    groups: Sequence[str], above: Sequence[str], row: Sequence[str], rest: Sequence[Sequence[str]]
) -> bool:
    """Whether `row` is one more row of a header: it names the columns of groups and no others."""
    if len(row) != len(groups) or any(len(cell) > _HEADER_LONGEST for cell in (*groups, *row)):
        return False
    parted, repeated = False, False
    for name, run in itertools.groupby(range(len(row)), key=groups.__getitem__):
        columns = list(run)
        parts = [row[column] for column in columns]
        if len(parts) > 1 and name:
            if not all(parts):
                return False
            parted = parted or len(set(parts)) > 1
        elif any(parts):
            # Nothing stands below such a column's name but itself, where it fills both rows.
            if parts != [above[column] for column in columns]:
                return False
            repeated = True
    if not parted or repeated:
        return parted
    words = not any(_DIGIT.search(cell) for cell in row)
    return words and any(_DIGIT.search(cell) for later in rest for cell in later)


def _joined(name: str, part: str) -> str:
    if not part or part == name.rpartition(_WITHIN)[2]:
        return name
    return f"{name}{_WITHIN}{part}" if name else part


def _named(header: Sequence[str], row: Sequence[str]) -> str:
    cells: list[str] = []
    before = ("", "")
    for place, value in enumerate(row):
        name = header[place] if place < len(header) else ""
        # A cell over several columns comes once for each of them.
        if value and (name, value) != before:
            cells.append(f"{name}：{value.rstrip('。；')}" if name else value.rstrip("。；"))
        before = (name, value)
    return "；".join(cells) + "。" if cells else ""


def _pairs(row: Sequence[str]) -> str:
    cells = [cell for cell in row if cell]
    joined = "".join(cell if _is_label(cell) else f"{cell}；" for cell in cells)
    return joined.rstrip("；")


def _is_label(cell: str) -> bool:
    return bool(_LABEL.search(cell)) and len(cell) <= _HEADER_LONGEST


def _is_header(row: Sequence[str]) -> bool:
    return all(
        cell and len(cell) <= _HEADER_LONGEST and not _FIGURES.fullmatch(cell) for cell in row
    )


def _distinct(row: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(cell for cell in row if cell))
