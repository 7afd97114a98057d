"""What sort of answer a question waits for (a sum, a share, a time, a day, a count, an office …),
and whether a text holds one.

多少钱 is not answered by a text without a sum, however much it speaks of the matter.
"""

import re
from functools import lru_cache

from knowledge_base.text import search_form

_HOW_MANY = "(?:多少|好多|几多|几)"
_TAKEN = (
    "(?:补|给|奖|罚|赔|发|领|拿|贷|借|交|收|涨|加|减|免|返|退|付|资助|支持|报销|扣|存)"
    "(?:我|他|你|个|到|得|起|给|脱|了|一次|一个月|的)*"
)
_PAID = "(?:津贴|补贴|补助|奖金|奖励|罚款|保证金|押金|费用|手续费|工资|利息|学费)"
_SPAN = "(?:个|的)?(?:工作)?(?:天|日内|月|年|周|小时|星期)(?!生|份|初|底)"
_UNIT = "(?:个|人|家|名|次|岁|户|张|份|台|件|亩|平|类|种|条|门|项|间|辆)"
_ASKED = {
    "sum": rf"{_HOW_MANY}(?:块|元|万|的?钱|{_PAID})"
    rf"|{_TAKEN}{_HOW_MANY}(?!年|天|个月|次|人|家|号|月|日)"
    "|[什啥]么?标准|金额|额度|上限|封顶|多贵|(?:补助|收费|工资)标准",
    "share": rf"百分之|比例|税率|利率|{_HOW_MANY}(?:成|个点|倍)|占{_HOW_MANY}|几分之",
    "time": rf"多久|多长|{_HOW_MANY}{_SPAN}|期限|时限|有效期|保留多|时效|拖多|最晚|最迟"
    "|好久(?:办|能|可以|之内|才|会|以内|下来|给)",
    "day": "几号|哪天|哪一天|[什啥]么?时候|啥子?时候|何时|截止|哪年|几月|几点|从什么|最晚|最迟"
    "|好久(?:开始|截止|报名|发|考|生效|起)",
    "count": rf"{_HOW_MANY}{_UNIT}|{_HOW_MANY}面积|多大|满几|人数|面积|名额",
    "office": "[找归向跟]谁|[找归向]哪|哪个(?:部|单位|机关|局|窗口|地方|管|来管|负责|审|批|出)"
    "|哪儿|哪点|[去到]哪|谁(?:来|管|负责|批|审|出|掏|承担|定|发)|哪里(?:交|办|申请|领|报|投诉|举报)|报告给谁",
    "phone": "电话|打哪个|联系方式|号码|[怎咋]么?联系",
    "papers": "材料|资料|(?:带|交|准备)(?:啥|什么|些啥|哪些)|要(?:啥|什么|哪些)(?:证|材料|手续)",
}
_HELD = {
    "sum": r"\d[\d,.]*(?:万|亿|千|百)?(?:余)?元|\d+万(?![户人家台个])|免费|不收|不得收|无偿"
    r"|免缴|免交|不需缴|全额|最低工资|\d%",
    "share": r"\d%|\d‰|\d+成|\d+倍|万分之|千分之|[一二三四五六七八九\d]分之",
    "time": r"\d(?:个|余)?(?:工作|自然)?(?:日|天|月|年|周|小时)|当[日天场]|立即|及时|之日|长期"
    "|每[年月季]|[上下]半年|届满|时效",
    "day": r"\d月|\d日|\d{4}年|之日|日前|月底|年底|当[日天]|每[年月季]",
    "count": r"\d(?:个|人|家|名|次|岁|周岁|户|张|份|台|件|亩|平方米|类|种|条|门|项|间|辆|所|倍|%)"
    "|[一二三四五六七八九]是",
    "office": "部门|局|机关|机构|政府|委|中心|大厅|法院|单位|银行|平台|厅|工会|学校|企业|窗口|人$",
    "phone": r"\d{7,}|\d{3,4}-\d{3,}|1\d{4}(?!\d)",
    "papers": "材料|证明|申请表|申请书|复印件|身份证|执照|文件|凭证|合同|原件|表",
}
_ASKS = {sort: re.compile(pattern) for sort, pattern in _ASKED.items()}
_HOLDS = {sort: re.compile(pattern) for sort, pattern in _HELD.items()}


@lru_cache(maxsize=1024)
def expected(question: str) -> tuple[str, ...]:
    """The sorts of answer that `question` waits for; none for 能不能, 怎么."""
    return tuple(sort for sort, pattern in _ASKS.items() if pattern.search(question))


@lru_cache(maxsize=8192)
def held(text: str) -> frozenset[str]:
    """The sorts of answer that `text` may hold."""
    form = search_form(text)
    return frozenset(sort for sort, pattern in _HOLDS.items() if pattern.search(form))


def met(question: str, text: str) -> float:
    """The share of what `question` waits for that `text` may hold; 1 when it waits for nothing."""
    sorts = expected(question)
    return sum(sort in held(text) for sort in sorts) / len(sorts) if sorts else 1.0
