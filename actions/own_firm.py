"""What the register says of the firm a person speaks for, in the matching's words."""

import re
from dataclasses import dataclass
from uuid import UUID

from desk.enterprises import binding
from desk.enterprises.models import Enterprise, Scale

_BY_SCALE = {
    Scale.LARGE: "大型企业",
    Scale.MEDIUM: "中型企业",
    Scale.SMALL: "小微企业",
    Scale.MICRO: "小微企业",
}
# 统一社会信用代码 (GB 32100): the second sign says what the market authority registered.
_BY_CREDIT_CODE = {"92": "个体工商户", "93": "合作社"}
# The register names a trade as GB/T 4754 does; the first that fits: what is made for a trade is
# making, and food comes before making at large.
_TRADES = tuple(
    (trade, re.compile(words))
    for trade, words in (
        (
            "制造业",
            "(?:设备|机械|器械|用品|油墨|涂料|家具|工具).*(?:制造|加工)|(?:石油|煤炭).*加工",
        ),
        ("餐饮", "餐饮|正餐|快餐|小吃"),
        ("食品加工", "(?:食|茶|酒|油|肉|粮|谷|菌|蔬菜|水果|豆|糖|水产|饮料|调味).*(?:加工|制造)"),
        ("农业", "种植|饲养|养殖|农业|林业|畜牧|渔业"),
        ("电商", "互联网(?:批发|零售)|电子商务"),
        ("批发零售", "批发|零售"),
        ("住宿旅游", "住宿|旅游|旅行社|旅馆|酒店|游览"),
        ("交通物流", "运输|物流|仓储|快递|装卸"),
        ("信息软件", "软件|信息技术|互联网|数据"),
        ("制造业", "制造|加工"),
        ("建筑房产", "建筑|施工|装修|装饰|房地产|物业"),
        ("医药健康", "医|卫生|养老"),
        ("教育培训", "教育|培训"),
    )
)


@dataclass(frozen=True, slots=True)
class OwnFirm:
    """A firm and the answers of the matching's form that its entry in the register gives."""

    name: str
    answers: dict[str, str]

    @property
    def facts(self) -> str:
        """The answers as they are said."""
        return "、".join(self.answers.values())


def own_firm(conversation_id: UUID) -> OwnFirm | None:
    """The firm that whoever writes here speaks for; None when there is none, or more than one."""
    firms = binding.enterprises_of(conversation_id)
    if len(firms) != 1:
        return None
    firm = firms[0]
    answers = {
        "match_firm": kind_of(firm),
        "match_industry": trade_of(firm.industry),
        "match_district": firm.get_district_display(),
    }
    return OwnFirm(firm.name, answers)


def kind_of(firm: Enterprise) -> str:
    """个体工商户, 合作社, or a firm of its size."""
    return _BY_CREDIT_CODE.get(firm.credit_code[:2]) or _BY_SCALE[Scale(firm.scale)]


def trade_of(industry: str) -> str:
    """The trade the matching looks for; the register's own word where it knows none."""
    return next((trade for trade, words in _TRADES if words.search(industry)), industry)
