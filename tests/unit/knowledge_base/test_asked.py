from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge_base.answer import answer
from knowledge_base.authority import mentions, references
from knowledge_base.documents import Document
from knowledge_base.index import Index, build
from knowledge_base.passages import Passage, cut
from knowledge_base.search import KnowledgeBase
from knowledge_base.static_encoder import StaticEncoder

DAY = date(2026, 11, 23)
BODY = """# 供水办法
## 报装时限
常见问法：接自来水要等好久｜ 新铺子通水几天 ｜
用水报装办理时限不超过3个工作日。
## 费用
常见问法：通水要给钱不
用水报装不收取费用。
"""


def passages() -> list[Passage]:
    return cut(Document(id="water", title="供水办法", body=BODY))


def built(folder: Path, found: list[Passage], encoder: StaticEncoder, recipe: str = "r") -> None:
    build(
        folder,
        found,
        documents=[found[0].document],
        encoder=encoder,
        terms=(),
        built_at=datetime.now(UTC),
        recipe=recipe,
    )


def test_usual_ways_of_asking_are_read_and_never_quoted() -> None:
    first, second = passages()
    assert first.asked == ("接自来水要等好久", "新铺子通水几天")
    assert second.asked == ("通水要给钱不",)
    assert "常见问法" not in first.text + second.text


def test_ways_of_asking_under_a_heading_belong_to_the_article_that_follows() -> None:
    body = (
        "## 补多少\n常见问法：补好多\n第三条 补8万元。\n第四条 每年一次。\n## 别的\n第五条 其他。"
    )
    found = cut(Document(id="x", title="办法", body=body))
    assert [passage.asked for passage in found] == [("补好多",), (), ()]


def test_a_usual_way_of_asking_leads_to_its_passage(tmp_path: Path, encoder: StaticEncoder) -> None:
    built(tmp_path, passages(), encoder)
    knowledge = KnowledgeBase.open(tmp_path)
    best = knowledge.search("接自来水要等好久")[0]
    assert best.passage.id == "water-p1"
    assert best.asked == "接自来水要等好久"
    assert [hit.passage.id for hit in knowledge.search("通水", top=10)].count("water-p1") == 1
    found = answer("接自来水要等好久", knowledge, as_of=DAY)
    assert found.sure
    assert "自来水" not in found.text
    assert "**3个工作日**" in found.text


class Counting:
    """Our encoder, which remembers what it was asked to encode."""

    def __init__(self, inner: StaticEncoder) -> None:
        self._inner = inner
        self.name, self.fingerprint = inner.name, inner.fingerprint
        self.dimension = inner.dimension
        self.texts: list[str] = []

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        self.texts += texts
        return self._inner.encode(texts)


def test_one_changed_passage_encodes_only_itself(tmp_path: Path, encoder: StaticEncoder) -> None:
    before = passages()
    built(tmp_path / "grown", before, encoder)
    changed = [before[0], replace(before[1], text="用水报装全程免费。")]
    counting = Counting(encoder)
    built(tmp_path / "grown", changed, counting)
    assert len(counting.texts) == 1
    assert "全程免费" in counting.texts[0]


def test_a_grown_index_equals_one_made_at_once(
    tmp_path: Path, corpus: Path, build_index: Callable[..., None], encoder: StaticEncoder
) -> None:
    before = passages()
    after = [before[1], replace(before[0], text="用水报装办理时限不超过2个工作日。")]
    built(tmp_path / "grown", before, encoder)
    built(tmp_path / "grown", after, encoder)
    built(tmp_path / "fresh", after, encoder)
    grown, fresh = Index.load(tmp_path / "grown"), Index.load(tmp_path / "fresh")
    for name, field in fresh.words.items():
        for term, column in field.vocabulary.items():
            assert grown.words[name].frequency(term) == field.frequency(term), term
            wanted, had = np.zeros(fresh.entries, "f4"), np.zeros(fresh.entries, "f4")
            field.add(wanted, {term: 1.0})
            grown.words[name].add(had, {term: 1.0})
            np.testing.assert_allclose(had, wanted, rtol=1e-6, err_msg=f"{term} {column}")
    everything = np.arange(fresh.entries)
    np.testing.assert_array_equal(
        grown.vectors.reconstruct_batch(everything), fresh.vectors.reconstruct_batch(everything)
    )
    np.testing.assert_array_equal(grown.owners, fresh.owners)


@pytest.mark.parametrize("recipe", ["", "other rules"])
def test_an_index_made_by_other_rules_lends_nothing(
    tmp_path: Path, encoder: StaticEncoder, recipe: str
) -> None:
    built(tmp_path, passages(), encoder)
    counting = Counting(encoder)
    built(tmp_path, passages(), counting, recipe=recipe)
    assert len(counting.texts) == 5


def test_what_others_name_often_has_authority_and_a_part_has_its_wholes() -> None:
    texts = [
        "依照《民法典》合同编的规定",
        "《中华人民共和国民法典》另有规定的，从其规定。《民法典》",
        "《公司法》第三条",
    ]
    assert references(["合同编", "公司法", "物业管理条例", "公司法（2023年修订）"], texts) == [
        2, 1, 0, 1,
    ]  # fmt: skip


def test_a_book_of_which_no_text_tells_belongs_to_the_code_whose_books_are_named() -> None:
    texts = ["依照《民法典》合同编、《民法典》物权编的规定", "《民法典》第二条", "惠企政策汇编"]
    titles = ["合同编", "人格权编", "惠企政策汇编"]
    assert references(titles, texts) == [2, 2, 0]
    assert references(["人格权编"], ["《公司法》第三条"]) == [0]
    rare = [
        "《环境法典》总则编、《环境法典》生态编、《环境法典》责任编",
        "《资料》汇编",
        "《刑法》第三编",
    ]
    often = ["《民法典》合同编"] * 4
    assert references(["人格权编", "生态编"], rare + often) == [4, 1]
    assert mentions(titles, texts, titles) == {"合同编": 2, "人格权编": 2, "惠企政策汇编": 1}
