"""Which law a citation names: that of the passage, with its own number and day."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from knowledge_base.answer import Citation
from knowledge_base.documents import Document
from knowledge_base.extract import document_line, source_line
from knowledge_base.passages import Passage, cut
from knowledge_base.quoted import REGISTER, registered, sources_of
from knowledge_base.reading import read_paths
from knowledge_base.training.spoken import CORPUS

DIGEST = Document(
    id="seals",
    title="公章刻制：取消审批改为备案（国发〔2017〕7号）",
    number="国发〔2017〕7号",
    issued=date(2017, 1, 12),
    sources=("国发〔2017〕7号",),
    body="正文",
)
CIVIL_CODE = "《中华人民共和国民法典》（2020年5月28日第十三届全国人民代表大会第三次会议通过）"


def passage(text: str, article: str = "", document: Document = DIGEST) -> Passage:
    return Passage("seals-p1", document, article, (), text)


def line(text: str, article: str = "", document: Document = DIGEST) -> str:
    return source_line([passage(text, article, document)]).removeprefix("依据：")


def test_a_law_quoted_in_a_digest_is_cited_with_its_own_number() -> None:
    text = "《民法典》第四百九十条规定，自签名时合同成立。第四百九十一条规定，另有约定的除外。"
    assert line(text, "民法典第四百九十条") == f"{CIVIL_CODE}第四百九十条、第四百九十一条"


def test_each_law_that_a_passage_quotes_is_cited_with_its_articles() -> None:
    text = "《民法典》第四百六十九条规定甲。《电子签名法》第三条、第十四条规定乙。第十三条规定丙。"
    told = line(text)
    assert told.startswith(f"{CIVIL_CODE}第四百六十九条；《中华人民共和国电子签名法》（2004年")
    assert told.endswith("）第三条、第十四条、第十三条")


def test_what_names_no_law_rests_on_the_document() -> None:
    text = "凭营业执照直接刻章，不用先到公安局。"
    assert line(text) == "公章刻制：取消审批改为备案（国发〔2017〕7号）".join("《》") + (
        "（国发〔2017〕7号，2017年1月12日发布）"
    )


def test_a_law_named_after_the_first_sentence_stands_beside_the_document() -> None:
    text = "开办时一次填报。《优化营商环境条例》第十九条要求简化手续。"
    assert line(text).endswith(
        "；《优化营商环境条例》（国务院令第722号，2019年10月22日发布）第十九条"
    )
    assert line(text).startswith("《公章刻制")


@pytest.mark.parametrize(
    "text",
    [
        "《民法典》第四百九十条规定，依照第五百零二条办理的除外。",
        "《民法典》第四百九十条规定，有本法第五百零二条情形的除外。",
        "《民法典》第四百九十条规定，不适用第五百零二条。",
        "《民法典》第四百九十条规定，可以；不适用《民法典》第五百零二条。",
    ],
)
def test_an_article_that_is_only_referred_to_is_not_cited(text: str) -> None:
    assert line(text) == f"{CIVIL_CODE}第四百九十条"


def test_a_law_named_without_brackets_is_not_taken_for_the_one_before() -> None:
    text = "《民法典》第四百九十条规定甲。民事诉讼证据规定第二十条规定乙。某某细则第五条规定丙。"
    assert line(text) == (
        f"{CIVIL_CODE}第四百九十条；《最高人民法院关于民事诉讼证据的若干规定》"
        "（法释〔2019〕19号，2019年12月25日发布）第二十条"
    )


def test_a_law_that_is_only_mentioned_leads_nothing() -> None:
    text = "《某市印章办法》第三条规定，要备案，并符合《民法典》的要求。第五条规定，罚款五百元。"
    assert line(text) == "《某市印章办法》第三条、第五条"
    text = "《民法典》第四百九十条规定，可以。《某市印章办法》自2026年起施行。第三条规定，要备案。"
    assert line(text) == f"{CIVIL_CODE}第四百九十条；《某市印章办法》第三条"


def test_two_sources_without_a_number_are_two() -> None:
    bare = replace(DIGEST, title="办事提醒", number="", issued=None)
    text = "刻章不收费。《某某管理暂行办法》第三条规定，可以。"
    assert line(text, document=bare) == "《办事提醒》；《某某管理暂行办法》第三条"
    told = Citation(passage("《某某管理暂行办法》第三条规定，可以。", document=bare)).as_json()
    assert told["article"] == "《某某管理暂行办法》第三条"


def test_the_heading_names_the_law_where_the_text_does_not() -> None:
    assert line("不满十六周岁的不能招用。", "劳动法第十五条").endswith("）第十五条")
    assert line("不满十六周岁的不能招用。", "劳动法第十五条").startswith("《中华人民共和国劳动法》")


def test_a_law_that_nobody_confirmed_is_cited_without_a_number() -> None:
    assert line("《某某管理办法》第三条规定，可以。") == "《某某管理办法》第三条"
    told = line("《必须招标的工程项目规定》（国家发展改革委令第16号）第五条规定，必须招标。")
    assert told == "《必须招标的工程项目规定》（国家发展改革委令第16号）第五条"


def test_the_wording_that_a_document_holds_keeps_its_own_number() -> None:
    law = replace(DIGEST, title="中华人民共和国民法典（2031年修正文本）", number="2031年3月1日修正")
    assert line("《民法典》第四百九十条规定，可以。", document=law) == (
        "《中华人民共和国民法典》（2031年3月1日修正，2017年1月12日发布）第四百九十条"
    )


def test_an_official_text_is_its_own_source_whatever_it_refers_to() -> None:
    official = replace(DIGEST, sources=(), title="某市刻章管理办法")
    text = "根据《民法典》第四百九十条规定，制定本办法。"
    assert line(text, "第一条", official) == (
        "《某市刻章管理办法》（国发〔2017〕7号，2017年1月12日发布）第一条"
    )


def test_the_opening_of_a_digest_is_cited_with_the_law_it_sums_up() -> None:
    code = replace(DIGEST, title="合同（民法典）", number=registered("民法典").number)
    both = [passage("签字就成立。", document=code), passage("《民法典》第四百九十条规定，可以。")]
    assert source_line(both) == f"依据：{CIVIL_CODE}第四百九十条"


def test_a_citation_tells_channels_the_quoted_law() -> None:
    told = Citation(passage("《民法典》第四百九十条规定，可以。")).as_json()
    assert told["article"] == "《中华人民共和国民法典》第四百九十条"
    assert (told["number"], told["issued"]) == (registered("民法典").number, "2020-05-28")
    assert told["title"] == DIGEST.title
    two = Citation(
        passage("《民法典》第四百六十九条规定甲。《电子签名法》第三条规定乙。")
    ).as_json()
    assert (two["number"], two["issued"]) == ("", None)
    assert (
        two["article"]
        == "《中华人民共和国民法典》第四百六十九条；《中华人民共和国电子签名法》第三条"
    )
    own = Citation(passage("可以。", "第三条")).as_json()
    assert (own["article"], own["number"], own["issued"]) == ("第三条", DIGEST.number, "2017-01-12")


def test_a_document_is_told_as_a_whole_where_it_is_asked_about() -> None:
    assert "国发〔2017〕7号，2017年1月12日发布" in document_line(DIGEST)


def test_the_register_is_sound() -> None:
    rows = [json.loads(row) for row in REGISTER.read_text(encoding="utf-8").splitlines()]
    names = [name for row in rows for name in {row["name"], row["title"], *row["also"]}]
    assert len(names) == len(set(names)), "a name stands for two laws"
    assert rows == sorted(rows, key=lambda row: str(row["name"]))
    for row in rows:
        assert set(row) == {"name", "also", "title", "number", "issued"}
        assert not row["issued"] or date(1949, 10, 1) < date.fromisoformat(row["issued"])
        assert not row["number"] or re.search(r"号|通过|修订|修正|发布", row["number"]), row


def test_every_article_that_a_bundled_passage_heads_is_cited() -> None:
    """A heading of ours names the article of the text: the citation may not lose it."""
    lost = []
    for document in read_paths([CORPUS]).documents:
        for each in cut(document):
            articles = re.findall("第[一二三四五六七八九十百千零]+条", each.article)
            cited = "".join(place for source in sources_of([each]) for place in source.places)
            lost += [(each.id, one) for one in articles if one not in cited]
    assert lost == []


def test_no_bundled_passage_is_cited_with_the_number_of_another_law() -> None:
    """公章刻制 quotes 民法典: what begins with a law of the register has that law's number."""
    wrong = []
    for path in sorted(Path(CORPUS).rglob("*.md")):
        for document in read_paths([path]).documents:
            for each in cut(document):
                begins = re.match(r"《([^《》]+)》第", each.text)
                law = registered(begins[1]) if begins else None
                if law is None or not law.number or document.title.startswith(law.title):
                    continue
                if law.number not in source_line([each]):
                    wrong.append((each.id, law.name))
    assert wrong == []
