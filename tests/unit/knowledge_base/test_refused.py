"""The questions that teach when to refuse: well formed, and none of those that measure."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from knowledge_base.kinds import KINDS
from knowledge_base.text import search_form
from knowledge_base.training.kinds import ELSEWHERE, HARMLESS, NEAR, REFUSED
from knowledge_base.training.pairs import read_rows
from knowledge_base.training.spoken import bundled_passages

EVALUATION = Path("tests/evaluation")
BLIND = ("questions_blind", "negatives_blind", "smoke", "smoke_negatives")


def plain(question: str) -> str:
    return re.sub(r"\s", "", search_form(question)).rstrip("?。！!")


def questions(path: Path) -> list[str]:
    return [plain(row["question"]) for row in read_rows(path)]


def test_each_has_a_kind_that_is_known() -> None:
    assert {row["kind"] for row in read_rows(REFUSED)} == {*KINDS, ELSEWHERE, NEAR}


@pytest.mark.parametrize("path", [REFUSED, HARMLESS], ids=lambda path: path.name)
def test_none_is_written_twice(path: Path) -> None:
    often = Counter(questions(path))
    assert {question for question, times in often.items() if times > 1} == set()


def test_a_harmless_one_is_never_refused_too() -> None:
    assert set(questions(HARMLESS)).isdisjoint(questions(REFUSED))


@pytest.mark.parametrize("path", [REFUSED, HARMLESS], ids=lambda path: path.name)
def test_none_is_a_question_that_measures(path: Path) -> None:
    lines = "\n".join((EVALUATION / f"{name}.jsonl").read_text("utf-8") for name in BLIND)
    measured = {plain(json.loads(line)["question"]) for line in lines.splitlines() if line}
    # A greeting is the same whoever writes it.
    shared = {question for question in questions(path) if len(question) > 6} & measured
    assert shared == set()


def test_none_to_be_refused_is_a_usual_way_of_asking() -> None:
    asked = {plain(each) for passage in bundled_passages() for each in passage.asked}
    assert asked.isdisjoint(questions(REFUSED))
