"""Tables as lines a person can read alone: `列名：值；列名：值。`"""

import re
from collections.abc import Sequence

_LABEL = re.compile(r"[:：]\s*$")
_HEADER_LONGEST = 30
_FIGURES = re.compile(r"[\d.,%\s]+")


def readable(rows: Sequence[Sequence[str]]) -> list[str]:
    """One line for each row, each value under its column's name where the table has names."""
    table = [[" ".join(cell.split()) for cell in row] for row in rows]
    table = [row for row in table if any(row)]
    lines: list[str] = []
    while table and (len(_distinct(table[0])) == 1) and len(table) > 1:
        lines.append(_distinct(table.pop(0))[0])
    if not table:
        return lines
    if max(len(row) for row in table) == 1:
        return [*lines, *(row[0] for row in table)]
    if _is_label(table[0][0]):
        return [*lines, *(_pairs(row) for row in table)]
    header = table[0]
    if len(table) == 1 or not _is_header(header):
        return [*lines, *("；".join(_distinct(row)) for row in table)]
    return [*lines, *(_named(header, row) for row in table[1:])]


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
