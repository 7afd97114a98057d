"""How well intents are understood: the served model on a test set written apart."""

import asyncio
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import paths, training


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
    """All intents' scores, the sentences taken for something else, and the time of one."""

    model: str
    intents: tuple[IntentScore, ...]
    macro_f1: float
    wrong: tuple[Sentence, ...]
    ms_per_sentence: float

    @property
    def worst(self) -> IntentScore:
        """The intent with the lowest F1."""
        return min(self.intents, key=lambda score: score.f1)

    def as_json(self) -> str:
        """One JSON object."""
        return json.dumps(
            {
                "model": self.model,
                "macro_f1": round(self.macro_f1, 4),
                "worst_intent": self.worst.intent,
                "worst_f1": round(self.worst.f1, 4),
                "ms_per_sentence": round(self.ms_per_sentence, 2),
                "f1": {score.intent: round(score.f1, 4) for score in self.intents},
            },
            ensure_ascii=False,
        )

    def as_table(self) -> str:
        """Lines for a person, the worst intents and the wrong sentences last."""
        lines = [f"{'intent':<15}{'precision':>10}{'recall':>8}{'F1':>7}{'sentences':>11}"]
        lines += [
            f"{score.intent:<15}{score.precision:>10.3f}{score.recall:>8.3f}{score.f1:>7.3f}"
            f"{score.sentences:>11}"
            for score in sorted(self.intents, key=lambda score: -score.f1)
        ]
        lines += [
            f"  {sentence.expected} → {sentence.found} ({sentence.confidence:.2f}): {sentence.text}"
            for sentence in self.wrong
        ]
        lines.append(
            f"macro-F1 {self.macro_f1:.3f}, worst {self.worst.intent} {self.worst.f1:.3f}, "
            f"{self.ms_per_sentence:.1f} ms a sentence, {self.model}"
        )
        return "\n".join(lines)


def read_sentences(path: Path) -> list[tuple[str, str]]:
    """(text, intent) of every example in a Rasa NLU file or folder."""
    from rasa.shared.nlu.training_data.loading import load_data

    return [
        (example.get("text"), example.get("intent"))
        for example in load_data(str(path)).intent_examples
    ]


def evaluate(test: Path = paths.INTENTS_TEST) -> Scores:
    """Scores of the newest model on `test`."""
    from rasa.core.agent import Agent

    model = training.newest_model() or training.train()
    return asyncio.run(understood(Agent.load(str(model)), test, model.name))


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
        tuple(sentence for sentence in sentences if sentence.found != sentence.expected),
        ms_per_sentence,
    )
