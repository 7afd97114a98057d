"""Drafts that are put up for comment: told by title, head and opening, and never law."""

from datetime import date
from pathlib import Path

import pytest

from knowledge_base.documents import Document, Status, read_document
from knowledge_base.drafts import is_draft
from knowledge_base.reading import read_paths
from knowledge_base.repeals import repeals
from knowledge_base.validity import Period

BODY = "第一条 备案费200元。\n第二条 本办法自2026年5月1日起施行，有效期2年。"


@pytest.mark.parametrize(
    "title",
    [
        "巴中市网约房管理办法（草案）",
        "巴中市网约房管理办法(修订草案征求意见稿)",
        "巴中市招商引资办法（第二次公开征求意见稿）",
        "巴中市招商引资办法【送审稿】",
        "巴中市停车管理办法（草案二次审议稿）",
        "巴中市国土空间总体规划（公示稿）",
        "巴中市烟花爆竹管理条例草案",
        "巴中市养老规划 征求意见稿",
        "关于征求《巴中市犬只管理办法》意见的函",
        "关于公开征求《巴中市餐饮业扶持办法（征求意见稿）》意见的公告",
        "关于对《高中对口升学考试大纲（专业课）》公开征求意见的公告",
        "关于就《巴中市电动车管理规定》征求社会公众意见的公告",
        "市司法局关于向社会公开征求《巴中市物业管理条例（草案）》意见建议的通告",
        "关于征求巴中市停车收费管理办法意见的通知",
        "巴中市犬只管理办法公开征求意见公告",
        "公开征求《巴中市停车管理办法》意见",
        "关于征求对《巴中市停车管理办法》修改意见的函",
        "关于征集《巴中市招商政策》修改意见的启事",
        "关于印发《巴中市招商政策（征求意见稿）》的通知",
        "关于提请审议《巴中市物业管理条例（草案）》的议案",
        "关于公开征求意见的公告",
    ],
)
def test_a_title_tells_a_draft(title: str) -> None:
    assert is_draft(title)


@pytest.mark.parametrize(
    "title",
    [
        "行政法规草案征求意见办法",
        "法律草案审查办法",
        "规章草案送审稿审查规定",
        "巴中市重大行政决策公开征求意见办法",
        "关于进一步规范公开征求意见工作的通知",
        "关于规范性文件公开征求意见的通知",
        "关于在行政规范性文件制定过程中听取企业意见的通知",
        "关于做好政策制定中征求意见的通知",
        "关于征求群众意见的通知",
        "关于征集2026年地方标准立项建议的通知",
        "关于听取民营企业对惠企政策意见建议的通知",
        "关于2025年财政预算执行情况和2026年预算草案的报告",
        "关于批准《巴中市停车管理条例（草案）》的决定",
        "关于《巴中市停车办法（征求意见稿）》公开征求意见采纳情况的公告",
        "关于《巴中市停车办法（征求意见稿）》意见反馈的公告",
        "关于意见反馈渠道的通知",
        "关于征集2026年民生实事项目的公告",
        "巴中市停车管理办法（试行）",
        "巴中市停车管理办法（2021年修订稿）",
        "关于促进民营经济的意见",
    ],
)
def test_a_title_about_drafts_or_opinions_is_none(title: str) -> None:
    assert not is_draft(title, BODY)


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("网约房管理办法", f"# 网约房管理办法\n\n（征求意见稿）\n\n{BODY}"),
        ("某局通知", f"# 某局通知\n**征求意见稿**\n各县：\n{BODY}"),
        ("公告", f"公告\n巴中市停车管理办法（草案）\n{BODY}"),
        (
            "市商务局公告",
            "为促进夜间经济，市商务局起草了《夜间经济办法》，现向社会公开征求意见。意见请发邮箱a@b.cn。",
        ),
        ("关于停车的函", "现就《停车办法》面向社会公开征求意见，请于5月1日前反馈。"),
        ("犬只管理", "现将《犬只管理办法（送审稿）》印发给你们，请于2026年4月1日前反馈。"),
    ],
)
def test_the_head_or_the_opening_tells_a_draft(title: str, body: str) -> None:
    assert is_draft(title, body)


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("立法办法", "第一条 为规范立法。\n第二条 法规草案应当向社会公开征求意见。"),
        ("重大决策规定", "第三条 现将草案向社会公开征求意见的，应当说明反馈方式。"),
        ("考核通知", "各单位：\n现将考核事项通知如下：\n附件：考核方案（草案）"),
        ("培训通知", "各单位：\n附件1：培训方案（讨论稿）\n现通知如下。"),
        ("停车办法", "《停车办法》经公开征求意见、部门会签，现印发给你们，有意见请反馈。"),
        ("停车办法", "现行办法实施以来，曾向社会公开征求意见，现予修改，有问题请反馈。"),
        ("五年规划", "第一章 总则\n规划（草案）提交大会审议。"),
        ("通知", "现就做好规范性文件公开征求意见工作通知如下：一、做好意见反馈。"),
        ("停车办法的通知", "现将《停车管理办法》印发给你们，执行中有何意见请及时反馈。"),
    ],
)
def test_a_text_that_speaks_of_drafts_is_none(title: str, body: str) -> None:
    assert not is_draft(title, body)


def test_a_draft_is_never_law_whatever_day_it_proposes(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(f"# 巴中市网约房管理办法（草案）\n\n（征求意见稿）\n\n{BODY}", encoding="utf-8")
    draft = read_document(path)
    assert (draft.status, draft.effective, draft.expires) == (Status.NOT_YET, None, None)
    assert not draft.in_force_on(date(2027, 1, 1))
    assert not Period(date(2020, 1, 1), date(2030, 1, 1), "当时").holds(draft)


def test_a_draft_on_a_page_in_gb18030_is_known(tmp_path: Path) -> None:
    title = "关于公开征求《餐饮业扶持办法（征求意见稿）》意见的公告"
    lines = "".join(f"<p>{line}</p>" for line in BODY.split("\n"))
    page = f'<html><head><meta charset="gb18030"></head><body><h1>{title}</h1>{lines}</body></html>'
    (tmp_path / "a.html").write_bytes(page.encode("gb18030"))
    assert read_document(tmp_path / "a.html").status is Status.NOT_YET


@pytest.mark.parametrize(
    ("front", "status", "effective"),
    [
        ("title: 停车办法（草案）\neffective: 2026-05-01", Status.NOT_YET, None),
        ("title: 停车办法（草案）\nstatus: 尚未生效\neffective: 2026-05-01", Status.NOT_YET, None),
        ("title: 停车办法（草案）\nstatus: 现行\neffective: 2026-05-01", Status.IN_FORCE, 5),
        ("title: 停车办法\neffective: 2026-05-01", Status.IN_FORCE, 5),
    ],
)
def test_only_who_writes_that_it_holds_makes_a_draft_law(
    tmp_path: Path, front: str, status: Status, effective: int | None
) -> None:
    path = tmp_path / "a.md"
    path.write_text(f"---\n{front}\n---\n{BODY}", encoding="utf-8")
    document = read_document(path)
    assert document.status is status
    assert document.effective == (date(2026, effective, 1) if effective else None)


def test_a_ready_row_of_a_draft_is_no_law(tmp_path: Path) -> None:
    row = '{"id": "a1", "law": "停车条例（草案）", "article": "第一条", "text": "停车收费。"}'
    (tmp_path / "a.jsonl").write_text(row, encoding="utf-8")
    (document,) = read_paths([tmp_path]).documents
    assert document.status is Status.NOT_YET


def test_the_law_that_a_draft_became_is_no_repetition_of_it(tmp_path: Path) -> None:
    text = "\n".join(f"第{place}条 停车满{place}小时收费{place * 3}元。" for place in range(1, 30))
    for name, title in (("a", "停车办法（征求意见稿）"), ("b", "停车办法")):
        (tmp_path / f"{name}.md").write_text(f"---\ntitle: {title}\n---\n{text}", encoding="utf-8")
    reading = read_paths([tmp_path])
    assert [document.id for document in reading.documents] == ["a", "b"]


def test_a_letter_with_a_draft_repeals_nothing() -> None:
    old = Document(id="old", title="旧办法", number="巴府发〔2019〕5号", body="一、收费50元。")
    new = Document(id="new", title="新办法", body="《旧办法》（巴府发〔2019〕5号）同时废止。")
    letter = Document(id="draft", title="关于征求《新办法》意见的函", body=new.body)
    assert repeals([old, new])
    assert not repeals([old, letter])
