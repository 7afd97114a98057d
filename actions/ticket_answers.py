"""What a person says while a ticket is being taken down, read without asking anybody.

`read` tells apart an answer to the question asked, a correction of an earlier answer, and
something else altogether (a digression: the form steps aside and the rules answer).
"""

import re

from actions.ticket_contrasts import (
    MAX_WHAT,
    contrasts,
    introduced,
    renamed,
    says_wrong,
    with_correction,
)
from actions.ticket_digressions import CERTAIN, is_another_matter, is_digression
from actions.ticket_readings import ANONYMOUS, DIGRESSION, NO_PHONE, Heard, Reading, Slots
from actions.ticket_steps import read_step
from actions.ticket_topics import category_for, topic_of
from actions.ticket_words import (
    ABOUT,
    ABOUT_FORM,
    ADDED,
    CONTACT_WORDS,
    CORRECTION,
    FIRM,
    INTRODUCTION,
    LONGEST_CORRECTION,
    NAMED_LATE,
    NEW_MATTER,
    NEW_VALUE,
    NO_FIRM,
    NOT_THIS_KIND,
    OPENER,
    PHONE,
    PLEASANTRIES,
    PLEASANTRY,
    QUESTION,
    RATHER,
    RETOLD,
    SUBMIT,
    SURNAME,
    WHAT_TO_DO,
    WITHHELD,
    YES,
    Slot,
    is_name,
    kind_of,
    phone_in,
    substance,
)
from knowledge_base.text import fold

MAX_WHO = 32
LONG_NAME = 10
LONGEST_PLAIN_NAME = 4
TOLD = 6
ENOUGH = 5
"""Characters of substance from which the opening words are the matter: 窗口态度差."""
# Of these a word is too little; 餐饮的 says well enough which policies somebody wants to hear of.
FULLY_TOLD = {"", "open_ticket", "open_complaint", "legal_help", "redemption"}


def open_form(heard: Heard) -> Reading:
    """The form begins: every slot empty but what the opening words already told."""
    slots: Slots = dict.fromkeys(Slot)
    topic = topic_of(heard.intent)
    slots[Slot.CATEGORY] = category_for(heard.intent, heard.text).value
    slots[Slot.TOPIC] = heard.intent or None
    slots[Slot.KIND] = heard.kind or None
    if len(heard.text) > MAX_WHAT:
        return Reading(slots, too_long(heard.text))
    # 欠工程款咋个整: what is asked besides says nothing of the matter.
    if substance(WHAT_TO_DO.sub("", topic.bare(heard.text))) >= ENOUGH:
        slots[Slot.WHAT] = OPENER.sub("", heard.text.strip())
        return Reading(slots, topic.opening)
    # The question that follows says what happens next where the category alone decides.
    return Reading(slots, topic.opening if topic.category else "")


def too_long(text: str) -> str:
    """What a person hears whose matter is longer than staff would read."""
    return f"内容有{len(text)}字，太长了，请压缩到{MAX_WHAT}字以内，写最要紧的。"


def read(asked: Slot, heard: Heard) -> Reading:
    """What `heard` means while the form asks for `asked`."""
    # A name is taken as it was written, everything else is understood in standard characters.
    text = fold(heard.text if asked is Slot.WHO else heard.simplified)
    if (heard.intent == "navigate" or len(text) <= 8) and (moved := read_step(asked, text)):
        return moved
    if correction := _correction(asked, heard, text):
        return correction
    if named := _introduction(asked, heard, text):
        return named
    if is_digression(asked, heard, text):
        return DIGRESSION
    if asked is not Slot.WHAT and ABOUT_FORM.search(text):
        return Reading({asked: None}, WHY[asked])
    if asked not in (Slot.CATEGORY, Slot.WHAT) and is_another_matter(heard, text):
        return Reading({asked: None}, ONE_AT_A_TIME)
    return _ANSWERS[asked](heard, text)


def _correction(asked: Slot, heard: Heard, text: str) -> Reading | None:
    if len(text) > LONGEST_CORRECTION:
        return None
    if asked is not Slot.WHAT:
        wrong_phone = CORRECTION[Slot.CONTACT].search(text)
        wrong_name = CORRECTION[Slot.WHO].search(text)
        if wrong_phone and wrong_name and phone_in(text) and _new_name(text):
            # Two at once: 名字改成王蔷，电话改成15500002222.
            both = _corrected(Slot.CONTACT, phone_in(text))
            return Reading(both.slots | {Slot.WHO: _new_name(text)}, both.say)
        if wrong_phone:
            return _corrected(Slot.CONTACT, phone_in(text))
        if wrong_name:
            return _corrected(Slot.WHO, _new_name(text))
        if CORRECTION[Slot.WHAT].search(text):
            return _corrected(Slot.WHAT, _new_matter(heard.text))
    if CORRECTION[Slot.CATEGORY].search(text) or NOT_THIS_KIND.search(text):
        kind = kind_of(NOT_THIS_KIND.sub("", text))
        return _corrected(Slot.CATEGORY, kind.value if kind else None)
    if rather := RATHER.search(text):
        # 这个算投诉，莫整成建议了
        kind = kind_of(rather[1])
        return _corrected(Slot.CATEGORY, kind.value if kind else None)
    at_summary = asked in (Slot.CONFIRMED, Slot.CHANGE)
    if at_summary and (phone := phone_in(text)):
        return _corrected(Slot.CONTACT, phone)
    if asked in (Slot.CATEGORY, Slot.WHAT) or phone_in(text):
        return None
    if name := renamed(heard, text):
        return _corrected(Slot.WHO, name)
    if contrasts(heard, text, anything=at_summary):
        put_right: Slots = {Slot.WHAT: with_correction(heard), Slot.CONFIRMED: None}
        return Reading(put_right, PUT_RIGHT)
    return None


def _introduction(asked: Slot, heard: Heard, text: str) -> Reading | None:
    """我叫张三: a name at the question for it and at those behind it; None when it is none."""
    if heard.confidence >= CERTAIN or not (name := introduced(text)):
        return None
    match asked:
        case Slot.WHO:
            return Reading({Slot.WHO: name})
        case Slot.CONTACT:
            return Reading({Slot.WHO: name, Slot.CONTACT: None}, "称呼记下了。")
        case Slot.CONFIRMED | Slot.CHANGE:
            return _corrected(Slot.WHO, name)
    return None


def _corrected(slot: Slot, value: str | None) -> Reading:
    # A summary already shown is out of date; a question still open is asked again by the form.
    slots: Slots = {slot: value, Slot.CONFIRMED: None}
    return Reading(slots, "好的，已改。" if value else "好的，我们改一下。")


def _new_name(text: str) -> str | None:
    match = NEW_VALUE.search(text)
    name = match.group(1).strip() if match else ""
    return name if 1 < len(name) <= MAX_WHO else None


def _new_matter(text: str) -> str | None:
    """内容改成：…: what follows, when it says enough."""
    match = NEW_MATTER.search(text)
    matter = match[1].strip() if match else ""
    return matter if substance(matter) >= ENOUGH else None


def _category(heard: Heard, text: str) -> Reading:
    if kind := kind_of(text):
        return Reading({Slot.CATEGORY: kind.value})
    if substance(text) >= 6:
        return Reading(
            {Slot.WHAT: heard.text, Slot.CATEGORY: None},
            "事情我记下了。",
        )
    return Reading({Slot.CATEGORY: None}, "请从下面五类里选一个。")


def _what(heard: Heard, text: str) -> Reading:
    if len(heard.text) > MAX_WHAT:
        return Reading({Slot.WHAT: None}, too_long(heard.text))
    if heard.intent in PLEASANTRIES | {"deny", "correct"} and len(text) <= 8:
        return Reading({Slot.WHAT: None}, "我在听。")
    left = substance(text)
    if not left:
        # Only the kind again, or another one: 我要投诉。
        kind = kind_of(text)
        named: Slots = {Slot.CATEGORY: kind.value} if kind else {}
        return Reading({Slot.WHAT: None, **named})
    if left < (4 if heard.topic in FULLY_TOLD else 2):
        return Reading({Slot.WHAT: None}, "请再说具体一点，这样部门才好办。")
    known: Slots = {Slot.KIND: heard.kind} if heard.kind else {}
    return Reading({Slot.WHAT: heard.text.strip(), **known})


def _who(heard: Heard, text: str) -> Reading:
    slots: Slots = {}
    if phone := phone_in(text):
        slots[Slot.CONTACT] = phone
        text = CONTACT_WORDS.sub("", PHONE.sub("", text))
    if NO_FIRM.search(text):
        return Reading(slots | {Slot.WHO: None}, "没关系，写您自己的称呼就行。")
    if WITHHELD.search(text) or heard.intent == "deny":
        return Reading(slots | {Slot.WHO: ANONYMOUS})
    if put_right := _put_right(heard, text):
        return Reading(slots | put_right.slots | {Slot.WHO: None}, put_right.say)
    if PLEASANTRY.fullmatch(text) and not phone:
        return Reading(slots | {Slot.WHO: None}, "写个姓名或单位名称就行，不想写就回“匿名”。")
    if len(text) > LONGEST_PLAIN_NAME and QUESTION.search(text) and not FIRM.search(text):
        return Reading(slots | {Slot.WHO: None}, WHY[Slot.WHO])
    if named := SURNAME.fullmatch(text):
        # 我姓周，周老板: what they wish to be called comes last.
        return Reading(slots | {Slot.WHO: named[2] or named[1]})
    name = INTRODUCTION.sub("", text).strip(" ,，。.!！;；、")
    # 就叫我老王嘛，电话一会儿说: what follows the name is talk.
    name = re.sub(r"(?:嘛|哈|吧|哦)?[,，]\s*(?:电话|手机|号码).*$", "", name)
    if not re.search(r"[^\W\d_]", name):
        return Reading(
            slots | {Slot.WHO: None}, "" if phone else "请写姓名或单位名称，不想写就回“匿名”。"
        )
    if heard.what and _goes_on(name):
        return Reading(slots | _more(heard) | {Slot.WHO: None}, MORE)
    if len(name) > MAX_WHO:
        return Reading(slots | {Slot.WHO: None}, f"称呼请不超过{MAX_WHO}个字，写简称就行。")
    return Reading(slots | {Slot.WHO: name})


def _contact(heard: Heard, text: str) -> Reading:
    if phone := phone_in(text):
        return Reading({Slot.CONTACT: phone})
    named = NAMED_LATE.search(text)
    late: Slots = {Slot.WHO: named[1]} if named and is_name(f"叫{named[1]}") else {}
    if re.search(r"\d{3}", text):
        return Reading(
            late | {Slot.CONTACT: None},
            "这个号码不像能打通的电话。手机号是11位，座机要带区号，比如0827-5261234，请再核对一下。",
        )
    if WITHHELD.search(text) or heard.intent == "deny":
        return Reading({Slot.CONTACT: NO_PHONE})
    if late:
        return Reading(late | {Slot.CONTACT: None}, "称呼记下了。")
    if put_right := _put_right(heard, text):
        return Reading(put_right.slots | {Slot.CONTACT: None}, put_right.say)
    if heard.what and len(text) >= 8:
        return Reading(_more(heard) | {Slot.CONTACT: None}, MORE)
    return Reading({Slot.CONTACT: None}, "请写手机号，或者带区号的座机号。")


def _goes_on(name: str) -> bool:
    """Whether what was given for a name is more of the matter."""
    if re.fullmatch(r"\w{2,3}[,，、 ][^,，。]{2,20}", name):
        return False  # 张三，巴中明远商贸: a person and their firm
    if FIRM.search(name):
        return bool(re.search("[,，。;；]", name))
    told = len(name) > TOLD and not is_name(name)  # 打了十几遍没人接
    return told or bool(re.search("[,，。;；]", name)) or len(name) > LONG_NAME


def _more(heard: Heard) -> Slots:
    return {Slot.WHAT: f"{heard.what}\n{heard.text.strip()}"[:MAX_WHAT]}


def _retold(heard: Heard, text: str) -> Reading | None:
    """The matter told anew at the summary, or one thing of it put right; else None."""
    anew = RETOLD.sub("", heard.text.strip())
    if anew != heard.text.strip() and substance(anew) >= 6:
        return Reading({Slot.WHAT: anew, Slot.CONFIRMED: None}, "好的，内容换成您刚说的。")
    if heard.what and ADDED.search(text):
        return Reading(_more(heard) | {Slot.CONFIRMED: None}, MORE)
    return _put_right(heard, text)


def _put_right(heard: Heard, text: str) -> Reading | None:
    """Something of the matter itself, said to be wrong, with what is right; else None."""
    if not says_wrong(heard, text):
        return None
    return Reading({Slot.WHAT: with_correction(heard), Slot.CONFIRMED: None}, PUT_RIGHT)


def _confirmed(heard: Heard, text: str) -> Reading:
    if again := _retold(heard, text):
        return again
    agreed = heard.intent in {"affirm", "thanks"} or len(text) <= 8
    if agreed and YES.search(text):
        return Reading({Slot.CONFIRMED: True})
    if heard.intent in {"deny", "correct"}:
        return Reading({Slot.CONFIRMED: None}, ask=Slot.CHANGE)
    return Reading(
        {Slot.CONFIRMED: None}, "还没有提交。没问题就回“提交”，要改就说哪里不对，不要了就说“取消”。"
    )


def _change(heard: Heard, text: str) -> Reading:
    if again := _retold(heard, text):
        return again
    named = [slot for slot, words in ABOUT.items() if re.search(words, text)]
    if named:
        return _corrected(named[0], None)
    if kind := kind_of(text):
        return _corrected(Slot.CATEGORY, kind.value)
    if SUBMIT.search(text):
        return _confirmed(heard, text)
    if heard.intent == "affirm" or (len(text) <= 8 and YES.search(text)):
        # Something was to be changed and nothing was: seen once more before it counts.
        return Reading({Slot.CONFIRMED: None}, "还没有改动，您再看一遍。")
    return Reading({Slot.CONFIRMED: None}, "我没听出来要改哪一项。", ask=Slot.CHANGE)


PUT_RIGHT = "好的，更正写进内容了。"
MORE = "好，这句也记进内容了。"
ONE_AT_A_TIME = "这是另一件事，我们先把手上这件登记完，提交后您再说一遍，我接着记。"
WHY = {
    Slot.CATEGORY: "分好类才知道转给哪个部门。",
    Slot.WHO: "写个称呼，经办人好跟您联系；不想写就回“匿名”。",
    Slot.CONTACT: "电话只给经办人看，用来核实情况。",
    Slot.CONFIRMED: "提交前请您核对一遍，免得转错。",
    Slot.CHANGE: "提交前改好，免得转错。",
}
_ANSWERS = {
    Slot.CATEGORY: _category,
    Slot.WHAT: _what,
    Slot.WHO: _who,
    Slot.CONTACT: _contact,
    Slot.CONFIRMED: _confirmed,
    Slot.CHANGE: _change,
}
