"""What is asked of a policy beside its subject, and the words by which a text tells it."""

import re

from knowledge_base.passages import Passage

ASPECTS = (
    (r"材料|资料|带什么|带啥|准备", r"材料|资料|证明|凭证|留存|提交|表"),
    (
        r"在哪|哪里|哪儿|去哪|哪个(?:部门|单位|窗口)|找哪|找谁|谁管|网上",
        r"机关|部门|窗口|平台|网|局|中心",
    ),
    (r"怎么申请|咋申请|怎么办|怎么弄|流程|手续|步骤|怎么领", r"申请|申报|办理|备案|填报|预缴|享受"),
    (r"条件|门槛|资格|符合|算不算|能享受", r"条件|符合|是指|不超过|对象|适用|享受"),
    (
        r"多久|几天|好久能|好久才|多长时间",
        # 经营期不足十二个月 is no time that something takes.
        r"工作日|日内|天内|小时|当场|个月内|(?:最长|最多|超过|期限|延长)[^。]{0,12}个月",
    ),
    (r"利息|利率", r"利率|利息|贴息|LPR"),
    (r"多少|最高|最多|封顶|上限|比例|几个点", r"\d"),
)


def told_by(question: str) -> list[str]:
    """The patterns of what tells that which `question` asks for; empty where that is not known."""
    return [words for asks, words in ASPECTS if re.search(asks, question)]


def tells(text: str, passage: Passage) -> bool:
    """Whether `passage` speaks of what the follow-up asks for, where that is known."""
    wanted = told_by(text)
    return not wanted or any(re.search(words, passage.text) for words in wanted)
