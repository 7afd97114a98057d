"""What is said to have held in a past year did; what is today's rule is called that."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from knowledge_base.answer import Verdict, answer
from knowledge_base.asked_time import asked_period
from knowledge_base.documents import Document, Status
from knowledge_base.passages import Passage, cut
from knowledge_base.reading import read_paths
from knowledge_base.search import KnowledgeBase
from knowledge_base.standing import Standing, notice, standing
from knowledge_base.training.spoken import CORPUS
from knowledge_base.validity import Period

TODAY = date(2026, 11, 23)
DIGEST = Document(
    id="invoices",
    title="发票领用（发票管理办法）",
    number="财政部令第6号公布（2023年7月20日国务院令第764号修改）",
    issued=date(1993, 12, 23),
    effective=date(1993, 12, 23),
    sources=("发票管理办法",),
    body="正文",
)
NOTICE = Document(
    id="fees",
    title="停车收费通知",
    number="巴发改价格〔2021〕88号",
    issued=date(2021, 11, 20),
    effective=date(2021, 12, 1),
    body="正文",
)


def year(number: int) -> Period:
    return Period(date(number, 1, 1), date(number, 12, 31), f"{number}年")


def of(text: str, document: Document = DIGEST) -> Passage:
    return Passage(f"{document.id}-p1", document, "", (), text)


@pytest.mark.parametrize(
    ("text", "asked", "stands"),
    [
        # Of laws each has its own day, whatever the oldest of the digest is.
        ("《民法典》第四百九十条规定，自签名时合同成立。", 2015, Standing.TODAYS),
        ("《民法典》第四百九十条规定，自签名时合同成立。", 2023, Standing.HELD),
        ("《增值税法》第九条规定，五百万元。", 2025, Standing.TODAYS),
        ("《民法典》第四百九十条规定甲。《增值税法》第九条规定乙。", 2023, Standing.TODAYS),
        # A law of which nobody knows the day held nowhere for certain.
        ("《某某新法》第三条规定，处以罚款。", 2023, Standing.TODAYS),
        # The digest itself: its number tells of the last amendment.
        ("领发票要先登记。", 2015, Standing.TODAYS),
        ("领发票要先登记。", 2025, Standing.HELD),
        # What a digest says of a day.
        ("数电票自2024年12月1日起推广。", 2023, Standing.TODAYS),
        ("数电票自2024年12月1日起推广。", 2024, Standing.BEGAN),
        ("这项减征执行到2027年12月31日。", 2025, Standing.HELD),
        ("国办发〔2025〕25号明确，可以提高比例。", 2025, Standing.TODAYS),
        ("税务总局公告2024年第11号明确，可以直接开。", 2024, Standing.TODAYS),
        ("税务总局公告2024年第11号明确，可以直接开。", 2025, Standing.HELD),
        ("按2025年新标准执行。", 2024, Standing.TODAYS),
        # A day within a rule, still to come, begins nothing.
        ("自2027年7月1日起超过5年的，要在过渡期内调整。", 2025, Standing.HELD),
    ],
)
def test_a_passage_held_when_all_that_it_quotes_did(
    text: str, asked: int, stands: Standing
) -> None:
    assert standing(of(text), year(asked), TODAY) is stands


def test_an_official_text_held_from_its_day_on() -> None:
    text = "二、本通知自2021年12月1日起执行，2025年有变化的另行通知。"
    assert standing(of(text, NOTICE), year(2022), TODAY) is Standing.HELD
    assert standing(of(text, NOTICE), year(2021), TODAY) is Standing.BEGAN
    told = notice([of(text, NOTICE)], year(2021), TODAY)
    assert "从2021年12月1日起施行" in told
    assert "当时有效" not in told


def test_an_amended_text_did_not_hold_as_it_stands_before_it_was_amended() -> None:
    amended = Document(
        id="old",
        title="规定",
        number="政府令第3号（2024年修订）",
        effective=date(2010, 1, 1),
        body="x",
    )
    assert standing(of("甲。", amended), year(2015), TODAY) is Standing.TODAYS


def test_a_text_without_any_day_is_not_said_to_have_held() -> None:
    undated = Document(id="undated", title="规定", body="x")
    told = notice([of("甲。", undated)], year(2020), TODAY)
    assert "当时有效" not in told
    assert "2020年" in told
    assert "12345" in told


def test_a_text_issued_later_is_not_law_of_the_year_before() -> None:
    issued = Document(id="late", title="规定", issued=date(2024, 5, 1), body="x")
    assert not year(2022).holds(issued)
    assert year(2024).holds(issued)


def test_what_is_todays_says_since_when_and_whom_to_ask() -> None:
    told = notice([of("《增值税法》第九条规定，五百万元。")], year(2022), TODAY)
    assert "这里没有查到当时的规定" in told
    assert "《中华人民共和国增值税法》2024年12月25日公布" in told
    assert "工作人员或者拨打12345" in told
    assert "当时有效" not in told


def test_a_coming_year_is_answered_by_todays_rule_and_said_so() -> None:
    told = notice([of("甲。", NOTICE)], year(2027), TODAY)
    assert told == ("您问的是2027年的规定：下面是现在的规定，到时候有没有变化，以当时的文件为准。")


def test_what_has_ended_is_told_as_ended() -> None:
    over = Document(
        id="over", title="办法", effective=date(2022, 1, 1), expires=date(2024, 12, 31), body="x"
    )
    gone = Document(
        id="gone", title="办法", status=Status.REPEALED, effective=date(2020, 1, 1), body="x"
    )
    assert notice([of("甲。", over)], year(2023), TODAY).startswith("【已失效】这是2023年的规定")
    assert notice([of("甲。", gone)], year(2023), TODAY).startswith("【已废止】这是以前的规定")


def test_no_bundled_passage_is_said_to_have_held_before_its_newest_number() -> None:
    reading = read_paths([CORPUS])
    held = 0
    for document in reading.documents:
        for passage in cut(document):
            past = standing(passage, year(2012), TODAY) is Standing.HELD
            held += past
            assert not (past and "自2023年" in passage.text), passage.id
            assert not (past and "《增值税法》第" in passage.text), passage.id
            assert not (past and "《民法典》第" in passage.text), passage.id
    assert held


TAX = """---
id: {id}
title: {title}
issued: {day}
effective: {day}
sources: [法条数据]
---
## 减征
{title}：{text}
"""
OVER = """---
id: rent-2022
title: 孵化园租金减免办法
issued: 2022-01-01
effective: 2022-01-01
expires: 2022-12-31
---
孵化园租金减免标准是每平方米8元。
"""


@pytest.fixture(scope="module")
def knowledge(
    build_index: Callable[..., None], tmp_path_factory: pytest.TempPathFactory
) -> KnowledgeBase:
    folder = tmp_path_factory.mktemp("standing")
    papers = (
        ("six", "六税两费减征", "2023-01-01", "自2023年1月1日起减按50%征收。"),
        ("west", "西部大开发鼓励类企业所得税", "2011-01-01", "减按15%的税率征收企业所得税。"),
        ("leave", "年休假天数", "2008-01-01", "工作满1年的，年休假5天。"),
    )
    for id, title, day, text in papers:
        whole = TAX.format(id=id, title=title, day=day, text=text)
        (folder / f"{id}.md").write_text(whole, "utf-8")
    (folder / "over.md").write_text(OVER, "utf-8")
    (folder / "rent-now.md").write_text(
        OVER.replace("rent-2022", "rent-2024")
        .replace("2022-01-01", "2024-01-01")
        .replace("expires: 2022-12-31\n", "")
        .replace("8元", "5元"),
        "utf-8",
    )
    index: Path = tmp_path_factory.mktemp("index")
    build_index(index, folder)
    return KnowledgeBase.open(index)


def test_a_year_without_a_rule_of_ours_is_answered_by_todays_and_said_so(
    knowledge: KnowledgeBase,
) -> None:
    found = answer("2019年六税两费减征多少", knowledge, as_of=TODAY)
    assert found.verdict is Verdict.SURE
    assert found.other_time
    assert found.citations[0].passage.document_id == "six"
    first, *others = found.text.split("\n\n")
    assert "您问的是2019年的规定，这里没有查到当时的规定" in first
    assert "2023年1月1日起施行" in first
    assert "**50%**" in others[0]


def test_the_year_of_a_rule_is_answered_by_it(knowledge: KnowledgeBase) -> None:
    then = answer("2022年孵化园租金减免标准是多少", knowledge, as_of=TODAY)
    assert "**8元**" in then.text
    assert "5元" not in then.text
    assert then.text.startswith("【已失效】这是2022年的规定")
    now = answer("孵化园租金减免标准是多少", knowledge, as_of=TODAY)
    assert "**5元**" in now.text


def test_what_held_all_along_is_said_to_have_held(knowledge: KnowledgeBase) -> None:
    found = answer("2015年的时候年休假天数是几天", knowledge, as_of=TODAY)
    assert found.text.startswith("您问的是2015年的规定：下面的规定当时有效，现在也有效。")
    assert not found.other_time


def test_a_year_that_is_a_fact_changes_nothing(knowledge: KnowledgeBase) -> None:
    question = "我2019年注册的公司六税两费减征多少"
    assert asked_period(question, TODAY) is None
    assert not answer(question, knowledge, as_of=TODAY).text.startswith("您问的是")


def test_a_law_amended_before_the_year_is_not_told_against_itself() -> None:
    told = notice([of("《某某新法》第三条规定，处以罚款。")], year(2024), TODAY)
    assert "2023年7月20日修改" not in told
