"""Documents cut into passages: at headings, 章 节 条, 一、; long ones at items and sentences."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from knowledge_base.documents import Document, Status
from knowledge_base.outline import (
    ARTICLE,
    ARTICLE_NUMBER,
    FIRST,
    mark_of,
    only_heads,
)
from knowledge_base.pieces import LONGEST as LONGEST
from knowledge_base.pieces import pieces
from knowledge_base.readers.tables import readable
from knowledge_base.readers.titles import closing, letterhead, without_address

_HEADING = re.compile(r"(#{1,6})[ \t]+(.+?)[ \t]*#*$")
# `第三条 优惠` and, of another law, `残疾人就业条例第八条`.
_ARTICLE_IN_HEADING = re.compile(rf"[^ 第]*{ARTICLE_NUMBER}")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_BULLET = re.compile(r"^[ \t]*(?:[-*+]|\d+\.)[ \t]+|^[ \t]*>[ \t]?")
_RULE = re.compile(r"^\s*(?:[-*_]\s*){3,}$|^[\s|:-]+$")
_QUESTION = ("问：", "问:", "Q：", "Q:")
ASKED = "常见问法："
"""Opens a line of usual ways of asking for the section, apart by ｜: no part of its text."""
_LABELLED = re.compile(
    rf"(?!{ASKED})[\u4e00-\u9fff]{{2,10}}[：:](?![^：；。]*；[^：；。]{{1,24}}：)"
)
_GUIDE, _OWN_LABELS = 6, 0.7
"""From as many lines like 办理地点：… on a text is a guide to a procedure (办事指南), if more than
that share of its labels are different ones."""


@dataclass(frozen=True, slots=True)
class Row:
    """A jsonl row: one ready passage of a document, which keeps its own id."""

    id: str
    article: str
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one document that can be found, quoted and linked to by its `id`."""

    id: str
    document: Document = field(repr=False)
    article: str
    heading: tuple[str, ...]
    text: str
    asked: tuple[str, ...] = ()
    """Usual ways of asking for it (常见问法): they help to find it and are never quoted."""

    @property
    def document_id(self) -> str:
        return self.document.id

    @property
    def title(self) -> str:
        return self.document.title

    @property
    def number(self) -> str:
        return self.document.number

    @property
    def url(self) -> str:
        return self.document.url

    @property
    def issued(self) -> date | None:
        return self.document.issued

    @property
    def status(self) -> Status:
        return self.document.status

    @property
    def sample(self) -> bool:
        return self.document.sample


def cut(document: Document, rows: Sequence[Row] = ()) -> list[Passage]:
    """The passages of `document` in order; ready `rows` are passages already and keep their ids."""
    if rows:
        return [Passage(row.id, document, row.article, (), _said(document, row)) for row in rows]
    found = (
        (path, section, text)
        for section in _sections(document)
        for path, text in pieces(section.path, section.article, section.lines)
    )
    return [
        Passage(f"{document.id}-p{place}", document, section.article, path, text, section.asked)
        for place, (path, section, text) in enumerate(found, start=1)
    ]


@dataclass(frozen=True, slots=True)
class _Section:
    """What stands under one heading, article or 一、, deeper items with it."""

    path: tuple[str, ...]
    article: str
    lines: tuple[str, ...]
    asked: tuple[str, ...]


def _sections(document: Document) -> Iterator[_Section]:
    """The sections of a document that have text."""
    # Markdown headings by depth, and below the last of them the outline's own by rank.
    headings: list[tuple[int, str]] = []
    outline: list[tuple[int, str]] = []
    article, lines, asked, unspoken = "", list[str](), list[str](), ""
    own_lines = _own_lines(document)
    guide = _is_guide(own_lines)

    def section() -> Iterator[_Section]:
        text = tuple(line for line in lines if line) or ((unspoken,) if unspoken else ())
        if text:
            path = tuple(title for _, title in (*headings, *outline) if title)
            yield _Section(path, article, text, tuple(asked))

    for line in _read_lines(own_lines):
        heading = _HEADING.match(line.strip())
        if heading:
            yield from section()
            lines, asked, unspoken, outline = [], [], "", []
            depth, title = len(heading.group(1)), plain(heading.group(2))
            headings = [(level, text) for level, text in headings if level < depth]
            # The heading of depth one is the title again: it is no part of the path.
            if depth > 1:
                headings.append((depth, title))
            inside = _ARTICLE_IN_HEADING.match(title)
            article = inside.group(0) if inside else ""
            continue
        text = plain(line)
        if text.startswith(ASKED):
            asked.extend(filter(None, map(str.strip, text.removeprefix(ASKED).split("｜"))))
            continue
        if text.startswith(_QUESTION) or (guide and _LABELLED.match(text)):
            # Of a paper in questions and answers, or of labelled lines, each is its own matter.
            unspoken = ""
            yield from section()
            asked, lines = [], [text]
            continue
        mark = mark_of(text)
        if mark is None or mark.rank > FIRST or (mark.rank == FIRST and article):
            lines.append(text)
            continue
        # A heading that only leads to deeper ones is said by their paths; else it is text.
        if unspoken and not any(lines) and outline and mark.rank > outline[-1][0]:
            unspoken = ""
        if any(lines) or unspoken:
            yield from section()
            asked = []
        outline = [(rank, title) for rank, title in outline if rank < mark.rank]
        if mark.rank != ARTICLE:
            outline.append((mark.rank, mark.title))
        article = mark.label if mark.rank == ARTICLE else ""
        alone = only_heads(text, mark)
        lines, unspoken = ([], text) if alone else ([text], "")
    yield from section()


def _is_guide(lines: Iterable[str]) -> bool:
    """Whether a text has labelled lines, each with a label of its own; a list repeats them."""
    found = filter(None, map(_LABELLED.match, map(plain, lines)))
    labels = [re.split("[：:]", match.group())[0] for match in found]
    return len(set(labels)) >= _GUIDE and len(set(labels)) > _OWN_LABELS * len(labels)


def _own_lines(document: Document) -> Sequence[str]:
    """The lines of a document that say something: without what heads and closes official papers."""
    lines = document.body.split("\n")
    first, last = letterhead(lines, document.title), len(lines) - closing(lines)
    own = lines[first:last] if any(map(str.strip, lines[first:last])) else lines
    return without_address(own, document.number)


def _said(document: Document, row: Row) -> str:
    """The text of a row; of one that is a whole document without to whom it goes."""
    if not document.body:
        return row.text
    return "\n".join(without_address(row.text.split("\n"), document.number))


def _read_lines(lines: Sequence[str]) -> Iterator[str]:
    """`lines` of Markdown, tables of Markdown as one readable line for each row."""
    table: list[list[str]] = []
    for line in (*lines, ""):
        if line.strip().startswith("|"):
            if not _RULE.match(line):
                table.append([plain(cell) for cell in line.strip().strip("|").split("|")])
            continue
        if table:
            yield from readable(table)
            table = []
        yield line


def plain(line: str) -> str:
    """A line of Markdown as a person reads it: no marks, table cells side by side."""
    if _RULE.match(line):
        return ""
    text = _LINK.sub(r"\1", _BULLET.sub("", line)).strip()
    if text.startswith("|"):
        text = "；".join(cell.strip() for cell in text.strip("|").split("|") if cell.strip())
    return text.replace("**", "").replace("__", "").replace("`", "").strip()
