"""Fits the weights of decision.py, and shows what a threshold costs. Prints; changes nothing.

    python -m knowledge_base.training.decide --index DIR --data DATA --tests tests/evaluation

Learned from: usual ways of asking (常见问法) that the encoder was not taught, each asked while its
own entry is hidden; the same
asked while the whole document is hidden, so that nothing answers; questions of another trade
(paraphrase_train); and the dev half of the blind questions and negatives.
"""

import argparse
import json
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from knowledge_base.decision import features, is_barred
from knowledge_base.evaluation import half_of, read_questions
from knowledge_base.search import KnowledgeBase, View
from knowledge_base.signals import Signals, read_signals
from knowledge_base.training.spoken import taught
from knowledge_base.validity import Period

SEED = 20261123
_READ = 10
_OTHER_TRADE = 600


def signals_of(view: View, question: str, allowed: NDArray[np.bool_]) -> tuple[str, Signals | None]:
    """The document found for `question` among the `allowed` entries, and the signals."""
    hits = view.ranked(question, top=_READ, allowed=allowed)
    if not hits:
        return "", None
    return hits[0].passage.document_id, read_signals(question, hits, view)


def lessons(
    view: View, day: date, data: Path, tests: Path
) -> Iterator[tuple[str, str, Signals, bool, float]]:
    """Kind, question, signals, whether the document found answers it, and its weight."""
    index, allowed = view.index, view.snapshot.allowed(Period.day(day), None)
    rng = random.Random(SEED)  # noqa: S311 (reproducible lessons, no secrets)
    count = len(index.passages)
    documents = np.asarray([passage.document_id for passage in index.passages])[index.owners]
    for row in range(count, index.entries):
        question, document = index.asked(row), documents[row]
        if question in taught(index.passages[index.owners[row]]):
            continue
        hidden = allowed.copy()
        hidden[row] = False
        found, signals = signals_of(view, question, hidden)
        if signals:
            yield "asked", question, signals, found == document, 1.0
        if rng.random() < 0.5:
            _, signals = signals_of(view, question, allowed & (documents != document))
            if signals:
                # Another document may answer it after all, so these count for less.
                yield "hidden", question, signals, False, 0.6
    with (data / "paraphrase_train.jsonl").open(encoding="utf-8") as stream:
        others = [json.loads(line)["a"] for line in stream]
    for question in rng.sample(others, _OTHER_TRADE):
        _, signals = signals_of(view, question, allowed)
        if signals:
            yield "trade", question, signals, False, 1.0
    files = (
        ("questions", 10.0),
        ("negatives_blind", 15.0),
        ("questions_unanswered", 1.0),
    )
    for name, weight in files:
        for filed in half_of(read_questions(tests / f"{name}.jsonl", ("question",)), "dev"):
            found, signals = signals_of(view, filed["question"], allowed)
            wanted = filed.get("document", [])
            if signals:
                right = found in (wanted if isinstance(wanted, list) else [wanted])
                yield name, filed["question"], signals, right, weight


def main() -> None:
    """Fit, print the weights and what each threshold gives on the dev half."""
    parser = argparse.ArgumentParser(prog="python -m knowledge_base.training.decide")
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--encoder", default="")
    parser.add_argument("--tests", type=Path, default=Path("tests/evaluation"))
    parser.add_argument("--day", type=date.fromisoformat, default=date(2026, 11, 23))
    options = parser.parse_args()
    view = KnowledgeBase.open(options.index, options.encoder).view()
    rows = list(lessons(view, options.day, options.data, options.tests))
    names = list(features(rows[0][2]))
    table = np.asarray([list(features(signals).values()) for _, _, signals, _, _ in rows])
    right = np.asarray([label for *_, label, _ in rows])
    weight = np.asarray([weight for *_, weight in rows])
    free = np.asarray([not is_barred(signals) for _, _, signals, _, _ in rows])
    model = LogisticRegression(C=10.0, max_iter=2000)
    model.fit(table[free], right[free], sample_weight=weight[free])
    for name, value in zip(names, model.coef_[0], strict=True):
        print(f'    "{name}": {value:.3f},')
    print(f"bias {model.intercept_[0]:.3f}; {len(rows)} lessons, {right.mean():.2f} right")
    likely = model.predict_proba(table)[:, 1] * free
    kinds = np.asarray([kind for kind, *_ in rows])
    for sure in (0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7):
        parts = [
            f"{kind} {(likely[kinds == kind] >= sure).mean():.3f}" for kind in dict.fromkeys(kinds)
        ]
        wrong = (likely >= sure) & ~right & (kinds == "questions")
        print(f"sure ≥ {sure}: said of", *parts, f"wrong document {wrong.sum()}")


if __name__ == "__main__":
    main()
