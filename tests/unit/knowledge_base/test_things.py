"""What sort of thing a word names, and that a question's kind is seen by it."""

import pytest

from knowledge_base.kinds import Kinds
from knowledge_base.text import search_form
from knowledge_base.things import LEXICON, MARKS, SORTS, marked


def lines() -> list[tuple[str, list[str]]]:
    rows = LEXICON.read_text(encoding="utf-8").splitlines()
    parts = [row.split("\t") for row in rows if not row.startswith("#")]
    return [(sort, named.split()) for sort, named in parts]


def test_a_word_is_marked_by_its_sort_and_the_rest_stays() -> None:
    form = search_form("有个股东是雕像")
    assert marked(form) == f"有个{MARKS['role']}是{MARKS['object']}"


def test_the_longest_word_counts() -> None:
    assert marked("洗衣机") == MARKS["object"]
    assert marked("大熊猫") == MARKS["animal"]


def test_a_mark_in_a_question_is_no_thing() -> None:
    assert not set(MARKS.values()) & set(search_form(f"有个{MARKS['being']}股东"))


def test_a_text_without_things_stays_as_it_is() -> None:
    assert marked("增值税怎么申报") == "增值税怎么申报"
    assert marked("") == ""


def test_the_lexicon_names_known_sorts_and_every_word_once_in_search_form() -> None:
    words = [word for _, named in lines() for word in named]
    assert {sort for sort, _ in lines()} == set(SORTS)
    assert len(words) == len(set(words)) > 10_000
    assert [word for word in words if word != search_form(word)] == []


@pytest.mark.parametrize(
    ("absurd", "sober"),
    [
        ("座钟想当合伙人要办啥手续", "表弟想当合伙人要办啥手续"),
        ("请水獭守仓库要不要签劳动合同", "请表弟守仓库要不要签劳动合同"),
        ("在海王星上开店营业执照去哪里办", "在老城区开店营业执照去哪里办"),
    ],
)
def test_what_stands_in_a_persons_place_tells_a_joke(absurd: str, sober: str) -> None:
    joke, earnest = (Kinds.load().leanings(each)["absurd"] for each in (absurd, sober))
    assert joke > earnest + 1
