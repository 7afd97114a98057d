"""引导员: which policies may fit a firm; asks only what decides, promises nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import short, topic
from actions.base import OFFER_PERSON, PERSON, DeskAction, Event, Message, ask, read_message
from actions.details import wants_details
from actions.draft import MATCHING, forget_matching
from actions.knowledge import shelf
from actions.own_firm import OwnFirm, own_firm
from actions.service import opens, stepped_aside
from actions.ticket_steps import LONGEST_STEP
from actions.ticket_words import BACK, MATTERS, POLICY, QUESTION, REPEAT, is_name
from knowledge_base.answer import Citation
from knowledge_base.documents import Level
from knowledge_base.extract import SAMPLE_NOTICE
from knowledge_base.passages import Passage
from knowledge_base.search import KnowledgeBase
from knowledge_base.text import fold, sentences

FORM = "match_form"
BEGINS = "我问您几句，帮您找可能用得上的政策；不清楚的回“跳过”。"
BEGINS_FOR = "您绑定的是“{name}”，我按登记的（{facts}）来找；不是这样，直接告诉我。"
ANEW = "好，那从头来。"
NOTHING_BEFORE = "这是第一个问题，前面没有了。不想找了就说“取消”。"
UNKNOWN = "不限"
LISTED = 5
LONGEST_PASSAGE = 110
_NOTHING = re.compile(
    r"没有|没得|莫得|都不|不是|不清楚|不知道|不晓得|跳过|略过|无|其他|随便|不限|都行|下一"
)
_QUALIFIES = re.compile(r"条件|对象|适用|是指|符合|享受|可以|面向|范围|不超过|从业人数|之一|以下")
_BESIDES = re.compile(r"不得|不能|重复|选择|不享受|叠加|放弃|除外|《[^》]+》第")
_FARMS = re.compile(
    r"农户|农民|种(?:地|田|庄稼|菜|粮|药材|茶|果)|(?:养|喂)了?[^，。,]{0,4}(?:猪|牛|羊|鸡|鸭|鹅|鱼|蜂|兔)"
)
# What a firm is, or what it takes to be one, is a question: 啥子叫合作社, 办个合作社要几个人.
_ASKS_OF = re.compile(
    r"(?:什么|啥子?)叫|叫(?:什么|啥)|什么意思|要几|几个人|怎么[办弄]|咋个?办|在哪|多少钱"
)
_WISH = re.compile(r"帮我|给我|请[^，。,]{0,4}(?:帮|派|联系|来)|联系|投诉|反映|举报|不给|欠")
# The firm of the register is not the one that is meant, or what was told is taken back.
_ANOTHER = re.compile(
    r"不是(?:这样|这家|我们?家)|不对(?!外)|搞错|另外?一?家|换一?家|别的(?:店|公司|企业|厂)"
)
SURE = 0.5
# What is looked for on account of each answer: the search finds the document by it.
LOOKED_FOR = {
    "个体工商户": ("个体工商户个人所得税减半", "小规模纳税人增值税免税", "六税两费减半征收"),
    "小微企业": ("小型微利企业所得税优惠", "六税两费减半征收", "小规模纳税人增值税免税"),
    "合作社": ("六税两费减半征收", "创业担保贷款"),
    "中型企业": ("研发费用加计扣除", "西部大开发企业所得税", "设备器具一次性扣除"),
    "大型企业": ("研发费用加计扣除", "西部大开发企业所得税"),
    "自然人": ("创业担保贷款", "重点群体创业就业税收扣减"),
    "高新技术企业": ("高新技术企业15%企业所得税", "研发费用加计扣除"),
    "科技型中小企业": ("科技型中小企业评价", "研发费用加计扣除"),
    "专精特新": ("优质中小企业梯度培育专精特新", "中小企业数字化赋能"),
    "规上企业": ("先进制造业增值税加计抵减", "工业企业技术改造奖补"),
    "新办企业": ("创业担保贷款", "小型微利企业所得税优惠"),
    "返乡创业": ("创业担保贷款", "重点群体创业就业税收扣减"),
    "高校毕业生": ("重点群体创业就业税收扣减", "创业担保贷款"),
    "退役军人": ("自主就业退役士兵创业就业税收扣减", "创业担保贷款"),
    "残疾人": ("残疾人就业保障金减免", "创业担保贷款"),
    "失业人员": ("重点群体创业就业税收扣减", "创业担保贷款"),
    "脱贫人口": ("重点群体创业就业税收扣减", "创业担保贷款"),
    "出口企业": ("出口退税", "跨境电商海外仓退税"),
    "制造业": ("先进制造业增值税加计抵减", "设备更新贷款贴息", "设备器具一次性扣除"),
    "食品加工": ("设备更新贷款贴息", "设备器具一次性扣除"),
    "电商": ("跨境电商海外仓退税", "中小企业数字化赋能"),
    "信息软件": ("研发费用加计扣除", "科技型中小企业评价"),
    "农业": ("创业担保贷款", "小微企业无还本续贷"),
}
FOR_ALL = ("小微企业首贷贴息", "小微企业无还本续贷")


@dataclass(frozen=True, slots=True)
class Firm:
    """What a person told of their firm; UNKNOWN where they did not."""

    firm: str
    industry: str
    traits: tuple[str, ...]
    district: str


class ValidateMatchForm(DeskAction):
    """Reads every message while the matching asks; Rasa calls it by this name."""

    def name(self) -> str:
        return "validate_match_form"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        if stepped_aside(tracker, FORM):
            return []
        message = read_message(tracker)
        told = answers(message)
        if opens(tracker, FORM):
            registered = await ask(own_firm, message.conversation)
            if registered is None or contradicts(told, registered):
                dispatcher.utter_message(text=BEGINS)
            else:
                begins = BEGINS_FOR.format(name=registered.name, facts=registered.facts)
                dispatcher.utter_message(text=begins)
                told = registered.answers | told
            return await begun(told)
        asked = tracker.get_slot("requested_slot")
        text = fold(message.text)
        if len(text) <= LONGEST_STEP and (BACK.search(text) or REPEAT.search(text)):
            before = asked_before(asked) if BACK.search(text) else asked
            if before == asked and BACK.search(text):
                dispatcher.utter_message(text=NOTHING_BEFORE)
            return [SlotSet(name, None) for name in dict.fromkeys((before, asked))]
        if means_another(message, text):
            dispatcher.utter_message(text=ANEW)
            return await begun(told)
        if told and not (asks_of_policy(message, text) or is_a_wish(message, text)):
            return [SlotSet(name, value) for name, value in told.items()]
        if _NOTHING.search(text) and len(text) <= 12:
            return [SlotSet(asked, UNKNOWN)]
        if is_aside(message, text):
            # No slot at all makes Rasa reject the form for this message: a rule answers it.
            return []
        if asked == "match_industry" and len(text) <= 12 and is_name(text):
            return [SlotSet(asked, text)]
        dispatcher.utter_message(text="这个我没对上。选一个最接近的就行，不清楚就回“跳过”。")
        return [SlotSet(asked, None)]


async def begun(told: dict[str, str]) -> list[Event]:
    """The form with what was told in it and nothing else."""
    slots: dict[str, str | None] = dict.fromkeys(MATCHING) | told
    # Where no policy of a county is on file, the county decides nothing: it is not asked.
    if not slots["match_district"] and not await ask(county_decides):
        slots["match_district"] = UNKNOWN
    return [SlotSet(name, value) for name, value in slots.items()]


def contradicts(told: dict[str, str], registered: OwnFirm) -> bool:
    """Whether the person speaks of another firm than the one they are registered for."""
    return any(registered.answers.get(name, value) != value for name, value in told.items())


def asked_before(asked: str) -> str:
    """The question before the one for `asked`; the first has none before it."""
    return MATCHING[max(MATCHING.index(asked) - 1, 0)]


def answers(message: Message) -> dict[str, str]:
    """The form's slots that the message fills, asked for or not."""
    found = {
        "match_firm": message.values("firm")[:1],
        "match_industry": message.values("industry")[:1],
        "match_traits": message.values("trait"),
        "match_district": message.values("district")[:1],
    }
    if _FARMS.search(message.heard or message.text):
        # Who tills or breeds is of no firm, and says of what trade they are.
        found["match_firm"] = found["match_firm"] or ["自然人"]
        found["match_industry"] = found["match_industry"] or ["农业"]
    return {name: "、".join(values) for name, values in found.items() if values}


def means_another(message: Message, text: str) -> bool:
    """Whether the message says that what is known is of another firm, or wrong, and no more."""
    if len(text) > LONGEST_STEP or not _ANOTHER.search(text):
        return False
    if asks_of_policy(message, text) or is_a_wish(message, text):
        return False
    return message.intent == "correct" or not is_aside(message, text)


def asks_of_policy(message: Message, text: str) -> bool:
    """Whether the message asks of a policy and only names a firm in doing so."""
    asks = message.intent in {"ask_policy", "ask_procedure", "policy_status", "nlu_fallback"}
    of_policy = asks and bool(POLICY.search(text))
    return bool(QUESTION.search(text)) and (of_policy or bool(_ASKS_OF.search(text)))


def is_a_wish(message: Message, text: str) -> bool:
    """Whether the message wants something of staff and only names a firm in doing so."""
    return message.intent in MATTERS and message.confidence >= SURE and bool(_WISH.search(text))


def is_aside(message: Message, text: str) -> bool:
    """Whether the message wants something else than to answer the form's question."""
    if asks_of_policy(message, text) or wants_details(text):
        return True
    if message.intent in ("match_policies", "affirm", "deny", "navigate", "greet", "thanks"):
        return False
    if message.intent in ("ask_policy", "ask_procedure", "follow_up", "nlu_fallback"):
        return bool(QUESTION.search(text)) and message.confidence >= 0.3
    return message.confidence >= 0.4


class MatchPolicies(DeskAction):
    """Lists the candidates with the passage that says who qualifies."""

    def name(self) -> str:
        return "action_match_policies"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        firm = read_firm(tracker)
        found = await ask(candidates, firm, timezone.localdate())
        dispatcher.utter_message(
            text=told(firm, found),
            buttons=[
                *(
                    {"title": short(topic(each)), "payload": f"请看《{topic(each)}》{each.article}"}
                    for each in found
                ),
                PERSON,
            ],
            json_message={
                "citations": [Citation(passage).as_json() for passage in found],
                "offer": OFFER_PERSON,
            },
        )
        return forget_matching()


def read_firm(tracker: Tracker) -> Firm:
    """What the form was told."""
    firm, industry, traits, district = (tracker.get_slot(name) or UNKNOWN for name in MATCHING)
    return Firm(firm, industry, tuple(traits.split("、")) if traits != UNKNOWN else (), district)


def county_decides() -> bool:
    """Whether any document on file holds for one county only. Raises KnowledgeNotReady."""
    passages = shelf.open().view().index.passages
    return any(passage.document.level is Level.COUNTY for passage in passages)


def candidates(firm: Firm, today: date) -> list[Passage]:
    """Who-qualifies passages of the documents that may fit, the most particular first."""
    knowledge = shelf.open()
    reasons = [*firm.traits, firm.industry, firm.firm]
    queries = [query for reason in reasons for query in LOOKED_FOR.get(reason, ())]
    if not queries:
        queries = list(LOOKED_FOR["小微企业"])
    found: dict[str, Passage] = {}
    for query in dict.fromkeys((*queries, *FOR_ALL)):
        passage = who_qualifies(query, knowledge, today, firm.district)
        if passage is not None:
            found.setdefault(passage.document_id, passage)
        if len(found) == LISTED:
            break
    return list(found.values())


def who_qualifies(
    query: str, knowledge: KnowledgeBase, today: date, district: str
) -> Passage | None:
    """The passage of the best document for `query` that says whom it is for."""
    hits = knowledge.search(f"{query} 享受对象 条件", top=20, as_of=today)
    hits = [hit for hit in hits if _reaches(hit.passage, district)]
    if not hits:
        return None
    best = hits[0].passage.document_id
    own = [hit.passage for hit in hits if hit.passage.document_id == best]
    return max(own, key=lambda passage: max(map(_worth, _sentences(passage)), default=0))


def _reaches(passage: Passage, district: str) -> bool:
    county = passage.document.level is Level.COUNTY
    return not county or district in (UNKNOWN, passage.document.region)


def told(firm: Firm, found: Sequence[Passage]) -> str:
    """The list as it is said: who qualifies in the document's words, and no promise."""
    known = [firm.firm, firm.industry, *firm.traits, firm.district]
    about = "、".join(each for each in known if each != UNKNOWN)
    if not found:
        return "按您的情况，我在政策库里没找到对得上的。要不要请工作人员帮您看看？"
    lines = [f"按您的情况（{about}），可以先看这几项：" if about else "可以先看这几项："]
    for number, passage in enumerate(found, 1):
        sample = SAMPLE_NOTICE if passage.sample else ""
        where = f"（{passage.article}）" if passage.article else ""
        lines.append(f"{number}. {sample}{topic(passage)}{where}：{excerpt(passage)}")
    lines.append(
        "能不能享受，以受理部门审核为准，我不能替他们答应。点一项看原文，或者请工作人员帮您核对。"
    )
    return "\n".join(lines)


def _sentences(passage: Passage) -> list[str]:
    return [piece for line in passage.text.split("\n") for piece in sentences(line)]


def _worth(sentence: str) -> int:
    """How much a sentence says of who qualifies; exceptions and options say less than nothing."""
    return len(_QUALIFIES.findall(sentence)) - 2 * len(_BESIDES.findall(sentence))


def excerpt(passage: Passage) -> str:
    """The sentence that says who qualifies, short enough for a list."""
    best = max(_sentences(passage), key=_worth, default=passage.text)
    return best if len(best) <= LONGEST_PASSAGE else best[: LONGEST_PASSAGE - 1] + "…"
