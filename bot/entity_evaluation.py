"""How well entities are found: pairs of entity and value, each counted once a sentence."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.components.gazetteer import Gazetteer, find_all, tables

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence, what it is said for, and the whole list of what it names."""

    text: str
    intent: str
    expected: frozenset[Pair]


@dataclass(frozen=True, slots=True)
class Miss:
    """A sentence with what was not found and what was found beyond it."""

    text: str
    missing: frozenset[Pair]
    beyond: frozenset[Pair]


@dataclass(frozen=True, slots=True)
class EntityScores:
    """Precision, recall and F1 (0 to 1) over all pairs, F1 of each entity, and the misses."""

    precision: float
    recall: float
    f1: float
    by_entity: dict[str, float]
    misses: tuple[Miss, ...]


def read_cases(path: Path) -> list[Case]:
    """The sentences of an entity test file."""
    return [
        Case(
            row["text"],
            row["intent"],
            frozenset((each["entity"], str(each["value"])) for each in row["entities"] or ()),
        )
        for row in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def with_tables(entities: Path, policies: Path, corpus: Path) -> Callable[[Case], set[Pair]]:
    """Finds by the tables, told what the sentence is said for."""
    gazetteer = Gazetteer(tables(entities, policies, corpus))

    def find(case: Case) -> set[Pair]:
        return {(each.entity, each.value) for each in find_all(case.text, case.intent, gazetteer)}

    return find


def pairs_of(parsed: dict[str, Any]) -> set[Pair]:
    """What the served model found in a message."""
    return {(each["entity"], str(each["value"])) for each in parsed.get("entities") or ()}


def score(found: Iterable[tuple[Case, set[Pair]]]) -> EntityScores:
    """The scores of what was found in each case."""
    cases = list(found)
    misses = [
        Miss(case.text, case.expected - pairs, frozenset(pairs - case.expected))
        for case, pairs in cases
        if pairs != case.expected
    ]
    entities = sorted({entity for case, pairs in cases for entity, _ in {*case.expected, *pairs}})
    counted = {entity: _counts(cases, entity) for entity in entities}
    right, said, wanted = (sum(each[part] for each in counted.values()) for part in range(3))
    return EntityScores(
        right / said if said else 0.0,
        right / wanted if wanted else 0.0,
        _f1(right, said, wanted),
        {entity: _f1(*counts) for entity, counts in counted.items()},
        tuple(misses),
    )


def _counts(cases: list[tuple[Case, set[Pair]]], entity: str) -> tuple[int, int, int]:
    """How many pairs of `entity` are right, were found, were to be found."""
    right = said = wanted = 0
    for case, pairs in cases:
        expected = {pair for pair in case.expected if pair[0] == entity}
        found = {pair for pair in pairs if pair[0] == entity}
        right, said, wanted = (
            right + len(expected & found),
            said + len(found),
            wanted + len(expected),
        )
    return right, said, wanted


def _f1(right: int, said: int, wanted: int) -> float:
    return 2 * right / (said + wanted) if said + wanted else 1.0


def lines_of(scores: EntityScores, *, misses: bool) -> Iterator[str]:
    """Lines for a person; the sentences only when asked for, so that they stay unseen."""
    worst = sorted(scores.by_entity.items(), key=lambda item: item[1])
    yield "entities: " + ", ".join(f"{entity} {f1:.2f}" for entity, f1 in worst)
    if misses:
        for miss in scores.misses:
            lost = " ".join(f"-{entity}={value}" for entity, value in sorted(miss.missing))
            extra = " ".join(f"+{entity}={value}" for entity, value in sorted(miss.beyond))
            yield f"  {miss.text}: {lost} {extra}"
    yield (
        f"entities F1 {scores.f1:.3f} (precision {scores.precision:.3f}, recall "
        f"{scores.recall:.3f}), {len(scores.misses)} sentences not whole"
    )
