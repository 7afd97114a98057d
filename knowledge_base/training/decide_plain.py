"""Fits the scale of decision.py for documents of which nothing but the text is known.

    python -m knowledge_base.training.decide_plain --tests tests/evaluation

Indexes of 1 to all bundled documents are built without their 常见问法; asked are ways of asking for
documents that stand in the index (the one the encoder was not taught), for others that do not, and
the dev half of the negatives. Prints; changes nothing.
"""

import argparse
import random
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from knowledge_base.decision import features, is_barred
from knowledge_base.documents import Document
from knowledge_base.encoder import load_for_questions
from knowledge_base.evaluation import half_of, read_questions
from knowledge_base.index import build
from knowledge_base.passages import Passage, cut
from knowledge_base.reading import read_paths
from knowledge_base.search import KnowledgeBase
from knowledge_base.signals import Signals, read_signals
from knowledge_base.training.decide import SEED
from knowledge_base.training.spoken import CORPUS
from knowledge_base.validity import Period
from knowledge_base.words import policy_terms

SIZES = (1, 3, 3, 3, 8, 8, 8, 20, 20, 45, 10_000)
WEIGHED = ("coverage", "similarity", "agreement", "score", "unheard")
_ASKED, _OTHERS = 150, 100


def world(
    size: int, documents: list[Document], passages: dict[str, list[Passage]], rng: random.Random
) -> tuple[list[Document], list[tuple[str, str]]]:
    """Documents of a small world, and questions each with the id that answers ("" for none)."""
    chosen = rng.sample(documents, min(size, len(documents)))
    inside = {document.id for document in chosen}
    asked = [
        (each.asked[-1], key) for key, group in passages.items() for each in group if each.asked
    ]
    ours = [pair for pair in asked if pair[1] in inside]
    others = [(question, "") for question, key in asked if key not in inside]
    picked = rng.sample(ours, min(len(ours), _ASKED))
    return chosen, picked + rng.sample(others, min(len(others), _OTHERS))


def lessons(day: date, tests: Path) -> Iterator[tuple[Signals, bool, float]]:
    """Signals, whether the document found answers, and the lesson's weight."""
    rng = random.Random(SEED)  # noqa: S311 (reproducible lessons, no secrets)
    encoder, documents = load_for_questions(), list(read_paths([CORPUS]).documents)
    passages = {document.id: cut(document) for document in documents}
    refused = half_of(read_questions(tests / "negatives_blind.jsonl", ("question",)), "dev")
    for size in SIZES:
        chosen, questions = world(size, documents, passages, rng)
        with tempfile.TemporaryDirectory() as folder:
            build(
                Path(folder),
                [replace(each, asked=()) for document in chosen for each in passages[document.id]],
                documents=chosen,
                encoder=encoder,
                terms=policy_terms(),
                built_at=datetime.now(UTC),
            )
            view = KnowledgeBase.open(Path(folder)).view()
            rows = [(question, key, 1.0) for question, key in questions]
            rows += [(row["question"], "", 3.0) for row in refused]
            for question, key, weight in rows:
                hits = view.search(question, top=10, when=Period.day(day))
                if hits:
                    signals = read_signals(question, hits, view)
                    if not is_barred(signals):
                        yield signals, hits[0].passage.document_id == key, weight


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(prog="python -m knowledge_base.training.decide_plain")
    parser.add_argument("--tests", type=Path, default=Path("tests/evaluation"))
    parser.add_argument("--day", type=date.fromisoformat, default=date(2026, 11, 23))
    options = parser.parse_args()
    rows = list(lessons(options.day, options.tests))
    table = np.asarray([[features(signals)[name] for name in WEIGHED] for signals, _, _ in rows])
    model = LogisticRegression(C=10.0, max_iter=5000).fit(
        table, [right for _, right, _ in rows], sample_weight=[weight for *_, weight in rows]
    )
    for name, value in zip(WEIGHED, model.coef_[0], strict=True):
        print(f'    "{name}": {value:.2f},')
    print(f"bias {model.intercept_[0]:.2f}; {len(rows)} lessons")


if __name__ == "__main__":
    main()
