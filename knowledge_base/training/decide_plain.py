"""Fits the scale of decision.py for documents of which nothing but the text is known.

    python -m knowledge_base.training.decide_plain --data DATA --tests tests/evaluation

Indexes of 1 to all bundled documents are built without their 常见问法; asked are ways of asking for
documents that stand in the index (those the encoder was not taught), for others that do not, some
of them turned absurd, the dev half of the blind questions and negatives, and questions written to
be refused whatever the documents are about. Then official documents of DATA, all that lessons ask
of and some at a time, are asked what was written for them (`official.jsonl`), answered there or
not. Writes `knowledge_base/learned/scales.json`.
"""

import argparse
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from knowledge_base.documents import Document
from knowledge_base.encoder import load_for_questions
from knowledge_base.evaluation import half_of, read_questions
from knowledge_base.passages import Passage, cut
from knowledge_base.reading import read_paths
from knowledge_base.training.absurd import absurd
from knowledge_base.training.decide import SEED, Asker, small_world
from knowledge_base.training.kinds import REFUSED, Unseen, examples
from knowledge_base.training.official import LESSONS, documents_of, shelf
from knowledge_base.training.pairs import read_rows
from knowledge_base.training.scale import Lesson, fit, report, unseen, write
from knowledge_base.training.spoken import CORPUS, was_taught
from knowledge_base.validity import Period

SIZES = (1, 3, 3, 8, 8, 20, 10_000)
WEIGHED = (
    "agreement", "coverage", "document_lead", "document_near", "length", "lexical", "margin",
    "passage_near", "score", "similarity", "told_by_document", "told_by_passage", "unheard",
    "unsaid", "unsaid_share", "words", "is_unlawful", "is_injection", "is_chitchat", "is_absurd",
    "waits", "met", "met_nearby", "met_document",
)  # fmt: skip
"""Without what ways of asking tell, and without what other documents may well be about."""
_ANYWHERE = ("unlawful", "injection", "chitchat", "absurd")
_ASKED, _OTHERS, _ABSURD, _REFUSED = 150, 100, 40, 120
_OFFICIAL = 4.0
"""What a question on an official document counts: what a city uploads is like these."""
_TOGETHER, _STRANGE, _NOWHERE = 6, 20, 40
"""Official documents of a small world; questions asked there that belong to others, and such as
are to be refused anywhere."""

Asked = tuple[str, str, str, str, float]
"""Kind, question, group, id of the document that answers it ("" for none), weight."""


def world(
    size: int,
    documents: Sequence[Document],
    passages: Mapping[str, Sequence[Passage]],
    rng: random.Random,
) -> tuple[list[Document], list[Asked]]:
    """Documents of a small world, and questions."""
    chosen = rng.sample(documents, min(size, len(documents)))
    inside = {document.id for document in chosen}
    asked = [
        (question, key)
        for key, group in passages.items()
        for each in group
        for question in each.asked
        if not was_taught(question)
    ]
    ours = [pair for pair in asked if pair[1] in inside]
    others = [pair for pair in asked if pair[1] not in inside]
    ours = rng.sample(ours, min(len(ours), _ASKED))
    others = rng.sample(others, min(len(others), _OTHERS))
    turned = [(absurd(question, rng), key) for question, key in ours[:_ABSURD]]
    found: list[Asked] = [("asked", question, key, key, 1.0) for question, key in ours]
    found += [("others", question, key, "", 1.0) for question, key in others]
    found += [("absurd", question, key, "", 1.0) for question, key in turned if question]
    return chosen, found


def lessons(day: date, tests: Path, kinds: Unseen) -> Iterator[Lesson]:
    """Everything that is learned from."""
    rng = random.Random(SEED)  # noqa: S311 (reproducible lessons, no secrets)
    encoder, documents = load_for_questions(), list(read_paths([CORPUS]).documents)
    passages = {document.id: cut(document) for document in documents}
    negatives: list[Asked] = [
        ("negatives_blind", row["question"], row["question"], "", 2.0)
        for row in half_of(read_questions(tests / "negatives_blind.jsonl", ("question",)), "dev")
    ]
    strange = _refused()
    for size in SIZES:
        chosen, questions = world(size, documents, passages, rng)
        questions += negatives + rng.sample(strange, _REFUSED)
        with tempfile.TemporaryDirectory() as folder:
            bare = [replace(each, asked=()) for one in chosen for each in passages[one.id]]
            view = small_world(Path(folder), bare, encoder)
            asker, allowed = Asker(view, kinds), view.allowed(Period.day(day))
            for kind, question, group, key, weight in questions:
                if met := asker.ask(question, group, allowed):
                    right = bool(key) and met[0] == key
                    yield Lesson(kind, question, group, met[1], right, weight)


def _refused() -> list[Asked]:
    """What is to be refused whatever the documents are about."""
    return [
        ("refused", row["question"], row["question"], "", 1.0)
        for row in read_rows(REFUSED)
        if row["kind"] in _ANYWHERE
    ]


def official_lessons(data: Path, day: date, kinds: Unseen) -> Iterator[Lesson]:
    """Questions on official documents, over all of these together and over a few at a time."""
    rng = random.Random(SEED)  # noqa: S311 (reproducible lessons, no secrets)
    rows, refused = list(read_rows(LESSONS)), _refused()
    documents = sorted(documents_of(rows))
    rng.shuffle(documents)
    worlds = [documents[at : at + _TOGETHER] for at in range(0, len(documents), _TOGETHER)]
    for chosen in (set(documents), *map(set, worlds)):
        asked = [row for row in rows if (row["document"] or row["near"]) in chosen]
        strange = [row for row in rows if row["document"] and row["document"] not in chosen]
        asked += rng.sample(strange, min(_STRANGE, len(strange)))
        weight = _OFFICIAL / 2
        with shelf(data, chosen) as knowledge:
            view = knowledge.view()
            asker, allowed = Asker(view, kinds), view.allowed(Period(date.min, day))
            for row in asked:
                group = row["document"] or row["near"]
                if met := asker.ask(row["question"], group, allowed):
                    kind = "official" if row["document"] in chosen else "official, none answers"
                    right = met[0] == row["document"]
                    yield Lesson(kind, row["question"], group, met[1], right, weight)
            for kind, question, group, _, _ in rng.sample(refused, _NOWHERE):
                if met := asker.ask(question, group, allowed):
                    yield Lesson(f"official, {kind}", question, group, met[1], False, weight)


def main() -> None:
    """Fit, write the scale and print what each threshold gives on questions unseen."""
    parser = argparse.ArgumentParser(prog="python -m knowledge_base.training.decide_plain")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--tests", type=Path, default=Path("tests/evaluation"))
    parser.add_argument("--day", type=date.fromisoformat, default=date(2026, 11, 23))
    parser.add_argument("--sure", type=float, default=0.25)
    options = parser.parse_args()
    kinds = Unseen(examples())
    rows = [
        *lessons(options.day, options.tests, kinds),
        *official_lessons(options.data, options.day, kinds),
    ]
    print(f"{len(rows)} lessons, {sum(row.right for row in rows) / len(rows):.2f} right")
    report(rows, unseen(rows, WEIGHED))
    write("plain", fit(rows, WEIGHED, options.sure))


if __name__ == "__main__":
    main()
