"""Makes the files that the readers' tests read: small PDFs by hand, Word files by python-docx."""

import zipfile
from collections.abc import Sequence
from io import BytesIO

import docx
from docx.table import Table

TITLE = "巴中市工业企业技术改造奖补办法"
LAW = (
    "巴府办发〔2026〕2号",
    TITLE,
    "第一章 总则",
    "第一条 为支持企业技术改造，制定本办法。",
    "第二章 奖补",
    "第二条 对设备投资200万元以上的项目，按设备投资额的8%给予一次性奖补。",
    "第三条 本办法自2026年3月1日起施行，有效期2年。",
    "巴中市人民政府办公室",
    "2026年2月10日",
)
GRID = (("档次", "投资额", "奖补"), ("一档", "500万元以上", "8%"), ("二档", "200万元以上", "5%"))


def word_file(
    lines: Sequence[str] = LAW,
    grid: Sequence[Sequence[str]] = (),
    merged: Sequence[Sequence[str]] = (),
) -> bytes:
    """A Word file with a paragraph for each line and tables at its end, equal cells `merged`."""
    made = docx.Document()
    for line in lines:
        made.add_paragraph(line)
    if grid:
        table = made.add_table(len(grid), len(grid[0]))
        for row, values in zip(table.rows, grid, strict=True):
            for cell, value in zip(row.cells, values, strict=True):
                cell.text = value
    if merged:
        _merge(made.add_table(len(merged), len(merged[0])), merged)
    stream = BytesIO()
    made.save(stream)
    return stream.getvalue()


def _merge(table: Table, values: Sequence[Sequence[str]]) -> None:
    cells = [(row, column) for row, line in enumerate(values) for column in range(len(line))]
    for row, column in cells:
        value = values[row][column]
        if column and values[row][column - 1] == value:
            table.cell(row, column - 1).merge(table.cell(row, column))
        elif row and values[row - 1][column] == value:
            table.cell(row - 1, column).merge(table.cell(row, column))
        else:
            table.cell(row, column).text = value


def repacked(package: bytes, part: str, content: bytes) -> bytes:
    """A Word file with one part replaced."""
    stream = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(package)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return stream.getvalue()


def pdf_file(
    pages: Sequence[Sequence[str]] = (LAW,),
    grid: Sequence[Sequence[str]] = (),
    *,
    encrypted: bool = False,
) -> bytes:
    """A PDF with a line of text for each line and, on the last page, a ruled table below."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H"
        b" /DescendantFonts [4 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /CIDSystemInfo"
        b" << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>",
    ]
    kids = []
    for place, lines in enumerate(pages):
        content = [_text(60, 780 - 20 * row, line) for row, line in enumerate(lines)]
        if grid and place == len(pages) - 1:
            content.append(_table(60, 760 - 20 * len(lines), grid))
        stream = "\n".join(content).encode()
        kids.append(len(objects) + 1)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (len(objects) + 2)
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    names = b" ".join(b"%d 0 R" % kid for kid in kids)
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), names)
    trailer = b""
    if encrypted:
        key = b"<%s>" % (b"61" * 32)
        objects.append(b"<< /Filter /Standard /V 1 /R 2 /P -4 /O %s /U %s >>" % (key, key))
        trailer = b"/Encrypt %d 0 R /ID [<61616161> <61616161>]" % len(objects)
    return _assembled(objects, trailer)


def _assembled(objects: Sequence[bytes], trailer: bytes) -> bytes:
    made = b"%PDF-1.7\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (len(objects) + 1, trailer)
    return made + b"startxref\n%d\n%%%%EOF\n" % start


def _text(x: int, y: int, line: str) -> str:
    return f"BT /F1 12 Tf {x} {y} Td <{line.encode('utf-16-be').hex()}> Tj ET"


def _table(x: int, top: int, grid: Sequence[Sequence[str]]) -> str:
    """A ruled table; equal cells beside or below each other are one, written in its last part."""
    wide, high = 130, 24
    marks = []
    for row in range(len(grid) + 1):
        for column in range(len(grid[0]) + 1):
            left, above = x + wide * column, top - high * row
            here = _at(grid, row, column)
            if _at(grid, row - 1, column) != here:
                marks.append(f"{left} {above} m {left + wide} {above} l S")
            if _at(grid, row, column - 1) != here:
                marks.append(f"{left} {above} m {left} {above - high} l S")
            if here and here not in (_at(grid, row + 1, column), _at(grid, row, column + 1)):
                marks.append(_text(left + 6, above - 17, here))
    return "\n".join(marks)


def _at(grid: Sequence[Sequence[str]], row: int, column: int) -> str:
    inside = 0 <= row < len(grid) and 0 <= column < len(grid[0])
    return grid[row][column] if inside else ""
