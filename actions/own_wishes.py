"""What a person wants done with a ticket they have opened: values, and how words are read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.base import Event, Message
from desk.tickets.models import Ticket
from desk.tickets.moves import MOVES
from knowledge_base.text import fold


class Wish(StrEnum):
    """What is wanted: the intent that says so, or what its words came to."""

    ADD = "add_to_ticket"
    WITHDRAW = "withdraw_ticket"
    RATE = "rate"
    REOPEN = "reopen"  # 没解决, said of a ticket that was closed


class Slot(StrEnum):
    """The form's slots: what is wanted, then what is asked, in that order."""

    WISH = "own_wish"
    TICKET = "own_ticket"
    WORDS = "own_words"
    RATING = "own_rating"
    SURE = "own_sure"


# Which of the desk's moves each is, and what must be known before it is made.
MOVE = {Wish.ADD: "add", Wish.WITHDRAW: "withdraw", Wish.RATE: "rate", Wish.REOPEN: "reopen"}
NEEDS = {
    Wish.ADD: Slot.WORDS,
    Wish.WITHDRAW: Slot.SURE,
    Wish.RATE: Slot.RATING,
    Wish.REOPEN: Slot.SURE,
}
VERB = {Wish.ADD: "补充", Wish.WITHDRAW: "撤回", Wish.RATE: "评价", Wish.REOPEN: "重新办理"}
NOT_NEEDED = "-"
YES, NO = "yes", "no"
GRADES = ("非常不满意", "不满意", "基本满意", "满意", "非常满意")
"""The official 好差评 grades, from one to five."""

_NUMBER = re.compile(r"BZ\s*\d{10}(?!\d)", re.I)
_ANY_NUMBER = re.compile(r"BZ\s*\d+", re.I)
# What asks for the supplement, and is none.
_ASKING_TO_ADD = re.compile(
    r"BZ\s*\d+|上(?:次|回|周)|刚[才刚]?|昨天|前[天头]|之前|已经|提交|登记|反映|反应|投诉|举报|求助|工单|单子|那个|这个|"
    r"[那这]件?|能不能|可不可以|可以|一[点下哈句些个份]|[再还又]|补[充交]?|追?加|添|备注|句|话|情况|材料|说明|内容|信息|"
    r"证据|线索|点|给|往|里|到|对|上|我们?|你们?|帮|请|麻烦|想|要|有|把|的|了|事情?|[吗嘛哈啊哦呢吧么]|\W"
)
_TOLD = 4
# 我要补充：他们昨天又来了 — what follows the colon is it, however plain its words.
_TOLD_OUTRIGHT = re.compile(
    r"(?:补充|加一?[句点]话?|备注|追加)[^：:，,。]{0,6}[：:]\s*(\w.{3,})$", re.S
)
_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "零": 1, "0": 1}
_SCORE = re.compile(r"(?:^|[^\d])([0-5零一二两三四五])(?:\s*(?:分|颗?星)|$)")
_BEST = re.compile(r"满分|好评|(?:非常|十分|特别|超级)满意|五星")
_WORST = re.compile(r"差评|(?:非常|十分|特别|极其|极)不满意")
_NO_PRAISE = re.compile(r"不(?:给|值|是|会给|想给|能给).{0,3}好评|凭什么.{0,4}好评")
_UNSOLVED = re.compile(
    r"(?:没有?|莫得|没得|未|根本没|还没|不曾)(?:得到|真正|彻底|给我?|帮我?)?(?:解决|处理好|办好|弄好|搞好)|"
    r"(?:问题|事情|情况)(?:还|依然|依旧)(?:在|是)|还是(?:那样|老样子|没)|重新(?:办|处理)|重办|返工|又犯了"
)
_SOLVED = re.compile(r"(?:解决|处理好|办好|弄好|搞定|办妥)(?:了|啦)|都好了")
_SATISFIED = re.compile(
    r"(?:我|我们)?(?:很|挺|比较|非常|十分|特别|还算?)?满意(?:了|的)?[，,。!！~\s]*(?:谢谢|感谢|多谢|辛苦)?[你您了]?[。!！~]*"
)
_GRADE = re.compile(
    r"[打给评个我就]|[0-5零一二两三四五]\s*(?:分|颗?星)?|(?:非常|基本)?不?满意|一般"
)
LEAST_REASON = 2
_ORDER = {"第一": 0, "头一": 0, "最近": 0, "最新": 0, "刚才": 0, "第二": 1, "第三": 2}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A wish and what is known of it; empty where it is not."""

    wish: Wish
    number: str = ""
    words: str = ""
    rating: int = 0

    @property
    def complete(self) -> bool:
        """Whether nothing is to be asked."""
        known = {Slot.WORDS: self.words, Slot.RATING: self.rating, Slot.SURE: ""}
        return bool(self.number and known[NEEDS[self.wish]])

    def as_slots(self) -> list[Event]:
        """The form's slots: what it does not need counts as answered."""
        needed = NEEDS[self.wish]
        values: dict[Slot, str | None] = {
            Slot.WISH: self.wish.value,
            Slot.TICKET: self.number or None,
            Slot.WORDS: self.words or (None if needed is Slot.WORDS else NOT_NEEDED),
            Slot.RATING: None if needed is Slot.RATING and not self.rating else str(self.rating),
            Slot.SURE: None if needed is Slot.SURE else NOT_NEEDED,
        }
        return [SlotSet(slot.value, value) for slot, value in values.items()]


def forget_wish() -> list[Event]:
    """Empties the form."""
    return [SlotSet(slot.value, None) for slot in Slot]


def wanted_of(tracker: Tracker) -> Wanted:
    """What the form was told."""
    words = tracker.get_slot(Slot.WORDS) or ""
    return Wanted(
        Wish(tracker.get_slot(Slot.WISH)),
        tracker.get_slot(Slot.TICKET) or "",
        "" if words == NOT_NEEDED else words,
        int(tracker.get_slot(Slot.RATING) or 0),
    )


def read_wish(message: Message) -> Wanted:
    """What `message` says of its wish, the ticket apart."""
    text = fold(message.text)
    wish = Wish(message.intent) if message.intent in set(Wish) else Wish.ADD
    if wish is Wish.RATE:
        rating = rating_in(text)
        if not rating and _UNSOLVED.search(text):
            wish = Wish.REOPEN
        return Wanted(wish, words=message.text.strip(), rating=rating)
    if wish is Wish.ADD and (told := _TOLD_OUTRIGHT.search(message.text)):
        return Wanted(wish, words=told[1].strip())
    if wish is Wish.ADD and len(_ASKING_TO_ADD.sub("", text)) < _TOLD:
        return Wanted(wish)
    return Wanted(wish, words=message.text.strip())


def says_solved(text: str) -> bool:
    """Whether a person says that their matter is settled."""
    return bool(_SOLVED.search(text)) and not _UNSOLVED.search(text)


def says_satisfied(text: str) -> bool:
    """Whether a person says that their matter is settled, or that it was settled well."""
    return says_solved(text) or bool(_SATISFIED.fullmatch(text.strip()))


def says_unsolved(text: str) -> bool:
    """Whether a person says that their matter is not settled."""
    return bool(_UNSOLVED.search(text))


def says_why(text: str) -> bool:
    """Whether an answer to the question for a grade says more than the grade: 4分，速度慢了点."""
    return len(re.findall(r"\w", _GRADE.sub("", text))) >= LEAST_REASON


def rating_in(text: str, *, asked: bool = False) -> int:
    """One to five as `text` says it outright, 0 when it does not; `asked`: plain grades count."""
    if match := _SCORE.search(text.strip(" 。.!！")):
        said = match[1]
        return max(_DIGITS.get(said, 0) or int(said), 1)
    if asked:
        named = [grade for grade in GRADES if grade in text]
        if named:
            return GRADES.index(max(named, key=len)) + 1
        if re.search(r"一般|还行|还可以|凑合|过得去", text):
            return 3
    if _WORST.search(text):
        return 1
    return 5 if _BEST.search(text) and not _NO_PRAISE.search(text) else 0


def number_in(text: str) -> str:
    """The ticket number in `text`, else what looks like one, else nothing."""
    written = fold(text)
    named = _NUMBER.search(written) or _ANY_NUMBER.search(written)
    return named.group() if named else ""


def chosen(text: str, tickets: Sequence[Ticket]) -> Ticket | None:
    """The one of `tickets`, newest first, that an answer to "which" means; None when unclear."""
    written = fold(text).upper().replace(" ", "")
    digits = re.sub(r"\D", "", written)
    for ticket in tickets:
        if ticket.number in written or (len(digits) >= 3 and ticket.number.endswith(digits)):
            return ticket
    if named := by_order(text, tickets):
        return named
    said = {text[at : at + 2] for at in range(len(text) - 1)} if len(text) >= 2 else set()
    alike = [ticket for ticket in tickets if any(pair in ticket.body for pair in said)]
    return alike[0] if len(alike) == 1 else None


def by_order(text: str, tickets: Sequence[Ticket]) -> Ticket | None:
    """刚才那个, 第二件: the one of `tickets`, newest first, that has this place; else None."""
    for words, place in _ORDER.items():
        if words in text and place < len(tickets):
            return tickets[place]
    return None


def possible(wish: Wish, ticket: Ticket) -> bool:
    """Whether the ticket's state allows it now."""
    return ticket.state in MOVES[MOVE[wish]].sources
