"""What sort of question it is by its wording alone: a wish to cheat, an order to us, chat, a joke.

Log odds from stretches of one to three characters, and from the same with a mark in the place of
every word whose sort of thing is known (`things`), learned by `knowledge_base.training.kinds` from
questions that were written to be refused, against those that documents answer.
"""

import math
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from knowledge_base.text import search_form
from knowledge_base.things import MARKS, marked

LEARNED = Path(__file__).parent / "learned"
KINDS = ("unlawful", "injection", "chitchat", "off_topic", "absurd", "no_such_policy")
BUCKETS = 1 << 18
_OF_TEXT = BUCKETS // 2
"""The first half of the buckets is for stretches of the text, the second for those with marks."""
_LONGEST = 3
_SORTS = frozenset(MARKS.values())
_READ = 200
"""Characters that are read: what a question is about it says at its beginning."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """The learned weights: a row for each kind, a column for each bucket of stretches."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    rarity: NDArray[np.float32]

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> "Kinds":
        """The bundled weights."""
        found = load_file(str(LEARNED / "kinds.safetensors"))
        return cls(*(found[name].astype(np.float32) for name in ("weights", "bias", "rarity")))

    def leanings(self, question: str) -> Mapping[str, float]:
        """For each kind the log odds that `question` is one: above 0 more likely than not."""
        buckets, often = stretches(question)
        values = often * self.rarity[buckets]
        values /= max(float(np.linalg.norm(values)), 1e-9)
        odds = self.weights[:, buckets] @ values + self.bias
        return dict(zip(KINDS, odds.tolist(), strict=True))


def stretches(text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The buckets that the stretches of `text` fall into, and how often each does (log).

    Stretches of its characters, of its characters and marks, and every two sorts of things that it
    names, wherever they stand.
    """
    form = search_form(text)[:_READ]
    sorts = marked(form)
    counts = Counter(_bucket(stretch) for stretch in _cut(form))
    counts.update(
        _OF_TEXT + _bucket(stretch) for stretch in _cut(sorts) if not _SORTS.isdisjoint(stretch)
    )
    named = sorted(_SORTS.intersection(sorts))
    counts.update(_OF_TEXT + _bucket(f"&{one}{other}") for one, other in combinations(named, 2))
    buckets = np.fromiter(counts, dtype=np.int64, count=len(counts))
    often = [1 + math.log(count) for count in counts.values()]
    return buckets, np.asarray(often, dtype=np.float32)


def _cut(text: str) -> Iterator[str]:
    for length in range(1, _LONGEST + 1):
        for place in range(len(text) - length + 1):
            yield text[place : place + length]


def _bucket(stretch: str) -> int:
    return zlib.crc32(stretch.encode()) % _OF_TEXT
