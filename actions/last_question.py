"""The question that was answered last: what 那个体户呢 and 要什么材料 lean on."""

import re
from dataclasses import dataclass

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.base import Event, Message
from knowledge_base.text import fold

SLOT = "last_question"
LONGEST = 200
_LEADING = re.compile(
    r"^(?:那么?|哦+|喔|嗯+|好的?|行|还有|然后|这样啊?|再问一?下?|我(?:还|再)?想?问[一]?下?|[,，。、\s])+"
)
_TRAILING = re.compile(r"(?:呢|嘛|哈|啊|呀|哦)*[?？!！。.\s]*$")
_LEANS = re.compile(r"^(?:那|还有|然后)|呢[?？]?$|^(?:这个|那个|它)")
# 被列入异常名录的也可以走这个吗: whatever its length, 这个 is what was spoken of before.
_POINTS = re.compile(r"(?:走|用|办|享受|适用|按)(?:这|那)个[吗嘛不么哦]*[?？]?$")
_ASKS = re.compile(r"有(?:什么|哪些|啥).*$|是?多少.*$|怎么.*$|咋.*$|[?？].*$")
_NOT_THAT = re.compile(r"(?:又|并)?不是[^，,。.!！]{1,10}")
_I_AM = re.compile(r"(?:我们?(?:这边|这里|家)?|问的?)是[个一家]{0,2}(\w{2,8})")
SHORT = 14
# Firms that no table names: 公司 alone may be of any size.
_ANY_FIRM = re.compile(r"(?:有限|责任|股份)*(?:公司|企业)|独资企业?|个独|合伙(?:企业)?")
_FIRM_KIND = re.compile(
    r"个体(?:工商)?户?|小微企业|小型微利企业|(?:个人)?独资企业|合伙企业|(?:有限)?公司|企业(?!所得税)"
)
# Things of one sort replace each other: 小微企业所得税 … 那个体户呢.
SWAPPED = ("firm", "industry", "trait", "district")


@dataclass(frozen=True, slots=True)
class LastQuestion:
    """Its words, the document that answered it (empty: none did), and what it named."""

    text: str
    document: str = ""
    title: str = ""
    named: tuple[tuple[str, int, int], ...] = ()

    def as_slot(self) -> Event:
        """The event that keeps it in the conversation."""
        value = {
            "text": self.text,
            "document": self.document,
            "title": self.title,
            "named": [list(each) for each in self.named],
        }
        kept: Event = SlotSet(SLOT, value)
        return kept


def read_last_question(tracker: Tracker) -> LastQuestion | None:
    """What the conversation keeps; None before the first question."""
    kept = tracker.get_slot(SLOT)
    if not kept:
        return None
    named = tuple((entity, start, end) for entity, start, end in kept["named"])
    return LastQuestion(kept["text"], kept["document"], kept["title"], named)


def question_of(message: Message, *, document: str = "", title: str = "") -> LastQuestion:
    """`message` as the next one will lean on it."""
    named = tuple(
        (each.entity, each.start, each.end)
        for each in message.named
        if each.entity in SWAPPED and each.end <= LONGEST
    )
    return LastQuestion(message.text[:LONGEST], document, title, named)


def leans(text: str) -> bool:
    """Whether a message is shaped as one that leans on what was said before."""
    short = len(text) <= SHORT and bool(_LEANS.search(fold(text)))
    return short or bool(_POINTS.search(fold(text)))


def put_right(text: str, last: LastQuestion) -> str:
    """The last question of what a person says they are instead: 不对，我是公司，不是个体户.

    Empty when they do not say so.
    """
    match = _I_AM.search(_NOT_THAT.sub("", fold(text)))
    if match is None:
        return ""
    word = match[1]
    for _, start, end in last.named:
        if last.text[start:end]:
            return taxed(word, last.text[:start] + word + last.text[end:])
    return taxed(word, f"{word}{last.text}")


def taxed(who: str, question: str) -> str:
    """`question` with the income tax that `who` pays."""
    if re.search("公司|企业|厂$", who):
        return question.replace("个人所得税", "企业所得税")
    if re.search("个体|个人|独资", who):
        return question.replace("企业所得税", "个人所得税")
    return question


def of_firm(word: str, last: LastQuestion) -> str:
    """The last question asked of another firm: 个体户一年挣15万交多少税 … 公司呢."""
    for entity, start, end in last.named:
        if entity == "firm" and last.text[start:end]:
            return taxed(word, last.text[:start] + word + last.text[end:])
    if _FIRM_KIND.search(last.text):
        return taxed(word, _FIRM_KIND.sub(word, last.text, count=1))
    return taxed(word, f"{word}{last.text}")


def own_words(text: str) -> str:
    """What a follow-up says beyond that it follows: 那个体户呢？ → 个体户."""
    bare = _TRAILING.sub("", _LEADING.sub("", fold(text)))
    return bare or fold(text)


def rewritten(message: Message, last: LastQuestion) -> str:
    """The follow-up as a question of its own.

    A firm, trade, trait or place takes the place of the last one's; anything else is asked of the
    last one's subject.
    """
    for entity, start, end in last.named:
        for each in message.named:
            if each.entity == entity and last.text[start:end]:
                word = message.text[each.start : each.end] or each.value
                return taxed(word, last.text[:start] + word + last.text[end:])
    words = own_words(message.text)
    if _ANY_FIRM.fullmatch(words):
        return of_firm(words, last)
    subject = last.title or _ASKS.sub("", last.text) or last.text
    swaps = [each for each in message.named if each.entity in SWAPPED]
    if swaps and len(words) <= 8:
        # 那残疾人呢: of the last question everything else still stands.
        return f"{words}{last.text}"
    return f"{subject} {words}"
