"""What speaks for and against the best passage as the answer to a question."""

import math
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import jieba
import numpy as np

from knowledge_base.documents import Document, Level
from knowledge_base.index import Index
from knowledge_base.scaffold import SCAFFOLD
from knowledge_base.search import Hit, View
from knowledge_base.text import official_numbers, search_form

_ASKS_HOW = re.compile(
    r"怎么|怎样|哪里|哪儿|哪个|谁能|有没有|如何|咋|教|帮我|帮忙|能不能|可不可以|办法|渠道|想|要|得?行不|有啥"
)
_UNLAWFUL = re.compile(
    r"骗(?:取|补|税|贷|保|到|领|点|国家|政府)|套取|(?:偷|逃|漏)(?:税|费|漏)|虚开|造假|做假|作假"
    r"|假(?:发票|合同|材料|账|证|学历|社保|执照|公章|流水|研发)|伪造|变造|行贿|送红包|塞钱"
    r"|买(?:发票|票)|代开发票|挂(?:个|起)?(?:空)?名|挂靠|躲(?:脱|掉)|别(?:家|人).{0,6}公章|洗钱"
    r"|围标|串标|两套账|阴阳合同|不被(?:发现|查)|(?:逃避|躲避|躲过|绕过|规避)(?:检查|监管|处罚|执法)"
    r"|(?:改|篡改|涂改)(?:了|掉|一下)?(?:病历|合同|日期|数据|账目|证据)"
    r"|(?:病历|合同|日期|数据|账目|证据)(?:给|拿来)?(?:改|篡改|涂改)"
    r"|打点|冒充|冒名|[说写]成.{0,8}(?:的|上班|工伤)|凑(?:材料|人头|工时|得像)|绕[开过].{0,6}(?:检查|治超|监管)"
    r"|账(?:本|目)?(?:给|都)?烧|不被.{0,4}(?:抓|逮|看出)|假的|糊弄|蒙混|躲.{0,3}(?:金|税|费|查)"
)
_REPORTS = re.compile(
    r"举报|异议|质疑|发现|投诉|被骗|检举|处罚|后果|罚|防|避免|反映|告他|维权|别人|对方|他们公司"
)
_INJECTION = re.compile(
    r"(?:忽略|无视|忘[记掉了]|不要理会|跳过|覆盖).{0,8}(?:指令|指示|提示|规则|设定|限制|要求|内容)"
    r"|(?:系统|初始|原始|隐藏)(?:提示词?|指令|设定|消息)|提示词|system\s*prompt|ignore.{0,20}instruction"
    r"|(?:你现在|从现在起|现在开始).{0,4}(?:是|扮演|变成)|扮演|开发者模式|越狱|\bDAN\b|<\|?(?:im_|system)"
    r"|(?:所有|全部|别人|其他|哪些人).{0,10}(?:手机号|电话号码|身份证|住址|银行卡)"
    r"|(?:管理员|数据库|后台|服务器|登录).{0,4}密码|api\s*key|drop\s+table|</?script",
    re.IGNORECASE,
)
_IS_FIGURE = re.compile(r"[\d.%]+$")
# jieba's tags: adverbs, conjunctions, pronouns, numerals, measures, prepositions, particles.
_FUNCTION = frozenset(("d", "c", "r", "m", "q", "f", "p", "u", "uj", "ul", "y", "e", "o", "mq"))
_SPOKEN = 0.3
_FIRST = 5
HOME = ("中国", "全国", "四川", "巴中", "巴州", "恩阳", "南江", "通江", "平昌")
"""The places whose people are served: nation, province and city first, then the counties."""
_WIDE = 4
_HERE = ("老家", "家乡", "回来", "回乡", "本地", "我们这")


@dataclass(frozen=True, slots=True)
class Signals:
    """What the decision looks at."""

    coverage: float
    """Share (0 to 1) of the question's terms, by weight, that the document found speaks of."""
    similarity: float
    """Cosine of the question and the best passage's own text."""
    margin: float
    """By how much the best passage leads the best one of another document, in spreads."""
    agreement: float
    """Share (0 to 1) of the first hits that stand in the same document as the best one."""
    echo: float
    """How far (0 to 1) the question repeats a usual way of asking for the passage, in its words."""
    kinship: float
    """Cosine of the question and the nearest usual way of asking for the passage; 0 without one."""
    score: float
    """The score of the best passage, in spreads."""
    unheard: float
    """Share (0 to 1) of the question's terms that stand in no document: 恐龙, 机器人员工."""
    foreign: str
    """A place that is named and that the passage does not speak of; empty when none."""
    unlawful: bool
    named: bool
    """Whether the question gives the document's number (文号)."""
    taught: bool
    """Whether usual ways of asking for the passage are known."""
    injected: bool
    """Whether the question gives orders to the machine: 忽略以上指令."""


def term_weights(question: str, index: Index) -> dict[str, float]:
    """The terms of `question` that name its subject, each with its weight (rare is heavy)."""
    count = len(index.passages)
    weights: dict[str, float] = {}
    for term in index.analyser.segments(question):
        if term in SCAFFOLD or _IS_FIGURE.match(term):
            continue
        # A single character tells only when nobody wrote it: 猫 is no matter of ours.
        if len(term) == 1 and index.words["characters"].frequency(term):
            continue
        seen = index.words["words"].frequency(term)
        weight = math.log(1 + (count - seen + 0.5) / (seen + 0.5))
        if _tags().get(term) in _FUNCTION:
            continue
        # A thing nobody wrote about is telling; an unwritten verb is only another way to speak.
        weights[term] = weight if seen or _is_thing(term) else _SPOKEN * weight
    return weights


def read_signals(question: str, hits: Sequence[Hit], view: View) -> Signals:
    """The signals of the best hit for `question`; `hits` must not be empty."""
    spoken, question = question, view.understood(question)
    best, index = hits[0], view.index
    document = best.passage.document
    ours = [hit.passage for hit in hits if hit.passage.document_id == document.id]
    near = search_form(
        "\n".join(
            (
                document.title,
                document.number,
                *document.topics,
                *best.passage.heading,
                best.passage.text,
                *best.passage.asked,
            )
        )
    )
    far = search_form("\n".join(part for found in ours for part in (found.text, *found.asked)))
    weights = term_weights(question, index)
    sayings = view.colloquial(question)
    held = {term: _held(term, _official(term, sayings), near, far) for term in weights}
    total = sum(weights.values())
    others = [hit.score for hit in hits if hit.passage.document_id != document.id]
    vectors = view.encoder.encode([question, *best.passage.asked])
    own = index.similarities(vectors[0], np.asarray([best.place], dtype=np.int64))
    return Signals(
        coverage=(
            sum(weights[term] * held[term] for term in weights) / total
            if total
            else float(bool(sayings))
        ),
        similarity=float(own[0]),
        margin=best.score - max(others, default=0.0),
        agreement=_agreement(hits, index),
        echo=_echo(question, best.passage.asked, view),
        kinship=float(max(vectors[1:] @ vectors[0], default=0.0)),
        score=best.score,
        unheard=(
            sum(
                weight
                for term, weight in weights.items()
                if not held[term] and _is_thing(term) and not index.words["words"].frequency(term)
            )
            / total
            if total
            else 0.0
        ),
        foreign=_foreign_place(question, near, document, index),
        unlawful=wishes_unlawful(spoken),
        named=not official_numbers(spoken).isdisjoint(official_numbers(document.number)),
        taught=bool(best.passage.asked),
        injected=bool(_INJECTION.search(spoken)),
    )


def wishes_unlawful(question: str) -> bool:
    """Whether someone asks how to cheat, and not how to report or avoid it."""
    text = search_form(question)
    return bool(_UNLAWFUL.search(text) and _ASKS_HOW.search(text) and not _REPORTS.search(text))


def _echo(question: str, asked: Sequence[str], view: View) -> float:
    """How near the words of the question come to one of the ways of asking."""
    field, count = view.index.words["characters"], view.index.entries

    def rare(text: str) -> dict[str, float]:
        terms = Counter(view.index.analyser.characters(text))
        return {
            term: often * math.log(1 + count / (1 + field.frequency(term)))
            for term, often in terms.items()
        }

    mine = rare(question)
    length = math.hypot(*mine.values())
    echo = 0.0
    for text in asked:
        theirs = rare(text)
        inner = sum(weight * theirs[term] for term, weight in mine.items() if term in theirs)
        echo = max(echo, inner / max(length * math.hypot(*theirs.values()), 1e-9))
    return echo


def _is_thing(term: str) -> bool:
    """Whether `term` names a thing or a place: any word that is no verb and no adjective."""
    return _tags().get(term, "n") in ("n", "ns")


def _agreement(hits: Sequence[Hit], index: Index) -> float:
    first = [hit.passage.document_id for hit in hits[:_FIRST]]
    possible = min(len(first), index.lengths[first[0]])
    return first.count(first[0]) / possible


def _held(term: str, meant: Sequence[str], near: str, far: str) -> float:
    """How far the passage speaks of `term`: 1 in its words, less elsewhere or in part."""
    words = (term, *meant)
    if any(word in near for word in words):
        return 1.0
    if any(word in far for word in words):
        return 0.9
    pairs = [term[place : place + 2] for place in range(len(term) - 1)]
    return sum(part in near for part in pairs) / len(pairs) if len(pairs) > 1 else 0.0


def _official(term: str, sayings: Sequence[tuple[str, tuple[str, ...]]]) -> list[str]:
    """What the sayings that `term` is part of stand for."""
    return [word for said, words in sayings if term in said or said in term for word in words]


def _foreign_place(question: str, near: str, document: Document, index: Index) -> str:
    """A place in `question` where `document` does not apply; empty when there is none."""
    # A county's text speaks for that county alone, a city's or the nation's for all of ours.
    wide = document.level is not Level.COUNTY
    ours = "".join(HOME if wide else HOME[:_WIDE])
    # 户口在南充，人在巴中: who names a place of ours asks for here.
    if wide and any(name in question for name in (*HOME[2:], *_HERE)):
        return ""
    for word in index.analyser.segments(question):
        core = re.sub(r"(?<=..)[省市区县]$", "", word)
        if word in SCAFFOLD or (_tags().get(word) != "ns" and core not in HOME):
            continue
        if core not in ours and core not in near and core not in document.region:
            return word
    return ""


@lru_cache(maxsize=1)
def _tags() -> dict[str, str]:
    """Parts of speech in jieba's dictionary: of words that carry no subject, and of places."""
    kept: dict[str, str] = {}
    with jieba.get_dict_file() as stream:
        for line in stream.read().decode("utf-8").splitlines():
            word, _, tag = line.split(" ")
            if tag in _FUNCTION or tag == "ns" or tag[0] in "va":
                kept[word] = sys.intern(tag)
    return kept
