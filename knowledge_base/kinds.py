"""What sort of question it is by its wording alone: a wish to cheat, an order to us, chat, a joke.

Log odds from stretches of one to three characters, learned by `knowledge_base.training.kinds` from
questions that were written to be refused, against those that documents answer.
"""

import math
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from knowledge_base.text import search_form

LEARNED = Path(__file__).parent / "learned"
KINDS = ("unlawful", "injection", "chitchat", "off_topic", "absurd", "no_such_policy")
BUCKETS = 1 << 15
_LONGEST = 3
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
    """The buckets that the stretches of `text` fall into, and how often each does (log)."""
    form = search_form(text)[:_READ]
    counts = Counter(
        zlib.crc32(form[place : place + length].encode()) % BUCKETS
        for length in range(1, _LONGEST + 1)
        for place in range(len(form) - length + 1)
    )
    buckets = np.fromiter(counts, dtype=np.int64, count=len(counts))
    often = [1 + math.log(count) for count in counts.values()]
    return buckets, np.asarray(often, dtype=np.float32)
