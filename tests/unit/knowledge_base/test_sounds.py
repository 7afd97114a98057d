import jieba
import pytest

from knowledge_base.sounds import Ear, sound

WORDS = {
    "残保金": 9,
    "复议": 30,
    "年报": 12,
    "检查": 40,
    "暴力": 5,
    "火锅店": 12,
    "行政": 50,
    "企业": 80,
}
WRITTEN = {"保理", "行政", "企业", "检察"}


@pytest.fixture(scope="module")
def ear() -> Ear:
    return Ear(WORDS, lambda word: WORDS.get(word, 0), lambda pair: int(pair in WRITTEN))


@pytest.fixture(scope="module")
def cutter() -> jieba.Tokenizer:
    made = jieba.Tokenizer()
    made.initialize()
    return made


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("那个餐宝金我们交不交", "那个残保金我们交不交"),
        ("行政付议多久", "行政复议多久"),
        ("企业念报在哪里报", "企业年报在哪里报"),
        ("开火过店要办啥子", "开火锅店要办啥子"),
    ],
)
def test_a_misheard_word_is_taken_for_the_known_one(
    ear: Ear, cutter: jieba.Tokenizer, said: str, meant: str
) -> None:
    assert ear.heard(said, cutter) == meant


@pytest.mark.parametrize(
    "said",
    [
        "什么是保理合同",
        "行政复议多久",
        "由谁来赔",
        "检察院在哪里",
        "养恐龙的企业",
        "",
        "12345",
        "😀",
    ],
)
def test_what_is_written_or_known_stays(ear: Ear, cutter: jieba.Tokenizer, said: str) -> None:
    assert ear.heard(said, cutter) == said


def test_southwestern_speech_is_one_sound() -> None:
    assert sound("竞增") == sound("竞争")
    assert sound("南") == sound("兰")
    assert sound("因") == sound("英")
    assert sound("好") != sound("号子"[1])
    assert sound("𠮷") is None
