"""An idea is found where people mean it, and not in a firm's name."""

import pytest

from bot import paths
from bot.components.concepts import Concepts
from bot.components.folding import folding, read_table

BLAME = {"bot_blame", "poor_answer"}


@pytest.fixture(scope="module")
def concepts() -> Concepts:
    """The ideas of bot/lexicon/concepts.tsv."""
    return Concepts(map(tuple, read_table(paths.LEXICON / "concepts.tsv")), [])


@pytest.mark.parametrize(
    "text",
    [
        "大河机械厂",
        "我是大河机械的",
        "这机械厂欠我钱",
        "农业机械化补贴",
        "买什么机械有补贴",
        "友好机械厂",
        "机械式停车设备",
    ],
)
def test_a_firm_s_machines_blame_nobody(concepts: Concepts, text: str) -> None:
    assert BLAME.isdisjoint(concepts.terms(folding().fold(text)))


@pytest.mark.parametrize("text", ["太机械了", "机械回复", "你回得机械得很"])
def test_a_mechanical_answer_is_blamed(concepts: Concepts, text: str) -> None:
    assert BLAME.issubset(concepts.terms(folding().fold(text)))
