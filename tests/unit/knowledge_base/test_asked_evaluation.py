"""What `python -m tests.evaluation.asked` counts."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from knowledge_base.evaluation import BadQuestions
from knowledge_base.search import KnowledgeBase
from tests.evaluation.asked import figures

CORPUS = Path(__file__).parents[3] / "knowledge_base" / "corpus"
DAY = date(2026, 11, 28)


def test_questions_with_and_without_a_document_are_counted_apart(
    build_index: Callable[..., None], tmp_path: Path
) -> None:
    build_index(tmp_path / "index", CORPUS / "national" / "xinfang.md")
    knowledge, asked = KnowledgeBase.open(tmp_path / "index"), tmp_path / "asked.jsonl"
    rows = [
        {"question": "信访多久给答复", "document": ["xinfang"]},
        {"question": "养恐龙的企业有税收优惠吗", "document": ["xinfang"]},
        {"question": "今天天气怎么样", "document": []},
    ]
    asked.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    told = figures(knowledge, asked, DAY)
    assert told == (
        "2 with a document: refused 0.500, first 1.000, first five 1.000, cited 0.500; "
        "1 without: answered 0.000"
    )


def test_a_file_without_questions_is_refused(served: Path, tmp_path: Path) -> None:
    knowledge = KnowledgeBase.open(served)
    with pytest.raises(BadQuestions):
        figures(knowledge, tmp_path / "none.jsonl", DAY)
