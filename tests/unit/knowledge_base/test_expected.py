"""What sort of answer a question waits for, and which texts hold one."""

import pytest

from knowledge_base.expected import expected, met


@pytest.mark.parametrize(
    ("question", "sort"),
    [
        ("创业担保贷款最多贷好多", "sum"),
        ("招一个人补多少钱", "sum"),
        ("不签合同罚好多", "sum"),
        ("这个补贴有没有上限", "sum"),
        ("股份最多占百分之几", "share"),
        ("税率好高", "share"),
        ("交上去几天能办好", "time"),
        ("办证要好久才下来", "time"),
        ("报名啥时候截止", "day"),
        ("要几个人才开得起", "count"),
        ("工资不发找哪个部门", "office"),
        ("投诉打哪个电话", "phone"),
        ("要带啥子证件和材料", "papers"),
    ],
)
def test_what_a_question_waits_for(question: str, sort: str) -> None:
    assert sort in expected(question)


@pytest.mark.parametrize(
    "question", ["可以不签合同吗", "老板说我没资格，要得不", "公司改名字咋个弄", "怎么算违法分包"]
)
def test_a_question_that_waits_for_no_figure(question: str) -> None:
    assert expected(question) == ()
    assert met(question, "随便什么") == 1.0


@pytest.mark.parametrize(
    ("question", "text", "share"),
    [
        ("补多少钱", "每户给予一次性补贴三千元。", 1.0),
        ("补多少钱", "对符合条件的商户给予补贴。", 0.0),
        ("要交多少钱", "办理登记不收费，不收取工本费。", 1.0),
        ("最多占百分之几", "不超过子基金规模的百分之三十五。", 1.0),
        ("几天办好，找哪个部门", "由市场监管部门办理。", 0.5),
        ("几天办好，找哪个部门", "由市场监管部门在二十日内办理。", 1.0),
        ("几天办好", "材料齐全的当场办结。", 1.0),
        ("打哪个电话", "咨询电话0827-5260000。", 1.0),
    ],
)
def test_whether_a_text_holds_it(question: str, text: str, share: float) -> None:
    assert met(question, text) == share
