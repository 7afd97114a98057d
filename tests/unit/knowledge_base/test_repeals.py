"""What one document says of another: 同时废止."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from knowledge_base.answer import Verdict, answer
from knowledge_base.documents import Change, Document, Status
from knowledge_base.ingestion import ingest
from knowledge_base.repeals import Repeal, ended, repeals
from knowledge_base.search import KnowledgeBase

OLD = Document(
    id="old",
    title="巴中城区供水价格的通知",
    number="巴发改价〔2015〕88号",
    issued=date(2015, 6, 1),
    effective=date(2015, 7, 1),
    body="一、居民用水每吨1.90元。",
)
NEW = Document(
    id="new",
    title="调整供水价格的通知",
    number="巴发改价〔2026〕5号",
    issued=date(2026, 6, 1),
    effective=date(2026, 7, 1),
    body="一、价格\n居民用水每吨2.35元。\n五、执行时间\n《供水价格的通知》（巴发改价〔2015〕88号）同时废止。",
)


@pytest.mark.parametrize(
    "body",
    [
        "本通知自7月1日起施行，《供水价格的通知》（巴发改价〔2015〕88号）同时废止。",
        "原印发的巴发改价﹝2015﹞88号文件予以废止。",
        "一、对下列文件予以废止\n| 序号 | 文号 |\n| 1 | 巴发改价〔2015〕88号 |",
        "一、宣布失效的文件\n1.供水价格的通知（巴发改价[2015]88号）",
        "经清理，决定废止下列文件：\n1. 《收费办法》（巴府发〔2010〕3号）\n"
        "2. 《供水价格的通知》（巴发改价〔2015〕88号）",
        "现宣布下列文件失效：\n（一）《收费办法》（巴府发〔2010〕3号）；\n"
        "（二）《供水价格的通知》（巴发改价〔2015〕88号）。",
        "下列文件予以废止：（一）《收费办法》（巴府发〔2010〕3号）；"
        "（二）《供水价格的通知》（巴发改价〔2015〕88号）。",
        "决定废止以下文件：\n一、《收费办法》（巴府发〔2010〕3号）\n二、《供水价格的通知》（巴发改价〔2015〕88号）",
        "经研究，宣布下列文件失效，不再执行：\n| 序号 | 文件名称 | 文号 |\n|---|---|---|\n"
        "| 1 | 收费办法 | 巴府发〔2010〕3号 |\n| 2 | 供水价格的通知 | 巴发改价〔2015〕88号 |",
        "清理结果如下：\n| 文件名称 | 文号 | 处理意见 |\n|---|---|---|\n"
        "| 收费办法 | 巴府发〔2010〕3号 | 继续有效 |\n| 供水通知 | 巴发改价〔2015〕88号 | 废止 |",
        "现对《收费办法》等2件文件（见附件）予以废止。\n附件：废止的文件目录\n"
        "1、收费办法\n文号：巴府发〔2010〕3号\n说明：工作已完成。\n"
        "2、供水价格的通知\n发布时间与文号：2015年6月1日巴发改价〔2015〕88号\n说明：已有新规定。",
        "《供水价格的通知》（巴发改价〔2015〕88号）停止执行。",
        "现决定对《关于修改供水价格的通知》（巴发改价〔2015〕88号）予以废止。",
        "执行：《供水价格的通知》（巴发改价〔2015〕88号）废止。其他照旧。",
        "关于失信被执行人用水的通知（巴发改价〔2015〕88号）废止。",
        "下列文件废止：\n关于供水价格的通知（巴发改价〔2015〕88号）",
    ],
)
def test_a_repeal_is_found_by_the_number(body: str) -> None:
    found = repeals([OLD, replace(NEW, body=body)])
    assert found == [Repeal("new", "old", date(2026, 7, 1))]


@pytest.mark.parametrize(
    "body",
    [
        "供水按《供水价格的通知》（巴发改价〔2015〕88号）执行。",
        "一、继续有效的文件，其他废止\n1.供水价格的通知（巴发改价〔2015〕88号）",
        "《供水价格的通知》（巴发改价〔2015〕88号）未被废止。",
        "《供水价格的通知》（巴发改价〔2015〕188号）同时废止。",
        "《供水价格的通知》同时废止。",
        "根据《供水价格的通知》（巴发改价〔2015〕88号）要求，《收费办法》（巴府发〔2010〕3号）予以废止。",
        "《供水价格的通知》（巴发改价〔2015〕88号）第二条第三项同时废止。",
        "川巴发改价〔2015〕88号同时废止。",
        "按《关于废止旧价格的决定》执行，价格见《供水价格的通知》（巴发改价〔2015〕88号）。",
        "下列文件予以废止：\n1.《收费办法》（巴府发〔2010〕3号）\n"
        "二、下列文件继续有效：\n1.《供水价格的通知》（巴发改价〔2015〕88号）",
        "下列文件予以废止：\n1.《收费办法》（巴府发〔2010〕3号）\n"
        "下列文件予以修改：\n1.《供水价格的通知》（巴发改价〔2015〕88号）",
        "下列文件予以废止：\n1.《收费办法》（巴府发〔2010〕3号）\n"
        "特此通知。供水仍按《供水价格的通知》（巴发改价〔2015〕88号）执行。",
        "下列文件予以废止：\n1.《收费办法》（巴府发〔2010〕3号），已被《供水价格的通知》（巴发改价〔2015〕88号）代替",
        "下列文件予以废止：\n1.收费办法\n文号：巴府发〔2010〕3号\n"
        "说明：已被《供水价格的通知》（巴发改价〔2015〕88号）代替。",
        "废止文件目录：\n| 名称 | 文号 | 备注 |\n|---|---|---|\n"
        "| 收费办法 | 巴府发〔2010〕3号 | 由《供水通知》（巴发改价〔2015〕88号）取代 |",
        "清理结果如下：\n| 文件名称 | 文号 | 处理意见 |\n|---|---|---|\n"
        "| 收费办法 | 巴府发〔2010〕3号 | 废止 |\n| 供水通知 | 巴发改价〔2015〕88号 | 继续有效 |",
        "以前规定与《供水价格的通知》（巴发改价〔2015〕88号）不一致的废止。",
        "《供水价格的通知》（巴发改价〔2015〕88号）有关规定停止执行。",
        "执行：《收费办法》（巴府发〔2010〕3号）废止。供水按《供水通知》（巴发改价〔2015〕88号）办。",
        "《收费办法》（巴府发〔2010〕3号）已由《供水价格的通知》（巴发改价〔2015〕88号）废止。",
        "拟废止《供水价格的通知》（巴发改价〔2015〕88号）。",
        # Some no longer get what it gives; the paper holds on.
        "对不符合《供水通知》（巴发改价〔2015〕88号）规定条件的企业，停止执行优惠政策。",
        "已按《供水通知》（巴发改价〔2015〕88号）领取补贴的，不再执行本通知。",
        "《供水通知》（巴发改价〔2015〕88号）明确的收费标准不再执行。",
        # What stands beside what is repealed.
        "《收费办法》（巴府发〔2010〕3号）同时废止，其他事项按《供水通知》（巴发改价〔2015〕88号）执行。",
        "将《供水通知》（巴发改价〔2015〕88号）的有效期延长至2028年，《收费办法》（巴府发〔2010〕3号）同时废止。",
        "《供水通知》（巴发改价〔2015〕88号）附件2同时废止。",
    ],
)
def test_what_is_only_named_or_stays_is_not_repealed(body: str) -> None:
    assert repeals([OLD, replace(NEW, body=body)]) == []


def test_the_day_that_the_sentence_names_counts() -> None:
    body = "《供水价格的通知》（巴发改价〔2015〕88号）自2027年1月1日起废止。"
    assert repeals([OLD, replace(NEW, body=body)]) == [Repeal("new", "old", date(2027, 1, 1))]


@pytest.mark.parametrize(
    "lead",
    [
        "决定自2027年1月1日起废止下列文件：",
        "宣布下列文件失效，自2027年1月1日起不再执行：",
        "下列文件从2027年1月1日起停止执行：",
    ],
)
def test_the_day_that_leads_to_a_list_counts_for_its_items(lead: str) -> None:
    body = f"{lead}\n1.《供水价格的通知》（巴发改价〔2015〕88号）"
    assert repeals([OLD, replace(NEW, body=body)]) == [Repeal("new", "old", date(2027, 1, 1))]


def test_who_checked_a_document_later_knows_better() -> None:
    checked = replace(OLD, checked=date(2026, 8, 1))
    assert ended(checked, Repeal("new", "old", date(2026, 7, 1)), NEW) == checked


@pytest.mark.parametrize(
    "title",
    ["供水价格的通知（征求意见稿）", "供水价格办法（草案）", "关于征求《供水价格办法》意见的函"],
)
def test_a_draft_repeals_nothing(title: str) -> None:
    assert repeals([OLD, replace(NEW, title=title)]) == []


def test_who_ended_a_document_is_kept_with_it() -> None:
    told = ended(OLD, Repeal("new", "old", date(2026, 7, 1)), NEW).ended_by
    assert told == Change("new", NEW.title, NEW.number, date(2026, 7, 1))
    # What had come to its own end before was not ended by another.
    over = replace(OLD, expires=date(2020, 1, 1))
    assert ended(over, Repeal("new", "old", date(2026, 7, 1)), NEW).ended_by is None


def test_neither_a_digest_nor_an_older_paper_repeals() -> None:
    assert repeals([OLD, replace(NEW, sources=("供水价格的通知",))]) == []
    assert repeals([OLD, replace(NEW, issued=date(2014, 1, 1))]) == []


def test_what_is_repealed_holds_until_the_day_before() -> None:
    repeal = Repeal("new", "old", date(2026, 7, 1))
    assert ended(OLD, repeal, NEW).expires == date(2026, 6, 30)
    assert ended(replace(OLD, expires=date(2020, 1, 1)), repeal, NEW).expires == date(2020, 1, 1)
    assert ended(OLD, replace(repeal, day=None), NEW).status is Status.REPEALED
    never = ended(replace(OLD, effective=date(2026, 8, 1)), repeal, NEW)
    assert never.status is Status.REPEALED


def test_the_first_repeal_counts() -> None:
    again = replace(NEW, id="again", effective=date(2027, 1, 1))
    assert repeals([OLD, again, NEW]) == [Repeal("new", "old", date(2026, 7, 1))]


def test_an_ingested_repeal_ends_what_was_law(tmp_path: Path, encoder: Callable[..., None]) -> None:
    source = tmp_path / "papers"
    source.mkdir()
    for document in (OLD, NEW):
        (source / f"{document.id}.md").write_text(
            f"---\ntitle: {document.title}\nnumber: {document.number}\n"
            f"issued: {document.issued}\neffective: {document.effective}\n---\n{document.body}\n",
            encoding="utf-8",
        )
    made = ingest([source], tmp_path / "index", encoder="", built_at=datetime.now(UTC))
    assert made is not None
    assert made.repeals == (Repeal("new", "old", date(2026, 7, 1)),)
    knowledge = KnowledgeBase.open(tmp_path / "index")
    before = answer("居民用水一吨多少钱", knowledge, as_of=date(2026, 6, 30))
    after = answer("居民用水一吨多少钱", knowledge, as_of=date(2026, 7, 1))
    assert "1.90" in before.text
    assert after.verdict is Verdict.SURE
    assert "2.35" in after.text
    assert "1.90" not in after.text
