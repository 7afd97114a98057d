"""Which documents others among them amend: 关于修改《…》的决定.

What is amended stays law, in other words than it is filed with: whoever is answered from it must
be told. That ends nothing, so a title is enough to tell which document is meant.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from knowledge_base.dates import DAY, day, in_figures
from knowledge_base.documents import Change, Document
from knowledge_base.mentions import NUMBER, Saying, is_named, mentions
from knowledge_base.numbers import tidy_number
from knowledge_base.repeals import by_number, changes_others
from knowledge_base.text import sentences

_CHANGES = r"(?:修改|修订|修正)"
_MADE = rf"(?:作出?|做出?|进行了?|予以)[^。；“”]{{0,8}}?{_CHANGES}|{_CHANGES}如下"
_PAPERS = r"(?:决定|通知|公告|通告|命令|令)"
_AMENDS = Saying(
    told=re.compile(_MADE),
    unless=re.compile("废止|失效|拟|适时|另行|及时|应当?|不(?:作|予)|限期|未"),
    whole=False,
)
_TITLE = re.compile(rf"{_CHANGES}(?!后|版)(.{{2,}}?)的{_PAPERS}|^(.{{4,}}?)修正案")
_PART = re.compile("(?:的)?(?:部分|有关|相关|个别|若干)?(?:条款|条文|规定|内容)?$")
_OUTER = re.compile(r"《((?:[^《》]|《[^《》]*》)+)》(?:[（(]([^（()）]{4,40})[）)])?")
_NAMED = r"《(?:[^《》]|《[^《》]*》)+》(?:[（(][^（()）]{4,40}[）)])?"
_OBJECT = re.compile(rf"(?:对|将|把)[^《》，。；]{{0,40}}((?:{_NAMED}(?:和|以及|及|与|、)?)+)")
"""对…发布的《某某办法》（某某令第3号）作如下修改: of all that a sentence names what it changes."""
_ITEM = re.compile(rf"({_NAMED})(?=第)")
_SAID = re.compile("“[^“”]*”")
_AT = re.compile(rf"第[\d一二三四五六七八九十百]+条[^。；]*?(?:{_CHANGES}|删去|删除|增加)")
_ISSUES = re.compile(r"关于(?:印发|发布|公布)(.+?)的(?:通知|公告|通告|决定|命令|令)")
_ORDER = re.compile(r"^[^《》（(]{2,40}令第?[\d一二三四五六七八九十百]+号(?=.)")
_EDITION = re.compile(rf"[（(][^（()）]*(?:{_CHANGES}|通过|公布|\d{{4}}年)[^（()）]*[）)]$")
_BRACKETS = str.maketrans("〈〉\uff1c\uff1e<>", "《》《》《》")
_LEAST = 6
"""Characters of a title that is told from others."""
_NOTE = 1500
"""Characters in which a text tells when it was amended."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """That `document` says that `amended` reads otherwise, from `day` on where it tells."""

    document: str
    amended: str
    day: date | None


def amendments(documents: Iterable[Document]) -> list[Amendment]:
    """Every amendment that one of `documents` makes of another that does not contain it yet."""
    documents = list(documents)
    numbers, titles = by_number(documents), defaultdict[str, list[Document]](list)
    for document in documents:
        titles[core(document.title)].append(document)
    found: dict[tuple[str, str], Amendment] = {}
    for document in filter(changes_others, documents):
        day = max(filter(None, (document.issued, document.effective)), default=None)
        others = [
            *(
                other
                for named, _ in mentions(document, _AMENDS)
                for key in numbers
                if is_named(named, key)
                for other in numbers[key]
            ),
            *(
                other
                for title, number in _named_titles(document)
                for other in _edition(document, titles.get(title, ()), number)
            ),
        ]
        for other in others:
            if other is not document and not _contains(other, document):
                key = (document.id, other.id)
                found[key] = Amendment(document.id, other.id, day)
    return list(found.values())


def amended(document: Document, changes: Iterable[tuple[Amendment, Document]]) -> Document:
    """`document` with what others have changed in it; whoever checked it later knows better."""
    told = tuple(
        Change(by.id, by.title, by.number, amendment.day)
        for amendment, by in changes
        if not (amendment.day and document.checked and document.checked >= amendment.day)
    )
    return replace(document, amended_by=told)


def core(title: str) -> str:
    """The name of the rules in a title: 关于印发《某某办法》的通知 → 某某办法."""
    plain = _ORDER.sub("", _EDITION.sub("", _plain(title)))
    if issued := _ISSUES.search(plain):
        plain = _EDITION.sub("", issued.group(1))
    return re.sub(r"^《(.*)》$", r"\1", plain).strip()


def _plain(title: str) -> str:
    """`title` without blanks, names within it always in 《》."""
    return re.sub(r"\s", "", title).translate(_BRACKETS)


def _named_titles(document: Document) -> Iterator[tuple[str, str]]:
    """Titles that `document` says to amend, each with the number that stands behind it."""
    amends = _TITLE.search(_plain(document.title))
    if amends:
        named = amends.group(1) or amends.group(2)
        yield from _titles(named)
        if "《" not in named:
            yield core(_PART.sub("", named)), ""
    for sentence in sentences(document.body):
        said = _SAID.sub("", sentence)
        told = _AMENDS.is_in(said) or (amends and _AT.search(said))
        for named in _OBJECT.findall(said) + _ITEM.findall(said) if told else ():
            yield from _titles(named)


def _titles(named: str) -> Iterator[tuple[str, str]]:
    yield from ((core(name), number) for name, number in _OUTER.findall(named))


def _edition(amending: Document, others: Iterable[Document], number: str) -> list[Document]:
    """Of `others` with the title that `amending` names the edition that it found in force."""
    written = tidy_number(found.group()) if (found := NUMBER.search(number)) else ""
    fit = [
        other
        for other in others
        if len(core(other.title)) >= _LEAST
        and (other.level, other.region) == (amending.level, amending.region)
        and not (written and other.number and not is_named(written, tidy_number(other.number)))
    ]
    dated = [other for other in fit if _begun(other) > date.min]
    if not dated:
        return fit
    before = [other for other in dated if not amending.issued or _issued(other) < amending.issued]
    last = max(map(_begun, before), default=date.min)
    return [other for other in before if _begun(other) == last]


def _begun(document: Document) -> date:
    return document.effective or document.issued or date.min


def _issued(document: Document) -> date:
    return document.issued or document.effective or date.min


def _contains(document: Document, amending: Document) -> bool:
    """Whether `document` is as it reads after `amending`, as its number, day or note tells."""
    if document.number and document.number == amending.number:
        return True
    if not (document.issued and amending.issued) and core(document.title) == core(amending.title):
        # Two texts of one title, of which nobody knows which is the newer.
        return True
    if amending.issued is None:
        return False
    if document.issued and document.issued >= amending.issued:
        return True
    noted = re.finditer(rf"{DAY}[^。；]{{0,80}}?{_CHANGES}", in_figures(document.body[:_NOTE]))
    days = [found for match in noted if (found := day(*match.groups()))]
    return any(each >= amending.issued for each in days)
