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
from knowledge_base.documents import Change, Document, Status
from knowledge_base.drafts import is_draft
from knowledge_base.mentions import Saying, is_named, mentions
from knowledge_base.numbers import tidy_number

_OVER = "废止|失效|不再执行|停止执行"
_ENDS = Saying(
    # 不符合条件的停止执行优惠 ends nothing: only papers as a whole, from a day or all alike.
    told=re.compile(
        "废止|宣布[^。；]{0,30}失效|即行失效"
        "|(?:号[）)]?(?:文件|通知)?[，,]?|同时|一律|一并|均|即日起|日起|[下以][列下][^。；，]{0,14})[^。；，]{0,3}(?:不再|停止)执行"
    ),
    unless=re.compile(
        "继续有效|继续执行|予以保留|修改|未(?:被)?废止|不予废止|尚未|拟(?:予以?)?废止|(?:部分|暂时)(?:废止|停止)"
    ),
    whole=True,
)
_CLAUSE = 160
"""Characters of a passage that does no more than tell what is repealed."""
_FROM = re.compile(rf"(?:自|从|于){DAY}起?[^。；]{{0,6}}?(?:{_OVER})")


@dataclass(frozen=True, slots=True)
class Repeal:
    """That `document` says that `repealed` is no longer law, from `day` on where it tells."""

    document: str
    repealed: str
    day: date | None


def repeals(documents: Iterable[Document]) -> list[Repeal]:
    """Every repeal that one of `documents` tells of another, the first that holds for each."""
    documents = list(documents)
    known = by_number(documents)
    found: dict[str, Repeal] = {}
    for document in documents:
        if not changes_others(document):
            continue
        usual = document.effective or document.issued
        for named, told in _repealed_numbers(document):
            for other in [each for key in known if is_named(named, key) for each in known[key]]:
                if other is document or not _earlier(other, document):
                    continue
                since = told or usual
                new = Repeal(document.id, other.id, since)
                old = found.get(other.id)
                if old is None or (since and (old.day is None or since < old.day)):
                    found[other.id] = new
    return list(found.values())


def by_number(documents: Iterable[Document]) -> dict[str, list[Document]]:
    """`documents` by their 文号 in one form."""
    known: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        if document.number:
            known[tidy_number(document.number)].append(document)
    return known


def changes_others(document: Document) -> bool:
    """Whether what `document` says of other papers is so because it says it.

    A digest tells of what others have repealed, in our words; a draft repeals nothing.
    """
    return not (document.sources or is_draft(document.title, document.body))


def ended(document: Document, repeal: Repeal, by: Document) -> Document:
    """`document` as it is after `repeal` `by` another: law until the day before.

    Whoever checked it on that day or later knows better than a sentence.
    """
    last = repeal.day - timedelta(days=1) if repeal.day else None
    told = replace(document, ended_by=Change(by.id, by.title, by.number, repeal.day))
    if last and document.checked and document.checked > last:
        return told if document.expires == last else document
    if last is None:
        return replace(told, status=Status.REPEALED)
    if document.expires and document.expires <= last:
        return told if document.expires == last else document
    if document.effective and document.effective > last:
        return replace(told, status=Status.REPEALED)
    return replace(told, expires=last)


def rules_itself(document: Document, text: str) -> bool:
    """Whether `text` of `document` may rule what the repealed one did.

    关于废止…的决定 rules nothing, nor does the clause that says what is repealed.
    """
    if _ENDS.told.search(document.title):
        return False
    return len(text) > _CLAUSE or not _ENDS.is_in(text)


def _repealed_numbers(document: Document) -> Iterator[tuple[str, date | None]]:
    """The 文号 that the text of `document` says to be repealed as a whole, in a sentence or in a
    list, each with the day from which on where it is named."""
    for number, words in mentions(document, _ENDS):
        named = _FROM.search(in_figures(words))
        yield number, day(*named.groups()) if named else None


def _earlier(one: Document, other: Document) -> bool:
    return not (one.issued and other.issued) or one.issued <= other.issued
