"""Learns the kinds of questions that are none of ours from their wording (knowledge_base/kinds.py).

    python -m knowledge_base.training.kinds

Learned from `refused.jsonl` (written to be refused, each with its kind) against the 常见问法 of the
bundled policies, what else was labelled (`labelled.jsonl`), a third of the questions written for
statutes, and `harmless.jsonl`: questions that only sound like a cheat (领购发票, 我被骗补贴了) or a
joke. Wording cannot tell another city or a near miss, so these are none of KINDS and stand beside
ours. Writes `knowledge_base/learned/kinds.safetensors`, and prints what is recognised among
questions unseen.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from knowledge_base.kinds import BUCKETS, KINDS, LEARNED, Kinds, stretches
from knowledge_base.signals import plain
from knowledge_base.training.pairs import read_rows
from knowledge_base.training.spoken import LABELLED, SPOKEN, bundled_passages

REFUSED = Path(__file__).parent / "refused.jsonl"
HARMLESS = Path(__file__).parent / "harmless.jsonl"
_FOLDS = 5
_FIT = {"C": 30, "tol": 1e-6, "max_iter": 3000, "class_weight": {True: 5, False: 1}}
"""At scikit-learn's own tolerance it stops so early that one lesson more moves others by a unit."""
_EVERY = 3
_OURS = ""
NEAR = "near_miss"
"""On our topics, but what is asked stands in no document: a telephone, a form, another year."""
ELSEWHERE = "other_city"


@dataclass(frozen=True, slots=True)
class Example:
    """A question, its kind ("" when a document answers it), and what it must not be split from."""

    question: str
    kind: str
    group: str


def examples() -> list[Example]:
    """All that is learned from."""
    found = [Example(row["question"], row["kind"], row["question"]) for row in read_rows(REFUSED)]
    asked = [
        Example(way, _OURS, passage.document_id)
        for passage in bundled_passages()
        for way in passage.asked
    ]
    ways = {plain(example.question) for example in asked}
    found += asked
    found += [
        Example(row["question"], _OURS, row["question"])
        for path in (HARMLESS, LABELLED)
        for row in read_rows(path)
        # One that is a way of asking too stays with its document: apart from it, it would tell.
        if plain(row["question"]) not in ways
    ]
    spoken = [question for row in read_rows(SPOKEN) for question in row["asked"]]
    return found + [Example(question, _OURS, question) for question in spoken[::_EVERY]]


def fit(learned: Sequence[Example]) -> Kinds:
    """The weights learned from some examples."""
    table = _table([example.question for example in learned])
    seen = np.bincount(table.indices, minlength=BUCKETS)
    rarity = (np.log((1 + len(learned)) / (1 + seen)) + 1).astype(np.float32)
    table = table.multiply(rarity).tocsr()
    lengths = np.sqrt(table.multiply(table).sum(axis=1)).A1
    table = csr_matrix(table.multiply(1 / np.maximum(lengths, 1e-9)[:, None]))
    weights, bias = [], []
    for kind in KINDS:
        model = LogisticRegression(**_FIT)
        model.fit(table, [example.kind == kind for example in learned])
        weights.append(model.coef_[0])
        bias.append(model.intercept_[0])
    return Kinds(np.asarray(weights, np.float32), np.asarray(bias, np.float32), rarity)


class Unseen:
    """Leanings by weights that never saw the question: nor what belongs to its group."""

    def __init__(self, learned: Sequence[Example]) -> None:
        self._whole = Kinds.load()
        self._known = {example.group for example in learned}
        self._folds = [
            fit([example for example in learned if _fold(example.group) != fold])
            for fold in range(_FOLDS)
        ]

    def leanings(self, question: str, group: str) -> Mapping[str, float]:
        """What kind of question it is."""
        known = group in self._known
        return (self._folds[_fold(group)] if known else self._whole).leanings(question)


def main() -> None:
    """Fit, write, and print what is recognised."""
    learned = examples()
    whole = fit(learned)
    LEARNED.mkdir(exist_ok=True)
    found = {"weights": whole.weights, "bias": whole.bias, "rarity": whole.rarity}
    halves = {name: value.astype(np.float16) for name, value in found.items()}
    save_file(halves, str(LEARNED / "kinds.safetensors"))
    (LEARNED / "kinds.safetensors").chmod(0o644)
    Kinds.load.cache_clear()
    unseen = Unseen(learned)
    odds = [unseen.leanings(example.question, example.group) for example in learned]
    for kind in KINDS:
        told = {
            known: np.asarray(
                [each[kind] for each, one in zip(odds, learned, strict=True) if one.kind == known]
            )
            for known in (kind, _OURS)
        }
        shares = (
            f"> {odd}: {(told[kind] > odd).mean():.2f}, of ours {(told[_OURS] > odd).mean():.4f};"
            for odd in (-1, 0, 1, 2)
        )
        print(kind, len(told[kind]), *shares)


def _table(questions: Sequence[str]) -> csr_matrix:
    buckets: list[NDArray[np.int64]] = []
    often: list[NDArray[np.float32]] = []
    for question in questions:
        columns, values = stretches(question)
        buckets.append(columns)
        often.append(values)
    starts = np.cumsum([0, *map(len, buckets)])
    return csr_matrix(
        (np.concatenate(often), np.concatenate(buckets), starts), shape=(len(questions), BUCKETS)
    )


def _fold(group: str) -> int:
    return zlib.crc32(group.encode()) % _FOLDS


if __name__ == "__main__":
    main()
