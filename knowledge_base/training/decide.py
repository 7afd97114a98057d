"""Fits the scale for documents with 常见问法 (knowledge_base/decision.py).

    python -m knowledge_base.training.decide --index DIR --data DATA --tests tests/evaluation

Learned from: usual ways of asking (常见问法) that the encoder was not taught, each asked while it
is hidden, over all bundled documents and over small worlds of 3 to 45; the same asked while the
whole document is hidden, so that nothing answers; the same turned absurd; questions of another
trade (paraphrase_train); questions written to be refused (refused.jsonl), near misses among them;
questions written and labelled as the blind ones were (labelled.jsonl); and the dev half of the
blind questions and negatives. Writes `knowledge_base/learned/scales.json`
and prints what each threshold gives on questions unseen.
"""

import argparse
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.encoder import Encoder
from knowledge_base.evaluation import half_of, read_questions
from knowledge_base.index import build
from knowledge_base.passages import Passage
from knowledge_base.search import KnowledgeBase, View
from knowledge_base.signals import Signals, plain, read_signals
from knowledge_base.training.absurd import absurd
from knowledge_base.training.kinds import NEAR, REFUSED, Unseen, examples
from knowledge_base.training.pairs import read_rows
from knowledge_base.training.scale import Lesson, fit, report, unseen, write
from knowledge_base.training.spoken import LABELLED, was_taught
from knowledge_base.validity import Period
from knowledge_base.within import reordered
from knowledge_base.words import policy_terms

SEED = 20261123
_READ = 10
_OTHER_TRADE = 300
_ABSURD = 400
_HIDDEN = 0.5
_SIZES = (3, 3, 3, 3, 8, 8, 8, 20, 20, 45)
_SHARE = 0.35
_SMALL = 0.2
_OTHERS = 40
_DOUBTFUL = 0.6
"""What a near miss counts, and a question whose document is hidden: another document may answer it
after all, and is quoted with its source."""
_REFUSED = 6.0
_LABELLED, _NONE_ANSWERS = 3.0, 0.3
_ODD = 0.6
"""What a question counts whose trade or story only sounds like a joke (style `odd`): at 1 so much
that is absurd would be answered too. One that none answers counts as much less than that as
`_NONE_ANSWERS` does than `_LABELLED`."""
DEV = (("questions", 4.0), ("negatives_blind", 5.0), ("questions_unanswered", 0.0))
"""The blind files and what each of their dev questions counts; hard negatives only report."""


class Asker:
    """Asks a view as a person would, while something is hidden."""

    def __init__(self, view: View, unseen_kinds: Unseen) -> None:
        self._view = view
        self._kinds = unseen_kinds

    def ask(
        self, question: str, group: str, allowed: NDArray[np.bool_], hidden: str = ""
    ) -> tuple[str, Signals] | None:
        """The document found for `question` and its signals; the way of asking `hidden` is out."""
        hits = self._view.ranked(question, top=_READ, allowed=allowed)
        if not hits:
            return None
        hits = reordered(question, hits, self._view, allowed)
        if hidden:
            hits = [replace(hit, passage=_without(hit.passage, hidden)) for hit in hits]
        leanings = self._kinds.leanings(question, group)
        signals = read_signals(question, hits, self._view, allowed, leanings)
        return hits[0].passage.document_id, signals


def _without(passage: Passage, asked: str) -> Passage:
    return replace(passage, asked=tuple(each for each in passage.asked if each != asked))


def lessons(view: View, day: date, data: Path, tests: Path) -> Iterator[Lesson]:
    """Everything that is learned from or reported on."""
    allowed = view.allowed(Period.day(day))
    rng = random.Random(SEED)  # noqa: S311 (reproducible lessons, no secrets)
    kinds = Unseen(examples())
    asker = Asker(view, kinds)
    yield from _asked(view, asker, allowed, rng, _SHARE)
    yield from _turned(view, asker, allowed, rng)
    yield from _small(view, kinds, day, rng)
    others = [row["a"] for row in read_rows(data / "paraphrase_train.jsonl")]
    strange = [("trade", question, 0.7) for question in rng.sample(others, _OTHER_TRADE)]
    for row in read_rows(REFUSED):
        kind, weight = ("near miss", _DOUBTFUL) if row["kind"] == NEAR else ("refused", _REFUSED)
        strange.append((kind, row["question"], weight))
    for kind, question, weight in strange:
        if met := asker.ask(question, question, allowed):
            yield Lesson(kind, question, question, met[1], False, weight)
    yield from _labelled(view, asker, allowed)
    for name, weight in DEV:
        for filed in half_of(read_questions(tests / f"{name}.jsonl", ("question",)), "dev"):
            question, wanted = filed["question"], filed.get("document", [])
            if met := asker.ask(question, question, allowed):
                right = met[0] in (wanted if isinstance(wanted, list) else [wanted])
                yield Lesson(name, question, question, met[1], right, weight)


def _asked(
    view: View, asker: Asker, allowed: NDArray[np.bool_], rng: random.Random, share: float
) -> Iterator[Lesson]:
    """A `share` of the ways of asking unseen by the encoder, hidden as they are asked."""
    index = view.index
    documents = np.asarray([passage.document_id for passage in index.passages])[index.owners]
    for row in range(len(index.passages), index.entries):
        question, document = index.asked(row), str(documents[row])
        if was_taught(question) or not allowed[row] or rng.random() > share:
            continue
        hidden = allowed.copy()
        hidden[row] = False
        if met := asker.ask(question, document, hidden, question):
            yield Lesson("asked", question, document, met[1], met[0] == document, 1.0)
        if rng.random() < _HIDDEN and (
            met := asker.ask(question, document, allowed & (documents != document))
        ):
            yield Lesson("hidden", question, document, met[1], False, _DOUBTFUL)


def _labelled(view: View, asker: Asker, allowed: NDArray[np.bool_]) -> Iterator[Lesson]:
    """Questions written and labelled as the blind ones were. Many have become usual ways of asking:
    as it is asked each is hidden. Its wording the kinds' weights know all the same; to leave its
    whole document out of them told no more of what is asked later (decision 0016)."""
    index = view.index
    asked = {plain(index.asked(row)): row for row in range(len(index.passages), index.entries)}
    for each in read_rows(LABELLED):
        question, wanted = each["question"], each["document"]
        may, hidden = allowed, ""
        if (row := asked.get(plain(question))) is not None:
            may, hidden = allowed.copy(), index.asked(row)
            may[row] = False
        if met := asker.ask(question, question, may, hidden):
            kind, weight = ("labelled", _LABELLED) if wanted else ("none answers", _NONE_ANSWERS)
            if each["style"] == "odd":
                kind, weight = (
                    ("odd", _ODD)
                    if wanted
                    else ("odd, none answers", _ODD * _NONE_ANSWERS / _LABELLED)
                )
            yield Lesson(kind, question, question, met[1], met[0] in wanted, weight)


def _turned(
    view: View, asker: Asker, allowed: NDArray[np.bool_], rng: random.Random
) -> Iterator[Lesson]:
    """Ways of asking turned absurd; what they were made of is hidden."""
    index = view.index
    rows = range(len(index.passages), index.entries)
    for row in rng.sample(rows, min(_ABSURD, len(rows))):
        question = index.asked(row)
        hidden = allowed.copy()
        hidden[row] = False
        turned, group = absurd(question, rng), index.passages[index.owners[row]].document_id
        if turned and (met := asker.ask(turned, group, hidden, question)):
            yield Lesson("absurd", turned, group, met[1], False, 0.7)


def _small(view: View, kinds: Unseen, day: date, rng: random.Random) -> Iterator[Lesson]:
    """The same over a few documents: what a town has that begins."""
    groups: dict[str, list[Passage]] = {}
    for passage in view.index.passages:
        groups.setdefault(passage.document_id, []).append(passage)
    others = [
        (key, question)
        for key, group in groups.items()
        for passage in group
        for question in passage.asked
        if not was_taught(question)
    ]
    for size in _SIZES:
        chosen = rng.sample(sorted(groups), min(size, len(groups)))
        with tempfile.TemporaryDirectory() as folder:
            world = small_world(
                Path(folder), [passage for key in chosen for passage in groups[key]], view.encoder
            )
            asker, allowed = Asker(world, kinds), world.allowed(Period.day(day))
            yield from (
                replace(lesson, kind=f"small {lesson.kind}", weight=_SMALL * lesson.weight)
                for lesson in _asked(world, asker, allowed, rng, _SHARE)
                if lesson.kind == "asked"
            )
            strange = [pair for pair in others if pair[0] not in chosen]
            for key, question in rng.sample(strange, min(_OTHERS, len(strange))):
                if met := asker.ask(question, key, allowed):
                    yield Lesson("small others", question, key, met[1], False, 2 * _SMALL)


def small_world(folder: Path, passages: Sequence[Passage], encoder: Encoder) -> View:
    """An index of `passages` alone, looked at."""
    build(
        folder,
        passages,
        documents=list({passage.document_id: passage.document for passage in passages}.values()),
        encoder=encoder,
        terms=policy_terms(),
        built_at=datetime.now(UTC),
    )
    return KnowledgeBase.open(folder).view()


def main() -> None:
    """Fit, write the scale and print what each threshold gives on questions unseen."""
    parser = argparse.ArgumentParser(prog="python -m knowledge_base.training.decide")
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--encoder", default="")
    parser.add_argument("--tests", type=Path, default=Path("tests/evaluation"))
    parser.add_argument("--day", type=date.fromisoformat, default=date(2026, 11, 23))
    parser.add_argument("--sure", type=float, default=0.21)
    options = parser.parse_args()
    view = KnowledgeBase.open(options.index, options.encoder).view()
    rows = list(lessons(view, options.day, options.data, options.tests))
    names = sorted(rows[0].signals.measures)
    print(f"{len(rows)} lessons, {sum(row.right for row in rows) / len(rows):.2f} right")
    report(rows, unseen(rows, names))
    write("taught", fit(rows, names, options.sure))


if __name__ == "__main__":
    main()
