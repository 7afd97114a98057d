"""An answer fits a telephone: what answers first, the rest on 详细, and nothing is reworded."""

import re
from datetime import date
from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import DOUBTFUL, OTHERS, Said, arranged, halves, marked, say, shown
from actions.base import PERSON
from actions.brief import Brief, brief, repeats, short_source, standing_alone
from actions.brief import _Piece as Piece
from actions.details import ALL_SAID, say_details, wants_details
from knowledge_base.answer import Answer, Citation, answer
from knowledge_base.decision import DecisionConfig
from knowledge_base.documents import Document
from knowledge_base.extract import SAMPLE_NOTICE
from knowledge_base.passages import Passage
from knowledge_base.search import KnowledgeBase

TODAY = date(2026, 11, 24)
ASKED = (
    "残保金30人以下交不交",
    "试用期可不可以不签合同",
    "小规模增值税好多点免",
    "被罚了款不服可以复议吗",
    "创业担保贷款个人最多能贷多少",
)
FRAME = "依据：|核对日期|有效期|【示例|相近的还有|还有几句"
SCREEN = 260
"""Characters, the stars of bold figures apart: twelve lines of a telephone."""


@pytest.fixture(params=ASKED)
def found(request: pytest.FixtureRequest, corpus: KnowledgeBase) -> tuple[str, Answer]:
    told = answer(request.param, corpus, as_of=TODAY)
    assert told.sure
    return request.param, told


def bare(text: str) -> str:
    return re.sub(r"[\s*]|……", "", text)


def test_the_first_bubble_fits_a_screen_and_names_its_source(
    found: tuple[str, Answer], corpus: KnowledgeBase
) -> None:
    said = brief(*found, corpus.view())
    assert len(said.first.replace("**", "")) <= SCREEN
    assert said.first.splitlines()[-2].startswith("依据：")
    assert len(said.first) + len(said.more) < len(found[1].text)


def test_every_sentence_stands_in_the_extract_as_it_is(
    found: tuple[str, Answer], corpus: KnowledgeBase
) -> None:
    question, told = found
    said = brief(question, told, corpus.view())
    extract = bare(told.text)
    lines = "\n".join((said.first, said.more, said.rest)).splitlines()
    quoted = [line for line in lines if not re.match(FRAME, line)]
    for part in [part for line in quoted for part in line.split("……") if part]:
        assert bare(part) in extract


def test_what_is_left_out_is_said_already_or_kept(corpus: KnowledgeBase) -> None:
    question = "残保金30人以下交不交"
    told = answer(question, corpus, as_of=TODAY)
    said = brief(question, told, corpus.view())
    everything = said.first + said.more + said.rest
    figures = set(re.findall(r"\*\*(.+?)\*\*", told.text))
    assert figures
    assert all(figure in everything for figure in figures)


def test_a_short_answer_is_said_as_it_is(corpus: KnowledgeBase) -> None:
    document = Document("doc", "短", number="一号", issued=date(2023, 8, 2))
    citation = Citation(Passage("doc-1", document, "第一条", (), "减按25%计算。"))
    told = Answer("减按25%计算。\n\n依据：《短》", True, (citation,), ())
    assert brief("怎么减", told, corpus.view()) == Brief(told.text)


def test_what_limits_a_right_stays_with_it() -> None:
    assert standing_alone("可以申请。但已经享受的除外。材料三样。") == [
        "可以申请。但已经享受的除外。",
        "材料三样。",
    ]
    assert standing_alone("第九条规定：「甲得乙。丙得丁。」以此为准。") == [
        "第九条规定：「甲得乙。丙得丁。」",
        "以此为准。",
    ]
    assert len(standing_alone("符合下列条件之一：（一）甲；（二）乙；（三）丙。")) == 1


def test_the_same_rule_in_other_words_is_no_news_and_another_figure_is() -> None:
    said = [Piece("在职职工**30人**以下的企业继续免征残疾人就业保障金。", 0, 0, 1.0)]
    assert repeats("第二条规定，**30人**以下的企业继续免征残疾人就业保障金。", said)
    assert not repeats("**20人**以下的企业继续免征残疾人就业保障金。", said)


def test_a_law_is_named_by_its_official_title_and_last_amendment() -> None:
    passed = "2007年6月29日第十届全国人民代表大会常务委员会第二十八次会议通过，2012年12月28日修正"
    law = Document("law", "劳动合同法", number=passed, issued=date(2007, 6, 29))
    line = short_source([Passage("law-1", law, "第十九条", (), "…")])
    assert line == "依据：《劳动合同法》（2012年12月28日修正，2007年6月29日发布）第十九条"
    rule = Document("rule", "残保金减免（《关于延续残保金优惠的公告》）", number="公告2023年第8号")
    line = short_source([Passage("rule-1", rule, "", (), "…")])
    assert line == "依据：《关于延续残保金优惠的公告》（公告2023年第8号）"


def test_a_long_passage_is_shown_to_the_end_of_a_sentence() -> None:
    first, rest = halves("甲" * 150 + "。" + "乙" * 100 + "。" + "丙" * 10 + "。")
    assert first == "甲" * 150 + "。"
    assert rest == "乙" * 100 + "。" + "丙" * 10 + "。"
    assert halves("短。") == ("短。", "")


def as_events(dispatcher: CollectingDispatcher) -> list[dict[str, Any]]:
    return [
        {"event": "bot", "text": said["text"], "data": {"custom": said["custom"]}}
        for said in dispatcher.messages
    ]


def test_the_rest_is_said_once_when_it_is_asked_for(
    corpus: KnowledgeBase, dispatcher: CollectingDispatcher, make_tracker: Any
) -> None:
    answers = (arranged(each, answer(each, corpus, as_of=TODAY), corpus) for each in ASKED)
    said = next(each for each in answers if each.rest)
    say(dispatcher, said)
    assert dispatcher.messages[-1]["buttons"][0] == {"title": "详细", "payload": "详细"}
    before = as_events(dispatcher)
    rest = CollectingDispatcher()
    assert say_details(rest, make_tracker("详细", before=before))
    assert rest.messages[0]["text"] == said.rest
    assert rest.messages[0]["custom"]["citations"]
    again = CollectingDispatcher()
    assert say_details(again, make_tracker("详细", before=[*before, *as_events(rest)]))
    assert again.messages[0]["text"] == ALL_SAID
    assert not say_details(CollectingDispatcher(), make_tracker("详细"))


def test_what_may_be_beside_the_point_says_so_and_offers_what_else_is_near(
    corpus: KnowledgeBase,
) -> None:
    sure, doubtful, offered = DecisionConfig(without_doubt=0), DecisionConfig(without_doubt=1.01), 0
    for asked in ASKED:
        plain = arranged(asked, answer(asked, corpus, as_of=TODAY, config=sure), corpus)
        found = answer(asked, corpus, as_of=TODAY, config=doubtful)
        said = arranged(asked, found, corpus)
        assert DOUBTFUL not in plain.text
        assert said.text == f"{DOUBTFUL}\n\n{plain.text}"
        assert said.rest == plain.rest
        *others, last = said.buttons
        assert last == PERSON
        assert len(others) <= OTHERS
        assert all(each["payload"].startswith("请看《") for each in others)
        offered += len(others)
    assert offered


@pytest.mark.parametrize(
    "text", ["详细", "详细点", "说具体点", "展开说说", "看全文", "再详细一点嘛"]
)
def test_the_rest_is_asked_for_in_many_words(text: str) -> None:
    assert wants_details(text)


@pytest.mark.parametrize("text", ["残保金详细规定", "我要投诉", "具体在哪个窗口办", "还有呢", ""])
def test_a_question_of_its_own_asks_for_no_rest(text: str) -> None:
    assert not wants_details(text)


def sample(text: str) -> Citation:
    document = Document("s", "【示例】技改奖补办法", number="示例〔2026〕2号", sample=True)
    return Citation(Passage("s-1", document, "", (), text))


def test_a_sample_is_called_one_at_the_very_beginning_and_a_person_offered() -> None:
    for said in (shown(sample("按8%给。")), marked(Said("到2027年。", [], (sample("按8%给。"),)))):
        assert said.text.startswith(SAMPLE_NOTICE)
        assert said.text.count(SAMPLE_NOTICE) == 1
        assert PERSON in said.buttons


def test_what_is_no_sample_is_not_called_one() -> None:
    document = Document("r", "真办法", number="一号")
    said = shown(Citation(Passage("r-1", document, "", (), "按8%给。")))
    assert SAMPLE_NOTICE not in said.text
    assert said.buttons == []


def test_todays_rule_for_a_past_year_says_so_first_and_offers_a_person(
    corpus: KnowledgeBase,
) -> None:
    question = "2019年六税两费咋减的"
    found = answer(question, corpus, as_of=TODAY)
    assert found.other_time
    said = arranged(question, found, corpus)
    assert "2019年的规定，这里没有查到当时的规定" in said.text
    assert PERSON in said.buttons
    assert "当时有效" not in said.text + said.more + said.rest
