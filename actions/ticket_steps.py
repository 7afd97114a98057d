"""Moving within the ticket form: past a question, back to the one before, or to hear it again."""

from actions.ticket_readings import ANONYMOUS, NO_PHONE, Reading
from actions.ticket_words import BACK, REPEAT, SKIP, Slot

LONGEST_STEP = 24
BEFORE = {
    Slot.WHAT: Slot.CATEGORY,
    Slot.WHO: Slot.WHAT,
    Slot.CONTACT: Slot.WHO,
    Slot.CONFIRMED: Slot.CONTACT,
    Slot.CHANGE: Slot.CONTACT,
}
NOT_SKIPPED = {
    Slot.CATEGORY: "分类要选一个，不确定就选“求助”。",
    Slot.WHAT: "事情总要说一句，部门才知道办什么。",
    Slot.CONFIRMED: "这一步不能跳：没问题就回“提交”，不要了就说“取消”。",
    Slot.CHANGE: "要改哪一项？都对就回“提交”。",
}


def read_step(asked: Slot, text: str) -> Reading | None:
    """The question passed over, the one before it, or the same again; None when it is neither."""
    if len(text) > LONGEST_STEP:
        return None
    if BACK.search(text):
        before = BEFORE.get(asked)
        if before is None:
            return Reading({asked: None}, "这是第一个问题，前面没有了。不想登记就说“取消”。")
        return Reading({before: None, Slot.CONFIRMED: None}, "好，回到上一个问题。")
    if REPEAT.search(text):
        return Reading({asked: None})
    if SKIP.search(text):
        match asked:
            case Slot.WHO:
                return Reading({Slot.WHO: ANONYMOUS}, "好，称呼先写“匿名”。")
            case Slot.CONTACT:
                return Reading({Slot.CONTACT: NO_PHONE}, "好，不留电话。")
        return Reading({asked: None}, NOT_SKIPPED.get(asked, ""))
    return None
