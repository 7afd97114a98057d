"""Why a ticket is begun, by the intent that began it: what is said first and what is asked."""

import re
from dataclasses import dataclass

from actions.ticket_words import kind_of, likely_kind
from desk.tickets.values import Category

MATTER = "请说说这件事：发生了什么、涉及哪个单位、希望怎么解决。一两句话就行。"


@dataclass(frozen=True, slots=True)
class Topic:
    """How tickets of one intent begin; `category` none: the person's words decide."""

    opening: str
    question: str = MATTER
    category: Category | None = None
    request: str = ""
    """Words that ask for this and tell nothing of it yet (a pattern)."""

    def bare(self, text: str) -> str:
        """`text` without them."""
        return re.sub(self.request, "", text) if self.request else text


# What nobody has built yet is not pretended: staff do it, and the person hears so.
TOPICS = {
    "open_ticket": Topic("这件事我来登记，转给对口部门办理。"),
    "open_complaint": Topic(
        "这件事我来登记，转给对口部门查办。",
        "请说说是什么事：哪个单位、什么时候、发生了什么、希望怎么解决。",
    ),
    "subscribe": Topic(
        "推送这件事我自己还办不了，登记下来请工作人员给您设置。",
        "您想怎么设置？比如“只要餐饮和贷款的新政策”，或者“不再接收”。",
        Category.CONSULT,
    ),
    "ask_specialist": Topic(
        "专员和上门由工作人员安排，我登记下来，请他们跟您约。",
        "请说说要什么帮助、在哪里、什么时间方便。",
        Category.HELP,
    ),
    "legal_help": Topic(
        "调解和法律援助要由专人来办，我登记下来转给他们。急着问，可以打12348法律服务热线，免费。",
        "请说说跟谁、因为什么、现在到哪一步了、您希望怎么解决。",
        Category.HELP,
    ),
    "redemption": Topic(
        "钱到哪一步我这里查不到，不瞎说。我登记下来，请经办部门查清楚答复您。",
        "请说说是哪项补贴或奖励、什么时候申请的、报给哪个部门、多少钱。",
    ),
    "events": Topic(
        "活动名单和报名在工作人员手上，我登记下来，请他们回您。",
        "您想参加哪类活动、几个人，或者要取消哪一场？",
        Category.CONSULT,
    ),
    "policy_opinion": Topic(
        "您的意见我原样记下，转给管这项政策的部门。",
        "请说说是哪项政策，哪里不合适，您觉得怎么改好。",
        Category.SUGGEST,
        r"征求意见稿?|草案|有?(?:点|些|个)?(?:意见|建议|看法|想法|话)(?:要提|想提|要说|想说)?|提[点些个]?|说[两几]句|那个|这个|"
        r"对|给|关于|的|\w{2,6}(?:政策|办法|法|条例|规定|细则)|营商环境|补贴",
    ),
    "cooperation": Topic(
        "我登记下来，请工作人员帮您对接；成不成由双方谈，我不打包票。",
        "请说说您是做什么的，想找什么样的合作，有哪些条件。",
        Category.HELP,
    ),
}
QUESTIONS = {
    Category.COMPLAIN: "您要投诉，我来登记。" + TOPICS["open_complaint"].question,
    Category.REPORT: (
        "您要举报，我来登记，可以不留姓名和电话。请说说：谁、在哪里、什么时候、做了什么。"
    ),
    Category.SUGGEST: "感谢您提建议。请说说您的想法：现在哪里不方便，希望怎么改。",
    Category.CONSULT: "我帮您转给部门答复。请把要问的问题写清楚，有企业名称或办件编号也一起写上。",
}
KIND_LABELS = {
    "unfair_competition": "不正当竞争",
    "ip": "知识产权",
    "fee": "乱收费",
    "inspection": "检查执法",
    "bidding": "招标投标",
    "arrears": "拖欠账款",
    "service": "办事服务",
}
_COMPLAINS = re.compile(r"投诉|举报|不服|告")


def topic_of(intent: str) -> Topic:
    """How a ticket that `intent` begins is taken down."""
    return TOPICS.get(intent, TOPICS["open_ticket"])


def category_for(intent: str, text: str) -> Category:
    """The category of a ticket that `text` begins; the summary shows it before it counts."""
    if found := topic_of(intent).category:
        return found
    if intent == "open_complaint":
        return Category.REPORT if kind_of(text) is Category.REPORT else Category.COMPLAIN
    if intent == "redemption":
        return Category.COMPLAIN if _COMPLAINS.search(text) else Category.CONSULT
    return likely_kind(text)


def question_for(intent: str, category: str | None) -> str:
    """What is asked when the matter itself is not told yet."""
    topic = topic_of(intent)
    if intent in ("", "open_ticket", "open_complaint") and category in QUESTIONS:
        return QUESTIONS[Category(category)]
    return topic.question
