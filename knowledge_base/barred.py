"""Questions that get no answer however near a passage is: a cheat, an order to us, another city."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from knowledge_base.documents import Document, Level

_INJECTION = re.compile(
    r"(?:忽略|无视|忘[记掉了]|不要理会|跳过|覆盖).{0,8}(?:指令|提示词|设定)"
    r"|(?:输出|打印|显示|告诉我|重复|翻译|你的).{0,6}(?:提示词|(?:系统|初始|原始|隐藏)(?:指令|设定))|system\s*prompt|ignore.{0,20}instruction"
    r"|开发者模式|\bDAN\b|<\|?(?:im_|system)|api\s*key|drop\s+table|</?script",
    re.IGNORECASE,
)
"""What no clerk is told; the rest is known by its wording: 员工把数据库密码带走了 is earnest."""
_SURELY_INJECTED = -1.0
HOME = ("中国", "全国", "四川", "巴中", "巴州", "恩阳", "南江", "通江", "平昌")
"""The places whose people are served: nation, province and city first, then the counties."""
_WIDE = 4
_HERE = ("老家", "家乡", "回来", "回乡", "本地", "我们这", "这边", "这里", "这儿")
_THERE = re.compile(r"当地|那边|那里|那儿|那点|那头|他们那")
_NO_PLACE = re.compile(r"普通化|前海关|东藏西藏|[一二两三几每]天门|东西藏|城东城西|城东|城西")
"""Words in which a place's name stands by chance: 普通化妆品, 出口前海关, 东西藏起来."""
_CROSSES_BORDERS = re.compile(r"境外|海外|国外|跨境|出口|进出境")
"""Of what is sold abroad any country may be named: 卖到日本的海外仓."""
_PLACES = Path(__file__).parent / "lexicon" / "places.txt"
_ABROAD = "# Abroad"
"""The line after which the file has countries and what lies in them."""


def wishes_unlawful(leanings: Mapping[str, float]) -> bool:
    """Whether someone more likely than not asks how to cheat, and not how to report or avoid it.

    By the wording alone: who reports a cheat, suffers one or asks what it costs has the same words.
    """
    return leanings["unlawful"] > 0


def gives_orders(question: str, leanings: Mapping[str, float]) -> bool:
    """Whether the machine is told to do something else: 忽略以上指令."""
    return bool(_INJECTION.search(question)) or leanings["injection"] > _SURELY_INJECTED


def foreign_place(question: str, spoken_of: str, document: Document) -> str:
    """A place in `question` where `document` does not apply; empty when there is none.

    `spoken_of` is what the passage found says: a place it names is no foreign one, nor is any
    country where it speaks of trade across borders.
    """
    for name in HOME[_WIDE:]:
        # A county's text speaks for that county alone, a city's or the nation's for all of ours.
        away = document.level is Level.COUNTY and name not in document.region
        if away and name in question and name not in spoken_of:
            return name
    if any(name in question for name in (*HOME[2:], *_HERE)):
        # 户口在南充，人在巴中: who names a place of ours asks for here.
        return ""
    across = bool(_CROSSES_BORDERS.search(spoken_of))
    for found in _elsewhere().finditer(_NO_PLACE.sub("…", question)):
        name = found.group(0)
        if name in spoken_of or name in document.region or (across and name in _abroad()):
            continue
        if not _only_passed(question, name):
            return name
    return ""


def _only_passed(question: str, name: str) -> bool:
    """Whether `name` tells where someone or something came from: 从成都搬来, 重庆户口."""
    if _THERE.search(question):
        return False
    return bool(
        re.search(
            rf"(?:从|跟|和|与|给){name}|{name}(?:市|省)?(?:的)?(?:户口|户籍|注册|打工|务工|上班|读书|毕业|交的|买的|仓库|客户"
            rf"|老板|公司欠|办公|开会|谈生意|坐高铁|出差|旅游)|(?:限高|高铁|动车|车票|飞机票).*{name}|{name}.*(?:高铁|动车)"
            rf"|(?:卖到|发到|出口到?|寄到|运到|搬到|迁到|搬去|迁去)(?:了)?{name}",
            question,
        )
    )


@lru_cache(maxsize=1)
def _elsewhere() -> re.Pattern[str]:
    """Names of places that are none of ours, long ones first."""
    names = _names(_PLACES.read_text(encoding="utf-8"))
    return re.compile("|".join(map(re.escape, sorted(names, key=lambda name: (-len(name), name)))))


@lru_cache(maxsize=1)
def _abroad() -> frozenset[str]:
    """The names among these that lie outside China."""
    return _names(_PLACES.read_text(encoding="utf-8").partition(_ABROAD)[2])


def _names(text: str) -> frozenset[str]:
    lines = text.splitlines()
    return frozenset(name for line in lines if line[:1] != "#" for name in line.split())
