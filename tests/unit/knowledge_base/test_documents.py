import re
from datetime import date
from pathlib import Path

import pytest

from knowledge_base.documents import DocumentError, Level, Status, read_document
from knowledge_base.passages import LONGEST, cut
from knowledge_base.reading import read_paths

BOMB = "a: &a [甲, 甲, 甲, 甲, 甲, 甲, 甲, 甲, 甲]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefghij", "bcdefghijk", strict=True)
)
"""A thousand characters that unfold to ten billion."""


def write(path: Path, front: str, body: str = "## 甲\n正文。") -> Path:
    path.write_text(f"---\n{front}\n---\n{body}\n", encoding="utf-8")
    return path


def test_front_matter_becomes_a_document(corpus: Path) -> None:
    document = read_document(corpus / "small-tax.md")
    assert document.number == "财政部 税务总局公告2023年第12号"
    assert (document.level, document.status) == (Level.NATION, Status.IN_FORCE)
    assert document.expires == date(2027, 12, 31)
    assert not document.sample


@pytest.mark.parametrize(
    ("front", "code"),
    [
        ("title: [甲", "bad_front_matter"),
        ("- 甲", "bad_front_matter"),
        (BOMB, "bad_front_matter"),
        ("title: &t 甲", "bad_front_matter"),
        ("title: *甲*", "bad_front_matter"),
        ("a: &a [*a]", "bad_front_matter"),
        (f"title: 甲\ntopics: {'[' * 2000}{']' * 2000}", "bad_front_matter"),
        ("title: 甲\n" + "\n".join(f"k{place}: 1" for place in range(9000)), "bad_front_matter"),
        (f"title: {'1:' * 4000}1", "bad_front_matter"),
        ("title: 甲\nsources: [{2026-01-01: 印发}]", "bad_field"),
        ("id: a1", "no_title"),
        ("title: 甲\nissued: 去年", "bad_date"),
        ("title: 甲\neffective: 2026-02-01\nexpires: 2026-01-01", "bad_date"),
        ("title: 甲\nstatus: 大概有效", "unknown_status"),
        ("title: 甲\nlevel: 宇宙", "unknown_level"),
        ("title: 甲\nid: '1 <b>'", "bad_id"),
        ("title: 甲\nsample: 也许", "bad_field"),
        ("title: {a: 1}", "bad_field"),
    ],
)
def test_a_faulty_document_is_refused_with_its_fault(tmp_path: Path, front: str, code: str) -> None:
    path = write(tmp_path / "faulty.md", front)
    with pytest.raises(DocumentError) as caught:
        read_document(path)
    assert caught.value.code == code
    assert str(path) in str(caught.value)


def test_a_file_without_front_matter_is_read_from_its_text(tmp_path: Path) -> None:
    (tmp_path / "甲.md").write_text("# 甲办法\n本办法自2026年3月1日起施行。", encoding="utf-8")
    document = read_document(tmp_path / "甲.md")
    assert (document.title, document.effective) == ("甲办法", date(2026, 3, 1))
    assert re.fullmatch("doc-[0-9a-f]{12}", document.id)


def test_what_front_matter_says_binds_even_when_it_says_nothing(tmp_path: Path) -> None:
    body = "本办法自2026年3月1日起施行，有效期2年。"
    document = read_document(write(tmp_path / "a.md", "title: 甲\nexpires: null", body))
    assert (document.effective, document.expires) == (date(2026, 3, 1), None)


@pytest.mark.parametrize("text", ["正文", "---\ntitle: 甲\n正文"])
def test_a_text_without_title_or_with_open_front_matter_is_refused(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "a.md").write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        read_document(tmp_path / "a.md")
    assert caught.value.code in ("no_title", "bad_front_matter")


def test_a_document_without_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        read_document(write(tmp_path / "a.md", "title: 甲", body=" "))
    assert caught.value.code == "empty_document"


def test_what_cannot_be_read_is_refused_and_the_rest_is_kept(tmp_path: Path) -> None:
    write(tmp_path / "a.md", "id: same\ntitle: 甲")
    write(tmp_path / "b.md", "id: same\ntitle: 乙")
    (tmp_path / "c.md").write_bytes("---\ntitle: 丙".encode("gb18030"))
    (tmp_path / "d.pdf").write_bytes(b"%PDF-1.7")
    reading = read_paths([tmp_path])
    assert [document.title for document in reading.documents] == ["甲"]
    assert [item.code for item in reading.refusals] == [
        "duplicate_id",
        "not_utf8",
        "damaged",
    ]


def test_a_path_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        read_paths([tmp_path / "nowhere"])
    assert caught.value.code == "no_such_path"


def test_jsonl_rows_are_ready_passages_and_keep_their_ids(tmp_path: Path) -> None:
    rows = [
        '{"id": "s1", "law": "某法", "article": "第一条", "text": "甲。"}',
        '{"id": "s2", "law": "某法", "article": "第二条", "text": "乙。"}',
        '{"id": "s2", "text": "重复"}',
        '{"id": "s3"}',
        "[1]",
        "not json",
        '{"id": true, "text": "甲"}',
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(rows), encoding="utf-8")
    reading = read_paths([tmp_path])
    (document,) = reading.documents
    passages = cut(document, reading.rows[document.id])
    assert [(item.id, item.title, item.article) for item in passages] == [
        ("s1", "某法", "第一条"),
        ("s2", "某法", "第二条"),
    ]
    assert [item.code for item in reading.refusals] == ["duplicate_id"] + ["bad_row"] * 4


def test_dates_of_crawled_rows_are_read_where_they_can_be(tmp_path: Path) -> None:
    rows = [
        '{"id": "a", "title": "甲", "date": "2024年08月01", "text": "甲。"}',
        '{"id": "b", "title": "乙", "date": " 2024-07-0", "text": "乙。"}',
        '{"id": "c", "title": "丙", "expires": "2024-07-0", "text": "丙。"}',
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(rows), encoding="utf-8")
    reading = read_paths([tmp_path])
    assert [item.issued for item in reading.documents] == [date(2024, 8, 1), None]
    assert [item.code for item in reading.refusals] == ["bad_date"]


def test_passages_follow_headings_and_articles(corpus: Path) -> None:
    passages = cut(read_document(corpus / "small-tax.md"))
    assert [item.id for item in passages] == ["small-tax-p1", "small-tax-p2"]
    assert passages[0].heading == ("一句话",)
    assert passages[1].heading == ("条件", "第二条 条件")
    assert passages[1].article == "第二条"


def test_articles_in_running_text_are_cut_too(tmp_path: Path) -> None:
    body = "## 总则\n第一条 甲。\n第二条 乙。\n第一条规定的情形除外。"
    passages = cut(read_document(write(tmp_path / "a.md", "title: 甲", body)))
    assert [item.article for item in passages] == ["第一条", "第二条"]
    assert "除外" in passages[1].text


def test_long_sections_are_split_between_sentences(tmp_path: Path) -> None:
    body = "## 甲\n" + "这是一个用来占位置的句子，有二十多个字那么长。" * 60
    passages = cut(read_document(write(tmp_path / "a.md", "title: 甲", body)))
    assert len(passages) > 2
    assert all(len(item.text) <= LONGEST and item.text.endswith("。") for item in passages)


def test_markdown_marks_are_not_shown(tmp_path: Path) -> None:
    body = "## 甲\n- **加粗** [链接](https://example.test)\n| 档 | 元 |\n|---|---|\n| 一 | 5 |"
    (passage,) = cut(read_document(write(tmp_path / "a.md", "title: 甲", body)))
    assert passage.text == "加粗 链接\n档：一；元：5。"


def test_front_matter_may_hold_and_signs_stars_and_lists_of_sources(tmp_path: Path) -> None:
    front = (
        'title: 研发&制造*补贴*\ntopics: [技改, "*补贴"]\n'
        "sources: [{title: 甲, articles: [一, 二]}]"
    )
    found = read_document(write(tmp_path / "a.md", front))
    assert (found.title, found.topics) == ("研发&制造*补贴*", ("技改", "*补贴"))
    assert found.sources == ('{"title": "甲", "articles": ["一", "二"]}',)
