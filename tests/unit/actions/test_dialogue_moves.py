"""Skipping, going back, asking again, second matters: the form bends and does not break."""

import pytest

from actions.ticket_answers import open_form, read
from actions.ticket_readings import ANONYMOUS, DIGRESSION, NO_PHONE, Heard, Reading
from actions.ticket_steps import NOT_SKIPPED
from actions.ticket_topics import TOPICS, category_for, question_for
from actions.ticket_words import ASKED, Slot


def heard(asked: Slot, text: str, intent: str = "navigate", topic: str = "") -> Reading:
    return read(asked, Heard(text, intent, 0.9, topic=topic))


@pytest.mark.parametrize("text", ["跳过", "跳过这个", "下一个问题", "这个先空着", "略过"])
def test_what_need_not_be_told_may_be_skipped(text: str) -> None:
    assert heard(Slot.WHO, text).slots == {Slot.WHO: ANONYMOUS}
    assert heard(Slot.CONTACT, text).slots == {Slot.CONTACT: NO_PHONE}


@pytest.mark.parametrize("asked", [Slot.CATEGORY, Slot.WHAT, Slot.CONFIRMED, Slot.CHANGE])
def test_what_must_be_told_is_asked_again_with_a_reason(asked: Slot) -> None:
    reading = heard(asked, "跳过")
    assert reading.slots == {asked: None}
    assert reading.say == NOT_SKIPPED[asked]


@pytest.mark.parametrize(
    ("asked", "before"),
    [
        (Slot.WHAT, Slot.CATEGORY),
        (Slot.WHO, Slot.WHAT),
        (Slot.CONTACT, Slot.WHO),
        (Slot.CONFIRMED, Slot.CONTACT),
    ],
)
@pytest.mark.parametrize("text", ["上一步", "返回上一步", "退回去", "回到上一个问题"])
def test_back_asks_the_question_before(asked: Slot, before: Slot, text: str) -> None:
    assert heard(asked, text).slots == {before: None, Slot.CONFIRMED: None}


def test_before_the_first_question_there_is_none() -> None:
    reading = heard(Slot.CATEGORY, "上一步")
    assert reading.slots == {Slot.CATEGORY: None}
    assert "第一个问题" in reading.say


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("text", ["再说一遍", "没听清", "你刚才说啥", "重复一下"])
def test_a_question_is_asked_again_on_request(asked: Slot, text: str) -> None:
    assert heard(asked, text).slots == {asked: None}


@pytest.mark.parametrize("asked", [Slot.WHO, Slot.CONTACT, Slot.CONFIRMED])
def test_a_second_matter_is_never_taken_for_an_answer(asked: Slot) -> None:
    reading = heard(asked, "我还要投诉物业乱收停车费", "open_complaint")
    assert reading.slots == {asked: None}
    assert "另一件事" in reading.say


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("intent", ["emergency", "integrity_report"])
def test_danger_and_corruption_leave_the_form_at_any_question(asked: Slot, intent: str) -> None:
    assert heard(asked, "所长找我要好处费，不给就砸店", intent) == DIGRESSION


def test_swearing_is_no_name() -> None:
    assert heard(Slot.WHO, "龟儿子些", "abuse") == DIGRESSION


def test_to_withdraw_what_is_being_told_is_to_drop_it() -> None:
    assert heard(Slot.WHO, "撤销", "withdraw_ticket") == DIGRESSION


@pytest.mark.parametrize("intent", sorted(TOPICS))
def test_every_topic_begins_with_a_word_and_a_question(intent: str) -> None:
    text = "帮我看看这件事到底该找哪个部门来办"
    reading = open_form(Heard(text, intent, 0.9))
    assert reading.say == TOPICS[intent].opening
    assert reading.slots[Slot.WHAT] == text
    assert reading.slots[Slot.TOPIC] == intent
    assert question_for(intent, str(reading.slots[Slot.CATEGORY]))


@pytest.mark.parametrize(
    ("intent", "text", "category"),
    [
        ("open_complaint", "我要举报有人卖假货", "report"),
        ("open_complaint", "窗口的人爱理不理", "complain"),
        ("policy_opinion", "门槛太高了", "suggest"),
        ("redemption", "补贴什么时候到账", "consult"),
        ("redemption", "我要投诉补贴不兑现", "complain"),
        ("cooperation", "想找代工厂", "help"),
        ("legal_help", "请不起律师", "help"),
        ("subscribe", "有新政策通知我", "consult"),
    ],
)
def test_the_topic_and_the_words_decide_the_category(intent: str, text: str, category: str) -> None:
    assert category_for(intent, text) == category


def test_a_word_is_enough_where_a_word_says_it_all() -> None:
    assert heard(Slot.WHAT, "餐饮的", "", "subscribe").slots == {Slot.WHAT: "餐饮的"}
    assert heard(Slot.WHAT, "收费", "", "open_complaint").slots == {Slot.WHAT: None}


def test_an_opening_too_long_for_staff_is_asked_shorter() -> None:
    reading = open_form(Heard("他们乱收费。" * 500, "open_complaint", 0.9))
    assert reading.slots[Slot.WHAT] is None
    assert "太长" in reading.say


def test_the_kind_is_kept_when_the_matter_is_told_later() -> None:
    reading = read(Slot.WHAT, Heard("协会强行收会费两千", "open_complaint", 0.9, kind="fee"))
    assert reading.slots[Slot.KIND] == "fee"


TOLD = "我要投诉学校欠我们装修款三十万"


@pytest.mark.parametrize("asked", [Slot.WHO, Slot.CONTACT])
def test_more_of_the_matter_is_added_to_it_and_never_taken_for_a_name(asked: Slot) -> None:
    more = "去年报的技改奖补，南江县经信局，三十万"
    reading = read(asked, Heard(more, "redemption", 0.9, what=TOLD))
    assert reading.slots[Slot.WHAT] == f"{TOLD}\n{more}"
    assert reading.slots[asked] is None


@pytest.mark.parametrize("name", ["巴中味道食品厂", "张三，巴中明远商贸", "南江县光雾山镇旅游协会"])
def test_a_firm_or_a_person_of_a_firm_is_a_name(name: str) -> None:
    reading = read(Slot.WHO, Heard(name, "cooperation", 0.4, what=TOLD))
    assert Slot.WHAT not in reading.slots
    assert reading.slots[Slot.WHO]


def test_a_name_told_when_the_telephone_is_asked_is_kept() -> None:
    reading = read(Slot.CONTACT, Heard("公司叫巴中恒丰", "", 0.0, what=TOLD))
    assert reading.slots == {Slot.WHO: "巴中恒丰", Slot.CONTACT: None}


@pytest.mark.parametrize("asked", [Slot.CONFIRMED, Slot.CHANGE])
def test_a_thing_put_right_at_the_summary_is_written_into_the_matter(asked: Slot) -> None:
    reading = read(asked, Heard("金额说错了，是三十五万", "correct", 0.9, what=TOLD))
    assert reading.slots == {
        Slot.WHAT: f"{TOLD}\n（更正：金额说错了，是三十五万）",
        Slot.CONFIRMED: None,
    }


@pytest.mark.parametrize("asked", [Slot.CONFIRMED, Slot.CHANGE])
def test_a_matter_told_anew_at_the_summary_takes_the_place_of_the_old(asked: Slot) -> None:
    reading = read(asked, Heard("我重新说：学校欠装修款三十五万", "open_complaint", 0.9, what=TOLD))
    assert reading.slots == {Slot.WHAT: "学校欠装修款三十五万", Slot.CONFIRMED: None}


def test_a_thing_forgotten_is_added_at_the_summary() -> None:
    reading = read(Slot.CONFIRMED, Heard("金额忘说了，五十万", "", 0.2, what=TOLD))
    assert reading.slots == {Slot.WHAT: f"{TOLD}\n金额忘说了，五十万", Slot.CONFIRMED: None}


def test_a_short_complaint_in_the_opening_words_is_not_lost() -> None:
    reading = open_form(Heard("投诉窗口态度差", "open_complaint", 0.9))
    assert reading.slots[Slot.WHAT] == "投诉窗口态度差"
