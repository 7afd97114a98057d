"""Every door for files: what goes in, and what is refused with which code."""

import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path
from random import Random

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


def test_a_pdf_table_without_ruling_is_told_by_its_columns(tmp_path: Path) -> None:
    rows = ["阶梯 年用水量 单价（元/吨）", "第一阶梯 180吨以下 2.35", "第二阶梯 180至300吨 3.53"]
    (tmp_path / "a.pdf").write_bytes(pdf_file([["水价通知", *rows, "以上价格不含污水处理费。"]]))
    assert read_document(tmp_path / "a.pdf").body.split("\n") == [
        "水价通知",
        "阶梯：第一阶梯；年用水量：180吨以下；单价（元/吨）：2.35。",
        "阶梯：第二阶梯；年用水量：180至300吨；单价（元/吨）：3.53。",
        "以上价格不含污水处理费。",
    ]


def test_names_in_columns_are_no_table(tmp_path: Path) -> None:
    names = ["何丽 李国强 张敏", "陈晓东 王芳 赵刚", "刘洋 周杰 吴涛"]
    lines = [
        "经评审，下列同志获得2026年巴中市劳动竞赛优胜奖。",
        *names,
        "以上名单现予公示，公示期为五个工作日。",
    ]
    (tmp_path / "a.pdf").write_bytes(pdf_file([lines]))
    assert read_document(tmp_path / "a.pdf").body.split("\n") == lines


def test_a_price_at_the_head_of_a_pdf_line_begins_no_paragraph(tmp_path: Path) -> None:
    lines = ["洗车、洗浴等特种用水的价格为每立方米", "8.00元。"]
    (tmp_path / "a.pdf").write_bytes(pdf_file([lines]))
    assert read_document(tmp_path / "a.pdf").body == "".join(lines)


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


def test_bytes_that_are_nothing_are_not_called_a_text(tmp_path: Path) -> None:
    noise = Random(7).randbytes(5000)
    for name, content, said in (
        ("a.pdf", noise, "认不出"),
        ("a.docx", noise, "认不出"),
        ("a.pdf", "正文\t一行。\r\n".encode("gb18030") * 50, "却是文本"),
        ("a.docx", b"\xff\xfe" + "正文".encode("utf-16-le"), "却是文本"),
        ("a.pdf", b"\xff\xd8\xff\xe0" + noise, "图片"),
        ("a.docx", b"Rar!\x1a\x07\x00" + noise, "压缩文件"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DocumentError, match=said) as caught:
            read_document(tmp_path / name)
        assert caught.value.code == "wrong_extension"


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
        (
            [["年龄", "标准", "标准"], ["年龄", "调整前", "调整后"], ["80岁", "25", "50"]],
            ["年龄：80岁；标准·调整前：25；标准·调整后：50。"],
        ),
        (
            [["年度", "补贴", ""], ["", "第一档", "第二档"], ["今年", "25元", "50元"]],
            ["年度：今年；补贴·第一档：25元；补贴·第二档：50元。"],
        ),
        (
            [["", "标准", "标准"], ["", "调整前", "调整后"], ["80岁", "25", "50"]],
            ["80岁；标准·调整前：25；标准·调整后：50。"],
        ),
        (
            [
                ["项目", "金额", "金额", "备注"],
                ["项目", "2024", "2025", "备注"],
                ["水", "1", "2", "无"],
            ],
            ["项目：水；金额·2024：1；金额·2025：2；备注：无。"],
        ),
        (
            [
                ["区域", "居民", "居民", "居民"],
                ["区域", "阶梯", "阶梯", "合表"],
                ["区域", "一档", "二档", "合表"],
                ["城区", "2", "3", "2.5"],
            ],
            ["区域：城区；居民·阶梯·一档：2；居民·阶梯·二档：3；居民·合表：2.5。"],
        ),
        (
            [["姓名", "电话", "电话"], ["何丽", "1", "2"], ["李国强", "3", "4"]],
            ["姓名：何丽；电话：1；电话：2。", "姓名：李国强；电话：3；电话：4。"],
        ),
        (
            [["项目", "标准", ""], ["", "50元", "60元"], ["水", "1", "2"]],
            ["项目；标准", "50元；60元", "水；1；2"],
        ),
        ([[], [""]], []),
    ],
)
def test_a_row_of_a_table_is_readable_alone(rows: list[list[str]], lines: list[str]) -> None:
    assert readable(rows) == lines


TWO_ROWS = (
    ("年龄段", "标准（元/月）", "标准（元/月）"),
    ("年龄段", "调整前", "调整后"),
    ("80—89周岁", "25", "50"),
)
TOLD = "年龄段：80—89周岁；标准（元/月）·调整前：25；标准（元/月）·调整后：50。"


def test_a_header_of_two_rows_names_every_figure_of_a_page(tmp_path: Path) -> None:
    table = (
        "<table><tr><td rowspan=2>年龄段</td><td colspan=2>标准（元/月）</td></tr>"
        "<tr><td>调整前</td><td>调整后</td></tr>"
        "<tr><td>80—89周岁</td><td>25</td><td>50</td></tr></table>"
    )
    (tmp_path / "a.html").write_text(page(BODY + table), encoding="utf-8")
    lines = read_document(tmp_path / "a.html").body.split("\n")
    assert TOLD in lines
    assert not any("调整前" in line for line in lines if line != TOLD)


def test_a_header_of_two_rows_names_every_figure_of_a_word_file(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(word_file(merged=TWO_ROWS))
    assert read_document(tmp_path / "a.docx").body.split("\n")[-1] == TOLD


def test_a_header_of_two_rows_names_every_figure_of_a_ruled_pdf(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf_file(grid=TWO_ROWS))
    assert read_document(tmp_path / "a.pdf").body.split("\n")[-1] == TOLD


def test_a_header_of_two_rows_names_every_figure_of_markdown(tmp_path: Path) -> None:
    table = "| 年龄段 | 标准 | |\n|---|---|---|\n| | 调整前 | 调整后 |\n| 80—89周岁 | 25 | 50 |"
    (tmp_path / "a.md").write_text(f"# 高龄津贴办法\n\n一、标准\n\n{table}\n", encoding="utf-8")
    (passage,) = cut(read_document(tmp_path / "a.md"))
    assert passage.text.endswith("年龄段：80—89周岁；标准·调整前：25；标准·调整后：50。")
    assert "；调整后" not in passage.text


def test_a_word_of_a_cell_stays_whole_however_word_parts_its_letters(tmp_path: Path) -> None:
    import docx

    made = docx.Document()
    table = made.add_table(2, 2)
    for cell, parts in zip(table._cells, ("补|贴标准", "档次", "1|5|万元", "整梯"), strict=True):
        for part in parts.split("|"):
            cell.paragraphs[0].add_run(part)
    table.cell(1, 1).add_paragraph("更新")
    made.save(str(tmp_path / "a.docx"))
    assert read_document(tmp_path / "a.docx").body == "补贴标准：15万元；档次：整梯 更新。"


MENU = (
    "<div class='top'><a href=/>网站首页</a> | <a>政务公开</a> | <a>互动交流</a> 今天是星期日</div>"
    "<ul><li><a>市长信箱</a></li><li><a>在线访谈</a></li><li><a>民意征集</a></li></ul>"
    "<div>您所在的位置：首页 &gt; 政务公开 &gt; 正文</div>"
)
TOOLS = "<div>来源：市经信局 浏览次数：1352 【字体：大 中 小】</div>"
END = (
    "<p>扫一扫在手机打开当前页</p><div>分享到：微信 微博 【打印本页】【关闭窗口】</div>"
    "<div>责任编辑：张敏</div><div>上一篇：关于开展招聘活动的公告</div><div>下一篇：没有了</div>"
    "<div>相关阅读</div><div><a>巴中市关于促进商贸流通发展若干措施的通知</a></div>"
    "<p>主办：巴中市经济和信息化局　承办：信息中心</p><p>地址：江北大道　邮编：636000</p>"
    "<p>蜀ICP备12007777号　川公网安备 51190202000123号</p><p>版权所有 | 网站地图</p>"
)


@pytest.mark.parametrize(
    "body",
    [
        f"{MENU}<h1>{TITLE}</h1>{TOOLS}<p>{LAW[0]}</p>{BODY}{END}",
        f"{MENU}<div><div>{TITLE}</div>{TOOLS}<p>{LAW[0]}</p><div>{BODY}</div></div>{END}",
        f"<div>{MENU}</div><div><div class=a><p>{LAW[0]}</p>{BODY}</div><i>热门服务</i></div>{END}",
        f"{MENU}<div id='zoom'>{TOOLS}<p>{LAW[0]}</p>{BODY}{END}</div>{END}",
        f"<table><tr><td>{MENU}</td></tr><tr><td>{LAW[0]}</td></tr><tr><td>{BODY}</td></tr>"
        f"<tr><td>{END}</td></tr></table>",
    ],
)
def test_a_page_is_read_without_what_its_wording_tells_to_be_around_it(
    tmp_path: Path, body: str
) -> None:
    whole = f"<html><head><title>{TITLE}</title></head><body>{body}</body></html>"
    (tmp_path / "a.html").write_text(whole, encoding="utf-8")
    lines = [line for line in read_document(tmp_path / "a.html").body.split("\n") if line != TITLE]
    assert lines == [LAW[0], *LAW[2:]]


def test_who_holds_an_event_is_not_taken_for_a_footer(tmp_path: Path) -> None:
    own = [
        "时间：2026年3月1日",
        "主办单位：巴中市商务局",
        "承办单位：市商会",
        "请扫一扫下方二维码报名",
    ]
    body = "".join(f"<p>{line}</p>" for line in own)
    (tmp_path / "a.html").write_text(f"<h1>招商会公告</h1>{body}<p>打印本页</p>", encoding="utf-8")
    assert read_document(tmp_path / "a.html").body.split("\n") == ["招商会公告", *own]


def test_a_list_without_a_sentence_is_kept_whole(tmp_path: Path) -> None:
    body = "<p>当前位置：首页</p><p>停车费 5元</p><p>登记费 0元</p><p>打印本页</p>"
    (tmp_path / "a.html").write_text(f"<h1>收费目录</h1>{body}", encoding="utf-8")
    lines = read_document(tmp_path / "a.html").body.split("\n")
    assert lines == ["收费目录", "停车费 5元", "登记费 0元"]


def test_an_attachment_and_a_signature_beside_the_text_are_kept(tmp_path: Path) -> None:
    text = f"<div>{''.join(f'<p>{line}</p>' for line in LAW[2:7])}</div>"
    beside = f"<div>{LAW[7]}<br>{LAW[8]}</div><div><a href='a.doc'>附件1.申请表</a></div>"
    (tmp_path / "a.html").write_text(f"<div>{text}{beside}</div>", encoding="utf-8")
    lines = read_document(tmp_path / "a.html").body.split("\n")
    assert lines[-3:] == [LAW[7], LAW[8], "附件1.申请表"]


def test_a_row_of_forms_is_no_menu(tmp_path: Path) -> None:
    forms = "".join(f"<a href='{name}.docx'>{name}</a> " for name in ("申请表", "汇总表", "承诺书"))
    (tmp_path / "a.html").write_text(page(f"{BODY}<p>{forms}</p>"), encoding="utf-8")
    assert read_document(tmp_path / "a.html").body.endswith("申请表 汇总表 承诺书")


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


def read_page(tmp_path: Path, page: str) -> str:
    path = tmp_path / "page.html"
    path.write_text(f"<html><body>{page}</body></html>", encoding="utf-8")
    return read_document(path).body


def test_a_table_and_a_telephone_beside_the_text_stay(tmp_path: Path) -> None:
    table = (
        "<table><tr><th>企业</th><th>金额</th></tr><tr><td>甲公司</td><td>20万元</td></tr></table>"
    )
    beside = "<div>联系人张老师 0827-5260000</div>"
    text = "<div><p>现将拟补贴的企业公示如下，公示期为七天。</p><p>有异议的可以书面反映。</p></div>"
    body = read_page(tmp_path, f"<h1>补贴公示</h1><div>{text}{table}{beside}</div>")
    assert "甲公司" in body
    assert "0827-5260000" in body


def test_a_list_under_the_tools_of_a_page_stays(tmp_path: Path) -> None:
    lines = ("巴商发〔2026〕3号", "浏览次数：12", "巴中甲公司", "巴中乙公司", "【打印】【关闭】")
    rows = "".join(f"<p>{line}</p>" for line in lines)
    body = read_page(tmp_path, f"<h1>关于名单的公示</h1><div>{rows}</div>")
    assert "巴中甲公司" in body
    assert "巴中乙公司" in body


def test_what_is_paid_for_readers_is_no_tool_of_a_page(tmp_path: Path) -> None:
    rows = "<p>对宣传巴中的单位给予奖励。</p><p>单篇阅读量10万次以上的，奖励1万元；</p>"
    assert "奖励1万元" in read_page(tmp_path, f"<h1>奖励办法</h1><div>{rows}</div>")
