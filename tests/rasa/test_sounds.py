"""What a speech recogniser confuses sounds alike."""

import pytest

from bot.components.folding import LEXICON, read_table
from bot.components.sounds import Sounds


@pytest.mark.parametrize(
    ("meant", "heard"), [("投诉", "投素"), ("转人工", "专仁公"), ("湖南", "福兰"), ("进度", "近杜")]
)
def test_what_sounds_alike_has_the_same_terms(meant: str, heard: str) -> None:
    sounds = Sounds(read_table(LEXICON / "sounds.tsv"))
    assert sounds.terms(meant) == sounds.terms(heard)
    assert sounds.terms(meant) != sounds.terms("补贴")


def test_what_has_no_reading_stands_for_itself() -> None:
    assert Sounds([("gon", "工公")]).terms("公3") == ["^ gon", "gon 3", "3 $", "^ gon 3", "gon 3 $"]


def test_no_character_has_two_readings() -> None:
    characters = "".join(each for _, each in read_table(LEXICON / "sounds.tsv"))
    assert len(characters) == len(set(characters))
