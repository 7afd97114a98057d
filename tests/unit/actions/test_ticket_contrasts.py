"""Names and facts that a person puts right while a ticket is taken down."""

import pytest

from actions.ticket_answers import read
from actions.ticket_readings import DIGRESSION, Heard, Reading
from actions.ticket_words import Slot

TOLD = "我要投诉，检查队上门乱罚款\n上个月15号来了三个人，喊我交2000块"
BEHIND_THE_NAME = [Slot.CONTACT, Slot.CONFIRMED, Slot.CHANGE]


def heard(
    asked: Slot, text: str, intent: str = "", confidence: float = 0.9, who: str = "张大强"
) -> Reading:
    return read(asked, Heard(text, intent, confidence, what=TOLD, who=who))


@pytest.mark.parametrize(
    "text", ["哦哦继续嘛", "继续", "好的，接着问", "嗯嗯，继续吧", "行，往下走"]
)
def test_to_go_on_is_no_name(text: str) -> None:
    assert heard(Slot.WHO, text, "navigate", who="").slots == {Slot.WHO: None}


@pytest.mark.parametrize("name", ["谢好", "好又多", "张继", "顺接物流", "李往来"])
def test_a_name_that_looks_like_small_talk_is_a_name(name: str) -> None:
    assert heard(Slot.WHO, name, who="").slots == {Slot.WHO: name}


@pytest.mark.parametrize("intent", ["out_of_scope", "unlawful", "correct", "affirm"])
@pytest.mark.parametrize("asked", [Slot.WHO, *BEHIND_THE_NAME])
def test_who_says_their_name_has_given_it_whatever_is_asked(asked: Slot, intent: str) -> None:
    assert heard(asked, "我叫张大强", intent, who="").slots[Slot.WHO] == "张大强"


@pytest.mark.parametrize("text", ["我是来问残保金怎么交的", "我叫你转人工", "我是不想活了"])
def test_what_only_begins_like_a_name_is_none(text: str) -> None:
    assert Slot.WHO not in heard(Slot.CONTACT, text, "ask_policy").slots


@pytest.mark.parametrize(
    "text",
    [
        "不对，我不叫张大强，叫张小强",
        "不是张大强，是张小强",
        "我叫张小强，不叫张大强",
        "是张小强不是张大强",
        "搞错了，我叫张小强",
        "不对，叫张小强嘛",
    ],
)
@pytest.mark.parametrize("intent", ["deny", "correct", "affirm"])
@pytest.mark.parametrize("asked", BEHIND_THE_NAME)
def test_a_name_put_right_replaces_the_one_understood(asked: Slot, intent: str, text: str) -> None:
    slots = heard(asked, text, intent).slots
    assert slots[Slot.WHO] == "张小强"
    assert Slot.CONTACT not in slots


def test_a_surname_put_right_keeps_the_given_name() -> None:
    assert heard(Slot.CONFIRMED, "不姓张，姓章", "correct").slots[Slot.WHO] == "章大强"


@pytest.mark.parametrize("asked", [Slot.WHO, *BEHIND_THE_NAME])
@pytest.mark.parametrize("text", ["不是上个月15号，是这个月15号", "是这个月15号，不是上个月15号"])
def test_a_fact_put_right_is_written_into_the_matter(asked: Slot, text: str) -> None:
    slots = heard(asked, text, "deny").slots
    assert slots == {Slot.WHAT: f"{TOLD}\n（更正：{text}）", Slot.CONFIRMED: None}


@pytest.mark.parametrize("text", ["对头", "对的", "确认", "是的", "可以"])
def test_a_yes_to_what_shall_be_changed_shows_the_summary_and_submits_nothing(text: str) -> None:
    assert heard(Slot.CHANGE, text, "affirm").slots == {Slot.CONFIRMED: None}


@pytest.mark.parametrize("text", ["隔壁店卖假酒", "他们卖假烟假酒", "邻居的狗天天咬人"])
@pytest.mark.parametrize("asked", [Slot.WHAT, Slot.CONFIRMED])
def test_a_complaint_that_names_no_official_is_kept(asked: Slot, text: str) -> None:
    assert heard(asked, text, "integrity_report", 0.95) != DIGRESSION


@pytest.mark.parametrize("text", ["刘科长收了我两万块钱才办证", "我要找纪委", "执法的人找我要烟酒"])
def test_an_officials_corruption_leaves_the_form(text: str) -> None:
    assert heard(Slot.WHAT, text, "integrity_report", 0.7) == DIGRESSION


def test_ones_own_ticket_is_no_name() -> None:
    assert heard(Slot.WHO, "我的工单", "ticket_status", who="") == DIGRESSION
