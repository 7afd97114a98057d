"""What stands around a document on a site's page: menus, tools to share and print, the footer."""

import re
from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from knowledge_base.dates import DAY, in_figures
from knowledge_base.text import clean

_WIDEST = 200
"""Characters that a line of a frame may have."""
_APART = 12
"""Lines of a menu or footer that may stand between two that are known by their wording."""
_DEEPEST = 60
_MENU_WORD = 8
"""Characters that the links of a menu have on the average; names of papers are far longer."""
_COLUMNS = frozenset(["div", "section", "article", "main", "center"])
_MARKED = ("div", "ul", "section", "table", "p", "span")
_AROUND = re.compile(
    r"(?:^|[\s_-])(?:nav|menu|header|footer|foot|share|crumbs?|breadcrumb|position|sidebar|copyright"
    r"|toolbar|pagination|qrcode|xgxx|related|bottom|location|dqwz|weizhi|prev|next|prevnext"
    r"|fenxiang|bdsharebuttonbox|ewm|erweima|sitemap|friend-?links?|yqlj)(?:\d{0,2}|box|bar|wrap)"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
_GIVEN = re.compile(r"\.(?:docx?|xlsx?|pdf|wps|et|zip|rar)\b|^(?:tel|mailto):", re.IGNORECASE)
_WHERE = re.compile(
    r"^(?:[您你](?:现在|当前|目前)?(?:的|所在的?)?|(?:现在|当前|目前)(?:的|所在的?)?)位置是?\s*[：:]"
    r"|^当前栏目\s*[：:]|(?:^|[\s|｜>\u203a»：:])(?:网站|本站)?首页\s*(?:[|｜；>\u203a»/-]|$)"
)
_TOOLS = re.compile(
    r"(?:浏览|点击|阅读|访问)(?:次数|数|量)\s*(?:[：:]|\d+次?$)"
    r"|字[体号]\s*[：:]?\s*[【\[（(]?\s*大[\s\]】|｜/]*[\[【]?\s*中|[【\[（(]\s*大[\s|｜/]+中[\s|｜/]+小"
    r"|打印(?:本页|此页|正文|文章)|关闭(?:窗口|本页|此页)|[【\[]\s*(?:打印|关闭|收藏)\s*[】\]]"
    r"|^(?:打印|关闭|收藏|纠错|返回顶部|返回首页|加入收藏|设为首页|无障碍浏览|长者模式)$"
    r"|(?:分享|转发)(?:到|至)\s*(?:[：:]|微信|微博|新浪|QQ|朋友圈|$)"
    r"|^(?:微信|手机)?扫一扫[，,\s]*(?:在|用|分享|手机|打开|关注|访问|下载|浏览|$)"
)
_AFTER = re.compile(
    r"^[【\[（(]?(?:责任)?编辑\s*[：:]|^[【\[（(]?责编\s*[：:]|^[上下前后]一(?:篇|条|页)\s*(?:[：:]|$)"
    r"|版权所有|(?:^|[\s|｜])网站地图|[\u4e00-\u9fff]ICP备\s*\d|公网安备\s*\d|网站标识码\s*[：:]"
    r"|copyright\s*(?:©|\(c\)|\d{4})",
    re.IGNORECASE,
)
_TELLS = re.compile(r"\d{3,4}-\d{7,8}|(?<!\d)1[3-9]\d{9}(?!\d)|\d(?:万|亿)?元")
"""What no menu has: a telephone, a sum."""
_FOOTER = re.compile(r"^(?:主办|承办|技术支持|运行维护|建议使用)|关于我们|联系我们|网站声明|隐私")
"""Words that an activity's notice may have too: a footer's only above a line surely of one."""
_OWN = re.compile(
    r"[。；]|[〔\[﹝【（(](?:19|20)\d{2}[〕\]﹞】）)]\s*第?\s*\d{1,5}\s*号|^附(?:件|表|图)|^抄送|印发$"
    rf"|^[（(]?{DAY}[）)]?$|^[^：:]{{6,}}[：:]$"
)


def main_block(whole: HtmlElement) -> HtmlElement:
    """The innermost block of `whole` outside of which only a frame stands; `whole` loses its menus.

    The 文号 often stands above the block with the text and the signature below it: then the block
    around them all is the document's.
    """
    _drop_marked(whole)
    block = whole
    for _ in range(_DEEPEST):
        inner = [child for child in block if child.tag in _COLUMNS]
        fullest = max(inner, key=_sentences, default=None)
        if fullest is None:
            break
        beside = [line for line in _outside(block, fullest) if not _is_frame(line)]
        tells = any(_is_own(line) or _TELLS.search(line) for line in beside)
        tables = any(child is not fullest and _holds_table(child) for child in block)
        if tells or tables or sum(map(len, beside)) > len(_text(fullest)):
            break
        block = fullest
    return block


def without_frame(lines: Sequence[str]) -> list[str]:
    """`lines` less what a site puts before and after the text, known by its wording."""
    start, end = _head(lines), _tail(lines)
    if not any(map(_is_own, lines[start:end])):
        # A list without one full sentence looks like a menu: rather too much of it than nothing.
        start, end = 0, len(lines)
    edges = {*range(start, start + _APART), *range(end - _APART, end)}
    kept = [
        lines[place]
        for place in range(start, end)
        if place not in edges or not _is_frame(lines[place])
    ]
    return kept or list(lines)


def _drop_marked(whole: HtmlElement) -> None:
    """Takes out what its class, its id or its links tell to be no part of a text."""
    marked = [element for element in whole.iter(*_MARKED) if _AROUND.search(_names(element))]
    sentences = _sentences(whole)
    for element in [*marked, *_menus(whole)]:
        # Some pages put even their text into a block of such a name.
        if element.getparent() is not None and _sentences(element) * 2 <= sentences:
            element.drop_tree()


def _is_offered(link: HtmlElement) -> bool:
    """Whether a link gives what belongs to the text, a form or a number to call, not a page."""
    return bool(_GIVEN.search(link.get("href") or "")) or "附件" in link.text_content()


def _names(element: HtmlElement) -> str:
    return f"{element.get('id') or ''} {element.get('class') or ''}"


def _menus(whole: HtmlElement) -> Iterator[HtmlElement]:
    """Blocks that are rows of short links and hardly anything else."""
    around = {
        block
        for link in whole.iter("a")
        for block, _ in zip(link.iterancestors(), range(3), strict=False)
        if block.tag in _MARKED and block.tag != "table"
    }
    for block in around:
        if any(map(_is_offered, block.iter("a"))):
            continue
        links = [text for link in block.iter("a") if (text := _text(link))]
        linked = sum(map(len, links))
        short = len(links) > 2 and linked <= _MENU_WORD * len(links)
        if short and linked * 10 >= 6 * len(_text(block)):
            yield block


def _is_frame(line: str) -> bool:
    """Whether a line's wording is that of a site's page and of no document."""
    short = len(line) <= _WIDEST and "。" not in line
    return short and any(mark.search(line) for mark in (_WHERE, _TOOLS, _AFTER))


def _is_own(line: str) -> bool:
    """Whether a line is surely the document's: a sentence, its 文号, its day, an 附件."""
    return not _is_frame(line) and bool(_OWN.search(in_figures(line.lstrip("# "))))


def _head(lines: Sequence[str]) -> int:
    """Where the text begins: behind the last line that says where on the site one is."""
    start = 0
    for place, line in enumerate(lines):
        if place - start > _APART or _is_own(line):
            break
        if _is_frame(line) and _WHERE.search(line):
            start = place + 1
    return start


def _tail(lines: Sequence[str]) -> int:
    """Where the text ends: before the first of the lines that only a site's page has."""
    end = len(lines)
    for place in reversed(range(len(lines))):
        line = lines[place]
        if end - place > _APART or _is_own(line):
            break
        # Page tools stand under a title too (浏览次数): they end a text only beside its end.
        surely = _AFTER.search(line) or (end < len(lines) and _FOOTER.search(line))
        if surely or (place + 1 == end and _is_frame(line)):
            end = place
    return end


def _outside(block: HtmlElement, inner: HtmlElement) -> Iterator[str]:
    """Pieces of text of `block` that are neither in its child `inner` nor in a link to a page."""
    for element in (
        block,
        *(part for child in block if child is not inner for part in child.iter()),
    ):
        if element.tag != "a" or _is_offered(element):
            yield " ".join(clean(element.text or "").split())
        if element is not block:
            yield " ".join(clean(element.tail or "").split())
    yield " ".join(clean(inner.tail or "").split())


def _holds_table(element: HtmlElement) -> bool:
    return element.tag == "table" or element.find(".//table") is not None


def _sentences(element: HtmlElement) -> int:
    return str(element.text_content()).count("。")


def _text(element: HtmlElement) -> str:
    return re.sub(r"[\W_]", "", element.text_content())
