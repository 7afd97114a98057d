from datetime import UTC, date, datetime

import numpy as np
import pytest

from knowledge_base.documents import Document
from knowledge_base.extract import says_again
from knowledge_base.index import build
from knowledge_base.passages import Passage, cut
from knowledge_base.search import KnowledgeBase, SearchConfig, View
from knowledge_base.second import Candidates, Weights, candidates, leading
from knowledge_base.static_encoder import StaticEncoder
from knowledge_base.training.second import Choice, first_right, fit
from knowledge_base.validity import Period

DAY = Period.day(date(2026, 11, 23))
WATER = """## 报装
常见问法：新铺子通水要等好久｜接自来水几天弄好｜店里装水表找哪个
用水报装办理时限不超过3个工作日。
"""
POWER = """## 报装
常见问法：新铺子通电要等好久｜接电几天弄好｜店里装电表找哪个
用电报装办理时限不超过5个工作日。
"""
NEW = """## 报装
用气报装办理时限不超过4个工作日。
"""


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory, encoder: StaticEncoder) -> View:
    folder = tmp_path_factory.mktemp("second")
    documents = [
        Document(id=name, title=title, body=body)
        for name, title, body in (
            ("water", "供水办法", WATER),
            ("power", "供电办法", POWER),
            ("gas", "供气办法", NEW),
        )
    ]
    build(
        folder,
        [passage for document in documents for passage in cut(document)],
        documents=documents,
        encoder=encoder,
        terms=(),
        built_at=datetime.now(UTC),
    )
    return KnowledgeBase.open(folder).view()


def measured(view: View, question: str) -> tuple[list[str], Candidates]:
    first = view.first_stage(question, allowed=view.allowed(DAY))
    groups = leading(view.index, first, first.best(view.index.owners))
    owners = [int(view.index.owners[first.rows[group[0]]]) for group in groups]
    documents = [view.index.passages[owner].document_id for owner in owners]
    return documents, candidates(view.index, first, groups)


def test_wording_speaks_for_the_document_that_people_ask_so(view: View) -> None:
    documents, found = measured(view, "店里装水表要好久")
    wording = dict(zip(documents, found.documents["document_wording"], strict=True))
    assert wording["water"] > wording["power"]


def test_a_document_nobody_asked_for_yet_is_neither_favoured_nor_charged(view: View) -> None:
    documents, found = measured(view, "店里装气表要好久")
    place = documents.index("gas")
    assert found.documents["document_wording"][place] == pytest.approx(0)
    assert found.documents["asked_near"][place] == found.documents["text_near"][place]


def test_the_best_passage_of_a_document_carries_its_documents_odds() -> None:
    measures = {"near": np.asarray([1.0, 3.0, 2.0])}
    found = Candidates(np.asarray([0, 2]), measures, {"lead": np.asarray([5.0, 4.0])})
    weights = Weights(documents={"lead": 1.0}, passages={"near": 1.0}, spread=1.0)
    assert weights.odds(found).tolist() == [3.0, 5.0, 4.0]


def test_hits_come_in_the_order_of_their_scores(view: View) -> None:
    hits = view.search("新铺子通水要等好久", top=3, when=DAY)
    assert hits[0].passage.document_id == "water"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_the_second_stage_can_be_left_out(view: View) -> None:
    first_only = View(view.snapshot, view.encoder, SearchConfig(second=False), view.sayings)
    assert first_only.search("接自来水几天", top=1, when=DAY)[0].passage.document_id == "water"


def test_what_is_learned_chooses_what_was_right() -> None:
    rng = np.random.default_rng(0)
    choices = []
    for _ in range(60):
        measures = rng.normal(size=(4, 2))
        right = np.zeros(4, dtype=np.bool_)
        right[measures[:, 0].argmax()] = True
        choices.append(Choice(measures, right, ""))
    assert np.mean(first_right(choices, fit(choices))) > 0.9


def passage(text: str) -> Passage:
    return Passage("a-p1", Document(id="a", title="办法", body=""), "", (), text)


def test_the_same_article_is_not_quoted_again_from_another_document() -> None:
    quoted = [passage("《劳动合同法》第十九条规定，试用期不得超过六个月。")]
    assert says_again(passage("按《劳动合同法》第十九条，试用期最长六个月，多的无效。"), quoted)
    assert not says_again(passage("《劳动合同法》第二十条规定，试用期工资不低于80%。"), quoted)


def test_the_same_words_are_not_quoted_again() -> None:
    quoted = [passage("用水报装办理时限不超过3个工作日。")]
    assert says_again(passage("用水报装的办理时限不超过3个工作日。"), quoted)
    assert not says_again(passage("用水报装不收取任何费用。"), quoted)
