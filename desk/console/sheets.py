"""Tables as files that office programs open: csv and xlsx, without anything they would execute."""

import csv
import unicodedata
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

# What begins so is computed by office programs, and may fetch or run something; a person's words
# must not. (OWASP: CSV injection.)
FORMULA = tuple("=+-@\t\r\n")
NARROW, WIDE = 16, 60

Row = Sequence[str]


def harmless(cell: str) -> str:
    """`cell` as words to every office program."""
    # Some read the full width forms alike.
    first = unicodedata.normalize("NFKC", cell[:1])
    return f"'{cell}" if first in FORMULA else cell


def as_csv(headings: Row, rows: Iterable[Row]) -> bytes:
    """UTF-8 with the mark by which Excel knows it."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(headings: Row, rows: Iterable[Row]) -> bytes:
    """A workbook of one sheet, its headings standing still."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("工单")
    sheet.freeze_panes = "B2"
    for place, heading in enumerate(headings, 1):
        width = WIDE if heading == "诉求" else NARROW
        sheet.column_dimensions[get_column_letter(place)].width = width
    bold = []
    for heading in headings:
        cell = WriteOnlyCell(sheet, heading)
        cell.font = Font(bold=True)
        bold.append(cell)
    sheet.append(bold)
    for row in rows:
        sheet.append([harmless(ILLEGAL_CHARACTERS_RE.sub("", cell)) for cell in row])
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()
