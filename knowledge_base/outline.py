"""How official texts are built: 编 章 节 条, 一、 （一） 1. （1） ①; and texts without lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge_base.text import numeral

_N = "零\u3007一二两三四五六七八九十百千"
_NUMERAL = rf"[{_N}\d]+"
PART, CHAPTER, SECTION, ARTICLE, FIRST, SECOND, THIRD, FOURTH, FIFTH = range(1, 10)
"""Ranks from 编 down to ①."""
ARTICLE_NUMBER = rf"第[{_N}\d]+条(?:之[一二三四五六七八九十]+)?"

_MARKS = (
    (PART, re.compile(rf"第{_NUMERAL}编(?=[ \u3000]|[^的中、规第]|$)")),
    (CHAPTER, re.compile(rf"第{_NUMERAL}章(?=[ \u3000]|[^的中、规第和至]|$)")),
    (SECTION, re.compile(rf"第{_NUMERAL}节(?=[ \u3000]|[^的中、规第和至课]|$)")),
    (ARTICLE, re.compile(ARTICLE_NUMBER)),
    (FIRST, re.compile(rf"[{_N}]{{1,3}}、(?![{_N}])")),
    (SECOND, re.compile(rf"[（(][{_N}]{{1,3}}[）)](?![项款条、和至])")),
    (THIRD, re.compile(r"\d{1,2}(?:[.．](?!\d)|、)")),
    (FOURTH, re.compile(r"[（(]\d{1,2}[）)](?![项款条、和至])")),
    (FIFTH, re.compile(r"[①-⑳]")),
)
_REFERS = ("规定", "第", "的", "、", "和", "至", "或", "所", "中", "及", "之规", "）", ")", "》")
_TITLE_LONGEST = 32
_SENTENCE_END = "。：:；;！？"
_ENDS = frozenset("。；;：:！!？?）)」”’…》 \u3000\n")
_INDENT = re.compile(r"[\u3000\u2002\u2003\u00a0]{2,}|\n")
_WIDE = re.compile(
    rf"((?:第[{_N}]+章[ \u3000]*)?(?<![\u4e00-\u9fff、。，])[\u4e00-\u9fff])"
    r"[ \u3000\u2002\u2003\u00a0]+([\u4e00-\u9fff])(?=$|[ \s第])",
    re.MULTILINE,
)
"""附　　则: two letters set wide apart are one word."""
_BLANK = re.compile(r"^(\d{1,2}[.．])[ \u3000]+")
_COUNTED = re.compile(r"^(\d{1,2})[.．][ \u3000]+(?=\d)")
"""`3. 10万元以下`: the third item and a sum, not 3.10."""
_RUN_ON = 60
"""A line longer than this may hold several that were glued together."""
_ANY = re.compile(
    rf"(?P<chapter>第(?P<c>[{_N}]+)章)|(?P<article>第(?P<a>[{_N}]+)条)"
    rf"|(?P<first>(?P<f>[{_N}]{{1,3}})、)|(?P<second>[（(](?P<s>[{_N}]{{1,3}})[）)])"
    r"|(?P<third>(?<![\d.第])(?P<t>\d{1,2})[.．](?!\d))"
)
_KINDS = {"chapter": "c", "article": "a", "first": "f", "second": "s", "third": "t"}


@dataclass(frozen=True, slots=True)
class Mark:
    """How a line begins: its rank, its label (第三条), the words it heads, and what follows."""

    rank: int
    label: str
    title: str
    rest: str


def mark_of(line: str) -> Mark | None:
    """The mark `line` begins with; None for running text and for lines that only refer to one."""
    for rank, pattern in _MARKS:
        match = pattern.match(line)
        if match is None:
            continue
        rest = line[match.end() :].strip(" \u3000")
        if rank <= ARTICLE and rest.startswith(_REFERS):
            return None
        if rank < ARTICLE and len(rest) > _TITLE_LONGEST:
            return None
        return Mark(rank, match.group(0), _title(line, match.group(0), rest, rank), rest)
    return None


def _title(line: str, label: str, rest: str, rank: int) -> str:
    """`一、总体要求` of a line; empty when what follows the mark is a sentence of its own."""
    if rank < ARTICLE:
        return f"{label} {rest}".strip()
    if rank == ARTICLE or rank > SECOND:
        return ""
    words = re.split(f"[{_SENTENCE_END}]", rest, maxsplit=1)[0]
    end = rest[len(words) : len(words) + 1]
    # `（一）…；` is one item of a list; `一、自…起，…` begins a sentence.
    if not words or len(words) > _TITLE_LONGEST or end in ("；", ";"):
        return ""
    if "，" in words and end != "。":
        return ""
    return f"{label}{words}"


def only_heads(line: str, mark: Mark) -> bool:
    """Whether the line is a heading and nothing else."""
    # `四、咨询电话0827-5260000。` is a sentence, and the last of a text leads to nothing deeper.
    if not mark.title or (mark.rank > ARTICLE and line.strip().endswith("。")):
        return False
    return mark.rank < ARTICLE or line.strip().rstrip("：:") == mark.title


def lines_of(text: str) -> list[str]:
    """The lines of a text; lines that were glued together are parted before their marks."""
    lines: list[str] = []
    for piece in _INDENT.split(_WIDE.sub(r"\1\2", text)):
        line = piece.replace("\u00a0", " ").strip(" \u3000\t")
        if line:
            lines += _parted(line) if len(line) > _RUN_ON else [line]
    # Without its blank `1. 申请` is an item of an outline and not a bullet of Markdown.
    return [_BLANK.sub(r"\1", _COUNTED.sub(r"\1、", line)) for line in lines if line]


def _parted(line: str) -> Iterator[str]:
    """`line` cut before every mark that comes in its order: 一、 then 二、, （一） then （二）."""
    last = dict.fromkeys(_KINDS, 0)
    start = 0
    for match in _ANY.finditer(line):
        kind = str(match.lastgroup)
        kind = next(name for name in _KINDS if match.group(name))
        number = match.group(_KINDS[kind])
        value = int(number) if number.isdecimal() else numeral(number) or 0
        if value not in (1, last[kind] + 1) or not _opens(line, match, kind, last):
            continue
        last[kind] = value
        for lower in list(_KINDS)[list(_KINDS).index(kind) + 1 :]:
            # 条 are numbered through all chapters.
            if kind != "chapter":
                last[lower] = 0
        if match.start() > start:
            yield line[start : match.start()].strip(" \u3000")
            start = match.start()
    yield line[start:].strip(" \u3000")


def _opens(line: str, match: re.Match[str], kind: str, last: dict[str, int]) -> bool:
    before = line[match.start() - 1] if match.start() else "\n"
    after = line[match.end() : match.end() + 2]
    if kind == "second":
        return before not in "第、和及至或项" and not after.startswith(tuple("项款条、和至规"))
    if kind in ("chapter", "article"):
        if after.startswith(_REFERS):
            return False
        # 第一章总则第一条: a chapter's heading has no mark at its end.
        near_chapter = kind == "article" and bool(
            re.search(rf"第[{_N}]+[章节][^。；，]{{0,20}}$", line[: match.start()])
        )
        return before in _ENDS or near_chapter or (last[kind] == 0 and before not in "本《照据合反")
    if kind == "first" and after[:1] and after[0] in _N:
        return False
    return before in _ENDS
