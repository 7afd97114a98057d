"""How well people are understood: the served model on test sets written apart."""

import asyncio
import re
import time
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bot import entity_evaluation, paths, training
from bot.entity_evaluation import EntityScores


@dataclass(frozen=True, slots=True)
class Sentence:
    """A test sentence, what it should be taken for, what it was taken for and how surely."""

    text: str
    expected: str
    found: str
    confidence: float


@dataclass(frozen=True, slots=True)
class IntentScore:
    """Precision, recall and F1 (0 to 1) of one intent."""

    intent: str
    precision: float
    recall: float
    f1: float
    sentences: int


@dataclass(frozen=True, slots=True)
class Scores:
    """All intents' scores, the sentences they count, and the time of one."""

    model: str
    intents: tuple[IntentScore, ...]
    macro_f1: float
    sentences: tuple[Sentence, ...]
    ms_per_sentence: float

    @property
    def wrong(self) -> tuple[Sentence, ...]:
        """Those taken for something else."""
        return tuple(each for each in self.sentences if each.found != each.expected)

    def without(self, known: set[str]) -> "Scores":
        """The scores of the sentences whose words are not among `known`."""
        unknown = [each for each in self.sentences if words(each.text) not in known]
        return scored(unknown, self.model, self.ms_per_sentence)

    @property
    def worst(self) -> IntentScore:
        """The intent with the lowest F1."""
        return min(self.intents, key=lambda score: score.f1)

    def as_json(self) -> dict[str, Any]:
        """What becomes one JSON object."""
        return {
            "model": self.model,
            "macro_f1": round(self.macro_f1, 4),
            "worst_intent": self.worst.intent,
            "worst_f1": round(self.worst.f1, 4),
            "ms_per_sentence": round(self.ms_per_sentence, 2),
            "f1": {score.intent: round(score.f1, 4) for score in self.intents},
        }

    @property
    def summary(self) -> str:
        """One line."""
        return (
            f"macro-F1 {self.macro_f1:.3f}, worst {self.worst.intent} {self.worst.f1:.3f}, "
            f"{self.ms_per_sentence:.1f} ms a sentence"
        )

    @property
    def confusions(self) -> list[tuple[str, int]]:
        """Pairs of intents and how often the first was taken for the second, most often first."""
        pairs = Counter(f"{sentence.expected} → {sentence.found}" for sentence in self.wrong)
        return pairs.most_common()

    def as_table(self, *, misses: bool = False) -> str:
        """Lines for a person, the worst intents last; wrong sentences only when asked for, so that
        those who train need not see what they are examined by."""
        lines = [f"{'intent':<15}{'precision':>10}{'recall':>8}{'F1':>7}{'sentences':>11}"]
        lines += [
            f"{score.intent:<15}{score.precision:>10.3f}{score.recall:>8.3f}{score.f1:>7.3f}"
            f"{score.sentences:>11}"
            for score in sorted(self.intents, key=lambda score: -score.f1)
        ]
        lines += [f"  {pair} × {count}" for pair, count in self.confusions if count > 1]
        if misses:
            lines += [
                f"  {wrong.expected} → {wrong.found} ({wrong.confidence:.2f}): {wrong.text}"
                for wrong in self.wrong
            ]
        lines.append(f"{self.summary}, {self.model}")
        return "\n".join(lines)


def words(text: str) -> str:
    """`text` without what is no word, to compare sentences by."""
    return re.sub(r"\W", "", text).lower()


def read_sentences(path: Path) -> list[tuple[str, str]]:
    """(text, intent) of every example in a Rasa NLU file or folder."""
    from rasa.shared.nlu.training_data.loading import load_data

    return [
        (example.get("text"), example.get("intent"))
        for example in load_data(str(path)).intent_examples
    ]


def evaluate(test: Path = paths.INTENTS_BLIND_TEST) -> Scores:
    """Scores of the newest model on `test`."""
    agent, name = _newest()
    return asyncio.run(understood(agent, test, name))


def evaluate_entities(test: Path = paths.ENTITIES_BLIND_TEST) -> EntityScores:
    """Entities as the newest model finds them, its own intent deciding what words name."""
    agent, _ = _newest()
    cases = entity_evaluation.read_cases(test)

    async def found() -> list[set[entity_evaluation.Pair]]:
        return [entity_evaluation.pairs_of(await agent.parse_message(case.text)) for case in cases]

    return entity_evaluation.score(zip(cases, asyncio.run(found()), strict=True))


def entities_by_table(test: Path = paths.ENTITIES_BLIND_TEST) -> EntityScores:
    """Entities where it is known what each sentence is said for: the tables and rules alone."""
    find = entity_evaluation.with_tables(
        paths.LEXICON / "entities.tsv", paths.LEXICON / "policy_names.tsv", paths.CORPUS
    )
    return entity_evaluation.score(
        (case, find(case)) for case in entity_evaluation.read_cases(test)
    )


@cache
def _newest() -> tuple[Any, str]:
    from rasa.core.agent import Agent

    # Never an older model: what is measured is what stands in the files.
    model = training.train(only_if_changed=True)
    return Agent.load(str(model)), model.name


async def understood(agent: Any, test: Path, model: str) -> Scores:
    """Scores of `agent` on `test`; the first message, which warms it, is not timed."""
    wanted = read_sentences(test)
    await agent.parse_message(wanted[0][0])
    started = time.perf_counter()
    sentences = []
    for text, expected in wanted:
        intent = (await agent.parse_message(text))["intent"]
        sentences.append(Sentence(text, expected, intent["name"] or "", intent["confidence"]))
    elapsed = time.perf_counter() - started
    return scored(sentences, model, elapsed * 1000 / len(sentences))


def scored(sentences: list[Sentence], model: str, ms_per_sentence: float) -> Scores:
    """The scores of `sentences`; an unrecognised one counts against its intent only."""
    scores = []
    for intent in sorted({sentence.expected for sentence in sentences}):
        expected = [sentence for sentence in sentences if sentence.expected == intent]
        found = [sentence for sentence in sentences if sentence.found == intent]
        right = sum(sentence.found == intent for sentence in expected)
        precision = right / len(found) if found else 0.0
        recall = right / len(expected)
        f1 = 2 * precision * recall / (precision + recall) if right else 0.0
        scores.append(IntentScore(intent, precision, recall, f1, len(expected)))
    return Scores(
        model,
        tuple(scores),
        sum(score.f1 for score in scores) / len(scores),
        tuple(sentences),
        ms_per_sentence,
    )
