"""Web pages of government sites: the text of the document without the page around it."""

import re
from collections.abc import Iterator
from pathlib import Path

import lxml.etree
import lxml.html
from lxml.html import HtmlElement

from knowledge_base.errors import DocumentError
from knowledge_base.readers.encoding import decode_page
from knowledge_base.readers.frame import main_block, without_frame
from knowledge_base.readers.source import SourceText
from knowledge_base.readers.tables import readable
from knowledge_base.text import clean

_DROPPED = (
    "script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form", "iframe",
    "button", "select", "svg", "object", "head",
)  # fmt: skip
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# Where the site systems in use (TRS, 大汉, UCAP and their kin) put the document itself.
_CONTAINERS = re.compile(
    r"(?:^|\s)(?:zoom|TRS_Editor|UCAP-CONTENT|article[-_]?(?:content|body|con)|pages_content"
    r"|news_?content|content[-_]?(?:text|body)|xxgk_content|vsb_content|Custom_UnionStyle)(?:$|\s)",
    re.IGNORECASE,
)
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "li",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "br",
        "tr",
        "blockquote",
        "pre",
        "main",
        "center",
        "hr",
        "figure",
        "figcaption",
        "fieldset",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "body",
    ]
)
_HEADINGS = {f"h{depth}": "#" * depth for depth in range(2, 7)}
_META = {
    "articletitle": "title", "pubdate": "published", "contentsource": "source",
}  # fmt: skip
_SITE = re.compile(r"\s*[-_|—–]+\s*[^-_|—–]{2,30}(?:政府|网|局|厅|委|门户|平台|部)[^-_|—–]{0,10}$")
_SPACES = re.compile(r"[ \t\r\n\f\v\u00a0]+")
_LEAST = 60
_LONG_CELL = 400
_MOST_SPAN = 50


def read_html(path: Path, content: bytes) -> SourceText:
    """The document of a page: its own container where the page has one, else all but the frame."""
    name = str(path)
    text = decode_page(content, name)
    try:
        # lxml refuses text that declares an encoding of its own, hence bytes.
        parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        page = lxml.html.document_fromstring(text.encode("utf-8"), parser=parser)
    except (lxml.etree.LxmlError, ValueError) as error:
        raise DocumentError("no_text", name, "网页中没有内容") from error
    meta = {
        _META[key]: clean(item.get("content") or "")
        for item in page.iter("meta")
        if (key := (item.get("name") or "").lower()) in _META
    }
    title = meta.pop("title", "") or _page_title(page)
    for element in [*page.iter(*_DROPPED), *filter(_is_hidden, page.iter())]:
        if element.getparent() is not None:
            element.drop_tree()
    labels = "\n".join(_lines(page))
    main = _container(page)
    body = "\n".join(without_frame(_lines(main)))
    if not re.search(r"\w", body):
        raise DocumentError("no_text", name, "网页中没有文字 (可能由脚本生成或只有图片)")
    return SourceText(body=body, title=title, found=meta | {"labels": labels})


def _is_hidden(element: HtmlElement) -> bool:
    """Whether no reader sees it; some pages hide all of themselves until their scripts run."""
    unseen = "hidden" in element.attrib or _UNSEEN.search(element.get("style") or "")
    return bool(unseen) and element.tag not in ("html", "body")


def _page_title(page: HtmlElement) -> str:
    for heading in page.iter("h1"):
        if found := _flat(heading):
            return found
    for element in page.iter("title"):
        return _SITE.sub("", _flat(element))
    return ""


def _container(page: HtmlElement) -> HtmlElement:
    """The largest known container with text enough, or the block that holds the document."""
    body = page.find("body")
    whole = page if body is None else body
    found = [
        element
        for element in whole.iter()
        if _CONTAINERS.search(f"{element.get('id') or ''} {element.get('class') or ''}")
        and len(_flat(element)) >= _LEAST
    ]
    if found:
        return max(found, key=lambda element: len(_flat(element)))
    return main_block(whole)


def _flat(element: HtmlElement) -> str:
    return _SPACES.sub(" ", clean(element.text_content())).strip()


def _lines(root: HtmlElement) -> list[str]:
    """The lines of an element in reading order, headings as Markdown, tables as rows."""
    lines: list[str] = []
    line: list[str] = []

    def close(mark: str = "") -> None:
        text = _SPACES.sub(" ", clean("".join(line))).strip(" \u3000")
        line.clear()
        if text:
            lines.append(f"{mark} {text}" if mark else text)

    inside: HtmlElement | None = None
    for event, element in lxml.etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if inside is not None:
            if event == "end" and element is inside:
                inside = None
                line.append(element.tail or "" if element is not root else "")
            continue
        if event == "start":
            if tag in _BLOCKS:
                close()
            if tag == "table" and _is_data(element):
                lines.extend(readable(list(_rows(element))))
                inside = element
            else:
                line.append(element.text or "")
        else:
            if tag in _BLOCKS:
                close(_HEADINGS.get(tag, ""))
            if element is not root:
                line.append(element.tail or "")
    close()
    return lines


def _is_data(table: HtmlElement) -> bool:
    """Whether a table holds data: many old pages use tables to place whole texts."""
    if next(table.iterdescendants("table"), None) is not None:
        return False
    rows = [list(row.iterchildren("td", "th")) for row in table.iterdescendants("tr")]
    longest = max((len(_flat(cell)) for row in rows for cell in row), default=0)
    return max(map(len, rows), default=0) > 1 and longest <= _LONG_CELL


def _rows(table: HtmlElement) -> Iterator[list[str]]:
    """Rows of texts, cells over several rows or columns repeated in each."""
    hanging: dict[int, tuple[int, str]] = {}
    for row in table.iterdescendants("tr"):
        cells: list[str] = []

        def take_hanging(cells: list[str] = cells) -> None:
            while len(cells) in hanging:
                left, text = hanging.pop(len(cells))
                if left > 1:
                    hanging[len(cells)] = (left - 1, text)
                cells.append(text)

        pending: list[tuple[int, int, str]] = []
        for cell in row.iterchildren("td", "th"):
            take_hanging()
            text = _flat(cell)
            down = _span(cell.get("rowspan"))
            for _ in range(_span(cell.get("colspan"))):
                if down > 1:
                    pending.append((len(cells), down - 1, text))
                cells.append(text)
        take_hanging()
        hanging.update({place: (left, text) for place, left, text in pending})
        yield cells


def _span(value: str | None) -> int:
    return min(max(int(value), 1), _MOST_SPAN) if value and value.strip().isdecimal() else 1
