"""Words that were misheard or mistyped as others of the same sound: 餐宝金 → 残保金.

Sounds are without tones, and what southwestern speech does not tell apart is one sound here:
zh/z, ch/c, sh/s, n/l at the beginning, -ng/-n after i and e.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

import jieba

from knowledge_base.text import search_form

_TABLE = Path(__file__).parent / "lexicon" / "pinyin.tsv"
_HAN = re.compile(r"[\u3400-\u9fff]+")
_WORD = re.compile(r"[\u3400-\u9fff]{2,5}")
_LONGEST = 5
_FEWEST = 2
"""Passages that must hold a word before anything is taken for it."""
_USUAL = 5
_COMMON = 20_000
"""A character that stands alone so often (jieba's count) betrays no misspelling."""

Sound = tuple[str, ...]


@lru_cache(maxsize=1)
def _readings() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if line[0] != "#":
            readings, _, characters = line.partition("\t")
            for character in characters:
                found[character] = _folded(readings.split()[0])
    return found


def _folded(reading: str) -> str:
    plain = re.sub("^(zh|ch|sh)", lambda match: match.group(0)[0], reading)
    plain = re.sub("^n", "l", plain)
    return re.sub("(?<=[ie])ng$", "n", plain)


def sound(text: str) -> Sound | None:
    """How `text` sounds, one syllable a character; None when a character is not in the table."""
    readings = _readings()
    found = tuple(readings.get(character, "") for character in text)
    return found if all(found) else None


class Ear:
    """Hears known words in what was misspelt."""

    def __init__(
        self,
        words: Iterable[str],
        frequency: Callable[[str], int],
        written: Callable[[str], int],
    ) -> None:
        """`frequency` tells how many texts hold a word, `written` how many a pair of characters."""
        self._frequency = frequency
        self._written = written
        self._words: dict[Sound, tuple[int, str]] = {}
        for word in words:
            often = frequency(word) if _WORD.fullmatch(word) else 0
            heard = sound(word) if often >= _FEWEST else None
            if heard and often > self._words.get(heard, (0, ""))[0]:
                self._words[heard] = (often, word)

    def heard(self, text: str, cutter: jieba.Tokenizer) -> str:
        """`text` with unknown stretches replaced by a known word of the same sound.

        Known words stay: 检察 is not taken for 检查.
        """
        form = search_form(text)
        begins: set[int] = set()
        single: set[int] = set()
        known: set[int] = set()
        place = 0
        for token in cutter.cut(form, HMM=False):
            begins.add(place)
            if len(token) == 1 and cutter.FREQ.get(token, 0) < _COMMON:
                single.add(place)
            if len(token) > 1 and self._frequency(token):
                known.update(range(place, place + len(token)))
            place += len(token)
        begins.add(place)
        best: list[tuple[int, int, int, int, str]] = []
        for first in range(len(form) - 1):
            for last in range(first + 2, min(first + _LONGEST, len(form)) + 1):
                if not _HAN.fullmatch(form[first:last]):
                    break
                span = range(first, last)
                # Two characters are taken for another word only where no word is known; of three
                # and more it is enough that one character stands alone.
                whole = first in begins and last in begins and not known.intersection(span)
                if not single.intersection(span) or not (whole or last - first > 2):
                    continue
                found = self._meant(form[first:last], sure=whole)
                if found:
                    best.append((first - last, -found[0], first, last, found[1]))
        taken: list[tuple[int, int, str]] = []
        for _, _, begin, end, word in sorted(best):
            if all(end <= other or begin >= until for other, until, _ in taken):
                taken.append((begin, end, word))
        for begin, end, word in sorted(taken, reverse=True):
            form = form[:begin] + word + form[end:]
        return form

    def _meant(self, window: str, *, sure: bool) -> tuple[int, str] | None:
        pairs = (window[place : place + 2] for place in range(len(window) - 1))
        # What the texts write themselves is no misspelling, even where it is no word: 保理.
        usual = all(map(self._written, pairs))
        heard = None if usual or self._frequency(window) else sound(window)
        found = self._words.get(heard) if heard else None
        return found if found and (sure or found[0] >= _USUAL) else None
