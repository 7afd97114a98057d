"""Tables drawn with lines on a PDF page: PDFium knows lines and letters, not tables."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as raw

_THIN = 2.5
_NEAR = 4.0
_SHORTEST = 6.0
_MOST_LINES = 4000


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of a page in points, from its lower left corner."""

    left: float
    bottom: float
    right: float
    top: float

    def touches(self, other: "Area") -> bool:
        return (
            self.left <= other.right + _NEAR
            and other.left <= self.right + _NEAR
            and self.bottom <= other.top + _NEAR
            and other.bottom <= self.top + _NEAR
        )

    def with_(self, other: "Area") -> "Area":
        return Area(
            min(self.left, other.left),
            min(self.bottom, other.bottom),
            max(self.right, other.right),
            max(self.top, other.top),
        )


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table and where it stands."""

    area: Area
    rows: tuple[tuple[str, ...], ...]


def find_tables(page: pdfium.PdfPage, text: pdfium.PdfTextPage) -> list[PageTable]:
    """The ruled tables of a page from its top, at least two by two."""
    found = []
    for lines in _connected(_ruled(page)):
        columns = _places(side for line in lines if _upright(line) for side in (line.left,))
        rows = _places(side for line in lines if not _upright(line) for side in (line.top,))
        if len(columns) < 3 or len(rows) < 3:
            continue
        area = lines[0]
        for line in lines[1:]:
            area = area.with_(line)
        found.append(PageTable(area, _cells(text, lines, columns, rows[::-1])))
    return sorted(found, key=lambda table: -table.area.top)


def _ruled(page: pdfium.PdfPage) -> list[Area]:
    lines: list[Area] = []
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=4):
        box = Area(*item.get_bounds())
        wide, high = box.right - box.left, box.top - box.bottom
        if (wide <= _THIN and high >= _SHORTEST) or (high <= _THIN and wide >= _SHORTEST):
            lines.append(box)
        elif wide >= _SHORTEST and high >= _SHORTEST and not _is_page(page, wide, high):
            lines += [
                Area(box.left, box.bottom, box.left, box.top),
                Area(box.right, box.bottom, box.right, box.top),
                Area(box.left, box.top, box.right, box.top),
                Area(box.left, box.bottom, box.right, box.bottom),
            ]
        if len(lines) > _MOST_LINES:
            # A drawing, not a table.
            return []
    return lines


def _is_page(page: pdfium.PdfPage, wide: float, high: float) -> bool:
    width, height = page.get_size()
    return bool(wide > 0.95 * width and high > 0.95 * height)


def _upright(line: Area) -> bool:
    return line.top - line.bottom > line.right - line.left


def _connected(lines: Iterable[Area]) -> list[list[Area]]:
    """Lines that touch, together."""
    groups: list[tuple[Area, list[Area]]] = []
    for line in lines:
        area, members = line, [line]
        apart = []
        for group in groups:
            if group[0].touches(area):
                area, members = area.with_(group[0]), members + group[1]
            else:
                apart.append(group)
        groups = [*apart, (area, members)]
    return [members for _, members in groups]


def _places(sides: Iterable[float]) -> list[float]:
    """Where lines stand, those closer than a border's width as one."""
    places: list[float] = []
    last = None
    for side in sorted(sides):
        if last is None or side - last > _NEAR:
            places.append(side)
        last = side
    return places


def _cells(
    text: pdfium.PdfTextPage, lines: Sequence[Area], columns: list[float], rows: list[float]
) -> tuple[tuple[str, ...], ...]:
    upright = [line for line in lines if _upright(line)]
    level = [line for line in lines if not _upright(line)]
    table: list[list[str]] = []
    for top, bottom in itertools.pairwise(rows):
        middle = (top + bottom) / 2
        row: list[str] = []
        start = 0
        for end in range(1, len(columns)):
            closed = end == len(columns) - 1 or any(
                abs(line.left - columns[end]) <= _NEAR and line.bottom <= middle <= line.top
                for line in upright
            )
            if not closed:
                continue
            left, right = columns[start], columns[end]
            found = " ".join(text.get_text_bounded(left, bottom, right, top).split())
            centre = (left + right) / 2
            above_open = table and not any(
                abs(line.top - top) <= _NEAR and line.left <= centre <= line.right for line in level
            )
            if above_open:
                found = found or table[-1][start]
                # What stands in the middle of a cell over two rows may be read with the lower one.
                table[-1][start:end] = [cell or found for cell in table[-1][start:end]]
            row += [found] * (end - start)
            start = end
        table.append(row)
    return tuple(map(tuple, table))
