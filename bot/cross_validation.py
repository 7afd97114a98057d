"""How well what is learned carries over: the training sentences examined by each other.

    .venv-rasa/bin/python -m bot validate [--folds N] [--misses]

Who writes training data looks here, never at the blind test: the sentences are dealt into folds,
each is understood by a model of all the others. Near copies stay together, so that none is
examined by its own twin. Harder than the blind test, for each fold lacks a share of the data.
"""

import asyncio
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from bot import comparison, evaluation, paths

FOLDS = 4
NEAR = 0.5
"""From this share of common pairs of characters on two sentences are dealt together."""

Labelled = tuple[str, str]


def validate(folds: int = FOLDS) -> evaluation.Scores:
    """Scores over all training sentences, each understood without its own fold."""
    sentences = list(dict.fromkeys(evaluation.read_sentences(paths.NLU)))
    pipeline = yaml.safe_load(paths.CONFIG.read_text(encoding="utf-8"))["pipeline"]
    numbers = dealt(sentences, folds)
    found: list[evaluation.Sentence] = []
    milliseconds = 0.0
    for fold in range(folds):
        learned = [each for each, at in zip(sentences, numbers, strict=True) if at != fold]
        asked = [each for each, at in zip(sentences, numbers, strict=True) if at == fold]
        scores = _examined(pipeline, learned, asked)
        found += scores.sentences
        milliseconds += scores.ms_per_sentence / folds
    return evaluation.scored(found, f"{folds} folds of the training data", milliseconds)


def dealt(sentences: Sequence[Labelled], folds: int) -> list[int]:
    """The fold of each sentence: near copies together, every intent spread evenly."""
    families = _families([evaluation.words(text) for text, _ in sentences])
    members: dict[int, list[int]] = defaultdict(list)
    for place, family in enumerate(families):
        members[family].append(place)
    held: Counter[tuple[str, int]] = Counter()
    numbers = [0] * len(sentences)
    # Large families first: what is small evens out after them.
    for places in sorted(members.values(), key=lambda places: (-len(places), places)):
        intent = sentences[places[0]][1]
        fold = min(range(folds), key=lambda number: (held[intent, number], number))
        for place in places:
            numbers[place] = fold
            held[sentences[place][1], fold] += 1
    return numbers


def _families(texts: Sequence[str]) -> list[int]:
    parents = list(range(len(texts)))

    def eldest(place: int) -> int:
        while parents[place] != place:
            parents[place] = parents[parents[place]]
            place = parents[place]
        return place

    pairs = [{text[at : at + 2] for at in range(len(text) - 1)} for text in texts]
    earlier: dict[str, list[int]] = defaultdict(list)
    for place, held in enumerate(pairs):
        common = Counter(other for pair in held for other in earlier[pair])
        for other, count in common.items():
            if count >= NEAR * (len(held) + len(pairs[other]) - count):
                parents[eldest(place)] = eldest(other)
        for pair in held:
            earlier[pair].append(place)
    return [eldest(place) for place in range(len(texts))]


def _examined(
    pipeline: comparison.Pipeline, learned: list[Labelled], asked: list[Labelled]
) -> evaluation.Scores:
    from rasa.core.agent import Agent

    scratch = Path(tempfile.mkdtemp(prefix="peipao-fold-"))
    try:
        data, test = scratch / "learned.yml", scratch / "asked.yml"
        data.write_text(_as_nlu(learned), encoding="utf-8")
        test.write_text(_as_nlu(asked), encoding="utf-8")
        model = comparison.train_pipeline(scratch, pipeline, data)
        agent: Any = Agent.load(str(model))
        return asyncio.run(evaluation.understood(agent, test, model.name))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _as_nlu(sentences: list[Labelled]) -> str:
    by_intent: dict[str, list[str]] = defaultdict(list)
    for text, intent in sentences:
        by_intent[intent].append(f"- {text}\n")
    body = [{"intent": intent, "examples": "".join(lines)} for intent, lines in by_intent.items()]
    return str(yaml.safe_dump({"version": "3.1", "nlu": body}, allow_unicode=True))
