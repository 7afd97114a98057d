"""What a text says of itself, and what it only says of others."""

from datetime import date

import pytest

from knowledge_base.dates import in_figures, months_later, with_last_days, years_later
from knowledge_base.documents import Level, document_of
from knowledge_base.particulars import read_particulars
from knowledge_base.places import place_of
from knowledge_base.readers.source import SourceText
from knowledge_base.readers.titles import letterhead, title_in, without_address, worded_title

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
        ("通知", "通知\n巴府发﹝2019﹞7号\n各县：", "巴府发〔2019〕7号"),
        ("通知", "巴府发〔2019〕 7 号\n各县：", "巴府发〔2019〕7号"),
        ("决定", "巴中市人民政府令\n第 18 号\n决定已经通过。", "巴中市人民政府令第18号"),
        ("办法", "四川省人民政府令（第347号）\n为", "四川省人民政府令第347号"),
        ("办法", "办法\n（2021年6月10日巴中市人民政府令第9号公布）", "巴中市人民政府令第9号"),
        ("办法", "# 办法\n\n（2021年6月10日市政府第２号令公布）", "市政府令第2号"),
        (
            "通知",
            "人社部发〔2018〕57号《条例》已于2018年6月29日以国务院令第700号公布。",
            "人社部发〔2018〕57号",
        ),
        ("办法", "为贯彻《通知》（国发〔2018〕11号）精神，制定本办法。", None),
        ("办法", "第一条 依据国发〔2018〕11号制定本办法。", None),
    ],
)
def test_a_number_is_the_texts_own(title: str, text: str, number: str | None) -> None:
    assert read_particulars(title, text, {}).get("number") == number


def test_a_number_under_the_title_wins_over_those_of_other_papers() -> None:
    row = "序号：1；文件名称：某某办法；文号：巴府发〔2019〕7号。"
    text = f"关于废止文件的决定\n巴府规〔2025〕6号\n各县（区）：\n决定废止：\n{row}"
    page = {"labels": f"首页\n{text}"}
    assert read_particulars("关于废止文件的决定", text, page)["number"] == "巴府规〔2025〕6号"
    bare = text.replace("巴府规〔2025〕6号\n", "")
    assert "number" not in read_particulars("关于废止文件的决定", bare, {"labels": bare})
    labelled = {"labels": f"索引号：1；文 号：巴府规〔2025〕6号\n{bare}"}
    found = read_particulars("关于废止文件的决定", bare, labelled)
    assert found["number"] == "巴府规〔2025〕6号"


@pytest.mark.parametrize(
    "listed",
    [
        "| 序号 | 文件名称 | 文号 |\n|---|---|---|\n| 1 | 某某办法 | 巴农发〔2019〕99号 |",
        "1；某某办法；巴农发〔2019〕99号",
        "1. 巴农发〔2019〕99号《某某办法》",
        "《某某办法》\n巴农发〔2019〕99号",
        "1.某某办法\n文号：巴农发〔2019〕99号",
        "（一）《某某办法》 巴农发〔2019〕99号",
    ],
)
def test_a_number_of_a_list_of_repealed_papers_is_not_the_texts_own(listed: str) -> None:
    title, lead = "关于宣布失效一批文件的公告", "经清理，决定宣布下列文件失效："
    assert "number" not in read_particulars(title, f"{lead}\n{listed}", {})
    own = f"{title}\n巴农发〔2026〕150号\n{lead}\n{listed}"
    assert read_particulars(title, own, {})["number"] == "巴农发〔2026〕150号"


def test_the_number_in_a_title_is_not_the_texts_own_behind_what_it_repeals() -> None:
    title = "关于废止《某某办法》（巴农发〔2019〕99号）"
    assert "number" not in read_particulars(title, "决定予以废止。", {})
    title = "关于废止《某某办法》的通知（巴农发〔2026〕150号）"
    assert read_particulars(title, "予以废止。", {})["number"] == "巴农发〔2026〕150号"


@pytest.mark.parametrize(
    "signed",
    ["市　长　王　×\n2026年1月28日", "市长：王某某\n2026年1月28日", "2026年1月28日\n市长 王×"],
)
def test_an_order_is_of_the_day_it_was_signed_not_of_the_meeting(signed: str) -> None:
    passed = (
        "《决定》已经2026年1月19日市人民政府第92次常务会议通过，现予公布，自2026年3月1日起施行。"
    )
    text = f"巴中市人民政府令\n第 18 号\n{passed}\n{signed}\n关于修改某办法的决定\n一、改。"
    found = read_particulars("关于修改某办法的决定", text, {})
    assert (found["number"], found["issuer"]) == ("巴中市人民政府令第18号", "巴中市人民政府")
    assert (found["issued"], found["effective"]) == (date(2026, 1, 28), date(2026, 3, 1))


def test_the_note_under_a_title_tells_number_issuer_and_day() -> None:
    note = "（二〇二一年六月十日巴中市人民政府令第9号公布　根据二〇二六年一月二十八日第18号令修正）"
    found = read_particulars("养犬办法", f"# 养犬办法\n\n{note}\n\n第一条 甲。", {})
    assert (found["number"], found["issuer"]) == ("巴中市人民政府令第9号", "巴中市人民政府")
    assert found["issued"] == date(2021, 6, 10)


@pytest.mark.parametrize(
    ("clause", "effective", "expires"),
    [
        ("本办法自2026年3月1日起施行。", date(2026, 3, 1), None),
        ("第九条　本办法自二〇二六年三月一日起施行。", date(2026, 3, 1), None),
        ("本办法从2026年3月1日起施行，有效期三年。", date(2026, 3, 1), date(2029, 2, 28)),
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
        ("甲。\n甲市财政局、甲市民政局\n2020年5月13日", "甲市财政局 甲市民政局", date(2020, 5, 13)),
        ("请及时报告科技部。科技部2020年5月13日", "科技部", date(2020, 5, 13)),
        ("好。（省财政厅、省商务厅负责）科技部2020年5月13日", "科技部", date(2020, 5, 13)),
        (
            "乙。\n甲市经济和信息化局（盖章）\n2020年5月13日",
            "甲市经济和信息化局",
            date(2020, 5, 13),
        ),
        ("抄送：省财政厅，省商务厅。\n甲市商务局\n2020年5月13日", "甲市商务局", date(2020, 5, 13)),
        ("请报送市财政局、市审计局2020年5月13日", None, None),
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
    ("title", "text", "issuer"),
    [
        ("巴中市城市管理执法局关于停车的公告", "正文。", "巴中市城市管理执法局"),
        ("南江县民政局 南江县财政局关于津贴的公告", "正文。", "南江县民政局 南江县财政局"),
        ("巴中市教育局巴中市财政局关于收费的通知", "正文。", "巴中市教育局 巴中市财政局"),
        ("财政部人力资源社会保障部关于印发办法的通知", "正文。", "财政部 人力资源社会保障部"),
        ("巴中市教育局等三部门关于招生的通知", "正文。", "巴中市教育局"),
        ("巴中市公安局交通警察支队通告", "正文。", "巴中市公安局交通警察支队"),
        ("转发教育部办公厅关于招生的通知", "正文。", None),
        ("政策解读", "来源：市人社局 时间：2026-04-10\n正文。", "市人社局"),
        ("政策解读", "来源：巴中市财政局网站\n正文。", "巴中市财政局"),
        ("政策解读", "来源：巴中日报\n正文。", None),
        ("政策解读", "资金来源：市财政局\n正文。", None),
        ("招牌设置办事指南", "**实施主体**：巴中市城管局\n\n正文。", "巴中市城管局"),
        ("招牌设置办事指南", "## 实施主体\n\n巴中市城管局\n\n正文。", "巴中市城管局"),
        ("招牌设置办事指南", "实施主体：各县（区）人民政府\n正文。", None),
        ("权责清单", "实施主体：巴中市城管局\n正文。", None),
    ],
)
def test_title_and_page_tell_the_issuer_of_a_text_without_signature(
    title: str, text: str, issuer: str | None
) -> None:
    assert read_particulars(title, text, {}).get("issuer") == issuer


def test_all_who_signed_are_issuers_where_the_page_names_one_of_them() -> None:
    labels = {"labels": "发文机关：巴中市教育局；文号：巴教发〔2026〕1号"}
    text = "正文。\n巴中市教育局\n巴中市财政局\n2026年4月2日"
    assert read_particulars("通知", text, labels)["issuer"] == "巴中市教育局 巴中市财政局"
    other = text.replace("巴中市教育局\n", "巴中市民政局\n")
    assert read_particulars("通知", other, labels)["issuer"] == "巴中市教育局"


@pytest.mark.parametrize(
    ("line", "issued"),
    [
        ("来源：市人社局 时间：2026-04-10", date(2026, 4, 10)),
        ("发布时间：2026-04-10 10:22 浏览次数：9", date(2026, 4, 10)),
        ("活动时间：2026-04-10 来源：市人社局", None),
        ("时间：2026-04-10 地点：市体育馆", None),
    ],
)
def test_a_pages_line_of_source_and_time_tells_the_day(line: str, issued: date | None) -> None:
    assert read_particulars("解读", "正文。", {"labels": line}).get("issued") == issued


@pytest.mark.parametrize(
    ("title", "text", "expires"),
    [
        ("关于家电下乡的通知", "活动自2026年6月1日起至2026年12月31日止。", date(2026, 12, 31)),
        ("消费券发放公告", "一、活动时间\n2026年6月1日至9月30日。", date(2026, 9, 30)),
        ("消费券发放公告", "一、活动时间：2026年6月1日至9月30日。", date(2026, 9, 30)),
        ("关于组织申报奖补资金的通知", "申报截止时间为2026年5月31日。", date(2026, 5, 31)),
        ("招募活动公告", "甲。\n五、有效期至2026年5月31日。", date(2026, 5, 31)),
        # Steps of something that goes on, and what others have until then.
        ("招聘报名公告", "报名截止2026年5月31日。笔试于2026年6月20日举行。", None),
        ("申报工作通知", "申报截止2026年5月31日。报名截止2026年6月1日。", None),
        ("奖补办法", "申报截止2026年5月31日。", None),
        ("奖补办法", "活动自2026年6月1日起至2026年12月31日止。", None),
        ("评选活动通知", "宣传活动自2026年6月1日起至2026年6月30日止。", None),
        ("评选活动通知", "持有效期至2026年5月31日的证件。", None),
    ],
)
def test_a_text_about_one_activity_ends_with_it(
    title: str, text: str, expires: date | None
) -> None:
    assert read_particulars(title, text, {}).get("expires") == expires


@pytest.mark.parametrize(
    ("title", "text", "expires"),
    [
        # Days without a year are of the year of issue, or of the next when they are past.
        ("消费券公告", "二、活动时间：11月1日—11月20日。\n2026年10月27日", date(2026, 11, 20)),
        ("消费券公告", "二、活动时间：1月1日—20日。\n2026年12月27日", date(2027, 1, 20)),
        ("消费券公告", "二、活动时间：12月20日至1月20日。\n2026年12月7日", date(2027, 1, 20)),
        ("消费券办法", "第二条 活动时间：2026年11月1日—11月20日。", date(2026, 11, 20)),
        (
            "宣传活动的通知",
            "二、活动时间：9月1日至9月30日。\n总结于10月10日前报省厅。\n2026年8月7日",
            date(2026, 9, 30),
        ),
        # What follows the activity for its people goes on.
        ("消费券公告", "二、活动时间：11月1日—20日。\n12月5日前兑付。\n2026年10月27日", None),
    ],
)
def test_an_activity_has_the_year_of_its_notice(
    title: str, text: str, expires: date | None
) -> None:
    assert read_particulars(title, text, {}).get("expires") == expires


@pytest.mark.parametrize(
    ("title", "text", "expires"),
    [
        (
            "关于部分区域计划停水的公告",
            "定于2026年12月3日22:00至2026年12月4日8:00停水。停水顺延。",
            date(2026, 12, 4),
        ),
        ("关于停电的通知", "定于12月3日8:00至18:00停电。", date(2026, 12, 3)),
        ("关于停气的通知", "定于12月3日（周四）22:00至次日6:00停气。", date(2026, 12, 4)),
        ("关于停气的通知", "定于12月3日全天停气。", date(2026, 12, 3)),
        ("关于停水的公告", "12月30日22:00至1月2日6:00停水。", date(2027, 1, 2)),
        ("关于占道施工的公告", "2026年12月1日至2027年1月31日，每天22:00施工。", date(2027, 1, 31)),
        ("关于元旦放假的通知", "2027年1月1日至3日放假，12月26日上班。", date(2027, 1, 3)),
        # Nobody knows when it ends, or it is a rule about such stops.
        ("关于停水的公告", "自2026年12月1日起停水。", None),
        ("关于停水的公告", "自2026年12月1日至3日停水，恢复供水时间另行通知。", None),
        ("停水停电管理办法", "2026年12月1日至5日停水的，应当公布。", None),
        ("关于停水的公告", "停水时请储水。", None),
        ("建筑施工许可管理的通知", "2026年12月1日至5日试运行。", None),
    ],
)
def test_a_notice_of_what_happens_ends_with_its_days(
    title: str, text: str, expires: date | None
) -> None:
    signed = f"{text}\n某公司\n2026年11月27日"
    assert read_particulars(title, signed, {}).get("expires") == expires


@pytest.mark.parametrize(
    ("text", "expires"),
    [
        ("本办法自2026年1月1日起施行，有效期至2026年底。", date(2026, 12, 31)),
        ("本办法自2026年1月1日起施行，有效期至2027年2月。", date(2027, 2, 28)),
        ("本意见自2026年1月1日起执行，政策实施期限截至2027年年底。", date(2027, 12, 31)),
        ("本《意见》执行至2027年底。", date(2027, 12, 31)),
        ("第九条 本办法有效期至2027年12月31日。", date(2027, 12, 31)),
        ("本办法自2026年1月1日起试行，试行期一年。", date(2026, 12, 31)),
        ("本办法自2026年1月1日起试行二年。", date(2027, 12, 31)),
        ("第三条 自2026年1月1日起试行，暂定两年。", date(2027, 12, 31)),
        ("第九条 本办法试行期为半年，自2026年1月1日起施行。", date(2026, 6, 30)),
        ("第九条本办法有效期5年，自2026年1月1日起施行。", date(2030, 12, 31)),
        ("第二条 以上政策截至2026年6月30日停止执行。", date(2026, 6, 30)),
        ("本通知自2026年7月1日起停止执行。", date(2026, 6, 30)),
        ("三、实施期限：至2026年12月31日\n甲。", date(2026, 12, 31)),
        ("三、实施期限\n2026年1月1日至12月31日。\n甲。", date(2026, 12, 31)),
        # Aims, projects, certificates, other papers, single measures, steps that come later.
        ("各地要认真组织实施，到2026年底，全市达到60%。", None),
        ("各地要认真组织实施，截至2026年12月31日，全市达到60%。", None),
        ("自2026年1月1日起施行。试行1年后评估。", None),
        ("项目实施期限为3年。本办法自2026年1月1日起施行。", None),
        ("省新型机构自公布之日起有效期三年。\n本办法自2026年1月1日起施行。", None),
        ("本决定自2026年7月1日起废止《甲办法》。", None),
        ("（一）甲补贴\n1.实施期限：至2026年12月31日\n（二）乙", None),
        ("三、实施期限：至2026年12月31日\n四、资金于2027年3月1日前拨付。", None),
    ],
)
def test_the_end_of_a_text_is_read_in_the_ways_offices_write_it(
    text: str, expires: date | None
) -> None:
    assert read_particulars("办法", text, {}).get("expires") == expires


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
        ("人力资源和社会保障部", ("国家", "全国")),
        ("中共巴中市委宣传部", ("市", "巴中市")),
        ("中共南江县委办公室", ("县", "南江县")),
        ("中共河北省委", ("省", "河北省")),
        ("中共中央办公厅", ("国家", "全国")),
        # The 市 of 市场, 市政, 市容 and 城市 is no city's.
        ("南江县市场监督管理局", ("县", "南江县")),
        ("通江县市政公用事业局", ("县", "通江县")),
        ("恩阳区市容环境卫生管理所", ("县", "恩阳区")),
        ("平昌县城市管理局", ("县", "平昌县")),
        ("旺苍县市场监督管理局", ("县", "旺苍县")),
        ("农贸市场管理办公室", None),
        ("廊坊市市场监督管理局", ("市", "廊坊市")),
        ("廊坊市政府办公室", ("市", "廊坊市")),
        ("运城市城市管理局", ("市", "运城市")),
        ("四川省市场监督管理局", ("省", "四川省")),
        # Firms, zones and branches without 市 in their names.
        ("国网四川省电力公司巴中供电公司", ("市", "巴中市")),
        ("国网四川南江供电公司", ("县", "南江县")),
        ("巴中水务有限责任公司", ("市", "巴中市")),
        ("巴中市中心医院", ("市", "巴中市")),
        ("巴中中学", ("市", "巴中市")),
        ("巴中恩阳机场管理有限公司", ("市", "巴中市")),
        ("成都旅游大巴中心", None),
        ("巴中经济技术开发区管委会", ("县", "巴中经济技术开发区")),
        ("国家税务总局巴中经济开发区税务局", ("县", "巴中经济技术开发区")),
        ("巴中市公安局经开区分局", ("县", "巴中经济技术开发区")),
        ("四川南江经济开发区管理委员会", ("县", "南江县")),
        ("国家税务总局南江县税务局", ("县", "南江县")),
        ("国家税务总局河北省税务局", ("省", "河北省")),
        ("国家税务总局办公厅", ("国家", "全国")),
        ("中国人民银行巴中市分行", ("市", "巴中市")),
        ("巴中市公安局恩阳区分局", ("县", "恩阳区")),
        ("巴中市自然资源和规划局恩阳分局", ("县", "恩阳区")),
        ("巴中市南江生态环境局", ("县", "南江县")),
        ("巴中市巴州区东城街道办事处", ("县", "巴州区")),
        ("平昌县驷马镇人民政府", ("县", "平昌县")),
        ("光雾山国家级风景名胜区管理局", None),
        # A title is no office: 银耳 of the whole city, and what another government says of a place.
        ("巴中市通江银耳保护条例", ("市", "巴中市")),
        ("通江银耳保护条例", None),
        ("巴中市巴州区河道条例", ("县", "巴州区")),
        ("四川省人民政府关于支持巴中市振兴的意见", ("省", "四川省")),
        ("关于全市市场监督管理局工作的通知", None),
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


def test_a_rule_is_no_part_of_a_title() -> None:
    for rule in ("────────", "********", "====", "——★——"):
        lines = [
            "巴中市人民政府办公室文件",
            "巴府办发〔2026〕12号",
            rule,
            "巴中市人民政府办公室",
            "关于电梯的通知",
        ]
        assert title_in(lines) == "巴中市人民政府办公室关于电梯的通知"
        assert title_in([f"{rule}关于电梯的通知{rule}"]) == "关于电梯的通知"
        assert letterhead([*lines, rule, "正文。"], title_in(lines)) == 6


def test_the_title_of_an_order_is_that_of_what_it_puts_into_force() -> None:
    passed = "《决定》已经2026年1月19日市人民政府第92次常务会议通过，现予公布。"
    title = "巴中市人民政府关于修改《养犬办法》的决定"
    signed = ["市长", "王　×", "2026年1月28日"]
    assert title_in(["巴中市人民政府令", "第 18 号", passed, *signed, title]) == title
    assert title_in(["四川省人民政府令第347号", "四川省电梯条例"]) == "四川省电梯条例"
    assert title_in(["国家税务总局公告", "2026年第3号", "关于发票的公告"]) == "关于发票的公告"
    assert title_in(["巴中市人民政府令", "第 18 号", passed]) == "巴中市人民政府令"
    assert (
        title_in(["巴中市关于废止部分规范性文件", "的决定"]) == "巴中市关于废止部分规范性文件的决定"
    )


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("某局关于片区停气的公告 因施工需要，停气。特此公告。", "某局关于片区停气的公告"),
        ("某局关于片区停气的公告因施工需要，停气。特此公告。", "某局关于片区停气的公告"),
        (
            "关于转发《关于停气的通知》的通知各县（区）：请执行。",
            "关于转发《关于停气的通知》的通知",
        ),
        ("按照市政府关于停气的通知 停气。", ""),
        ("某局关于停气的公告，请看清楚。", ""),
    ],
)
def test_a_text_on_one_line_begins_with_its_title(line: str, title: str) -> None:
    assert title_in([line]) == worded_title([line]) == title


def test_an_issuer_without_place_is_where_the_title_says() -> None:
    source = SourceText(
        body="一、背景\n甲。", title="《巴中市创业措施》解读", found={"labels": "来源：市人社局"}
    )
    document = document_of(source, "a.html", default_id="a")
    assert (document.issuer, document.level, document.region) == ("市人社局", Level.CITY, "巴中市")


def test_days_in_words_become_figures() -> None:
    assert in_figures("二○二六年十二月二十五日") == "2026年12月25日"
    assert in_figures("2026 年 2 月 1 日") == "2026年2月1日"
    assert years_later(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert months_later(date(2026, 8, 31), 6) == date(2027, 2, 27)
    assert with_last_days("到2026年底、2028年2月") == "到2026年12月31日、2028年2月29日"
    assert with_last_days("2026年底前，2026年2月1日") == "2026年底前，2026年2月1日"


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        (["公告", "发布日期：2026-09-10", "各乡镇人民政府，各有关企业：", "甲。"], [0, 1, 3]),
        (["巴府发〔2026〕3号", "", "**尊敬的用水户：**", "甲。"], [1, 3]),
        (["## 巴府发〔2026〕3号", "南江县财政局：", "甲。"], [2]),
        (["甲。", "巴州区办法", "各县（区）人民政府：", "乙。"], [0, 1, 3]),
        (["甲。", "南府发〔2026〕9号", "乙。"], [0, 2]),
        # Labels, duties and lists of papers are what a text says.
        (["申报单位：", "甲公司。"], [0, 1]),
        (["## 职责", "各县（区）人民政府：", "负责甲。"], [0, 1, 2]),
        (["甲。", "各县（区）人民政府：", "负责甲。"], [0, 1, 2]),
        (["废止下列文件：", "巴府发〔2019〕5号", "巴府发〔2020〕6号"], [0, 1, 2]),
        (["甲。", "关于乙的通知", "巴府发〔2019〕5号"], [0, 1, 2]),
        (["各县（区）人民政府："], [0]),
    ],
)
def test_to_whom_a_text_goes_is_no_part_of_it(lines: list[str], kept: list[int]) -> None:
    assert without_address(lines, "南府发〔2026〕9号") == [lines[place] for place in kept]


def test_what_leads_to_a_list_of_repealed_papers_is_no_salutation() -> None:
    title = "关于废止文件的公告"
    assert letterhead([title, "各县（区）人民政府："], title) == 2
    assert letterhead([title, "经研究，决定废止下列文件："], title) == 1
