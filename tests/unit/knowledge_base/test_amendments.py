"""What one document says of another: 作如下修改."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from knowledge_base.amendments import Amendment, amended, amendments
from knowledge_base.answer import answer
from knowledge_base.documents import Document, Level
from knowledge_base.ingestion import ingest
from knowledge_base.search import KnowledgeBase

TEA = Document(
    id="tea",
    title="巴中市茶叶产业发展支持办法",
    number="巴农发〔2024〕98号",
    level=Level.CITY,
    region="巴中市",
    issued=date(2024, 2, 10),
    effective=date(2024, 3, 1),
    body="第一条 对茶叶产业经营主体，给予一次性补助98万元。",
)
CHANGE = Document(
    id="change",
    title="关于修改《巴中市茶叶产业发展支持办法》的决定",
    number="巴农发〔2026〕200号",
    level=Level.CITY,
    region="巴中市",
    issued=date(2026, 9, 20),
    effective=date(2026, 10, 1),
    body="将第一条“补助98万元”修改为“补助50万元”。本决定自2026年10月1日起施行。",
)
FOUND = [Amendment("change", "tea", date(2026, 10, 1))]


@pytest.mark.parametrize(
    "title",
    [
        "关于修改《巴中市茶叶产业发展支持办法》的决定",
        "巴中市农业农村局关于修改〈巴中市茶叶产业发展支持办法〉部分条款的通知",
        "关于修订《巴中市茶叶产业发展支持办法》有关条款的公告",
        "关于修改《巴中市收费办法》等两件文件和《巴中市茶叶产业发展支持办法》的决定",
        "关于修改巴中市茶叶产业发展支持办法部分条款的通知",
        "巴中市茶叶产业发展支持办法修正案",
    ],
)
def test_a_title_tells_what_is_amended(title: str) -> None:
    assert amendments([TEA, replace(CHANGE, title=title)]) == FOUND


@pytest.mark.parametrize(
    "body",
    [
        "决定对《巴中市茶叶产业发展支持办法》作如下修改：\n一、删去第二条。",
        "现对2024年2月10日发布的《巴中市茶叶产业发展支持办法》（巴农发〔2024〕98号）作出如下修改：",
        "二、对《茶叶支持办法》（巴农发〔2024〕98号）予以修改，将第一条删去。",
        "对下列文件予以修改：\n1.《茶叶支持办法》（巴农发〔2024〕98号）\n2.《收费办法》（巴府发〔2010〕3号）",
        "《巴中市茶叶产业发展支持办法》第一条修改为：“补助50万元。”",
        "将《巴中市茶叶产业发展支持办法》第一条中的“98万元”修改为“50万元”。",
    ],
)
def test_a_sentence_or_a_list_tells_what_is_amended(body: str) -> None:
    decision = replace(CHANGE, title="巴中市农业农村局关于修改部分文件的决定", body=body)
    assert amendments([TEA, decision]) == FOUND


@pytest.mark.parametrize(
    "title",
    [
        "关于印发《巴中市茶叶产业发展支持办法》的通知",
        "巴中市农业农村局关于印发巴中市茶叶产业发展支持办法的通知",
        "《巴中市茶叶产业发展支持办法》",
        "巴中市茶叶产业发展支持办法（2024年2月10日公布）",
    ],
)
def test_rules_are_known_under_the_title_they_were_issued_with(title: str) -> None:
    assert amendments([replace(TEA, title=title), CHANGE]) == FOUND


@pytest.mark.parametrize(
    "body",
    [
        "根据《巴中市茶叶产业发展支持办法》，对《巴中市收费办法》作如下修改：",
        "各地要加快修改《巴中市茶叶产业发展支持办法》。",
        "拟对《巴中市茶叶产业发展支持办法》（巴农发〔2024〕98号）进行修改。",
        "对《巴中市茶叶产业发展支持办法》（巴农发〔2024〕98号）不作修改，继续执行。",
        "将第三条中的“《巴中市茶叶产业发展支持办法》”修改为“有关规定”。",
        "对《巴中市茶叶产业发展支持办法》（巴农发〔2020〕1号）作如下修改：",
        "对《巴中市茶叶产业发展支持办法实施细则》作如下修改：",
        "修改申请材料的，按《巴中市茶叶产业发展支持办法》（巴农发〔2024〕98号）办理。",
    ],
)
def test_what_is_only_named_or_not_yet_amended_is_left_alone(body: str) -> None:
    assert amendments([TEA, replace(CHANGE, title="关于修改部分文件的通知", body=body)]) == []


@pytest.mark.parametrize(
    "title",
    [
        "关于修改《巴中市茶叶产业发展支持办法》的决定（征求意见稿）",
        "关于征求修改《巴中市茶叶产业发展支持办法》意见的函",
    ],
)
def test_a_draft_amends_nothing(title: str) -> None:
    assert amendments([TEA, replace(CHANGE, title=title)]) == []


@pytest.mark.parametrize(
    "holds",
    [
        replace(TEA, issued=date(2026, 11, 1)),
        replace(TEA, body=f"（根据2026年9月20日《{CHANGE.title}》修正）\n{TEA.body}"),
        replace(TEA, number=CHANGE.number),
        replace(TEA, issued=None, body=f"（2026年9月20日第二次修订）\n{TEA.body}"),
    ],
)
def test_a_text_that_holds_the_amendment_already_is_not_told_of(holds: Document) -> None:
    assert amendments([holds, CHANGE]) == []


def test_only_the_edition_in_force_and_the_same_government_s_is_amended() -> None:
    before = replace(TEA, id="before", issued=date(2020, 1, 1), effective=date(2020, 1, 1))
    elsewhere = replace(TEA, id="elsewhere", level=Level.COUNTY, region="南江县")
    assert amendments([before, TEA, elsewhere, CHANGE]) == FOUND


def test_who_checked_a_document_later_knows_better() -> None:
    told = (FOUND[0], CHANGE)
    assert amended(replace(TEA, checked=date(2026, 11, 1)), [told]).amended_by == ()
    assert amended(replace(TEA, checked=date(2026, 9, 1)), [told]).amended_by != ()


def test_an_answer_says_that_its_document_was_amended(
    tmp_path: Path, encoder: Callable[..., None]
) -> None:
    source = tmp_path / "papers"
    source.mkdir()
    for document in (TEA, CHANGE):
        (source / f"{document.id}.md").write_text(
            f"---\ntitle: {document.title}\nnumber: {document.number}\nlevel: 市\nregion: 巴中市\n"
            f"issued: {document.issued}\neffective: {document.effective}\n---\n{document.body}\n",
            encoding="utf-8",
        )
    made = ingest([source], tmp_path / "index", encoder="", built_at=datetime.now(UTC))
    assert made is not None
    assert made.repeals == ()
    assert list(made.amendments) == FOUND
    found = answer(
        "茶叶产业补助多少", KnowledgeBase.open(tmp_path / "index"), as_of=date(2026, 11, 29)
    )
    assert "98万元" in found.text
    assert (
        "这份文件已被《关于修改〈巴中市茶叶产业发展支持办法〉的决定》（巴农发〔2026〕200号）修改，"
        "自2026年10月1日起以修改后的为准。"
    ) in found.text
