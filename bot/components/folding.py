"""What people write → the words the model learned: one form for dialect, slips and old characters.

Only what the model reads is folded; the person's own words stay as they are.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from knowledge_base.traditional import simplified

LEXICON = Path(__file__).resolve().parent.parent / "lexicon"
HEARD = 600
"""Characters of a message that are read for its intent: the first two thirds and the last third."""


# 你好哦老师，麻烦问一哈，…: what is asked stands behind it.
_COURTESY = re.compile(
    r"^(?:(?:你|您|老师|各位|大家)?好[啊呀哦哈的]{0,2}(?:老师|同志|客服|美女|师傅|领导)?"
    r"|老师|请问[一下]{0,2}|在吗)"
    r"[，,。！!~ ]+"
    r"(?:(?:我?(?:麻烦|请|想)?[您你]?(?:问|咨询|请教)[一下哈]{0,3}|麻烦[您你]?)[，,。：: ]*)?"
    r"(?=.{8})"
)


class Folding:
    """The table of a folder: `folding.tsv` (words)."""

    def __init__(self, folder: Path = LEXICON) -> None:
        self._words = dict(line.split("\t") for line in _lines(folder / "folding.tsv"))
        longest_first = sorted(self._words, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def simplified(self, text: str) -> str:
        """`text` in half width and simplified characters; nothing else is changed."""
        return simplified(unicodedata.normalize("NFKC", text))

    def fold(self, text: str) -> str:
        """`text` as the model reads it: lower case, at most HEARD characters, in standard words."""
        if len(text) > HEARD:
            text = text[: 2 * HEARD // 3] + text[-HEARD // 3 :]
        text = _COURTESY.sub("", self.simplified(text).lower())
        return self._pattern.sub(lambda found: self._words[found.group()], text)


def read_table(path: Path) -> list[tuple[str, str]]:
    """The rows of a table with two columns; empty lines and those that begin with # are left out.

    Raises ValueError for a row of another shape.
    """
    rows = []
    for line in _lines(path):
        first, tab, second = line.partition("\t")
        if not (first and tab and second) or "\t" in second:
            raise ValueError(f"{path.name}: not two columns: {line!r}")
        rows.append((first, second))
    return rows


@lru_cache(maxsize=1)
def folding() -> Folding:
    """The tables of this installation, read once."""
    return Folding()


def _lines(path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line
