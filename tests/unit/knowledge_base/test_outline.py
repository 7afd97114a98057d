"""Passages follow the outline of a text, even of one that lost its lines."""

from knowledge_base.documents import Document
from knowledge_base.outline import lines_of, mark_of
from knowledge_base.passages import LONGEST, Passage, cut


def passages(*lines: str) -> list[Passage]:
    return cut(Document(id="a", title="甲", body="\n".join(lines)))


def long(text: str) -> str:
    return text + "这里写明办理的条件和需要提交的材料。" * 12


def test_parts_chapters_and_sections_are_the_path_of_articles() -> None:
    found = passages(
        "第一编 总则", "第一章 一般规定", "第一节 目的", "第一条 甲。", "第二章 附则", "第二条 乙。"
    )
    assert [(item.heading, item.article) for item in found] == [
        (("第一编 总则", "第一章 一般规定", "第一节 目的"), "第一条"),
        (("第一编 总则", "第二章 附则"), "第二条"),
    ]


def test_a_short_section_stays_whole_and_a_long_one_is_cut_at_its_items() -> None:
    found = passages(
        "一、范围。全市企业。（一）甲。",
        "二、标准",
        "（一）甲档",
        long("甲。"),
        "（二）乙档",
        long("乙。"),
    )
    assert found[0].heading == ("一、范围",)
    assert [item.heading for item in found[1:]] == [
        ("二、标准", "（一）甲档"),
        ("二、标准", "（二）乙档"),
    ]


def test_items_of_an_article_stay_in_it_and_are_packed() -> None:
    items = [
        f"（{number}）{'某项条件应当由主管部门核实并且登记；' * 4}" for number in "一二三四五六七八"
    ]
    found = passages("第三条 符合下列条件的可以申请：", *items)
    assert {item.article for item in found} == {"第三条"}
    assert 1 < len(found) < 5
    assert all(len(item.text) <= LONGEST for item in found)


def test_no_line_is_lost() -> None:
    lines = ["前言", "一、只有标题", "二、也只有标题", "（一）甲", "附件：1.表"]
    found = passages(*lines)
    said = "".join(item.text + "".join(item.heading) for item in found)
    assert all(line in said for line in lines)


def test_references_are_no_marks() -> None:
    for line in ("第三条规定的情形", "第一章的规定", "（一）项所列", "一、二级响应", "3.5万元"):
        assert mark_of(line) is None


def test_a_text_in_one_line_is_parted_at_its_marks_in_their_order() -> None:
    text = (
        "为支持企业，现通知如下：一、目标任务到2027年达到3.5亿元。二、措施（一）加大投入。按第五条第（二）项办理。"
        "（二）简化手续。1.减材料。2.减时间。三、要求依照《办法》第九条、第十条执行，做好一、二级响应，认真落实，确保完成。"
    )
    assert lines_of(text) == [
        "为支持企业，现通知如下：",
        "一、目标任务到2027年达到3.5亿元。",
        "二、措施",
        "（一）加大投入。按第五条第（二）项办理。",
        "（二）简化手续。",
        "1.减材料。",
        "2.减时间。",
        "三、要求依照《办法》第九条、第十条执行，做好一、二级响应，认真落实，确保完成。",
    ]


def test_articles_that_lost_their_lines_are_found() -> None:
    text = "第一章总则第一条为了规范管理，制定本办法。第二条违反本办法第一条规定的，责令改正。" + (
        "第二章附则第三条本办法由市政府解释。"
        + "其他事项按照国家有关规定执行，不得增加企业负担。" * 4
    )
    found = passages(*lines_of(text))
    assert [item.article for item in found] == ["第一条", "第二条", "第三条"]
    assert found[2].heading == ("第二章 附则",)


def test_words_set_wide_apart_are_one_word() -> None:
    assert lines_of("第六章　附　　则\n第九条　甲。")[0].replace("\u3000", "") == "第六章附则"


def test_a_sentence_without_end_is_parted() -> None:
    found = passages("序号项目金额" * 400)
    assert len(found) > 2
    assert all(len(item.text) <= 2 * LONGEST for item in found)
