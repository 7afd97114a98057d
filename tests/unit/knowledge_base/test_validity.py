from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from knowledge_base.answer import Verdict, answer
from knowledge_base.documents import Document, Status
from knowledge_base.ingestion import ingest
from knowledge_base.places import HOME, Place, home_of
from knowledge_base.search import KnowledgeBase
from knowledge_base.validity import Period

TODAY = date(2026, 11, 23)
NANJIANG = Place("四川省", "巴中市", "南江县")


def test_what_is_repealed_without_an_end_was_law_before_and_is_not_today() -> None:
    repealed = Document(
        id="old", title="旧", status=Status.REPEALED, effective=date(1999, 1, 1), body="x"
    )
    past = Period(date(2005, 1, 1), date(2005, 12, 31), "2005年")
    before = Period(date(1998, 1, 1), date(1998, 12, 31), "1998年")
    assert past.holds(repealed)
    assert not before.holds(repealed)
    assert not Period.day(TODAY).holds(repealed)


EXPIRED = """---
id: job-bonus
title: 吸纳就业一次性奖补办法
issued: 2022-01-01
effective: 2022-01-01
expires: 2024-12-31
---
## 奖补标准
常见问法：吸纳就业奖补一个人好多钱
企业每吸纳一名登记失业人员就业，给予一次性奖补1200元。
"""
NEWER = """---
id: rest
title: 职工疗休养规定
issued: 2025-01-01
effective: 2025-01-01
---
## 天数
职工疗休养每年不超过7天。
"""
COUNTIES = """---
id: {id}
title: {county}农家乐改造补助办法
level: 县
region: {county}
issued: 2026-01-01
effective: 2026-01-01
---
## 补助
农家乐改造每户补助{money}元。
"""


@pytest.fixture(scope="module")
def knowledge(
    build_index: Callable[..., None], tmp_path_factory: pytest.TempPathFactory
) -> KnowledgeBase:
    folder = tmp_path_factory.mktemp("validity")
    (folder / "expired.md").write_text(EXPIRED, "utf-8")
    (folder / "newer.md").write_text(NEWER, "utf-8")
    for id, county, money in (("nj", "南江县", 3000), ("tj", "通江县", 4000)):
        text = COUNTIES.format(id=id, county=county, money=money)
        (folder / f"{id}.md").write_text(text, "utf-8")
    index: Path = tmp_path_factory.mktemp("index")
    build_index(index, folder)
    return KnowledgeBase.open(index)


def test_an_expired_rule_is_no_answer_today_but_its_end_is_told(knowledge: KnowledgeBase) -> None:
    found = answer("吸纳就业一次性奖补多少钱", knowledge, as_of=TODAY)
    assert not found.sure
    assert found.verdict is Verdict.LAPSED
    assert found.text.startswith("【已失效】这项规定2024年12月31日已经到期")
    assert "**1200元**" in found.text
    assert found.lapsed is not None
    assert found.lapsed.passage.document_id == "job-bonus"


def test_asked_of_its_time_it_answers_and_says_that_it_has_ended(
    knowledge: KnowledgeBase,
) -> None:
    found = answer("2023年的吸纳就业一次性奖补标准是多少", knowledge, as_of=TODAY)
    assert found.sure
    assert found.text.startswith("【已失效】")
    assert "2024年12月31日" in found.text.splitlines()[0]
    assert "**1200元**" in found.text


SIGNS = """---
id: signs-old
title: 巴中市户外招牌管理暂行办法
number: 巴府发〔2019〕5号
issued: 2019-03-01
effective: 2019-04-01
---
第一条 设置户外招牌的，应当申请许可，每块收取工本费50元。
第二条 单个招牌高度不得超过2米，夜间应当亮灯。
"""
SIGNS_NEW = """---
id: signs-new
title: {title}
number: 巴府发〔2026〕9号
issued: 2026-06-08
effective: 2026-08-01
---
第一条 设置户外招牌不收取任何费用，设置前十五个工作日备案。
第二条 单个招牌高度不得超过3米。
第三条 《巴中市户外招牌管理暂行办法》（巴府发〔2019〕5号）同时废止。
"""
SIGNS_OVER = """---
id: signs-over
title: 关于废止《巴中市户外招牌管理暂行办法》的通知
number: 巴府发〔2026〕9号
issued: 2026-06-08
effective: 2026-08-01
---
《巴中市户外招牌管理暂行办法》（巴府发〔2019〕5号）自2026年8月1日起废止。
"""


def _ingested(folder: Path, *papers: str) -> KnowledgeBase:
    source = folder / "papers"
    source.mkdir()
    for place, text in enumerate(papers):
        (source / f"{place}.md").write_text(text, "utf-8")
    ingest([source], folder / "index", encoder="", built_at=datetime.now(UTC))
    return KnowledgeBase.open(folder / "index")


def test_who_asks_for_an_ended_rule_is_answered_from_what_ended_it(tmp_path: Path) -> None:
    new = SIGNS_NEW.format(title="巴中市城镇户外招牌设置管理办法")
    knowledge = _ingested(tmp_path, SIGNS, new, NEWER)
    for question in ("招牌许可收50元工本费吗", "招牌高度不得超过多少"):
        before = answer(question, knowledge, as_of=date(2026, 7, 31))
        assert before.citations[0].passage.document_id == "signs-old"
        found = answer(question, knowledge, as_of=TODAY)
        assert found.sure
        assert {each.passage.document_id for each in found.citations} == {"signs-new"}
        assert "50元" not in found.text


def test_what_only_ends_another_is_named_and_does_not_answer(tmp_path: Path) -> None:
    knowledge = _ingested(tmp_path, SIGNS, SIGNS_OVER, NEWER)
    found = answer("户外招牌工本费收多少元", knowledge, as_of=TODAY)
    assert found.verdict is Verdict.LAPSED
    assert found.text.startswith(
        "【已废止】这项规定已由《关于废止〈巴中市户外招牌管理暂行办法〉的通知》（巴府发〔2026〕9号）"
        "自2026年8月1日起废止，不能作为现在的依据。"
    )
    assert "没有查到" not in found.text
    past = answer("2023年户外招牌工本费的标准是多少", knowledge, as_of=TODAY)
    assert past.text.startswith("【已废止】这是2023年的规定，已由《关于废止")


def test_a_successor_that_says_nothing_of_it_is_only_named(tmp_path: Path) -> None:
    new = SIGNS_NEW.format(title="巴中市城市容貌管理办法").replace("招牌", "灯箱", 2)
    new = new.replace("户外灯箱管理暂行", "户外招牌管理暂行")
    knowledge = _ingested(tmp_path, SIGNS, new, NEWER)
    found = answer("招牌夜间应当亮灯吗", knowledge, as_of=TODAY)
    assert found.verdict is Verdict.LAPSED
    assert "已由《巴中市城市容貌管理办法》（巴府发〔2026〕9号）自2026年8月1日起废止" in found.text


def test_a_firm_sees_its_countys_rules_and_no_others(knowledge: KnowledgeBase) -> None:
    question = "农家乐改造补助多少"
    found = answer(question, knowledge, as_of=TODAY, place=NANJIANG)
    assert found.sure
    assert "**3000元**" in found.text
    seen = {hit.passage.document_id for hit in knowledge.search(question, place=NANJIANG)}
    assert "tj" not in seen
    assert "rest" in seen


@pytest.mark.parametrize(
    ("name", "county"),
    [
        ("南江", "南江县"),
        ("四川省巴中市南江县", "南江县"),
        ("巴中市", ""),
        ("巴中经开区", "巴中经济技术开发区"),
        ("成都市", None),
    ],
)
def test_a_place_is_known_by_its_short_name(name: str, county: str | None) -> None:
    found = home_of(name)
    assert (found.county if found else None) == county


def test_another_city_sees_nothing_of_ours_and_we_nothing_of_theirs() -> None:
    assert not HOME.sees("市", "成都市")
    assert not HOME.sees("省", "河南省")
    assert HOME.sees("省", "四川省")
    assert HOME.sees("国家", "全国")
    assert NANJIANG.sees("县", "南江县")
    assert not NANJIANG.sees("县", "通江县")


TRADE_IN = """---
id: trade-in
title: 恩阳区2025年消费品以旧换新补贴实施细则
level: 县
region: 恩阳区
issued: 2025-02-24
effective: 2025-03-01
expires: 2025-12-31
---
## 一、补贴范围
恩阳区居民在参与活动门店购买家电的，可以享受补贴。
## 二、补贴标准
品类：空调；补贴比例：15%；最高金额：1500元。
品类：冰箱；补贴比例：20%；最高金额：2000元。
"""
FEW = """---
id: few-{id}
title: {title}
level: 县
region: {county}
issued: 2026-01-01
effective: 2026-01-01
---
{text}
"""


@pytest.fixture(scope="module")
def few_papers(
    build_index: Callable[..., None], tmp_path_factory: pytest.TempPathFactory
) -> KnowledgeBase:
    """An index in which every paper leads by much: there are few others."""
    folder = tmp_path_factory.mktemp("few")
    (folder / "ended.md").write_text(TRADE_IN, "utf-8")
    texts = (
        ("a", "小餐饮店备案指南", "平昌县", "经营场所面积不超过50平方米的餐饮店，应当备案。"),
        ("b", "废止电商奖励办法的通知", "巴州区", "巴州区决定自2026年6月1日起废止奖励办法。"),
        ("c", "住房公积金问答", "通江县", "个体工商户可以自愿缴存住房公积金。"),
    )
    for id, title, county, text in texts:
        whole = FEW.format(id=id, title=title, county=county, text=text)
        (folder / f"{id}.md").write_text(whole, "utf-8")
    index: Path = tmp_path_factory.mktemp("few-index")
    build_index(index, folder)
    return KnowledgeBase.open(index)


@pytest.mark.parametrize(
    "question",
    [
        "恩阳区以旧换新空调补好多",
        "恩阳区空调以旧换新补贴多少",
        "空调以旧换新补好多",
        "冰箱以旧换新补多少",
    ],
)
def test_what_has_ended_is_told_where_it_is_what_was_asked(
    few_papers: KnowledgeBase, question: str
) -> None:
    found = answer(question, few_papers, as_of=TODAY)
    assert found.verdict is Verdict.LAPSED
    assert found.lapsed is not None
    assert found.lapsed.passage.document_id == "trade-in"


@pytest.mark.parametrize(
    "question",
    ["夜间经济餐饮门店开业补贴多少", "上云补贴多少", "企业上市补贴多少", "成都以旧换新空调补好多"],
)
def test_what_has_ended_is_not_told_of_something_else(
    few_papers: KnowledgeBase, question: str
) -> None:
    found = answer(question, few_papers, as_of=TODAY)
    assert found.verdict is not Verdict.LAPSED
    assert "1500元" not in found.text
