"""One question back, when the word it brings would decide: 您是个体工商户，还是公司？"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from knowledge_base.text import search_form


@dataclass(frozen=True, slots=True)
class Clarifying:
    """What to ask, and for each thing the person may say the question that it completes."""

    question: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Distinction:
    """What rules differ by: what is asked; each side by its name and the words that tell it."""

    question: str
    sides: tuple[tuple[str, tuple[str, ...]], ...]


_DISTINCTIONS = (
    _Distinction(
        "您是个体工商户，还是公司？",
        (
            ("个体工商户", ("个体", "小店", "摊", "门面")),
            ("公司", ("公司", "企业", "厂", "合作社", "股东", "法人")),
        ),
    ),
    _Distinction(
        "您是小规模纳税人，还是一般纳税人？",
        (("小规模纳税人", ("小规模",)), ("一般纳税人", ("一般纳税人",))),
    ),
    _Distinction(
        "您是用人单位，还是职工本人？",
        (
            ("用人单位", ("单位", "公司", "企业", "厂", "招", "员工", "工人", "雇")),
            ("职工本人", ("职工", "老板", "我们领导", "打工", "上班", "离职", "辞职", "本人")),
        ),
    ),
    _Distinction(
        "您是自己创业，还是招用人员？",
        (
            ("自主创业", ("创业", "自己干", "开店", "个体")),
            ("招用人员", ("招", "雇", "聘", "员工", "用工")),
        ),
    ),
    _Distinction(
        "您要办设立、变更，还是注销？",
        (
            ("设立登记", ("设立", "注册", "开", "新办", "成立")),
            ("变更登记", ("变更", "改", "换", "迁", "搬")),
            ("注销登记", ("注销", "不开了", "关门", "关了", "不做了")),
        ),
    ),
)


def clarifying(
    question: str, decided: Callable[[str], str], near: Collection[str]
) -> Clarifying | None:
    """The question back that would decide `question`; None when none would.

    `decided` tells which document surely answers a question, "" for none. A distinction decides
    when the question names neither side and the sides lead to different documents, all surely and
    all among those that are `near` as it stands: the word that is asked for must not bring a matter
    of its own.
    """
    text = search_form(question)
    for distinction in _DISTINCTIONS:
        if any(word in text for _, words in distinction.sides for word in words):
            continue
        completed = tuple((name, f"{name}：{question}") for name, _ in distinction.sides)
        found = [decided(whole) for _, whole in completed]
        if set(found) <= set(near) and len(set(found)) > 1:
            return Clarifying(distinction.question, completed)
    return None
