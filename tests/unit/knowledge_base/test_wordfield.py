import random
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from knowledge_base.wordfield import Counts

WORDS = [f"t{number}" for number in range(50)]


def texts(rows: Sequence[int], rng: random.Random) -> dict[int, list[str]]:
    return {row: rng.choices(WORDS, k=rng.randint(0, 9)) for row in rows}


def counted(written: Mapping[int, Sequence[str]]) -> dict[tuple[int, str], int]:
    return {(row, t): count for row, text in written.items() for t, count in Counter(text).items()}


def held(counts: Counts) -> dict[tuple[int, str], int]:
    found = {}
    for term, column in counts.vocabulary.items():
        for place in range(counts.starts[column], counts.starts[column + 1]):
            found[int(counts.rows[place]), term] = int(counts.counts[place])
    return found


def test_counts_made_after_others_are_those_made_anew() -> None:
    rng = random.Random(1)
    for _ in range(20):
        before = texts(range(30), rng)
        counts = Counts.none().renewed(np.zeros(0, dtype=np.int32), before)
        assert held(counts) == counted(before)
        moved = np.arange(30, dtype=np.int32)
        moved[[3, 7]] = -1
        moved[20:] += 2
        added = texts([3, 20, 21], rng)
        after = {int(moved[row]): text for row, text in before.items() if moved[row] >= 0} | added
        assert held(counts.renewed(moved, added)) == counted(after)


def test_nothing_changed_leaves_the_counts_as_they_were() -> None:
    before = texts(range(30), random.Random(2))
    counts = Counts.none().renewed(np.zeros(0, dtype=np.int32), before)
    same = counts.renewed(np.arange(30, dtype=np.int32), {})
    assert held(same) == counted(before)
    assert same.rows.dtype == np.int32
    assert same.counts.dtype == np.uint8
