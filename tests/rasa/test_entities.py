"""What a message names, in one form; what cannot be right is not found."""

import pytest

from bot import paths
from bot.components.gazetteer import Gazetteer, find_all, tables


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    """The tables that a model carries."""
    lexicon = paths.LEXICON
    return Gazetteer(tables(lexicon / "entities.tsv", lexicon / "policy_names.tsv", paths.CORPUS))


def found(gazetteer: Gazetteer, text: str, entity: str, intent: str = "") -> list[str]:
    return [each.value for each in find_all(text, intent, gazetteer) if each.entity == entity]


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("欠我三百万", "3000000"),
        ("收了2800元", "2800"),
        ("5万块", "50000"),
        ("五万八", "58000"),
        ("一百二十元", "120"),
        ("投了1.2亿", "120000000"),
        ("花了100w", "1000000"),
        ("欠三十多万", "300000"),
        ("１２００元", "1200"),
    ],
)
def test_a_sum_is_found_in_yuan(gazetteer: Gazetteer, text: str, yuan: str) -> None:
    assert found(gazetteer, text, "money") == [yuan]


@pytest.mark.parametrize("text", ["公司有300人", "一块来看看", "两万人", "三天", "5%", "第三条"])
def test_other_figures_are_no_sums(gazetteer: Gazetteer, text: str) -> None:
    assert found(gazetteer, text, "money") == []


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026年3月15日签的", "2026-03-15"),
        ("3月15号", "03-15"),
        ("2025年的", "2025"),
        ("2026-03-15", "2026-03-15"),
        ("二〇二六年十二月一日", "2026-12-01"),
        ("十二月二十五日", "12-25"),
    ],
)
def test_a_date_is_found_as_far_as_it_is_told(gazetteer: Gazetteer, text: str, iso: str) -> None:
    assert found(gazetteer, text, "date") == [iso]


@pytest.mark.parametrize("text", ["2月30日", "13月5号", "三个月没发工资", "财政部公告2023年第8号"])
def test_no_such_day_is_no_date(gazetteer: Gazetteer, text: str) -> None:
    assert found(gazetteer, text, "date") == []


def test_codes_and_numbers_are_found_in_one_form(gazetteer: Gazetteer) -> None:
    assert found(gazetteer, "bz 2611230001到哪了", "ticket_number") == ["BZ2611230001"]
    assert found(gazetteer, "打139 0000 1111", "phone") == ["13900001111"]
    assert found(gazetteer, "代码91511902MA62K1231A", "credit_code") == ["91511902MA62K1231A"]


@pytest.mark.parametrize("text", ["代码91511902MA62K1231B", "BZ26112300011", "1390000111"])
def test_a_code_that_cannot_be_right_is_none(gazetteer: Gazetteer, text: str) -> None:
    for entity in ("credit_code", "ticket_number", "phone"):
        assert found(gazetteer, text, entity) == []


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("我在平昌开面馆", "district", "平昌县"),
        ("我在平昌开面馆", "industry", "餐饮"),
        ("个体户咋算", "firm", "个体工商户"),
        ("我们是高企", "trait", "高新技术企业"),
        ("残保金怎么减", "policy", "残疾人就业保障金"),
        ("殘保金怎麼減", "policy", "残疾人就业保障金"),
        ("请看《广告法》第三条", "policy", "广告法"),
        ("财政部公告2023年第8号讲啥", "policy", "财政部公告2023年第8号"),
        ("民营经济促进法施行没有", "policy", "民营经济促进法"),
    ],
)
def test_names_are_found_by_table(gazetteer: Gazetteer, text: str, entity: str, value: str) -> None:
    assert value in found(gazetteer, text, entity)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("有人冒用我们的商标", "ip"),
        ("协会乱收费", "fee"),
        ("天天来检查", "inspection"),
        ("有人围标", "bidding"),
        ("拖欠货款", "arrears"),
        ("同行恶意差评", "unfair_competition"),
        ("窗口态度差", "service"),
    ],
)
def test_the_kind_of_a_complaint_is_named_and_of_nothing_else(
    gazetteer: Gazetteer, text: str, kind: str
) -> None:
    assert found(gazetteer, text, "kind", "open_complaint") == [kind]
    assert found(gazetteer, text, "kind", "ask_policy") == []


def test_a_move_is_named_by_navigation_only(gazetteer: Gazetteer) -> None:
    assert found(gazetteer, "上一步", "move", "navigate") == ["back"]
    assert found(gazetteer, "退回去", "move", "navigate") == ["back"]
    assert found(gazetteer, "下一步怎么办", "move", "ask_procedure") == []
