import jieba
import pytest

from knowledge_base.sounds import Ear, sound
from knowledge_base.text import search_form

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
    return Ear(WORDS, lambda word: WORDS.get(word, 0), lambda pair: 30 * (pair in WRITTEN))


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
        # No text holds these words: speech at large does.
        ("别人拿我的名字做搜锁", "别人拿我的名字做搜索"),
        ("电子发漂丢了怎么办", "电子发票丢了怎么办"),
        # What is heard wrong may look like words: the likeliest reading of all is taken.
        ("税务执发人员来了", "税务执法人员来了"),
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
        "他那份钱一直不出",
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


@pytest.mark.parametrize("said", ["五十多个工人,一个月二三十万", "一亿二"])
def test_figures_stay_in_their_search_form(ear: Ear, cutter: jieba.Tokenizer, said: str) -> None:
    assert ear.heard(said, cutter) == search_form(said)


def test_figures_are_never_changed_nor_put_for_words(cutter: jieba.Tokenizer) -> None:
    ear = Ear({"一一二": 90, "实缴": 90, "五百": 90}, lambda word: 90, lambda pair: 0)
    assert ear.heard("亿一二", cutter) == "亿一二"
    assert ear.heard("无百", cutter) == "无百"


def test_a_long_text_is_read_whole(ear: Ear, cutter: jieba.Tokenizer) -> None:
    assert ear.heard("行政付议" * 200, cutter) == "行政复议" * 200


def test_an_index_without_words_hears_speech_at_large(cutter: jieba.Tokenizer) -> None:
    ear = Ear((), lambda word: 0, lambda pair: 0)
    assert ear.heard("发漂丢了", cutter) == "发票丢了"
