"""Words that were misheard or mistyped as others of the same sound: 餐宝金 → 残保金.

A noisy channel: of all ways to read a question as words, written as they stand or as others of the
same sound, the likeliest is taken, where every character that was changed costs `_CHANGED`. How
likely a word is tells jieba's dictionary for speech at large and the index for what is spoken of
here. Sounds are without tones, and what southwestern speech does not tell apart is one sound here:
zh/z, ch/c, sh/s, n/l at the beginning, -ng/-n after i and e.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import jieba

from knowledge_base.text import search_form

_TABLE = Path(__file__).parent / "lexicon" / "pinyin.tsv"
_HAN = re.compile(r"[\u3400-\u9fff]+")
_WORD = re.compile(r"[\u3400-\u9fff]{2,6}")
_LONGEST = 6
_FEWEST = 2
"""Entries that must hold a word before anything is taken for it."""
_COMMON = 30
"""How often (jieba's count) speech at large must use a word before anything is taken for it."""
_HOMOPHONES = 6
"""How many usual words of one sound are thought of."""
_USUAL = 20
"""Entries that must write a pair of characters before it passes for a word: 微信. Ways of asking
with typing errors are entries too, so a few are not enough: 诉颂."""
_CHANGED = 6.5
"""What a changed character costs, in log odds: of clean questions nearly none is changed."""
_KNOWN = 2.0
"""What it costs besides to change what is a word as it stands: 检察 is seldom 检查."""
_WHOLE = 2.0
"""What it costs besides to change every character."""
_STRANGE = -14.0
"""Log likelihood of a character that stands alone and that no dictionary counts."""
_OTHER = -3.0
"""The same of what is no Chinese character; it is never changed, so only its sameness matters."""
_NEVER = -math.inf
_FIGURES = frozenset("零一二三四五六七八九十百千万亿两半")
"""Never changed, nor put for anything else: 一亿二 is no 一一二."""

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


@lru_cache(maxsize=4)
def _homophones(cutter: jieba.Tokenizer) -> dict[Sound, list[str]]:
    """The usual words of speech at large by their sound."""
    found: dict[Sound, list[str]] = {}
    for word, often in cutter.FREQ.items():
        if often >= _COMMON and _WORD.fullmatch(word) and (heard := sound(word)):
            found.setdefault(heard, []).append(word)
    # Of many that sound the same the usual ones are meant.
    return {
        heard: sorted(words, key=lambda word: -cutter.FREQ[word])[:_HOMOPHONES]
        for heard, words in found.items()
    }


class Ear:
    """Hears known words in what was misspelt."""

    def __init__(
        self,
        words: Iterable[str],
        frequency: Callable[[str], int],
        written: Callable[[str], int],
    ) -> None:
        """`frequency` tells how many entries hold a word, `written` how many hold a pair of
        characters."""
        self._frequency = frequency
        self._written = written
        self._total = 0
        self._words: dict[Sound, list[str]] = {}
        for word in words:
            often = frequency(word)
            self._total += often
            if often >= _FEWEST and _WORD.fullmatch(word) and (heard := sound(word)):
                self._words.setdefault(heard, []).append(word)

    def heard(self, text: str, cutter: jieba.Tokenizer) -> str:
        """`text` in search form, with words of the same sound where these are much likelier.

        A known word is changed only where the likelihood of the whole pays for it: 检察 is not
        taken for 检查.
        """
        cutter.initialize()
        form = search_form(text)
        best = [0.0] + [_NEVER] * len(form)
        steps: list[tuple[int, str]] = [(0, "")] * (len(form) + 1)
        for begin in range(len(form)):
            for end, word, odds in self._readings_from(form, begin, cutter):
                if best[begin] + odds > best[end]:
                    best[end], steps[end] = best[begin] + odds, (begin, word)
        parts, place = [], len(form)
        while place:
            place, word = steps[place]
            parts.append(word)
        return "".join(reversed(parts))

    def _readings_from(
        self, form: str, begin: int, cutter: jieba.Tokenizer
    ) -> Iterator[tuple[int, str, float]]:
        """What may be read from `begin` on: where it ends, the word, and its log likelihood."""
        first = form[begin]
        if not _HAN.fullmatch(first):
            yield begin + 1, first, _OTHER
            return
        yield begin + 1, first, max(self._likelihood(first, cutter), _STRANGE)
        syllables = _sounds_from(form, begin)
        for end in range(begin + 2, min(begin + _LONGEST, len(form)) + 1):
            word = form[begin:end]
            if not _HAN.fullmatch(word):
                return
            odds = self._likelihood(word, cutter)
            if odds > _NEVER:
                yield end, word, odds
            heard = tuple(syllables[: end - begin])
            if len(heard) < end - begin:
                continue
            for other in (*self._words.get(heard, ()), *_homophones(cutter).get(heard, ())):
                changed = [pair for pair in zip(word, other, strict=True) if pair[0] != pair[1]]
                if changed and _FIGURES.isdisjoint("".join(map("".join, changed))):
                    cost = _CHANGED * len(changed) + _KNOWN * (odds > _NEVER)
                    cost += _WHOLE * (len(changed) == len(word))
                    yield end, other, self._likelihood(other, cutter) - cost

    def _likelihood(self, word: str, cutter: jieba.Tokenizer) -> float:
        often = cutter.FREQ.get(word, 0) / cutter.total
        often += self._frequency(word) / max(self._total, 1)
        if not often and len(word) == 2 and (pair := self._written(word)) >= _USUAL:
            # What the texts write themselves is no misspelling, even where it is no word: 保理.
            often = pair / max(self._total, 1)
        return math.log(often / 2) if often else _NEVER


def _sounds_from(form: str, begin: int) -> list[str]:
    """The sounds of the characters from `begin` on, as far as they are known."""
    found: list[str] = []
    for character in form[begin : begin + _LONGEST]:
        heard = _readings().get(character)
        if heard is None:
            break
        found.append(heard)
    return found
