"""What is measured on was never taught: no question of the blind sets stands in a lesson."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge_base.signals import plain
from knowledge_base.training.spoken import SPOKEN, bundled_passages

SETS = Path(__file__).parents[2] / "evaluation"
LESSONS = SPOKEN.parent


def questions(path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield from row["asked"] if "asked" in row else [row["question"]]


@pytest.fixture(scope="module")
def taught() -> set[str]:
    lessons = (LESSONS / f"{name}.jsonl" for name in ("labelled", "refused", "harmless"))
    found = {plain(each) for path in (*lessons, SPOKEN) for each in questions(path)}
    return found | {plain(asked) for passage in bundled_passages() for asked in passage.asked}


@pytest.mark.parametrize(
    "name",
    [
        "questions_blind",
        "negatives_blind",
        "asked_blind",
        "odd_blind",
        "refused_blind",
        "legal_blind",
    ],
)
def test_no_blind_question_is_a_lesson_or_a_way_of_asking(name: str, taught: set[str]) -> None:
    shared = [each for each in questions(SETS / f"{name}.jsonl") if plain(each) in taught]
    assert shared == []
