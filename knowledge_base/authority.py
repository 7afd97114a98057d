"""How often other texts name a document: what is often referred to is asked about more often."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from knowledge_base.text import fold

_NAMED = re.compile(r"《([^《》]{2,60})》([\u4e00-\u9fff]{1,6}编)?")
_BOOK = re.compile(r"[\u4e00-\u9fff]{1,5}[^汇]编")
"""A book of a code by its title alone; 汇编 is a collection."""
_EDITION = re.compile(r"[（(][^（）()]*[）)]$")


def references(titles: Sequence[str], texts: Iterable[str]) -> list[int]:
    """For each of `titles`, how many of `texts` name it between 《》.

    A text that writes 《民法典》合同编 tells that the document 合同编 is a part of 民法典, and a
    part is worth what its whole is. A book (人格权编) of which no text tells so is taken for one of
    the code whose books are named most.
    """
    named: Counter[str] = Counter()
    wholes: dict[str, str] = {}
    for text in texts:
        # Most texts name none: looking for the mark is quicker than for the pattern.
        if "《" not in text:
            continue
        here = set()
        for match in _NAMED.finditer(text):
            name = _short(match.group(1))
            here.add(name)
            if match.group(2):
                wholes[match.group(2)] = name
        named.update(here)
    return [
        max(named[name] for name in (_short(title), *_wholes_of(_short(title), wholes)))
        for title in titles
    ]


def mentions(
    titles: Sequence[str], texts: Sequence[str], headings: Iterable[str]
) -> dict[str, int]:
    """For each of `titles`, how many of `texts` write its name or its whole's, with 《》 or not.

    What is a part of what is learned from `headings` too.
    """
    wholes: dict[str, str] = {}
    for text in (*headings, *texts):
        for match in _NAMED.finditer(text):
            if match.group(2):
                wholes[match.group(2)] = _short(match.group(1))
    names: dict[str, set[str]] = {}
    for title in titles:
        short = _short(title)
        names[title] = _wholes_of(short, wholes) or {short}
    every = sorted(set().union(*names.values()), key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, every)))
    counts = Counter(name for text in texts for name in set(pattern.findall(text)))
    return {title: sum(counts[name] for name in found) for title, found in names.items()}


def _wholes_of(title: str, wholes: dict[str, str]) -> set[str]:
    told = {wholes[part] for part in (title, f"{title}编") if part in wholes}
    if told or not wholes or not _BOOK.fullmatch(title):
        return told
    books = Counter(wholes.values())
    return {min(books, key=lambda whole: (-books[whole], whole))}


def _short(title: str) -> str:
    return _EDITION.sub("", fold(title).strip("《》")).removeprefix("中华人民共和国")
