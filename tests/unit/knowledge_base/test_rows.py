"""jsonl rows: ready passages, and whole documents of a crawl."""

import json
from datetime import date
from pathlib import Path

import pytest

from knowledge_base.documents import Document, Level
from knowledge_base.passages import Passage, cut
from knowledge_base.reading import Reading, read_paths

LONG = "为支持企业，现通知如下：" + "".join(
    f"{number}、第{number}类企业。{'符合条件的企业可以申请补助，每户补助五千元。' * 12}"
    for number in "一二三"
)


def reading_of(tmp_path: Path, *rows: dict[str, object]) -> Reading:
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return read_paths([tmp_path])


def passages(reading: Reading, document: Document) -> list[Passage]:
    return cut(document, reading.rows.get(document.id, ()))


def test_a_row_that_tells_who_or_when_is_a_document_and_is_cut(tmp_path: Path) -> None:
    text = f"川科发〔2024〕5号{LONG}四川省科学技术厅2024年3月4日"
    row = {"id": "hb1", "title": "关于补助的通知", "date": "2024-03-09", "department": "科技厅"}
    reading = reading_of(tmp_path, row | {"text": text})
    (document,) = reading.documents
    assert (document.id, document.number) == ("hb1", "川科发〔2024〕5号")
    assert (document.issuer, document.issued) == ("四川省科学技术厅", date(2024, 3, 4))
    assert (document.level, document.region) == (Level.PROVINCE, "四川省")
    found = passages(reading, document)
    assert [item.id for item in found] == [f"hb1-p{place}" for place in range(1, len(found) + 1)]
    assert ("二、第二类企业",) in [item.heading for item in found]


def test_what_the_text_does_not_tell_the_row_tells(tmp_path: Path) -> None:
    row = {"id": "1", "title": "补助办法", "date": "2024年03月09", "department": "科技厅"}
    (document,) = reading_of(tmp_path, row | {"text": LONG}).documents
    assert (document.issuer, document.issued) == ("科技厅", date(2024, 3, 9))
    assert document.id.startswith("doc-")


def test_a_short_documents_row_is_one_passage_with_its_own_id(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {"id": "7", "title": "甲", "issuer": "市局", "text": "甲。"})
    (document,) = reading.documents
    assert [item.id for item in passages(reading, document)] == ["7"]


def test_a_row_with_an_article_or_law_stays_ready_however_long(tmp_path: Path) -> None:
    rows = (
        {"id": "s1", "law": "某法", "article": "第一条", "date": "2024-01-01", "text": LONG * 2},
        {"id": "s2", "law": "某法", "text": LONG},
        {"id": "s3", "text": LONG},
    )
    reading = reading_of(tmp_path, *rows)
    found = [item.id for document in reading.documents for item in passages(reading, document)]
    assert found == ["s1", "s2", "s3"]


def test_a_repeated_row_is_refused_and_a_repeated_text_is_told(tmp_path: Path) -> None:
    row = {"id": "a", "title": "甲", "date": "2024-01-01", "text": LONG}
    reading = reading_of(tmp_path, row, row, row | {"id": "b"})
    assert [item.code for item in reading.refusals] == ["duplicate_id"]
    assert [item.repeats for item in reading.duplicates] == ["a"]


def test_a_row_without_title_is_refused(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {"id": "a", "date": "2024-01-01", "text": LONG})
    assert [item.code for item in reading.refusals] == ["no_title"]


@pytest.mark.parametrize("key", ["a/../b", "../b", "..", "a b", "a#b", "a?x=1", "a\\b", "a%2Fb"])
def test_an_id_that_is_no_part_of_a_link_is_refused(tmp_path: Path, key: str) -> None:
    for told in ({}, {"issuer": "市局"}):
        reading = reading_of(tmp_path, {"id": key, "title": "甲", "text": "甲。"} | told)
        assert not reading.documents
        assert [refusal.code for refusal in reading.refusals] == ["bad_id"]


@pytest.mark.parametrize("key", ["law-1", "招牌办法-3", "v1.2_b", "7"])
def test_ids_of_letters_digits_and_chinese_are_kept(tmp_path: Path, key: str) -> None:
    reading = reading_of(tmp_path, {"id": key, "title": "甲", "text": "甲。"})
    assert [row.id for rows in reading.rows.values() for row in rows] == [key]
