"""Terms of a text with their weights: tf-idf, learned from the training sentences."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


class TermWeights:
    """The terms that at least `fewest` sentences hold, each with how much it tells."""

    def __init__(self, columns: dict[str, int], tells: Sequence[float]) -> None:
        self._columns = columns
        self._tells = np.asarray(tells, dtype=np.float64)

    @classmethod
    def learn(cls, sentences: Iterable[Sequence[str]], *, fewest: int) -> "TermWeights":
        """From the terms of each training sentence."""
        seen: Counter[str] = Counter()
        total = 0
        for terms in sentences:
            total += 1
            seen.update(set(terms))
        kept = sorted(term for term, count in seen.items() if count >= fewest)
        tells = [math.log((1 + total) / (1 + seen[term])) + 1 for term in kept]
        return cls({term: column for column, term in enumerate(kept)}, tells)

    def __len__(self) -> int:
        return len(self._tells)

    def weighed(self, terms: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """The columns of the known terms and their weights, together of length one."""
        counted = Counter(term for term in terms if term in self._columns)
        if not counted:
            return np.zeros(0, dtype=np.int32), np.zeros(0)
        columns = np.asarray([self._columns[term] for term in counted], dtype=np.int32)
        values = (1 + np.log(list(counted.values()))) * self._tells[columns]
        return columns, values / math.sqrt(float(values @ values))

    def as_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {"terms": list(self._columns), "tells": self._tells.tolist()}

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "TermWeights":
        """What `as_json` wrote."""
        return cls({term: column for column, term in enumerate(body["terms"])}, body["tells"])
