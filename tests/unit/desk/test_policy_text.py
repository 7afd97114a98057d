"""What an editor may enter, what a file may be, and what differs between two versions."""

from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

from desk.policies import comparison, trial, uploads
from desk.policies.errors import InvalidPolicy, PolicyRefused
from desk.policies.values import LONGEST_BODY, PolicyCard, PolicyText, card_of, checked, text_of
from knowledge_base.apart import read_apart
from knowledge_base.errors import DocumentError
from tests.unit.desk.policy_makers import CARD, NOW
from tests.unit.knowledge_base.papers import pdf_file, word_file

TODAY = NOW.date()


def text(**given: str) -> PolicyText:
    return checked(replace(CARD, **given), today=TODAY)


# --- What is entered ---


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"title": "  "}, "请填写标题"),
        ({"title": "长" * 201}, "标题太长"),
        ({"number": "号" * 101}, "文号太长"),
        ({"body": ""}, "请填写正文"),
        ({"body": "\u200b \n"}, "请填写正文"),
        ({"body": "字" * (LONGEST_BODY + 1)}, "正文太长"),
        ({"body": "## 只有标题\n\n常见问法：问一｜问二"}, "没有可以引用的段落"),
        ({"url": "javascript:alert(1)"}, "官方网址要以"),
        ({"url": "http://a b"}, "官方网址要以"),
        ({"level": "镇"}, "请选择层级"),
        ({"status": "大概有效"}, "请选择效力"),
        ({"issued": "去年"}, "发布日期不是有效的日期"),
        ({"issued": "2026-02-30"}, "发布日期不是有效的日期"),
        ({"issued": "0026-02-03"}, "发布日期的年份不对"),
        ({"expires": "2026-11-01"}, "有效期至早于施行日期"),
        ({"effective": "", "expires": "2026-10-01"}, "有效期至早于发布日期"),
        ({"expires": "2026-11-20"}, "效力却写着现行有效"),
        ({"checked": "2027-01-01"}, "核对日期在今天之后"),
        ({"status": "尚未生效", "effective": ""}, "要写明施行日期"),
        ({"title": "巴中市停车管理办法（征求意见稿）"}, "还不是规定，不能发布"),
        ({"topics": "、".join(f"词{n}" for n in range(31))}, "主题词最多30个"),
        ({"sources": "据" * 101}, "依据最多30个"),
    ],
)
def test_what_cannot_stand_is_refused_with_its_reason(given: dict[str, str], told: str) -> None:
    with pytest.raises(InvalidPolicy, match=told):
        text(**given)


def test_what_is_entered_is_cleaned_and_words_come_once() -> None:
    found = text(title=" 某\u200b办法\n", topics="技改、技改，设备；补贴", sources="原文一\n原文二")

    assert found.title == "某办法"
    assert found.topics == ("技改", "设备", "补贴")
    assert found.sources == ("原文一", "原文二")


def test_a_text_that_begins_later_is_ruled_by_its_day_and_not_by_a_word() -> None:
    found = text(status="尚未生效", effective="2027-01-01").document("x")

    assert not found.in_force_on(date(2026, 12, 31))
    assert found.in_force_on(date(2027, 1, 1))


def test_a_card_of_a_text_gives_the_same_text_again() -> None:
    found = text(expires="2028-12-31", checked="2026-11-20", sample="1", sources="原文")
    assert checked(card_of(found), today=TODAY) == found
    assert text_of(found.document("x")) == found
    assert found.digest == text_of(found.document("x")).digest
    assert found.digest != text(expires="2028-12-30").digest


# --- Files ---


def test_a_markdown_file_with_front_matter_fills_the_card_and_brings_its_id() -> None:
    file = "---\nid: jigai-2026\ntitle: 技改奖补办法\nissued: 2026-02-10\n---\n## 补多少\n\n补8%。"
    found = uploads.read(BytesIO(file.encode()), "技改.md")

    assert (found.code, found.file_name) == ("jigai-2026", "技改.md")
    assert (found.card.title, found.card.issued) == ("技改奖补办法", "2026-02-10")
    assert "补8%" in found.card.body


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "办法.html",
            "<title>办法</title><p>第一条 补助三万元。</p><script>alert(1)</script>".encode(),
        ),
        ("办法.docx", word_file()),
        ("办法.pdf", pdf_file()),
    ],
)
def test_web_pages_word_files_and_pdfs_are_read(name: str, content: bytes) -> None:
    found = uploads.read(BytesIO(content), name)

    assert found.code == ""
    assert found.card.title
    assert "script" not in found.card.body
    assert len(found.card.body) > 5


def test_a_file_without_a_title_is_called_by_its_name() -> None:
    page = "<p>第一条 补助三万元。</p>".encode()
    found = uploads.read(BytesIO(page), "../../etc/某通知.html")
    assert (found.card.title, found.file_name) == ("某通知", "某通知.html")


@pytest.mark.parametrize(
    ("name", "content", "reason", "told"),
    [
        ("a.md", b"", "empty_file", "文件是空的"),
        ("a.md", b" \n ", "empty_file", "文件是空的"),
        ("a.md", b"\xff\xfe\x00x", "not_utf8", "不是 UTF-8"),
        ("a.md", b"---\ntitle: [\n---\nx", "bad_front_matter", "两条 --- 之间"),
        ("a.md", "---\ntitle: 办法\nid: ../x\n---\n正文。".encode(), "bad_id", "编号不对"),
        ("a.md", "第一条 补助三万元。".encode(), "no_title", "没有标题"),
        (
            "a.md",
            "---\ntitle: 办法\neffective: 2026-05-01\nexpires: 2026-01-01\n---\n正文。".encode(),
            "bad_date",
            "有效期至早于施行日期",
        ),
        ("a.md", "---\ntitle: 办法\nstatus: 也许\n---\n正文。".encode(), "unknown_status", "状态"),
        ("a.pdf", pdf_file(((), ())), "scanned_pdf", "扫描件"),
        ("a.pdf", "不是PDF".encode(), "wrong_extension", "内容却是"),
        ("a.docx", pdf_file(), "wrong_extension", "内容却是"),
        ("a.pdf", b"%PDF-1.7 broken", "damaged", "已损坏"),
        ("a.docx", b"PK\x03\x04broken", "damaged", "损坏"),
        ("a.doc", b"x", "unsupported_format", "旧版 Word"),
        ("a.exe", b"MZ", "unsupported_format", "只收"),
        ("a.jsonl", b"{}", "unsupported_format", "只收"),
        ("noname", b"x", "unsupported_format", "只收"),
        ("", b"x", "unsupported_format", "只收"),
    ],
)
def test_a_file_that_cannot_be_taken_in_is_refused_in_chinese(
    name: str, content: bytes, reason: str, told: str
) -> None:
    with pytest.raises(PolicyRefused, match=told) as refusal:
        uploads.read(BytesIO(content), name)
    assert refusal.value.reason == reason
    assert "upload" not in refusal.value.message


def test_a_huge_file_is_refused_unread() -> None:
    with pytest.raises(PolicyRefused, match="不超过10MB"):
        uploads.read(BytesIO(b"x" * (uploads.MAX_BYTES + 1)), "a.md")


def test_a_text_too_long_for_the_form_is_refused() -> None:
    long = "# 长文\n\n" + "很长的一段话。\n" * (LONGEST_BODY // 7)
    with pytest.raises(PolicyRefused, match="拆成几份"):
        uploads.read(BytesIO(long.encode()), "a.md")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../x/办法.md", "办法.md"),
        ("C:\\文件\\办法.docx", "办法.docx"),
        ("a\x00b?.pdf", "ab_.pdf"),
        ("<script>.md", "_script_.md"),
        ("长" * 300 + ".md", "长" * 80 + ".md"),
        ("..", "文件"),
    ],
)
def test_a_files_name_loses_its_path_and_odd_characters(name: str, shown: str) -> None:
    assert uploads.shown_name(name) == shown


def test_a_reader_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "upload.md"
    path.write_text("# 标题\n\n正文。", encoding="utf-8")
    with pytest.raises(DocumentError) as refusal:
        read_apart(path, seconds=0.001)
    assert refusal.value.code == "too_slow"


# --- Comparison ---


def differing(old: str, new: str) -> comparison.Comparison:
    return comparison.compare(text(body=old), text(body=new))


def test_equal_texts_differ_in_nothing() -> None:
    found = differing("第一条 甲。", "第一条 甲。")
    assert found.equal
    assert found.rows == ()


def test_a_changed_figure_is_marked_within_its_line() -> None:
    found = differing("## 补\n第一条 每户补8万元。", "## 补\n第一条 每户补12万元。")

    [row] = [row for row in found.rows if row.kind == "changed"]
    assert row.old is not None
    assert row.new is not None
    assert [piece.text for piece in row.old.pieces if piece.changed] == ["8"]
    assert [piece.text for piece in row.new.pieces if piece.changed] == ["12"]
    assert (found.added, found.removed) == (1, 1)


def test_lines_that_came_or_went_stand_alone_and_far_equal_ones_are_left_out() -> None:
    same = [f"第{number}段的内容，各不相同。" for number in range(40)]
    found = differing("\n".join(same), "\n".join([*same[:20], "新加的一条规定。", *same[20:]]))

    kinds = [row.kind for row in found.rows]
    assert kinds.count("added") == 1
    assert kinds.count("gap") == 2
    assert sum(row.left_out for row in found.rows) + kinds.count("same") == 40


def test_every_line_of_both_texts_is_shown_or_counted() -> None:
    old = "甲一\n乙二\n丙三\n丁四五六七八九\n戊"
    new = "乙二\n完全不同的一行文字\n丁四五六七八玖\n己\n庚"
    found = differing(old, new)

    left = [row.old.number for row in found.rows if row.old]
    right = [row.new.number for row in found.rows if row.new]
    assert left == [1, 2, 3, 4, 5]
    assert right == [1, 2, 3, 4, 5]


def test_fields_that_differ_are_named() -> None:
    found = comparison.compare(text(), text(number="新号", topics="别的词", sample="1"))
    assert {(field.label, field.new) for field in found.fields} == {
        ("文号", "新号"),
        ("主题词", "别的词"),
        ("示例", "是"),
    }


# --- Questions ---


def test_questions_are_one_a_line_each_once_and_not_too_many() -> None:
    assert trial.questions_in(" 一 \n\n二\n一\n") == ["一", "二"]
    assert len(trial.questions_in("\n".join(map(str, range(99))))) == trial.MOST_QUESTIONS
    assert len(trial.questions_in("长" * 999)[0]) == trial.LONGEST_QUESTION


def test_an_empty_card_is_read_from_an_empty_form() -> None:
    assert PolicyCard.read({}).title == ""
