"""Dialect, slips and traditional characters become one form; the tables are well made."""

from pathlib import Path

import pytest

from bot.components.folding import HEARD, LEXICON, folding, read_table


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("有没得补帖", "有没有补贴"),
        ("我要投拆", "我要投诉"),
        ("咋个办执照", "怎么办执照"),
        ("小微企業所得稅有什麼優惠", "小微企业所得税有什么优惠"),
        ("ＯＫ", "ok"),
        ("好久到账", "什么时候到账"),
    ],
)
def test_what_people_write_becomes_the_words_the_model_learned(written: str, read: str) -> None:
    assert folding().fold(written) == read


def test_of_a_long_message_the_beginning_and_the_end_are_read() -> None:
    folded = folding().fold("头" * 5_000 + "尾" * 5_000)
    assert len(folded) == HEARD
    assert folded[0] == "头"
    assert folded[-1] == "尾"


@pytest.mark.parametrize("name", ["folding.tsv", "concepts.tsv", "policy_names.tsv", "sounds.tsv"])
def test_every_row_of_a_table_is_whole_and_stands_once(name: str) -> None:
    rows = read_table(LEXICON / name)
    assert len(rows) > 30
    if name == "concepts.tsv":
        assert len({row[0] for row in rows}) == len(rows)


def test_a_row_without_its_second_column_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "bad.tsv"
    table.write_text("# fine\n咋\t怎么\n坏行\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad\.tsv"):
        read_table(table)


def test_folding_is_done_once_and_for_all() -> None:
    # Else a word would be read in two forms, depending on how often it was folded.
    table = dict(read_table(LEXICON / "folding.tsv"))
    again = {word: form for word, form in table.items() if folding().fold(form) != form}
    assert again == {}
