"""PDF files by their text layer; pages that are only pictures are refused with that reason."""

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pypdfium2 as pdfium

from knowledge_base.errors import DocumentError
from knowledge_base.readers.pdf_tables import Area, find_tables
from knowledge_base.readers.source import SourceText
from knowledge_base.readers.tables import readable
from knowledge_base.text import clean

_MOST_PAGES = 1500
_LEAST_PER_PAGE = 8
"""Characters a page must have, on the average, to be a page of text and not a scan."""
_PASSWORD = 4
_PAGE_NUMBER = re.compile(r"[-—–·\s]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[/共]\s*\d+\s*页?)?[-—–·\s]*")
_ENDS = "。；：！？!?;:.”）)》"
_BEGINS = re.compile(
    r"第[零〇一二三四五六七八九十百千\d]+[编章节条]|[一二三四五六七八九十]+、|[（(][一二三四五六七八九十\d]+[）)]"
    r"|\d{1,2}(?:[.．](?!\d)|、)|附件|[①-⑳]|#"
)
_FIGURE = re.compile(r"[\d.,]+[%％元万]{0,2}")
_LONGEST_CELL = 24
_RADICAL = re.compile(r"[\u2e80-\u2fdf\uf900-\ufaff]")


def read_pdf(path: Path, content: bytes) -> SourceText:
    """The text of a PDF, lines joined into paragraphs; PDFium is for one thread at a time."""
    name = str(path)
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD or "password" in str(error).lower():
            raise DocumentError("encrypted", name, "文件设有密码, 请去除密码后再入库") from error
        raise DocumentError("damaged", name, "PDF 文件已损坏, 无法打开") from error
    try:
        count = len(document)
        if count > _MOST_PAGES:
            raise DocumentError("too_large", name, f"文件有 {count} 页, 超过上限 {_MOST_PAGES} 页")
        pages = [list(_page_lines(document[place])) for place in range(count)]
    except pdfium.PdfiumError as error:
        raise DocumentError("damaged", name, "PDF 文件已损坏, 有的页无法读取") from error
    finally:
        document.close()
    read = sum(len(re.findall(r"\w", line)) for page in pages for line, _ in page)
    if read < _LEAST_PER_PAGE * max(count, 1):
        raise DocumentError("scanned_pdf", name, "扫描件, 没有文字层, 请先做文字识别 (OCR)")
    return SourceText(body="\n".join(_paragraphs(_without_frame(pages))))


def _page_lines(page: pdfium.PdfPage) -> Iterator[tuple[str, bool]]:
    """The lines of a page from its top, each with whether it is a row of a table."""
    text = page.get_textpage()
    try:
        left, bottom, right, top = page.get_bbox()
        above = top
        for table in find_tables(page, text):
            yield from _plain(text, Area(left, table.area.top, right, above))
            yield from ((line, True) for line in readable(table.rows) if line)
            above = table.area.bottom
        yield from _plain(text, Area(left, bottom, right, above))
    finally:
        text.close()
        page.close()


def _plain(text: pdfium.PdfTextPage, area: Area) -> Iterator[tuple[str, bool]]:
    if area.top - area.bottom < 1:
        return
    found = text.get_text_bounded(area.left, area.bottom, area.right, area.top)
    lines = [line.strip() for line in _RADICAL.sub(_ordinary, clean(found)).split("\n")]
    for _, run in itertools.groupby(filter(None, lines), key=lambda line: len(line.split())):
        alike = list(run)
        rows = [line.split() for line in alike]
        if _in_columns(rows):
            yield from ((line, True) for line in readable(rows))
        else:
            yield from ((line, False) for line in alike)


def _in_columns(rows: Sequence[Sequence[str]]) -> bool:
    """Whether lines of as many pieces are a table without ruling: names above figures.

    Names of persons or offices are set in columns too: without figures nothing is a table.
    """
    if len(rows) < 3 or len(rows[0]) < 3 or re.search(r"\d", "".join(rows[0])):
        return False
    cells = [cell for row in rows for cell in row]
    if any(len(cell) > _LONGEST_CELL or cell[-1] in "，。；：" for cell in cells):
        return False
    columns = zip(*rows[1:], strict=True)
    return any(all(_FIGURE.fullmatch(cell) for cell in column) for column in columns)


def _ordinary(match: re.Match[str]) -> str:
    """Some printers write 自 as the radical of the same shape."""
    return unicodedata.normalize("NFKC", match.group(0))


def _without_frame(pages: Sequence[Sequence[tuple[str, bool]]]) -> Iterator[tuple[str, bool]]:
    """All lines but page numbers and what stands at the edge of most pages."""
    edges = Counter(
        line for page in pages for line in {item[0] for item in (*page[:1], *page[-1:])}
    )
    for page in pages:
        for place, (line, row) in enumerate(page):
            at_edge = place in (0, len(page) - 1)
            if at_edge and (_PAGE_NUMBER.fullmatch(line) or edges[line] > max(2, len(pages) / 2)):
                continue
            yield line, row


def _paragraphs(lines: Iterator[tuple[str, bool]]) -> Iterator[str]:
    """Lines joined where a paragraph runs on: the line is full and closes no sentence."""
    known = list(lines)
    lengths = sorted(len(line) for line, row in known if not row)
    full = 0.85 * lengths[int(0.9 * (len(lengths) - 1))] if lengths else 0
    paragraph = ""
    last = 0
    for line, row in known:
        runs_on = (
            paragraph
            and not row
            and last >= full
            and paragraph[-1] not in _ENDS
            and not _BEGINS.match(line)
        )
        if runs_on:
            joint = " " if paragraph[-1].isascii() and line[0].isascii() else ""
            paragraph += joint + line
        else:
            if paragraph:
                yield paragraph
            paragraph = line
        last = 0 if row else len(line)
        if row:
            yield paragraph
            paragraph = ""
    if paragraph:
        yield paragraph
