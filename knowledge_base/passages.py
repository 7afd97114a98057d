"""Documents cut into passages: at headings and articles, long ones at sentence ends."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from knowledge_base.documents import Document, Status
from knowledge_base.reading import Row
from knowledge_base.text import sentences

LONGEST = 420
"""Characters a passage may have before it is split at a sentence end."""

_HEADING = re.compile(r"(#{1,6})[ \t]+(.+?)[ \t]*#*$")
_NUMBER = r"第[零〇一二两三四五六七八九十百千\d]+条(?:之[一二三四五六七八九十]+)?"
_ARTICLE = re.compile(rf"({_NUMBER})[ \u3000]*(.*)$")
# `第三条 优惠` and, of another law, `残疾人就业条例第八条`.
_ARTICLE_IN_HEADING = re.compile(rf"[^ 第]*{_NUMBER}")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_BULLET = re.compile(r"^[ \t]*(?:[-*+]|\d+\.)[ \t]+|^[ \t]*>[ \t]?")
_RULE = re.compile(r"^\s*(?:[-*_]\s*){3,}$|^[\s|:-]+$")


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one document that can be found, quoted and linked to by its `id`."""

    id: str
    document: Document = field(repr=False)
    article: str
    heading: tuple[str, ...]
    text: str

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
        return [Passage(row.id, document, row.article, (), row.text) for row in rows]
    pieces = (
        (heading, article, piece)
        for heading, article, text in _sections(document)
        for piece in _split(text)
    )
    return [
        Passage(f"{document.id}-p{place}", document, article, heading, piece)
        for place, (heading, article, piece) in enumerate(pieces, start=1)
    ]


def _sections(document: Document) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Heading path, article and text of each section that has text."""
    path: list[tuple[int, str]] = []
    article, lines = "", list[str]()

    def section() -> Iterator[tuple[tuple[str, ...], str, str]]:
        text = "\n".join(line for line in lines if line)
        if text:
            yield tuple(title for _, title in path), article, text

    for line in document.body.split("\n"):
        heading = _HEADING.match(line.strip())
        title = plain(heading.group(2)) if heading else ""
        named = None if heading else _ARTICLE.match(plain(line))
        if heading:
            yield from section()
            lines, depth = [], len(heading.group(1))
            path = [(level, text) for level, text in path if level < depth]
            # The heading of depth one is the title again: it is no part of the path.
            if depth > 1:
                path.append((depth, title))
            inside = _ARTICLE_IN_HEADING.match(title)
            article = inside.group(0) if inside else ""
        elif named and not _refers(named.group(2)):
            yield from section()
            article, lines = named.group(1), [plain(line)]
        else:
            lines.append(plain(line))
    yield from section()


def _refers(rest: str) -> bool:
    """Whether a line that begins with 第X条 only speaks of that article."""
    return rest.startswith(("规定", "第", "的", "、", "和", "至", "或", "所", "中"))


def plain(line: str) -> str:
    """A line of Markdown as a person reads it: no marks, table cells side by side."""
    if _RULE.match(line):
        return ""
    text = _LINK.sub(r"\1", _BULLET.sub("", line)).strip()
    if text.startswith("|"):
        text = "；".join(cell.strip() for cell in text.strip("|").split("|") if cell.strip())
    return text.replace("**", "").replace("__", "").replace("`", "").strip()


def _split(text: str) -> Iterator[str]:
    """`text` whole, or in pieces of whole sentences no longer than LONGEST where it can be."""
    if len(text) <= LONGEST:
        yield text
        return
    piece = ""
    for line in text.split("\n"):
        for place, sentence in enumerate(sentences(line)):
            joint = "\n" if place == 0 and piece else ""
            if piece and len(piece) + len(sentence) > LONGEST:
                yield piece
                piece = sentence
            else:
                piece += joint + sentence
    if piece:
        yield piece
