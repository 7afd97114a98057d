"""Questions that get no answer however near a passage is: a cheat, an order to us, another city."""

import re
from collections.abc import Iterator, Mapping
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
_GIVEN = re.compile(r"补贴|补助|奖|优惠|政策|扶持|落户|入驻|入园|减免|贴息|资助|招商|稳岗|园区")
_GOODS = (
    r"(?:(?![开办卖做酿])[\u4e00-\u9fff]){0,2}?(?:面馆|小面|拉面|刀削面|热干面|米线|米粉|肠粉|螺蛳粉|酸辣粉|火锅|串串|烤鸭|烧烤|烧腊|小吃|大盘鸡"
    r"|饺子|包子|凉皮|肉夹馍|炒饭|菜馆|餐馆|酒(?![吧店])|茶|药|棉|水果|苹果|榴莲|橙|海鲜|牛肉|羊肉|羊绒|皮草|玉|瓷|丝绸"
    r"|家具|特产|腊肉|火腿|扒鸡|烧鸡|榨菜|豆瓣|香醋|大米|枸杞|核桃|木耳|花椒|香菇|苹果醋|发廊)(?!企|市场|小?作坊|坊|厂|材市场)"
)
"""What is named by where it comes from: 重庆小面馆要办啥证."""
_PARTNER = (
    r"(?:客户|客商|供货商|供应商|厂家|厂商|买家|卖家|商家|店家|甲方|乙方|合作方|经销商|代理商|加盟商|批发商|员工|工人|师傅"
    r"|朋友|亲戚|快递|平台|总公司)"
)
_NO_PLACE = re.compile(
    r"三明治|大理石|中山装|哈密瓜|普通化|前海关|东藏西藏|[一二两三几每]天门|东西藏|城东城西|城东|城西"
)
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
    for name in _named(_NO_PLACE.sub("…", question)):
        if name in spoken_of or name in document.region or (across and name in _abroad()):
            continue
        if not _only_passed(question, name):
            return name
    return ""


def _only_passed(question: str, name: str) -> bool:
    """Whether `name` tells where someone or something came from: 从成都搬来, 重庆户口, 重庆小面."""
    if _THERE.search(question):
        return False
    if re.search(
        rf"(?:从|跟|和|与|给){name}|{name}(?:市|省)?(?:的)?(?:户口|户籍|注册|打工|务工|上班|读书|毕业|交的|买的|仓库|客户"
        rf"|老板|公司欠|办公|开会|谈生意|坐高铁|出差|旅游)|(?:限高|高铁|动车|车票|飞机票).*{name}|{name}.*(?:高铁|动车)"
        rf"|(?:卖到|发到|出口到?|寄到|运到|搬到|迁到|搬去|迁去)(?:了)?{name}",
        question,
    ):
        return True
    # 成都火锅店开业补贴 may well ask what Chengdu gives.
    return not _GIVEN.search(question) and bool(
        re.search(
            rf"{name}(?:市|省)?(?:那个|这个|一家|一个|来|的){{0,2}}(?:{_GOODS}|{_PARTNER})"
            rf"|{_PARTNER}[^，。？]{{0,4}}是{name}|是{name}(?:市|省)?(?:人|的)",
            question,
        )
    )


def _named(text: str) -> Iterator[str]:
    """The names in `text` of places that are none of ours, the longest where one holds another."""
    names = _elsewhere()
    longest, at = max(map(len, names)), 0
    while at < len(text):
        starts = (text[at : at + length] for length in range(longest, 1, -1))
        name = next((start for start in starts if start in names), "")
        if name:
            yield name
        at += len(name) or 1


@lru_cache(maxsize=1)
def _elsewhere() -> frozenset[str]:
    """Names of places that are none of ours."""
    return _names(_PLACES.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _abroad() -> frozenset[str]:
    """The names among these that lie outside China."""
    return _names(_PLACES.read_text(encoding="utf-8").partition(_ABROAD)[2])


def _names(text: str) -> frozenset[str]:
    lines = text.splitlines()
    return frozenset(name for line in lines if line[:1] != "#" for name in line.split())
