"""Word files (docx): paragraphs, headings and tables in their order."""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import docx
import lxml.etree
from docx.document import Document as WordDocument
from docx.table import Table
from docx.text.paragraph import Paragraph

from knowledge_base.errors import DocumentError
from knowledge_base.readers.source import SourceText
from knowledge_base.readers.tables import readable
from knowledge_base.text import clean

_MOST_FILES = 2000
_UNPACKED = 256 << 20
_RATIO = 200
"""A part of more than a megabyte that shrinks further than this was made to do harm."""
_BLOCKS = "./w:p | ./w:tbl | ./w:sdt//*[self::w:p or self::w:tbl][not(ancestor::w:tbl)]"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MAIN = "word/document.xml"
_HEADING = re.compile(r"(?:heading|标题)\s*(\d)", re.IGNORECASE)


def read_docx(path: Path, content: bytes) -> SourceText:
    """The text of a Word file; its numbering of paragraphs, kept apart from them, is not seen."""
    name = str(path)
    _check_package(content, name)
    try:
        document = docx.Document(BytesIO(content))
        title, lines = "", list[str]()
        for kind, line in _lines(document):
            title = title or (line.removeprefix("# ") if kind == "title" else "")
            lines.append(line)
    except Exception as error:
        # A damaged part makes zipfile, lxml and python-docx raise a dozen kinds of errors.
        raise DocumentError("damaged", name, "Word 文件已损坏, 无法打开") from error
    body = "\n".join(lines)
    if not re.search(r"\w", body):
        raise DocumentError("no_text", name, "Word 文件中没有文字 (可能只有图片)")
    return SourceText(body=body, title=title)


def _check_package(content: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise DocumentError("damaged", name, "Word 文件已损坏, 无法打开") from error
    if any(part.flag_bits & 1 for part in parts):
        raise DocumentError("encrypted", name, "文件设有密码, 请去除密码后再入库")
    if _MAIN not in {part.filename for part in parts}:
        raise DocumentError("wrong_extension", name, "扩展名是 .docx, 内容却不是 Word 文件")
    # zipfile never unpacks more of a part than its size says, so these sizes can be relied on.
    total = sum(part.file_size for part in parts)
    swollen = any(
        part.file_size > (1 << 20) and part.file_size > _RATIO * max(part.compress_size, 1)
        for part in parts
    )
    if len(parts) > _MOST_FILES or total > _UNPACKED or swollen:
        raise DocumentError("zip_bomb", name, f"解压后有 {total >> 20} MB, 不像是一份文件")


def _lines(document: WordDocument) -> Iterator[tuple[str, str]]:
    # python-docx leaves out what stands in a content control: forms and templates are made of them.
    for element in document.element.body.xpath(_BLOCKS):
        is_table = str(element.tag).endswith("}tbl")
        block = Table(element, document._body) if is_table else Paragraph(element, document._body)
        if isinstance(block, Table):
            yield from (("row", line) for line in readable(_rows(block)) if line)
            continue
        style = (block.style.name or "") if block.style is not None else ""
        for place, piece in enumerate(clean(_text(block)).split("\n")):
            line = piece.strip(" \u3000")
            if not line:
                continue
            level = _HEADING.match(style)
            if style.lower() in ("title", "标题") and place == 0:
                yield "title", f"# {line}"
            elif level and place == 0:
                yield "heading", f"{'#' * min(int(level.group(1)) + 1, 6)} {line}"
            else:
                yield "line", line


def _text(paragraph: Paragraph) -> str:
    """All text of a paragraph, that of links, insertions and content controls too."""
    parts = []
    for element in paragraph._p.iter():
        tag = str(element.tag).rpartition("}")[2]
        if tag == "t":
            # A text box is written twice, the second time for older programs.
            if next(element.iterancestors(_FALLBACK), None) is None:
                parts.append(element.text or "")
        elif tag in ("br", "cr"):
            parts.append("\n")
        elif tag == "tab":
            parts.append(" ")
    return "".join(parts)


def _rows(table: Table) -> list[list[str]]:
    """Rows of texts, cells over several rows or columns repeated in each."""
    return [["".join(_cell(cell._tc)) for cell in row.cells] for row in table.rows]


def _cell(element: lxml.etree._Element) -> Iterator[str]:
    for part in element.iter():
        kind = str(part.tag).rpartition("}")[2]
        if kind == "t" and part.text:
            yield part.text
        elif kind in ("p", "br", "cr", "tab"):
            # Word parts the letters of one word as it likes, but not these.
            yield " "
