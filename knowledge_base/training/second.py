"""Learns what the second stage weighs (knowledge_base/second.py).

    python -m knowledge_base.training.second --index DIR --tests tests/evaluation

Learned from usual ways of asking (常见问法) that the encoder was not taught, each asked while it is
hidden; in some lessons many documents lose all of theirs, as those have none that a city adds.
Writes `knowledge_base/learned/second.json`; prints how often the right document comes
first, by weights that never saw its ways of asking, and on the dev half of the blind questions.
"""

import argparse
import json
import random
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from knowledge_base.evaluation import documents_of, half_of, read_questions
from knowledge_base.search import KnowledgeBase, View
from knowledge_base.second import WEIGHTS, Weights, candidates, leading
from knowledge_base.training.decide import SEED
from knowledge_base.training.spoken import was_taught
from knowledge_base.validity import Period

DOCUMENT_MEASURES = (
    "score", "text_near", "text_near_all", "text_words", "asked_near", "wording",
    "document_wording",
)  # fmt: skip
PASSAGE_MEASURES = ("score", "text_near", "text_words", "asked_near", "wording")
_BARED, _BARE = 0.3, 0.3
"""The share of the lessons in which some documents have no ways of asking, and of those some."""
_FOLDS = 5
_RIDGE = 1.0

Table = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Choice:
    """Candidates in rows, measures in columns, and which of the rows are right."""

    measures: Table
    right: NDArray[np.bool_]
    group: str


@dataclass(frozen=True, slots=True)
class Met:
    """One question: the documents to choose from, and the passages of the right document."""

    kind: str
    documents: Choice
    passages: Choice | None


def lessons(view: View, day: date, share: float) -> Iterator[Met]:
    """The ways of asking, met while they are hidden."""
    index = view.index
    allowed = view.allowed(Period.day(day))
    rng = random.Random(SEED)  # noqa: S311 (reproducible lessons, no secrets)
    for row in range(len(index.passages), index.entries):
        question = index.asked(row)
        if was_taught(question) or not allowed[row] or rng.random() > share:
            continue
        passage = index.passages[index.owners[row]]
        hidden = allowed.copy()
        hidden[row] = False
        kind = "asked"
        if rng.random() < _BARED:
            kind = "asked among bare"
            bare = {document for document in index.places if rng.random() < _BARE}
            for document in bare:
                hidden[index.asked_rows(document)] = False
        wanted = [passage.document_id]
        if met := _met(view, kind, question, hidden, wanted, int(index.owners[row])):
            yield met


def blind(view: View, day: date, tests: Path) -> Iterator[Met]:
    """The dev half of the blind questions."""
    allowed = view.allowed(Period.day(day))
    for row in half_of(read_questions(tests / "questions.jsonl", ("question",)), "dev"):
        if met := _met(view, "blind", row["question"], allowed, documents_of(row), -1):
            yield met


def _met(
    view: View,
    kind: str,
    question: str,
    allowed: NDArray[np.bool_],
    wanted: Sequence[str],
    owner: int,
) -> Met | None:
    index = view.index
    first = view.first_stage(question, allowed=allowed)
    groups = leading(index, first, first.best(index.owners))
    if not groups:
        return None
    found = candidates(index, first, groups)
    documents = [index.passages[index.owners[first.rows[each[0]]]].document_id for each in groups]
    right = np.asarray([document in wanted for document in documents])
    chosen = Choice(found.of_documents(DOCUMENT_MEASURES), right, wanted[0])
    if kind == "blind" or not right.any():
        return Met(kind, chosen, None)
    at = int(np.flatnonzero(right)[0])
    span = slice(int(found.starts[at]), int(found.starts[at]) + len(groups[at]))
    own = index.owners[first.rows[groups[at]]] == owner
    return Met(kind, chosen, Choice(found.of_passages(PASSAGE_MEASURES)[span], own, wanted[0]))


def fit(choices: Sequence[Choice], columns: Sequence[int] | None = None) -> Table:
    """Weights under which what is right is chosen most likely (conditional logit)."""
    used = [each for each in choices if each.right.any() and not each.right.all()]
    if columns is not None:
        used = [Choice(each.measures[:, columns], each.right, each.group) for each in used]
    spreads = np.concatenate([each.measures for each in used]).std(axis=0) + 1e-9
    rows = max(len(each.right) for each in used)
    table = np.zeros((len(used), rows, len(spreads)))
    absent = np.full((len(used), rows), -1e9)
    right = np.zeros((len(used), rows), dtype=np.bool_)
    for place, each in enumerate(used):
        table[place, : len(each.right)] = (each.measures - each.measures.max(axis=0)) / spreads
        absent[place, : len(each.right)] = 0
        right[place, : len(each.right)] = each.right

    def loss(weights: Table) -> tuple[float, Table]:
        odds = table @ weights + absent
        likely = np.exp(odds - odds.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        good = likely * right
        total = good.sum(axis=1, keepdims=True) + 1e-12
        slope = np.einsum("ij,ijk->k", good / total - likely, table)
        return (
            float(-np.log(total).sum() + _RIDGE * weights @ weights),
            -slope + 2 * _RIDGE * weights,
        )

    found = minimize(loss, np.full(len(spreads), 0.1), jac=True, method="L-BFGS-B")
    return np.asarray(found.x / spreads)


def first_right(choices: Sequence[Choice], weights: Table, depth: int = 1) -> list[bool]:
    """For each choice whether something right is among the first `depth`."""
    return [
        bool(each.right[np.argsort(-(each.measures @ weights), kind="stable")[:depth]].any())
        for each in choices
    ]


def report(met: Sequence[Met]) -> None:
    """Print how often the right document is first, and the right passage in the right one."""
    learned = [each for each in met if each.kind != "blind"]
    alone = np.eye(len(DOCUMENT_MEASURES))[0]
    told: dict[str, list[bool]] = {}
    for fold in range(_FOLDS):
        known = [each for each in learned if _fold(each) != fold]
        weights = fit([each.documents for each in known])
        within = fit([each.passages for each in known if each.passages])
        for each in learned:
            if _fold(each) != fold:
                continue
            for name, used in (("first stage", alone), ("second stage", weights)):
                for depth in (1, 2):
                    told.setdefault(f"{each.kind}, {name} @{depth}", []).extend(
                        first_right([each.documents], used, depth)
                    )
            inside = [each.passages] if each.passages else []
            for depth in (1, 2, 3):
                told.setdefault(f"{each.kind}, passage of it @{depth}", []).extend(
                    first_right(inside, within, depth)
                )
    weights = fit([each.documents for each in learned])
    asked = [each.documents for each in met if each.kind == "blind"]
    for name, used in (("first stage", alone), ("second stage", weights)):
        for depth in (1, 2, 5):
            told[f"blind, {name} @{depth}"] = first_right(asked, used, depth)
    for name, found in sorted(told.items()):
        print(f"{name:32} {np.mean(found):.3f} of {len(found)}")


def _fold(met: Met) -> int:
    return zlib.crc32(met.documents.group.encode()) % _FOLDS


def main() -> None:
    """Learn, write and report."""
    parser = argparse.ArgumentParser(prog="python -m knowledge_base.training.second")
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--encoder", default="")
    parser.add_argument("--tests", type=Path, default=Path("tests/evaluation"))
    parser.add_argument("--day", type=date.fromisoformat, default=date(2026, 11, 23))
    parser.add_argument("--share", type=float, default=1.0, help="of the ways of asking")
    options = parser.parse_args()
    view = KnowledgeBase.open(options.index, options.encoder).view()
    met = [*lessons(view, options.day, options.share), *blind(view, options.day, options.tests)]
    report(met)
    learned = [each for each in met if each.kind != "blind"]
    documents = fit([each.documents for each in learned])
    passages = fit([each.passages for each in learned if each.passages])
    spread = fit([each.documents for each in learned], columns=[0])
    weights = Weights(
        dict(zip(DOCUMENT_MEASURES, documents.round(4).tolist(), strict=True)),
        dict(zip(PASSAGE_MEASURES, passages.round(4).tolist(), strict=True)),
        round(float(spread[0]), 4),
    )
    WEIGHTS.write_text(json.dumps(asdict(weights), indent=1) + "\n", encoding="utf-8")
    print(WEIGHTS.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
