"""Documents of which nothing but their text is known: which of their passages answers."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from knowledge_base.answer import answer
from knowledge_base.documents import read_document
from knowledge_base.passages import cut
from knowledge_base.readers.titles import letterhead, worded_title
from knowledge_base.search import KnowledgeBase
from knowledge_base.validity import Period
from knowledge_base.within import reordered

DAY = date(2026, 11, 29)
NIGHT = """巴中市人民政府办公室文件

巴府办发〔2026〕12号

2026年3月15日

巴中市人民政府办公室关于支持夜间经济发展的通知

各县（区）人民政府，巴中经开区管委会，市级各部门：

为促进夜间消费，支持夜间经济发展，做优夜间消费集聚区，现就支持夜间经济发展有关事项通知如下。

一、支持夜间消费集聚区。支持县（区）建设夜间消费集聚区，夜间经济发展得好的，纳入市级示范，优先推荐申报省级夜间消费集聚区。

二、奖励商户。在夜间消费集聚区内新开店并经营满6个月的商户，给予一次性补贴3000元；引进全国首店的，给予一次性补贴5万元。

三、放宽外摆。夜间22时至次日2时允许在划定区域摆摊，摊位进深不得超过1.5米，收摊后要打扫干净。

四、办理。商户向所在县（区）商务主管部门提出申请，商务主管部门自受理之日起15个工作日内审核完毕，咨询电话0827-5260000。

本通知自印发之日起施行，有效期2年。
"""
CHARGING = """# 巴中市电动汽车充电设施建设管理办法

第一条 为规范电动汽车充电设施建设，制定本办法。
第二条 新建住宅停车位应当全部建设充电设施或者预留安装条件。
第三条 充电服务费最高不超过每千瓦时0.6元，由经营者在上限内自行确定并明码标价。
第四条 物业服务人拒绝业主安装充电设施的，由住房城乡建设主管部门责令限期改正。
第五条 本办法自2026年1月1日起施行。
"""


@pytest.fixture(scope="module")
def city(build_index: Callable[..., None], tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("papers")
    (source / "night.md").write_text(NIGHT, encoding="utf-8")
    (source / "charging.md").write_text(CHARGING, encoding="utf-8")
    folder = tmp_path_factory.mktemp("city")
    build_index(folder, source)
    return folder


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("夜间经济集聚区新开店补好多钱", "3000元"),
        ("夜间经济外摆可以摆到几点", "次日**2时**|次日2时"),
        ("夜间经济补贴找哪个部门申请", "商务主管部门"),
        ("夜间经济补贴申请几天审核完", "15个工作日"),
        ("充电服务费最高好多钱一度", "0.6元"),
        ("物业不准我装充电桩找哪个管", "住房城乡建设主管部门"),
    ],
)
def test_the_passage_that_holds_what_is_asked_is_quoted_first(
    city: Path, question: str, fact: str
) -> None:
    view = KnowledgeBase.open(city).view()
    when = Period.day(DAY)
    hits = view.search(question, top=10, when=when)
    first = reordered(question, hits, view, view.allowed(when))[0]
    assert any(each in first.passage.text for each in fact.split("|"))
    assert first.behind == 0


def test_what_answers_less_likely_is_not_quoted_beside_it(city: Path) -> None:
    found = answer("夜间经济集聚区新开店补好多钱", KnowledgeBase.open(city), as_of=DAY)
    assert found.sure
    assert "**3000元**" in found.text
    assert "打扫干净" not in found.text
    assert "巴府办发〔2026〕12号，2026年3月15日发布" in found.text


def test_places_and_scores_among_other_documents_stay(city: Path) -> None:
    view, when = KnowledgeBase.open(city).view(), Period.day(DAY)
    question = "夜间经济集聚区新开店补好多钱"
    hits = view.search(question, top=10, when=when)
    after = reordered(question, hits, view, view.allowed(when))
    assert [hit.passage.document_id for hit in after[: len(hits)]] == [
        hit.passage.document_id for hit in hits
    ]
    assert [hit.score for hit in after[: len(hits)]] == [hit.score for hit in hits]
    assert len({hit.place for hit in after}) == len(after)
    assert reordered(question, [], view, view.allowed(when)) == []


def test_where_ways_of_asking_are_known_the_order_of_the_search_stays(
    build_index: Callable[..., None], tmp_path: Path
) -> None:
    source, folder = tmp_path / "papers", tmp_path / "index"
    source.mkdir()
    taught = CHARGING.replace("第三条", "## 第三条 收费\n常见问法：充电多少钱一度\n第三条")
    (source / "charging.md").write_text(taught, encoding="utf-8")
    build_index(folder, source)
    view, when = KnowledgeBase.open(folder).view(), Period.day(DAY)
    hits = view.search("物业不准装充电桩找哪个", top=10, when=when)
    assert len(hits) > 2
    assert reordered("物业不准装充电桩找哪个", hits, view, view.allowed(when)) == hits


def test_whose_paper_it_is_stands_in_no_passage(tmp_path: Path) -> None:
    path = tmp_path / "night.md"
    path.write_text(NIGHT, encoding="utf-8")
    document = read_document(path)
    assert document.title == "巴中市人民政府办公室关于支持夜间经济发展的通知"
    assert (document.number, document.issued) == ("巴府办发〔2026〕12号", date(2026, 3, 15))
    assert (document.effective, document.expires) == (date(2026, 3, 15), date(2028, 3, 14))
    text = "\n".join(passage.text for passage in cut(document))
    assert text.startswith("为促进夜间消费")
    assert "人民政府办公室文件" not in text


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        (["甲办法", "第一条 乙"], 1),
        (["# 甲办法", "", "（2026年3月1日印发）", "各县（区）人民政府：", "第一条 乙"], 4),
        (["国办发〔2026〕1号", "甲办法", "第一条 乙"], 2),
        (["国办发〔2026〕1号", "第一条 乙"], 0),
        (["乙先说。", "甲办法"], 0),
        (["甲办法", "一、申报条件：", "1.乙"], 1),
        (["甲办法", "## 申报条件：", "乙"], 1),
        ([], 0),
    ],
)
def test_what_heads_a_text(lines: list[str], count: int) -> None:
    assert letterhead(lines, "甲办法") == count


def test_only_what_ends_like_a_title_names_a_text_without_one() -> None:
    assert worded_title(["某市人民政府文件", "某市关于支持夜市的", "若干措施", "正文。"]) == (
        "某市关于支持夜市的若干措施"
    )
    assert worded_title(["正文", "第一条 乙"]) == ""


GUIDE = """# 户外广告设置许可办事指南

**事项名称**：户外广告设置审批

**受理条件**：符合设置规划；不影响消防通道；设置在楼顶的已取得结构安全鉴定。

**申请材料**：

| 序号 | 材料名称 |
|---|---|
| 1 | 设置申请表 |
| 2 | 营业执照 |

**承诺办结时限**：6个工作日

**收费标准**：不收费

**办理地点**：政务服务中心二楼17号窗口

**咨询电话**：0827-5262017

问：门头招牌要不要办许可？
答：10平方米以下的实行备案，不需要办理许可。

问：期满不拆会怎么样？
答：责令限期拆除；逾期不拆的，依法强制拆除。

巴中市城市管理行政执法局

2026年5月6日
"""


def texts(tmp_path: Path, paper: str) -> list[str]:
    path = tmp_path / "paper.md"
    path.write_text(paper, encoding="utf-8")
    return [passage.text for passage in cut(read_document(path))]


def test_each_labelled_line_and_each_question_of_a_guide_is_a_matter_of_its_own(
    tmp_path: Path,
) -> None:
    found = texts(tmp_path, GUIDE)
    assert "受理条件：符合设置规划；不影响消防通道；设置在楼顶的已取得结构安全鉴定。" in found
    assert "办理地点：政务服务中心二楼17号窗口" in found
    assert "问：门头招牌要不要办许可？\n答：10平方米以下的实行备案，不需要办理许可。" in found
    materials = next(text for text in found if text.startswith("申请材料"))
    assert "营业执照" in materials
    assert found[-1].endswith("依法强制拆除。")


def test_a_list_that_repeats_its_labels_is_no_guide(tmp_path: Path) -> None:
    rows = "\n".join(f"发文单位：某局\n发文时间：{year}年\n文号：第{year}号" for year in range(9))
    assert len(texts(tmp_path, f"# 文件目录\n{rows}")) < 9


def test_the_last_item_of_an_outline_is_text_whatever_follows(tmp_path: Path) -> None:
    paper = "# 某办法\n一、补贴\n每户3000元。\n二、咨询电话0827-5261111。\n某市民政局\n2026年1月2日"
    assert texts(tmp_path, paper) == ["每户3000元。", "二、咨询电话0827-5261111。"]


def test_the_number_of_an_item_stays_apart_from_a_sum(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    page = "<h1>贷款办法</h1><p>3. 10万元以下的个人贷款免除反担保。</p><p>4. 申请</p>"
    path.write_text(page, encoding="utf-8")
    text = cut(read_document(path))[0].text
    assert "3、10万元以下" in text
    assert "3.10" not in text


def test_who_signs_and_who_gets_a_copy_is_no_passage(tmp_path: Path) -> None:
    paper = (
        "# 某办法\n第一条 每户3000元。\n某市商务局　某市财政局\n2026年3月2日\n"
        "抄送：市委办公室。\n某市人民政府办公室　2026年3月3日印发"
    )
    assert texts(tmp_path, paper) == ["第一条 每户3000元。"]


def test_an_office_that_answers_a_heading_is_no_signature(tmp_path: Path) -> None:
    paper = "# 某办法\n## 补贴\n每户3000元。\n## 受理单位\n巴中市商务局"
    assert texts(tmp_path, paper) == ["每户3000元。", "巴中市商务局"]


def test_a_row_of_a_table_is_quoted_with_its_first_cell(
    build_index: Callable[..., None], tmp_path: Path
) -> None:
    goods = ("电冰箱", "洗衣机", "电视机", "空调", "热水器", "抽油烟机", "燃气灶", "洗碗机")
    rows = "\n".join(f"| {each} | {12 + at}% | {1000 + at} |" for at, each in enumerate(goods))
    source, folder = tmp_path / "papers", tmp_path / "index"
    source.mkdir()
    table = f"| 品类 | 一级能效补贴比例 | 单台最高补贴（元） |\n|---|---|---|\n{rows}\n"
    notes = "具体按照能效等级和售价确定，以发票载明的金额为准，超出部分由消费者自己承担。" * 3
    paper = f"# 家电补贴办法\n## 补贴标准\n{notes}\n\n{table}"
    (source / "a.md").write_text(paper, encoding="utf-8")
    build_index(folder, source)
    found = answer("家电补贴空调最高补多少钱", KnowledgeBase.open(folder), as_of=DAY)
    line = next(part for part in found.text.replace("**", "").split("……") if "1003" in part)
    assert "品类：空调；一级能效补贴比例：15%" in line
