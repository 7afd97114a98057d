"""Learns which passage of a document answers (knowledge_base/within.py).

    python -m knowledge_base.training.within --data DATA

Learned from `official.jsonl`: for each question whose document is found first, the passage that
holds its fact against each other passage of that document. Writes
`knowledge_base/learned/within.json`, and prints how often a passage with the fact is first and
among the first two and three, by weights that never saw its document and by the search alone.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from knowledge_base.evaluation import bare
from knowledge_base.search import View
from knowledge_base.training.official import LESSONS, documents_of, shelf
from knowledge_base.training.pairs import read_rows
from knowledge_base.validity import Period
from knowledge_base.within import LEARNED_WEIGHTS, MEASURES, candidates

_READ = 10
_FOLDS = 6
_SCORE = MEASURES.index("score")


@dataclass(frozen=True, slots=True)
class Example:
    """The passages of a document that may answer one question: their measures, which hold its
    fact."""

    document: str
    measures: NDArray[np.float64]
    right: NDArray[np.bool_]


def examples(view: View, rows: Sequence[dict[str, str]], day: date) -> list[Example]:
    """Of all answerable `rows` whose document comes first and holds the fact in one passage."""
    allowed, found = view.allowed(Period(date.min, day)), []
    for row in rows:
        hits = view.ranked(row["question"], top=_READ, allowed=allowed)
        if not row["document"] or hits[0].passage.document_id != row["document"]:
            continue
        met = candidates(row["question"], hits, view, allowed)
        fact = bare(row["fact"])
        texts = [bare(view.index.passages[place].text) for place in met.places]
        right = np.asarray([fact in text for text in texts])
        if right.any() and not right.all():
            found.append(Example(row["document"], met.measures, right))
    return found


def fit(learned: Sequence[Example]) -> NDArray[np.float64]:
    """The weights by which right passages come before wrong ones."""
    ahead = np.concatenate(
        [
            (each.measures[each.right][:, None] - each.measures[~each.right][None]).reshape(
                -1, len(MEASURES)
            )
            for each in learned
        ]
    )
    table = np.concatenate([ahead, -ahead])
    model = LogisticRegression(fit_intercept=False)
    model.fit(table, [True] * len(ahead) + [False] * len(ahead))
    return np.asarray(model.coef_[0], dtype=np.float64)


def main() -> None:
    """Fit, write, and print what it is worth."""
    parser = argparse.ArgumentParser(prog="python -m knowledge_base.training.within")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--day", type=date.fromisoformat, default=date(2026, 11, 29))
    options = parser.parse_args()
    rows = list(read_rows(LESSONS))
    with shelf(options.data, documents_of(rows)) as knowledge:
        learned = examples(knowledge.view(), rows, options.day)
    print(f"{len(learned)} questions of {len({each.document for each in learned})} documents")
    unseen: dict[int, NDArray[np.float64]] = {}
    groups = [each.document for each in learned]
    for known, asked in GroupKFold(_FOLDS).split(learned, groups=groups):
        weights = fit([learned[row] for row in known])
        unseen |= {int(row): learned[row].measures @ weights for row in asked}
    _print("by the search", learned, lambda row: learned[row].measures[:, _SCORE])
    _print("weighed, unseen", learned, lambda row: unseen[row])
    weights = fit(learned)
    told = {name: round(float(weight), 3) for name, weight in zip(MEASURES, weights, strict=True)}
    LEARNED_WEIGHTS.write_text(json.dumps(told) + "\n", encoding="utf-8")
    print(told)


def _print(
    name: str, learned: Sequence[Example], worth: Callable[[int], NDArray[np.float64]]
) -> None:
    ranks = [
        int(np.flatnonzero(each.right[np.argsort(-worth(row), kind="stable")])[0])
        for row, each in enumerate(learned)
    ]
    shares = (f"{np.mean(np.asarray(ranks) < depth):.3f}" for depth in (1, 2, 3))
    print(f"{name}: first, among two, among three", *shares)


if __name__ == "__main__":
    main()
