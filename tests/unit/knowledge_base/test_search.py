from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import jieba
import pytest

from knowledge_base import words
from knowledge_base.search import KnowledgeBase, SearchConfig
from knowledge_base.words import Analyser, Colloquial

DAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def knowledge(served: Path) -> KnowledgeBase:
    return KnowledgeBase.open(served)


def found(knowledge: KnowledgeBase, question: str, day: date = DAY) -> list[str]:
    return [hit.passage.document_id for hit in knowledge.search(question, as_of=day)]


def test_the_dictionary_is_read_at_once_and_is_jieba_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert jieba.marshal.load is words._read_at_once
    built, read = jieba.Tokenizer(), jieba.Tokenizer()
    built.tmp_dir = read.tmp_dir = str(tmp_path)
    built.initialize()
    reads: list[int] = []

    def at_once(stream: BinaryIO) -> Any:
        reads.append(1)
        return words._read_at_once(stream)

    monkeypatch.setattr(jieba.marshal, "load", at_once)
    read.initialize()
    assert reads == [1]
    assert (read.FREQ, read.total) == (built.FREQ, built.total)


def test_the_passage_that_answers_comes_first(knowledge: KnowledgeBase) -> None:
    hits = knowledge.search("小微企业所得税税率", as_of=DAY)
    assert hits[0].passage.id == "small-tax-p1"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_no_more_than_top_are_returned(knowledge: KnowledgeBase) -> None:
    assert len(knowledge.search("企业", top=2, as_of=DAY)) == 2


def test_a_repealed_document_is_never_found(knowledge: KnowledgeBase) -> None:
    assert "old-fee" not in found(knowledge, "暂住证工本费")


def test_a_document_is_found_only_between_its_first_and_last_day(knowledge: KnowledgeBase) -> None:
    question = "公共充电桩奖励"
    assert "future-park" not in found(knowledge, question)
    assert found(knowledge, question, date(2027, 1, 1))[0] == "future-park"
    assert found(knowledge, question, date(2028, 12, 31))[0] == "future-park"
    assert "future-park" not in found(knowledge, question, date(2029, 1, 1))


@pytest.mark.parametrize("question", ["", "   ", "\n\t"])
def test_an_empty_question_finds_nothing(knowledge: KnowledgeBase, question: str) -> None:
    assert knowledge.search(question, as_of=DAY) == []


@pytest.mark.parametrize("question", ["😀" * 50, "a" * 100_000, "'; DROP TABLE --", "\x00", "％％"])
def test_odd_questions_do_no_harm(knowledge: KnowledgeBase, question: str) -> None:
    knowledge.search(question, as_of=DAY)


def test_the_same_question_gives_the_same_answer(knowledge: KnowledgeBase) -> None:
    assert knowledge.search("补贴多少", as_of=DAY) == knowledge.search("补贴多少", as_of=DAY)


def test_a_part_of_the_search_can_be_left_out(served: Path) -> None:
    words_only = KnowledgeBase.open(served, config=SearchConfig(dense=0.0))
    assert words_only.search("劳动仲裁收费", as_of=DAY)[0].passage.document_id == "arbitration"


def test_colloquial_words_are_read_as_official_ones() -> None:
    sayings = Colloquial([("小厂子", ("小型微利企业",)), ("厂子", ("企业",))])
    assert sayings.expansions("我这小厂子") == [
        ("小厂子", ("小型微利企业",)),
        ("厂子", ("企业",)),
    ]


def test_a_policy_term_is_one_word() -> None:
    assert Analyser(["小型微利企业"]).segments("小型微利企业") == ["小型微利企业"]


def test_characters_are_taken_alone_and_in_pairs() -> None:
    assert Analyser().characters("所得税25%") == ["所", "得", "税", "所得", "得税", "25%"]
