"""Quality never falls below what was reached once (tests/evaluation/floors.json)."""

import json
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

from knowledge_base.evaluation import (
    evaluate,
    half_of,
    quality,
    read_questions,
    seldom_named,
)
from knowledge_base.search import KnowledgeBase
from tests.evaluation.asked import shares
from tests.evaluation.official import measured

BASE = Path(__file__).parents[3]
SETS = BASE / "tests" / "evaluation"
FLOORS = json.loads((SETS / "floors.json").read_text("utf-8"))
# Shares of what goes wrong: lower is better.
CEILINGS = {"wrongly_refused", "refused", "astray"}
ASKED = (
    "asked_blind", "odd_blind", "honest_blind", "refused_blind", "cheats_blind", "fresh_blind",
)  # fmt: skip
PUBLIC = [Path(folder) for folder in [os.environ.get("EVAL_DATA", "")] if folder]


def fallen(result: dict[str, float], floors: dict[str, float]) -> dict[str, float]:
    return {
        name: result[name]
        for name, floor in floors.items()
        if (result[name] > floor if name in CEILINGS else result[name] < floor)
    }


def test_a_fall_is_seen_in_both_directions() -> None:
    assert fallen({"hit@1": 0.3}, {"hit@1": 0.4}) == {"hit@1": 0.3}
    assert fallen({"wrongly_refused": 0.5}, {"wrongly_refused": 0.4}) == {"wrongly_refused": 0.5}
    assert (
        fallen({"hit@1": 0.4, "wrongly_refused": 0.4}, {"hit@1": 0.4, "wrongly_refused": 0.4}) == {}
    )


def test_answers_and_refusals_on_blind_questions(
    build_index: Callable[..., None], tmp_path: Path
) -> None:
    build_index(tmp_path, BASE / "knowledge_base" / "corpus")
    result = quality(
        KnowledgeBase.open(tmp_path),
        read_questions(SETS / "questions.jsonl", ("question", "document", "fact")),
        read_questions(SETS / "negatives_blind.jsonl", ("question",)),
        as_of=date(2026, 11, 23),
    )
    assert fallen(result, FLOORS["ours"]) == {}, result["failures"][:20]


def test_questions_that_are_no_lessons(build_index: Callable[..., None], tmp_path: Path) -> None:
    build_index(tmp_path, BASE / "knowledge_base" / "corpus")
    knowledge = KnowledgeBase.open(tmp_path)
    for name in ASKED:
        told = shares(knowledge, SETS / f"{name}.jsonl", date(2026, 11, 23))
        assert fallen(told, FLOORS[name]) == {}, name


def test_documents_of_which_only_the_text_is_known() -> None:
    for folder in PUBLIC:
        result = measured(folder, date(2026, 11, 23))
        assert fallen(result, FLOORS["official_blind"]) == {}, result["failures"][:20]


def test_articles_found_for_lay_peoples_questions(
    build_index: Callable[..., None], tmp_path: Path
) -> None:
    # Where the public sets are at hand (CI names them by EVAL_DATA), they are measured too.
    for folder in PUBLIC:
        build_index(tmp_path, folder / "statutes.jsonl")
        questions = read_questions(folder / "stard_dev.jsonl", ("question", "relevant"))
        knowledge = KnowledgeBase.open(tmp_path)
        odd = half_of(questions, "test")
        assert fallen(evaluate(knowledge, odd), FLOORS["stard_odd"]) == {}
        seldom = seldom_named(knowledge, odd, 5)
        assert fallen(evaluate(knowledge, seldom), FLOORS["stard_odd_seldom_named"]) == {}
