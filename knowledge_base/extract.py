"""What an answer quotes: the sentences that answer, figures bold, and where they stand."""

import re
from collections.abc import Mapping, Sequence

from knowledge_base.dates import day_of
from knowledge_base.documents import Document
from knowledge_base.outline import ARTICLE_NUMBER
from knowledge_base.passages import Passage
from knowledge_base.quoted import Source, sources_of
from knowledge_base.text import search_form, sentences

LONGEST = 300
"""Characters of one quotation; a phone shows them without scrolling far."""

SAMPLE_NOTICE = "【示例数据，非真实政策】"

_DATE = r"\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?)?(?!第|版|度)"
_AMOUNT = (
    r"\d[\d,.]*(?:[—~-]\d[\d,.]*)?"
    r"(?:%|％|‰|万元|亿元|万|亿|元|倍|个百分点|年|个月|个工作日|个自然日|日|天|人|户|小时|平方米)"
    r"(?!第|版|度|号)"
)
_NUMERAL = "[一二两三四五六七八九十百千]"
_CHINESE = (
    r"百分之[零一二三四五六七八九十百]+(?:点[零一二三四五六七八九]+)?"
    rf"|(?<![第统同单唯专]){_NUMERAL}+(?:万|亿)?(?:元|倍|年|个月|个工作日|日)(?!度|报|级|代|第)"
)
FIGURE = re.compile(rf"(?<![\d.]){_DATE}|(?<![\d.年月\u3015]){_AMOUNT}|{_CHINESE}")
_FIGURES = re.compile(rf"(?:{FIGURE.pattern})+")
"""Figures that touch (1小时3元) are bold as one: **1小时****3元** shows its marks."""
ASKS_FIGURE = re.compile(
    r"多少|几|多久|多长|比例|标准|税率|额度|优惠|补|期限|上限|最高|最低|何时|什么时候"
)


def quotation(
    passage: Passage, weights: Mapping[str, float], question: str, longest: int = LONGEST
) -> str:
    """The sentences of `passage` that hold most of the question's terms, in their order.

    A passage of at most `longest` characters is quoted whole; `weights` says what each term is
    worth.
    """
    if len(passage.text) <= longest:
        return passage.text
    pieces = [piece for line in passage.text.split("\n") for piece in _apart(line)]
    asks_figure = bool(ASKS_FIGURE.search(question))
    total = sum(weights.values()) or 1.0

    def worth(piece: str) -> float:
        form = search_form(piece)
        held = sum(weight for term, weight in weights.items() if term in form) / total
        return held + (0.25 if asks_figure and FIGURE.search(piece) else 0.0)

    order = sorted(range(len(pieces)), key=lambda place: (-worth(pieces[place]), place))
    chosen: list[int] = []
    room = longest
    for place in order:
        if not chosen or len(pieces[place]) <= room:
            chosen.append(place)
            room -= len(pieces[place])
    chosen.sort()
    parts = []
    for at, place in enumerate(chosen):
        if at and place != chosen[at - 1] + 1:
            parts.append("……")
        parts.append(pieces[place])
    return "".join(parts)


_ROW = re.compile(r"[^：；。]{1,24}：[^；。]*；[^：；。]{1,24}：")


def _apart(line: str) -> list[str]:
    # A row of a table (品类：空调；比例：20%；上限：1200) says nothing without its first cell.
    return [line] if _ROW.match(line) and len(line) <= LONGEST else sentences(line)


_NAMED_ARTICLE = re.compile(rf"《([^《》]+)》({ARTICLE_NUMBER})")
_SAME = 0.6
"""From this share of its pairs of characters on a passage says what was quoted before it."""


def says_again(passage: Passage, quoted: Sequence[Passage]) -> bool:
    """Whether `passage` only repeats `quoted`: the same articles, or mostly the same words."""
    named = _articles(passage)
    if named and named <= set[tuple[str, str]]().union(*map(_articles, quoted)):
        return True
    own = _pairs(passage)
    return any(len(own & _pairs(other)) > _SAME * len(own) for other in quoted)


def _articles(passage: Passage) -> set[tuple[str, str]]:
    return set(_NAMED_ARTICLE.findall(passage.text))


def _pairs(passage: Passage) -> set[str]:
    form = search_form(passage.text)
    return {form[place : place + 2] for place in range(len(form) - 1)}


def bold_figures(text: str) -> str:
    """`text` with amounts, rates, periods and dates between ** marks."""
    return _FIGURES.sub(lambda match: f"**{match.group(0)}**", text)


def source_line(passages: Sequence[Passage]) -> str:
    """Which laws or document, numbers, days and articles `passages` of one document rest on."""
    return f"依据：{'；'.join(map(_told, sources_of(passages)))}"


def document_line(document: Document) -> str:
    """A document itself with number and day, whatever its passages quote."""
    return f"依据：{_told(Source(document.title, document.number, document.issued))}"


def _told(source: Source) -> str:
    day = day_of(source.issued) if source.issued else ""
    # 2020年5月28日…通过 says the day already.
    issued = f"{day}发布" if day and day not in source.number else ""
    details = "，".join(filter(None, (source.number, issued)))
    return source.named + (f"（{details}）" if details else "") + "、".join(source.places)


def validity_line(passage: Passage) -> str:
    """Until when the document holds, when it was last checked, and who has amended it since, a
    line each; empty when nothing of it is known."""
    document = passage.document
    parts = []
    if document.expires:
        parts.append(f"有效期至{day_of(document.expires)}")
    if document.checked:
        parts.append(f"核对日期：{day_of(document.checked)}")
    amended = (
        f"这份文件已被{change.named}修改，"
        f"{f'自{day_of(change.day)}起' if change.day else ''}以修改后的为准。"
        for change in document.amended_by
    )
    return "\n".join(filter(None, ("；".join(parts), *amended)))
