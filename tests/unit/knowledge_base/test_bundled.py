"""What is bundled: the ways of asking for its documents, and the words people say."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from knowledge_base.answer import CONSEQUENCES, Verdict, answer
from knowledge_base.passages import cut
from knowledge_base.quoted import registered, sources_of
from knowledge_base.reading import read_paths
from knowledge_base.search import KnowledgeBase
from knowledge_base.text import search_form
from knowledge_base.words import LEXICON, Colloquial

DAY = date(2026, 11, 29)
CORPUS = Path(__file__).parents[3] / "knowledge_base" / "corpus"
PENALTIES = CORPUS / "national" / "weifa-houguo.md"


@pytest.fixture(scope="module")
def penalties(
    build_index: Callable[..., None], tmp_path_factory: pytest.TempPathFactory
) -> KnowledgeBase:
    """What cheats cost, alone: a refusal names the best passage of this document."""
    folder = tmp_path_factory.mktemp("penalties")
    build_index(folder, PENALTIES)
    return KnowledgeBase.open(folder)


@pytest.mark.parametrize(
    ("cheat", "rule"),
    [
        ("方便面过期了把日期擦掉重打", "食品安全法第一百二十四条"),
        ("哄新来的工人在不要社保的单子上按手印", "社会保险法第八十四条"),
        ("花名册头写两个残疾人的名字就不交残保金了嘛", "残疾人就业条例第二十七条"),
        ("自己骑车摔的想报成厂里工伤", "工伤保险条例第六十条"),
        ("编一张借条去法院起诉亲戚", "刑法第三百零七条之一"),
        ("接根线绕过电表", "电力法第七十一条"),
        ("喊水军给我店写五星好评", "反不正当竞争法第二十五条"),
        ("验资的钱借来打进去第二天抽走", "公司法第二百五十二条"),
        ("把公司注销了欠的货款就不用还", "公司法第二百四十条"),
        ("执照租给别个用一年收三千", "市场主体登记管理条例第四十四条"),
        ("把施工资质借给包工头收管理费", "建筑法第六十六条"),
        ("中标的活整个转给别的队做", "招标投标法第五十八条"),
        ("大肚子的员工弄到她自己辞职", "劳动合同法第四十二条"),
        ("把业主的电话号码卖给装修公司", "刑法第二百五十三条之一"),
        ("假装车被撞了找保险公司赔", "刑法第一百九十八条"),
        # Those that stood here before still have their own.
        ("少报收入两本账", "税收征收管理法第六十三条"),
        ("几家约好投标价", "招标投标法第五十三条"),
        ("私刻别家公司的章", "刑法第二百八十条"),
    ],
)
def test_a_cheat_finds_the_rule_that_it_breaks(
    penalties: KnowledgeBase, cheat: str, rule: str
) -> None:
    (first,) = penalties.search(cheat, top=1)
    assert first.passage.article == rule


def test_what_cheats_cost_rests_on_laws_with_a_number() -> None:
    (document,) = read_paths([PENALTIES]).documents
    assert CONSEQUENCES in document.topics
    named = {source.title for source in sources_of(cut(document))} - {document.title}
    # Two wordings of the trade-mark law are bundled; the passage says which one it quotes.
    assert {name for name in named if not registered(name).title} == {"商标法"}


def test_no_two_documents_share_a_way_of_asking() -> None:
    owners = defaultdict(set)
    for document in read_paths([CORPUS]).documents:
        for passage in cut(document):
            for asked in passage.asked:
                owners[search_form(asked)].add(document.id)
    assert {asked: owner for asked, owner in owners.items() if len(owner) > 1} == {}


def test_a_saying_stands_once_in_the_lexicon_and_means_other_words() -> None:
    lines = (LEXICON / "colloquial.tsv").read_text(encoding="utf-8").splitlines()
    said = [line.split("\t")[0] for line in lines if line and not line.startswith("#")]
    assert len(said) == len(set(said))
    entries = Colloquial.load().entries
    assert len(entries) == len(said) >= 400
    assert [said for said, meant in entries if not meant] == []


def test_a_refusal_names_no_rule_on_something_else(penalties: KnowledgeBase) -> None:
    named = answer("怎么偷电表，让厂里的电费少走一半？", penalties, as_of=DAY)
    assert named.rule
    assert named.rule.passage.article == "电力法第七十一条"
    hidden = answer("排污的管子晚上偷偷放，怎么躲在线监测？", penalties, as_of=DAY)
    assert (hidden.verdict, hidden.rule) == (Verdict.UNLAWFUL, None)
