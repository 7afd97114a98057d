"""What a question is about, by the policy terms it names: enough to tell two questions apart."""

import re
from functools import lru_cache

from bot import paths
from bot.components.folding import folding

TELLS_ENOUGH = 10
"""Characters from which a question that names no term of ours is one: 请问怎么办 is too little."""
_ASKS = re.compile(
    r"多少|怎么|怎样|如何|什么|哪|几|多久|多长|好[久多]|咋|啥|[能可要该]不[能可要该]|可不可以|有没[有得]|是不是|"
    r"[吗么][?？]?$|不[嘛哦呢?？]*$|[?？]$"
)
# Who asks is no subject: 残保金怎么减，30人以下的小微企业要不要交 is one question.
_WHO = re.compile(
    r"企业$|户$|公司$|纳税人$|主体$|合作社$|农场$|人员$|毕业生$|退役士兵$|群体$|经济(?:组织)?$|"
    r"^(?:专精特新|小巨人|销售额|从业人数|资产总额|申报\w*|办理\w*|惠企政策|政策\w*)"
)
# Not 工资, 补贴 or 合同: they lean on what was asked before (产假多少天？工资怎么发？).
_COMMON = (
    "社保", "公积金", "执照", "许可证", "发票", "工伤", "年报", "商标", "专利", "产假", "年休假",
    "年假", "注销", "公章", "仲裁", "加班费", "贷款", "贴息",
)  # fmt: skip


def asks(text: str) -> bool:
    """Whether `text` is shaped like a question."""
    return bool(_ASKS.search(text))


def subjects(text: str) -> set[str]:
    """The terms of policy that `text` names; none of them is part of another."""
    said = folding().fold(text)
    found = {term for term in _terms() if term in said}
    return {term for term in found if not any(term != other and term in other for other in found)}


def are_two(first: str, second: str) -> bool:
    """Whether both ask, and the second of something that the first does not speak of."""
    if not (asks(first) and asks(second)):
        return False
    before = folding().fold(first)
    told = bool(subjects(first)) or len(first) >= TELLS_ENOUGH
    return told and any(term not in before for term in subjects(second))


@lru_cache(maxsize=1)
def _terms() -> tuple[str, ...]:
    lines = paths.DICTIONARY.read_text(encoding="utf-8").splitlines()
    words = [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]
    return tuple(dict.fromkeys([word for word in words if not _WHO.search(word)] + [*_COMMON]))
