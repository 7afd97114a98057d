"""How often other texts name a document: what is often referred to is asked about more often."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from knowledge_base.text import fold

_NAMED = re.compile(r"《([^《》]{2,60})》([\u4e00-\u9fff]{1,6}编)?")
_EDITION = re.compile(r"[（(][^（）()]*[）)]$")


def references(titles: Sequence[str], texts: Iterable[str]) -> list[int]:
    """For each of `titles`, how many of `texts` name it between 《》.

    A text that writes 《民法典》合同编 tells that the document 合同编 is a part of 民法典, and a
    part is worth what its whole is.
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
    return [_count(_short(title), named, wholes) for title in titles]


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
        parts = {wholes[part] for part in (short, f"{short}编") if part in wholes}
        names[title] = parts or {short}
    every = sorted(set().union(*names.values()), key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, every)))
    counts = Counter(name for text in texts for name in set(pattern.findall(text)))
    return {title: sum(counts[name] for name in found) for title, found in names.items()}


def _count(title: str, named: Counter[str], wholes: dict[str, str]) -> int:
    parts = (wholes[part] for part in (title, f"{title}编") if part in wholes)
    return max(named[title], *(named[whole] for whole in parts), 0)


def _short(title: str) -> str:
    return _EDITION.sub("", fold(title).strip("《》")).removeprefix("中华人民共和国")
