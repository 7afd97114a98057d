"""How often other texts name a document: what is often referred to is asked about more often."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from knowledge_base.text import fold

_A_BOOK = r"(?!第)[\u4e00-\u9fff]{1,6}(?<!汇)编"
"""The name of a book of a code: 合同编. 第三编 is no name, 汇编 a collection."""
_NAMED = re.compile(rf"《([^《》]{{2,60}})》({_A_BOOK})?")
_BOOK = re.compile(_A_BOOK)
_EDITION = re.compile(r"[（(][^（）()]*[）)]$")


def references(titles: Sequence[str], texts: Iterable[str]) -> list[int]:
    """For each of `titles`, how many of `texts` name it between 《》.

    A text that writes 《民法典》合同编 tells that the document 合同编 is a part of 民法典, and a
    part is worth what its whole is. A book (人格权编) of which no text tells so is taken for one of
    the code whose books are named most.
    """
    named: Counter[str] = Counter()
    codes = _Codes()
    for text in texts:
        # Most texts name none: looking for the mark is quicker than for the pattern.
        if "《" not in text:
            continue
        here = set()
        for match in _NAMED.finditer(text):
            name = _short(match.group(1))
            here.add(name)
            codes.told(match.group(2), name)
        named.update(here)
    return [
        max(named[name] for name in (_short(title), *codes.of(_short(title)))) for title in titles
    ]


def mentions(
    titles: Sequence[str], texts: Sequence[str], headings: Iterable[str]
) -> dict[str, int]:
    """For each of `titles`, how many of `texts` write its name or its whole's, with 《》 or not.

    What is a part of what is learned from `headings` too.
    """
    codes = _Codes()
    for text in (*headings, *texts):
        for match in _NAMED.finditer(text):
            codes.told(match.group(2), _short(match.group(1)))
    names: dict[str, set[str]] = {}
    for title in titles:
        short = _short(title)
        names[title] = codes.of(short) or {short}
    every = sorted(set().union(*names.values()), key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, every)))
    counts = Counter(name for text in texts for name in set(pattern.findall(text)))
    return {title: sum(counts[name] for name in found) for title, found in names.items()}


class _Codes:
    """Which code a book belongs to, and which code's books are named most."""

    def __init__(self) -> None:
        self._code: dict[str, str] = {}
        self._often: Counter[str] = Counter()

    def told(self, book: str | None, code: str) -> None:
        """A text writes 《code》book."""
        if book:
            self._code[book] = code
            self._often[code] += 1

    def of(self, title: str) -> set[str]:
        """The codes that `title` is a book of."""
        told = {self._code[part] for part in (title, f"{title}编") if part in self._code}
        if told or not self._often or not _BOOK.fullmatch(title):
            return told
        return {min(self._often, key=lambda code: (-self._often[code], code))}


def _short(title: str) -> str:
    return _EDITION.sub("", fold(title).strip("《》")).removeprefix("中华人民共和国")
