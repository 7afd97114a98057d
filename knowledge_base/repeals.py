"""Which documents others among them repeal: 《…》（巴发改价〔2015〕88号）同时废止.

What is repealed is law until the day before the repealing text holds, and is never quoted as
law of today from then on. Only a 文号 tells for sure which document is meant: titles are shortened.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from knowledge_base.documents import Document, Status
from knowledge_base.particulars import tidy_number
from knowledge_base.passages import cut
from knowledge_base.text import sentences

_ENDS = re.compile("废止|宣布失效|即行失效")
_STAYS = re.compile("继续有效|予以保留|修改|未(?:被)?废止|不予废止|尚未")
_YEAR = r"[〔\[\uff3b【﹝(（](?:19|20)\d{2}[〕\]\uff3d】﹞)）]"
_NUMBER = re.compile(rf"[\u4e00-\u9fff]{{1,16}}{_YEAR}(?:第|\s)?\d{{1,5}}号")


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
            known[_tidy(document.number)].append(document)
    found: dict[str, Repeal] = {}
    for document in documents:
        # A digest tells of what others have repealed, in our words.
        if document.sources:
            continue
        day = document.effective or document.issued
        for named in _repealed_numbers(document):
            # `印发了巴府发〔2019〕7号`: what stands before a 文号 is no part of it.
            for other in [each for key in known if named.endswith(key) for each in known[key]]:
                if other is document or not _earlier(other, document):
                    continue
                new = Repeal(document.id, other.id, day)
                old = found.get(other.id)
                if old is None or (day and (old.day is None or day < old.day)):
                    found[other.id] = new
    return list(found.values())


def ended(document: Document, repeal: Repeal) -> Document:
    """`document` as it is after `repeal`: law until the day before."""
    if repeal.day is None:
        return replace(document, status=Status.REPEALED)
    last = repeal.day - timedelta(days=1)
    if document.expires and document.expires <= last:
        return document
    if document.effective and document.effective > last:
        return replace(document, status=Status.REPEALED)
    return replace(document, expires=last)


def _repealed_numbers(document: Document) -> Iterator[str]:
    """The 文号 that the text of `document` says to be repealed, in a sentence or in a list."""
    if not _ENDS.search(document.body):
        return
    for passage in cut(document):
        path = "".join(passage.heading)
        listed = bool(_ENDS.search(path)) and not _STAYS.search(path)
        for sentence in sentences(passage.text):
            told = _ENDS.search(sentence) and not _STAYS.search(sentence)
            if listed or told:
                yield from map(_tidy, _NUMBER.findall(sentence))


def _tidy(number: str) -> str:
    return tidy_number(number.translate(str.maketrans("﹝﹞", "〔〕")))


def _earlier(one: Document, other: Document) -> bool:
    return not (one.issued and other.issued) or one.issued <= other.issued
