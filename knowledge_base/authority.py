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
        here = set()
        for match in _NAMED.finditer(text):
            name = _short(match.group(1))
            here.add(name)
            if match.group(2):
                wholes[match.group(2)] = name
        named.update(here)
    return [_count(_short(title), named, wholes) for title in titles]


def _count(title: str, named: Counter[str], wholes: dict[str, str]) -> int:
    parts = (wholes[part] for part in (title, f"{title}编") if part in wholes)
    return max(named[title], *(named[whole] for whole in parts), 0)


def _short(title: str) -> str:
    return _EDITION.sub("", fold(title).strip("《》")).removeprefix("中华人民共和国")
