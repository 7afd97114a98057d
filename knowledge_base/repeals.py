"""Which documents others among them repeal: 《…》（巴发改价〔2015〕88号）同时废止.

What is repealed is law until the day before the repealing text holds, and is never quoted as
law of today from then on. Only a 文号 tells for sure which document is meant: titles are shortened.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from knowledge_base.dates import DAY, day, in_figures
from knowledge_base.documents import Document, Status
from knowledge_base.drafts import is_draft
from knowledge_base.numbers import BRACKETED_YEAR, tidy_number
from knowledge_base.passages import cut
from knowledge_base.text import sentences

_ENDS = re.compile("废止|宣布失效|即行失效")
_STAYS = re.compile("继续有效|予以保留|修改|未(?:被)?废止|不予废止|尚未")
_NUMBER = re.compile(rf"[\u4e00-\u9fff]{{1,16}}[ \u3000]*{BRACKETED_YEAR}(?:第|\s)*\d{{1,5}}\s*号")
_FROM = re.compile(rf"自{DAY}起[^。；]{{0,6}}?(?:废止|失效)")
# What a text rests on is not what it repeals; and an article of it less is still law.
_RESTS_ON = re.compile(
    r"^[（(]?[一二三四五六七八九十]?[、.]?(?:根据|依据|依照|按照|参照|遵照|经|为落实|落实)"
)
_IN_PART = re.compile(
    r"第[\d一二三四五六七八九十百]+[章节条款项]|中(?:的|有关|关于)|部分(?:条款|内容)"
)
_NOT_OF_NAME = ("了", "的", "以", "由", "件", "对", "将", "原", "和", "及", "与", "号", "文")
"""What may stand before a 文号 without a blank; after anything else it is another's number."""


@dataclass(frozen=True, slots=True)
class Repeal:
    """That `document` says that `repealed` is no longer law, from `day` on where it tells."""

    document: str
    repealed: str
    day: date | None


def repeals(documents: Iterable[Document]) -> list[Repeal]:
    """Every repeal that one of `documents` tells of another, the first that holds for each."""
    known: dict[str, list[Document]] = defaultdict(list)
    documents = list(documents)
    for document in documents:
        if document.number:
            known[tidy_number(document.number)].append(document)
    found: dict[str, Repeal] = {}
    for document in documents:
        # A digest tells of what others have repealed, in our words; a draft repeals nothing.
        if document.sources or is_draft(document.title, document.body):
            continue
        usual = document.effective or document.issued
        for named, told in _repealed_numbers(document):
            for other in [each for key in known if _names(named, key) for each in known[key]]:
                if other is document or not _earlier(other, document):
                    continue
                since = told or usual
                new = Repeal(document.id, other.id, since)
                old = found.get(other.id)
                if old is None or (since and (old.day is None or since < old.day)):
                    found[other.id] = new
    return list(found.values())


def ended(document: Document, repeal: Repeal) -> Document:
    """`document` as it is after `repeal`: law until the day before.

    Whoever checked it on that day or later knows better than a sentence.
    """
    if repeal.day and document.checked and document.checked >= repeal.day:
        return document
    if repeal.day is None:
        return replace(document, status=Status.REPEALED)
    last = repeal.day - timedelta(days=1)
    if document.expires and document.expires <= last:
        return document
    if document.effective and document.effective > last:
        return replace(document, status=Status.REPEALED)
    return replace(document, expires=last)


def _repealed_numbers(document: Document) -> Iterator[tuple[str, date | None]]:
    """The 文号 that the text of `document` says to be repealed as a whole, in a sentence or in a
    list, each with the day from which on where the sentence names it."""
    if not _ENDS.search(document.body):
        return
    for passage in cut(document):
        path = "".join(passage.heading)
        listed = bool(_ENDS.search(path)) and not _STAYS.search(path)
        for sentence in sentences(passage.text):
            told = _ENDS.search(sentence) and not _STAYS.search(sentence)
            if not (listed or told):
                continue
            named = _FROM.search(in_figures(sentence))
            since = day(*named.groups()) if named else None
            for clause in re.split("[，,]", sentence):
                numbers = list(_NUMBER.finditer(clause))
                if _RESTS_ON.match(clause.strip()) or (
                    numbers and _IN_PART.search(clause[numbers[-1].end() :])
                ):
                    continue
                yield from ((tidy_number(number.group()), since) for number in numbers)


def _names(named: str, number: str) -> bool:
    """Whether `named` is `number`: 印发了巴府发… is 巴府发…, but 川财税… is not 财税…"""
    before = named.removesuffix(number)
    return named.endswith(number) and (not before or before.endswith(_NOT_OF_NAME))


def _earlier(one: Document, other: Document) -> bool:
    return not (one.issued and other.issued) or one.issued <= other.issued
