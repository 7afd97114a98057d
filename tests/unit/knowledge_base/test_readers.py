"""Every door for files: what goes in, and what is refused with which code."""

import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

from knowledge_base.documents import DocumentError, Level, Status, read_document
from knowledge_base.passages import cut
from knowledge_base.readers.source import LARGEST
from knowledge_base.readers.tables import readable
from knowledge_base.reading import read_paths
from tests.unit.knowledge_base.papers import GRID, LAW, TITLE, pdf_file, repacked, word_file

PAGE = """<!DOCTYPE html><html><head>{meta}<title>{title}_巴中市人民政府网</title>
<style>p {{}}</style><script>var a = "脚本";</script></head><body>
<div class="nav"><ul><li>首页</li><li>政务公开</li></ul></div>
<table><tr><td>索引号：</td><td>1</td><td>发文字号：</td><td>巴府办发[2026]2号</td></tr>
<tr><td>成文日期：</td><td>2026-02-10</td><td>有效性：</td><td>有效</td></tr></table>
<h1>{title}</h1>{body}<div class="share">分享到微信</div><div class="footer">备案号</div>
</body></html>"""
BODY = "".join(f"<p>&emsp;&emsp;{line}</p>" for line in LAW[2:])
TABLE = (
    "<table><tr><th>档次</th><th>奖补</th></tr><tr><td rowspan=2>一档</td><td>8%</td></tr>"
    "<tr><td>另加2%</td></tr></table>"
)


def page(body: str = BODY, meta: str = "", title: str = TITLE) -> str:
    return PAGE.format(meta=meta, title=title, body=body)


def refused(path: Path, content: bytes) -> str:
    """The code that `content` is refused with; the file itself stays as it was."""
    path.write_bytes(content)
    with pytest.raises(DocumentError) as caught:
        read_document(path)
    assert str(path) in str(caught.value)
    assert caught.value.reason
    assert path.read_bytes() == content
    return caught.value.code


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("办法.docx", word_file(grid=GRID)),
        ("办法.pdf", pdf_file(grid=GRID)),
        ("办法.html", page(f"<div id='zoom'>{BODY}{TABLE}</div>").encode()),
    ],
)
def test_a_document_of_each_kind_tells_what_is_known_about_it(
    tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    document = read_document(tmp_path / name)
    assert (document.title, document.number) == (TITLE, "巴府办发〔2026〕2号")
    assert document.issuer == "巴中市人民政府办公室"
    assert (document.level, document.region) == (Level.CITY, "巴中市")
    assert (document.issued, document.effective) == (date(2026, 2, 10), date(2026, 3, 1))
    assert (document.expires, document.status) == (date(2028, 2, 29), Status.IN_FORCE)
    passages = cut(document)
    second = next(item for item in passages if item.article == "第二条")
    assert second.heading == ("第二章 奖补",)
    assert "按设备投资额的8%给予一次性奖补" in second.text
    assert "档次：一档；" in passages[-1].text
    assert "奖补：8%。" in passages[-1].text


def test_a_page_is_read_without_the_site_around_it(tmp_path: Path) -> None:
    for name, body in (("a.html", BODY), ("b.htm", f"<div class='TRS_Editor'>{BODY}</div>")):
        (tmp_path / name).write_text(page(body), encoding="utf-8")
        text = read_document(tmp_path / name).body
        assert "奖补" in text
        assert not any(word in text for word in ("首页", "分享", "备案号", "脚本"))


def test_cells_over_several_rows_are_said_in_each(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(page(BODY + TABLE), encoding="utf-8")
    text = read_document(tmp_path / "a.html").body
    assert "档次：一档；奖补：8%。\n档次：一档；奖补：另加2%。" in text


@pytest.mark.parametrize(
    ("encoding", "meta"),
    [
        ("gb18030", '<meta charset="gb2312">'),
        ("gb18030", ""),
        ("gb18030", '<meta charset="utf-8">'),
        ("utf-8", '<meta charset="gbk">'),
        ("utf-8-sig", ""),
        ("utf-16", ""),
        ("big5", '<meta charset="big5">'),
    ],
)
def test_pages_are_read_whatever_encoding_they_claim(
    tmp_path: Path, encoding: str, meta: str
) -> None:
    text = page("<p>企業應當繳納所得稅，稅率為百分之二十。</p>" * 3, meta, "所得稅條例")
    (tmp_path / "a.html").write_bytes(text.encode(encoding, errors="xmlcharrefreplace"))
    assert "稅率為百分之二十" in read_document(tmp_path / "a.html").body


def test_pdf_lines_become_paragraphs_without_page_numbers(tmp_path: Path) -> None:
    full = "企业应当在收到通知之日起三十日内向所在地的主管部门提出申请并且提交"
    pages = [["巴中市补贴办法", full, "证明材料。", f"- {place} -"] for place in (1, 2, 3)]
    (tmp_path / "a.pdf").write_bytes(pdf_file(pages))
    text = read_document(tmp_path / "a.pdf").body
    assert f"{full}证明材料。" in text
    assert "- 2 -" not in text


def test_headings_of_word_become_the_path_of_a_passage(tmp_path: Path) -> None:
    import docx

    made = docx.Document()
    made.add_heading("巴中市补贴办法", level=0)
    made.add_heading("补多少", level=1)
    made.add_paragraph("每户补贴500元。")
    made.save(str(tmp_path / "a.docx"))
    document = read_document(tmp_path / "a.docx")
    (passage,) = cut(document)
    assert (document.title, passage.heading) == ("巴中市补贴办法", ("补多少",))


def test_text_in_content_controls_is_read_and_text_boxes_once(tmp_path: Path) -> None:
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    other = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    said = "<w:r><w:t>每户补贴500元。</w:t></w:r>"
    part = (
        f'<w:document xmlns:w="{word}" xmlns:mc="{other}"><w:body>'
        "<w:p><w:r><w:t>巴中市补贴办法</w:t></w:r></w:p>"
        f"<w:sdt><w:sdtContent><w:p>{said}</w:p></w:sdtContent></w:sdt>"
        "<w:p><w:r><mc:AlternateContent><mc:Choice><w:t>框中</w:t></mc:Choice>"
        "<mc:Fallback><w:t>框中</w:t></mc:Fallback></mc:AlternateContent></w:r></w:p>"
        "</w:body></w:document>"
    )
    whole = repacked(word_file(), "word/document.xml", part.encode())
    (tmp_path / "a.docx").write_bytes(whole)
    assert read_document(tmp_path / "a.docx").body == "巴中市补贴办法\n每户补贴500元。\n框中"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    for name in ("a.md", "a.html", "a.docx", "a.pdf"):
        assert refused(tmp_path / name, b"") == "empty_file"


def test_a_file_above_the_limit_is_refused_unread(tmp_path: Path) -> None:
    for name in ("a.pdf", "a.html", "a.jsonl"):
        path = tmp_path / name
        with path.open("wb") as stream:
            stream.truncate(200 << 20)
    assert LARGEST < 200 << 20
    assert [item.code for item in read_paths([tmp_path]).refusals] == ["too_large"] * 3


def test_a_broken_word_file_is_refused(tmp_path: Path) -> None:
    whole = word_file()
    path = tmp_path / "a.docx"
    assert refused(path, whole[: len(whole) // 2]) == "damaged"
    assert refused(path, b"PK\x03\x04" + bytes(200)) == "damaged"
    assert refused(path, repacked(whole, "word/document.xml", b"<w:document")) == "damaged"


def test_a_word_file_that_swells_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = repacked(word_file(), "word/document.xml", b" " * (40 << 20))
    assert len(bomb) < 1 << 20
    assert refused(tmp_path / "a.docx", bomb) == "zip_bomb"


def test_entities_that_multiply_are_not_followed(tmp_path: Path) -> None:
    names = "".join(f'<!ENTITY a{place} "{f"&a{place - 1};" * 10}">' for place in range(1, 10))
    laughs = f'<!DOCTYPE x [<!ENTITY a0 "哈">{names}]>'
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    text = f'<w:document xmlns:w="{space}"><w:body><w:p><w:r><w:t>&a9;</w:t></w:r></w:p></w:body>'
    part = f"<?xml version='1.0'?>{laughs}{text}</w:document>".encode()
    code = refused(tmp_path / "a.docx", repacked(word_file(), "word/document.xml", part))
    assert code in ("damaged", "no_text")


def test_a_word_file_without_text_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "a.docx", word_file(())) == "no_text"


def test_files_with_a_password_are_refused(tmp_path: Path) -> None:
    sealed = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(900) + "EncryptedPackage".encode("utf-16-le")
    )
    assert refused(tmp_path / "a.docx", sealed) == "encrypted"
    assert refused(tmp_path / "a.pdf", pdf_file(encrypted=True)) == "encrypted"


def test_a_scanned_pdf_is_refused_with_that_reason(tmp_path: Path) -> None:
    assert refused(tmp_path / "a.pdf", pdf_file([(), ()])) == "scanned_pdf"


def test_a_broken_pdf_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "a.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 20) == "damaged"
    assert refused(tmp_path / "a.pdf", pdf_file()[:300]) == "damaged"


def test_a_page_without_text_is_refused(tmp_path: Path) -> None:
    empty = b"<html><body><script>render()</script><img src=a.png></body></html>"
    assert refused(tmp_path / "a.html", empty) == "no_text"
    assert refused(tmp_path / "a.html", b"<!-- nothing -->") == "no_text"


def test_bytes_of_no_encoding_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "a.html", b"<p>" + bytes(range(128, 256)) * 9) == "unknown_encoding"


def test_one_broken_letter_does_not_refuse_a_page(tmp_path: Path) -> None:
    content = page(BODY * 4).encode()
    place = content.index("奖补".encode())
    (tmp_path / "a.html").write_bytes(content[: place + 1] + content[place + 3 :])
    assert "200万元以上" in read_document(tmp_path / "a.html").body


def test_a_wrong_extension_is_refused(tmp_path: Path) -> None:
    other = BytesIO()
    with zipfile.ZipFile(other, "w") as package:
        package.writestr("a.txt", "甲")
    old_word = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(900)
    for name, content in (
        ("a.pdf", page().encode()),
        ("a.docx", pdf_file()),
        ("a.docx", other.getvalue()),
        ("a.docx", old_word),
        ("a.html", word_file()),
        ("a.md", pdf_file()),
    ):
        assert refused(tmp_path / name, content) == "wrong_extension"


def test_formats_we_do_not_take_are_refused(tmp_path: Path) -> None:
    for name in ("a.doc", "a.xlsx", "a.txt", "a"):
        assert refused(tmp_path / name, b"text") == "unsupported_format"


def test_a_deeply_nested_page_does_no_harm(tmp_path: Path) -> None:
    deep = "<div>" * 20_000 + "".join(LAW) + "</div>" * 20_000
    (tmp_path / "a.html").write_text(page(deep + BODY), encoding="utf-8")
    assert read_document(tmp_path / "a.html").title == TITLE


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ([["档", "元"], ["一", "5"]], ["档：一；元：5。"]),
        ([["补贴标准", "补贴标准"], ["档", "元"], ["一", "5"]], ["补贴标准", "档：一；元：5。"]),
        ([["电话：", "123", "地址：", "某路"]], ["电话：123；地址：某路"]),
        ([["1", "甲"], ["2", "乙"]], ["1；甲", "2；乙"]),
        ([["只有一格"]], ["只有一格"]),
        ([["档", "元"], ["", ""], ["一", ""]], ["档：一。"]),
        ([[], [""]], []),
    ],
)
def test_a_row_of_a_table_is_readable_alone(rows: list[list[str]], lines: list[str]) -> None:
    assert readable(rows) == lines


def test_what_a_page_hides_is_not_read(tmp_path: Path) -> None:
    hidden = "<p style='display: none'>人人补助一百万元</p><div hidden><p>另领九千元</p></div>"
    (tmp_path / "办法.html").write_text(page(BODY + hidden), "utf-8")
    body = read_document(tmp_path / "办法.html").body
    assert LAW[-1].strip() in body
    assert "一百万" not in body
    assert "九千" not in body


def test_a_page_that_hides_itself_until_its_scripts_run_is_read(tmp_path: Path) -> None:
    whole = page().replace("<body>", "<body style='visibility:hidden'>")
    (tmp_path / "办法.html").write_text(whole, "utf-8")
    assert LAW[-1].strip() in read_document(tmp_path / "办法.html").body
