"""What one document says of another: 同时废止."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from knowledge_base.answer import Verdict, answer
from knowledge_base.documents import Document, Status
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
    ],
)
def test_what_is_only_named_or_stays_is_not_repealed(body: str) -> None:
    assert repeals([OLD, replace(NEW, body=body)]) == []


def test_the_day_that_the_sentence_names_counts() -> None:
    body = "《供水价格的通知》（巴发改价〔2015〕88号）自2027年1月1日起废止。"
    assert repeals([OLD, replace(NEW, body=body)]) == [Repeal("new", "old", date(2027, 1, 1))]


def test_who_checked_a_document_later_knows_better() -> None:
    checked = replace(OLD, checked=date(2026, 8, 1))
    assert ended(checked, Repeal("new", "old", date(2026, 7, 1))) == checked


def test_a_draft_repeals_nothing() -> None:
    assert repeals([OLD, replace(NEW, title="供水价格的通知（征求意见稿）")]) == []


def test_neither_a_digest_nor_an_older_paper_repeals() -> None:
    assert repeals([OLD, replace(NEW, sources=("供水价格的通知",))]) == []
    assert repeals([OLD, replace(NEW, issued=date(2014, 1, 1))]) == []


def test_what_is_repealed_holds_until_the_day_before() -> None:
    repeal = Repeal("new", "old", date(2026, 7, 1))
    assert ended(OLD, repeal).expires == date(2026, 6, 30)
    assert ended(replace(OLD, expires=date(2020, 1, 1)), repeal).expires == date(2020, 1, 1)
    assert ended(OLD, replace(repeal, day=None)).status is Status.REPEALED
    never = ended(replace(OLD, effective=date(2026, 8, 1)), repeal)
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
