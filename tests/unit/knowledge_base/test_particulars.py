"""What a text says of itself, and what it only says of others."""

from datetime import date

import pytest

from knowledge_base.dates import in_figures, years_later
from knowledge_base.particulars import read_particulars
from knowledge_base.places import place_of
from knowledge_base.readers.titles import title_in

SIGNED = "巴中市人民政府\n2026年2月10日\n"


@pytest.mark.parametrize(
    ("title", "text", "number"),
    [
        ("办法", "巴府发〔2026〕2号\n各县（区）人民政府：", "巴府发〔2026〕2号"),
        ("办法", "国科发政字［2001］253号　　各省：", "国科发政字〔2001〕253号"),
        ("关于补贴的通知（川办发〔2026〕3号）", "正文。", "川办发〔2026〕3号"),
        ("公告", "财政部 税务总局公告2023年第12号\n为支持", "财政部税务总局公告2023年第12号"),
        ("条例", "条例中华人民共和国国务院令第802号\n第一条", "中华人民共和国国务院令第802号"),
        ("办法", "（巴人社发〔2022〕41号）为贯彻", "巴人社发〔2022〕41号"),
        ("办法", "为贯彻《通知》（国发〔2018〕11号）精神，制定本办法。", None),
        ("办法", "第一条 依据国发〔2018〕11号制定本办法。", None),
    ],
)
def test_a_number_is_the_texts_own(title: str, text: str, number: str | None) -> None:
    assert read_particulars(title, text, {}).get("number") == number


@pytest.mark.parametrize(
    ("clause", "effective", "expires"),
    [
        ("本办法自2026年3月1日起施行。", date(2026, 3, 1), None),
        ("第九条　本办法自二〇二六年三月一日起施行。", date(2026, 3, 1), None),
        ("本办法自印发之日起施行，有效期2年。", date(2026, 2, 10), date(2028, 2, 9)),
        ("本办法自发布之日起30日后施行，有效期五年。", date(2026, 3, 12), date(2031, 3, 11)),
        ("自2026年1月1日起执行，有效期至2027年12月31日。", date(2026, 1, 1), date(2027, 12, 31)),
        ("本公告执行期限截至2027年12月31日。", None, date(2027, 12, 31)),
        ("本政策自2026年1月1日至2026年12月31日实施。", date(2026, 1, 1), date(2026, 12, 31)),
        ("《某法》自2020年1月1日起施行以来，成效明显。", None, None),
        ("许可证有效期为5年。", None, None),
        ("资质证书有效期3年，期满复核。", None, None),
        ("申报时间截至2026年5月31日。", None, None),
        ("本办法自2026年2月30日起施行。", None, None),
    ],
)
def test_begin_and_end_are_read_from_the_closing_clause(
    clause: str, effective: date | None, expires: date | None
) -> None:
    found = read_particulars("办法", f"第一条 甲。\n{clause}\n{SIGNED}", {})
    assert (found.get("effective"), found.get("expires")) == (effective, expires)
    assert found["issued"] == date(2026, 2, 10)


@pytest.mark.parametrize(
    ("text", "issuer", "issued"),
    [
        (f"正文。\n{SIGNED}", "巴中市人民政府", date(2026, 2, 10)),
        ("请执行。四川省财政厅2026年2月10日附件：一、", "四川省财政厅", date(2026, 2, 10)),
        ("正文。\n科技部\n教育部\n2020年5月13日", "科技部 教育部", date(2020, 5, 13)),
        ("某局2026年2月10日以前受理的，从其规定。", None, None),
        ("请于2026年2月10日前报送。", None, None),
    ],
)
def test_issuer_and_day_are_read_from_the_signature(
    text: str, issuer: str | None, issued: date | None
) -> None:
    found = read_particulars("办法", text, {})
    assert (found.get("issuer"), found.get("issued")) == (issuer, issued)


@pytest.mark.parametrize(
    ("title", "text", "status"),
    [
        ("办法（已废止）", "正文。", "已废止"),
        ("办法", "有效性：失效；索引号：1\n正文。", "已失效"),
        ("办法", "正文。\n本文件已废止。", "已废止"),
        ("办法", "有效性：有效\n正文。", None),
        ("办法", "原《暂行办法》同时废止。", None),
        ("办法", "营业执照失效的，应当补办。", None),
    ],
)
def test_only_what_is_said_of_the_text_itself_ends_it(
    title: str, text: str, status: str | None
) -> None:
    assert read_particulars(title, text, {}).get("status") == status


def test_dates_that_contradict_each_other_are_not_believed() -> None:
    text = "本办法自2026年3月1日起施行。本办法有效期至2020年1月1日。"
    assert "expires" not in read_particulars("办法", text, {})


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("巴中市人民政府办公室", ("市", "巴中市")),
        ("四川省巴中市南江县人民政府", ("县", "南江县")),
        ("南江县财政局", ("县", "南江县")),
        ("四川省财政厅", ("省", "四川省")),
        ("重庆市人民政府", ("省", "重庆市")),
        ("国家税务总局", ("国家", "全国")),
        ("财政部 税务总局", ("国家", "全国")),
        ("中华人民共和国公司法", ("国家", "全国")),
        ("技术市场管理办法", None),
        ("人力资源和社会保障厅", None),
    ],
)
def test_a_name_tells_which_government_speaks(name: str, place: tuple[str, str] | None) -> None:
    assert place_of(name) == place


def test_a_title_is_found_at_the_head_over_several_lines() -> None:
    lines = [
        "巴中市人民政府办公室文件",
        "巴府办发〔2026〕2号",
        "关于印发《技改奖补办法》",
        "的通知",
    ]
    assert title_in(lines) == "关于印发《技改奖补办法》的通知"
    assert title_in(["为支持企业，制定本办法。", "一、目标"]) == ""


def test_days_in_words_become_figures() -> None:
    assert in_figures("二○二六年十二月二十五日") == "2026年12月25日"
    assert in_figures("2026 年 2 月 1 日") == "2026年2月1日"
    assert years_later(date(2024, 2, 29), 1) == date(2025, 2, 28)
