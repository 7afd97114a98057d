"""What is measured on was never taught: no question of the blind sets stands in a lesson."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer

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


BLIND = [
    "questions_blind",
    "negatives_blind",
    "asked_blind",
    "odd_blind",
    "honest_blind",
    "refused_blind",
    "cheats_blind",
    "fresh_blind",
]
NEAR, AT_MOST = 0.6, 0.04
"""Short questions are alike by nature (劳动仲裁要钱吗): a few of a hundred share most pairs."""


def pairs(texts: Iterable[str]) -> csr_matrix:
    """Which pairs of neighbouring characters each text has."""
    return HashingVectorizer(
        analyzer="char", ngram_range=(2, 2), binary=True, norm=None, alternate_sign=False
    ).transform(texts)


@pytest.mark.parametrize("name", [*BLIND, "legal_blind"])
def test_no_blind_question_is_a_lesson_or_a_way_of_asking(name: str, taught: set[str]) -> None:
    shared = [each for each in questions(SETS / f"{name}.jsonl") if plain(each) in taught]
    assert shared == []


@pytest.mark.parametrize("name", BLIND)
def test_hardly_a_blind_question_comes_near_a_lesson(name: str, taught: set[str]) -> None:
    blind = pairs(map(plain, questions(SETS / f"{name}.jsonl")))
    lessons = pairs(sorted(taught))
    shared = (blind @ lessons.T).tocoo()
    sizes = [np.asarray(each.sum(axis=1)).ravel() for each in (blind, lessons)]
    either = sizes[0][shared.row] + sizes[1][shared.col] - shared.data
    near = set(shared.row[shared.data > NEAR * either])
    assert len(near) <= AT_MOST * blind.shape[0]
