"""What people say while a ticket is taken down, and what it means."""

import pytest

from actions.ticket_answers import WHY, open_form, read
from actions.ticket_readings import ANONYMOUS, DIGRESSION, NO_PHONE, Heard, Reading
from actions.ticket_words import ASKED, Slot


def heard(asked: Slot, text: str, intent: str = "", confidence: float = 0.9) -> Reading:
    return read(asked, Heard(text, intent, confidence))


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("我要投诉", "complain"),
        ("我要举报隔壁", "report"),
        ("提个建议", "suggest"),
        ("想求助", "help"),
        ("帮我们协调一哈", "help"),
        ("我要咨询部门", "consult"),
        ("我要反映问题", "help"),
        ("政府欠我们工程款一直不给", "complain"),
        ("窗口推来推去没人管", "complain"),
    ],
)
def test_the_opening_words_name_the_category(text: str, category: str | None) -> None:
    assert open_form(Heard(text)).slots[Slot.CATEGORY] == category


def test_opening_the_form_empties_what_an_earlier_one_left() -> None:
    slots = open_form(Heard("我要投诉")).slots
    assert set(slots) == set(Slot)
    assert [slot for slot, value in slots.items() if value is not None] == [Slot.CATEGORY]


def test_a_matter_told_in_the_opening_words_is_not_asked_again() -> None:
    text = "我要投诉城管局上门乱收费，说是卫生费"
    assert open_form(Heard(text)).slots[Slot.WHAT] == text


@pytest.mark.parametrize("text", ["我要投诉", "我想反映一下情况", "帮我登记一个投诉吧", "投诉！"])
def test_opening_words_alone_are_no_matter(text: str) -> None:
    assert open_form(Heard(text)).slots[Slot.WHAT] is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("张三", "张三"),
        ("我叫张三", "张三"),
        ("我是李建国。", "李建国"),
        ("姓名：王芳", "王芳"),
        ("巴中明远商贸有限公司", "巴中明远商贸有限公司"),
        ("匿名", ANONYMOUS),
        ("不想说", ANONYMOUS),
        ("保密", ANONYMOUS),
    ],
)
def test_a_name_is_taken_as_people_give_it(text: str, name: str) -> None:
    assert heard(Slot.WHO, text).slots == {Slot.WHO: name}


def test_name_and_telephone_in_one_message_are_both_taken() -> None:
    reading = heard(Slot.WHO, "我叫张三，电话是13900001111")
    assert reading.slots == {Slot.CONTACT: "13900001111", Slot.WHO: "张三"}


def test_a_telephone_instead_of_a_name_is_kept_and_the_name_asked_again() -> None:
    assert heard(Slot.WHO, "13900001111").slots == {Slot.CONTACT: "13900001111", Slot.WHO: None}


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("13900001111", "13900001111"),
        ("139-0000-1111", "13900001111"),
        ("139 0000 1111", "13900001111"),
        ("１３９００００１１１１", "13900001111"),
        ("我电话是13900001111，白天打", "13900001111"),
        ("0827-5261234", "08275261234"),
        ("+86 13900001111", "13900001111"),
        ("不留", NO_PHONE),
        ("不想留电话", NO_PHONE),
        ("没得电话", NO_PHONE),
        ("不方便", NO_PHONE),
        ("算了，不留", NO_PHONE),
    ],
)
def test_a_telephone_or_none_is_taken(text: str, digits: str) -> None:
    assert heard(Slot.CONTACT, text).slots == {Slot.CONTACT: digits}


@pytest.mark.parametrize("text", ["1390000111", "139000011112", "5261234", "12345"])
def test_a_number_that_cannot_be_called_is_explained(text: str) -> None:
    reading = heard(Slot.CONTACT, text)
    assert reading.slots == {Slot.CONTACT: None}
    assert "11位" in reading.say


def test_words_instead_of_a_number_are_asked_again() -> None:
    assert heard(Slot.CONTACT, "随便").say


@pytest.mark.parametrize("asked", [Slot.WHO, Slot.CONTACT, Slot.CONFIRMED])
@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("电话说错了，是13900001111", Slot.CONTACT, "13900001111"),
        ("手机号改成13666667777", Slot.CONTACT, "13666667777"),
        ("换个电话，13700002222", Slot.CONTACT, "13700002222"),
        ("改电话", Slot.CONTACT, None),
        ("名字写错了，是李四", Slot.WHO, "李四"),
        ("姓名改成张伟", Slot.WHO, "张伟"),
        ("改姓名", Slot.WHO, None),
        ("改内容", Slot.WHAT, None),
        ("类别错了，是举报", Slot.CATEGORY, "report"),
        ("不是投诉，是建议", Slot.CATEGORY, "suggest"),
        ("改类别", Slot.CATEGORY, None),
    ],
)
def test_any_earlier_answer_can_be_corrected(
    asked: Slot, text: str, slot: Slot, value: str | None
) -> None:
    reading = heard(asked, text, "correct")
    assert reading.slots == {slot: value, Slot.CONFIRMED: None}
    assert reading.say


def test_another_number_at_the_summary_replaces_the_first() -> None:
    slots = heard(Slot.CONFIRMED, "应该是13900002222").slots
    assert slots[Slot.CONTACT] == "13900002222"


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("text", ["取消", "算了不弄了", "我不投诉了", "退出登记"])
def test_the_form_can_be_left_at_any_question(asked: Slot, text: str) -> None:
    assert heard(asked, text, "cancel") == DIGRESSION


def test_a_sigh_at_the_telephone_withholds_it_and_at_the_summary_drops_the_ticket() -> None:
    assert heard(Slot.CONTACT, "算了", "cancel").slots == {Slot.CONTACT: NO_PHONE}
    assert heard(Slot.CONFIRMED, "算了", "cancel") == DIGRESSION


@pytest.mark.parametrize("asked", ASKED)
def test_a_person_can_be_called_at_any_question(asked: Slot) -> None:
    assert heard(asked, "转人工", "ask_human") == DIGRESSION


@pytest.mark.parametrize("asked", [Slot.WHO, Slot.CONTACT, Slot.CONFIRMED])
def test_a_policy_question_steps_aside(asked: Slot) -> None:
    assert heard(asked, "小微企业所得税有什么优惠", "ask_policy") == DIGRESSION


@pytest.mark.parametrize(
    "text",
    [
        "我们公司申请的补贴一直不批，怎么回事？",
        "窗口收了我两百块，这个收费有依据吗",
        "他们不给开发票怎么办",
    ],
)
def test_a_matter_told_as_a_question_is_the_matter(text: str) -> None:
    assert heard(Slot.WHAT, text, "ask_policy").slots == {Slot.WHAT: text}


def test_a_policy_question_is_not_the_matter() -> None:
    assert heard(Slot.WHAT, "残保金怎么减免？", "ask_policy") == DIGRESSION


@pytest.mark.parametrize("text", ["提交", "确认", "对的", "没问题，提交吧", "好的谢谢", "要得"])
def test_a_yes_submits(text: str) -> None:
    assert heard(Slot.CONFIRMED, text, "affirm").slots == {Slot.CONFIRMED: True}


@pytest.mark.parametrize(("text", "intent"), [("不对", "deny"), ("我说错了", "correct")])
def test_a_no_at_the_summary_asks_what_to_change(text: str, intent: str) -> None:
    assert heard(Slot.CONFIRMED, text, intent).ask is Slot.CHANGE


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("电话", Slot.CONTACT, None),
        ("13900002222", Slot.CONTACT, "13900002222"),
        ("改称呼", Slot.WHO, None),
        ("内容", Slot.WHAT, None),
        ("应该是举报", Slot.CATEGORY, "report"),
    ],
)
def test_what_to_change_can_be_said_in_a_word(text: str, slot: Slot, value: str | None) -> None:
    assert heard(Slot.CHANGE, text).slots == {slot: value, Slot.CONFIRMED: None}


def test_after_all_nothing_to_change_submits() -> None:
    assert heard(Slot.CHANGE, "没问题，提交", "affirm").slots == {Slot.CONFIRMED: True}


def test_a_change_not_understood_is_asked_again() -> None:
    reading = heard(Slot.CHANGE, "就是那个嘛")
    assert (reading.ask, bool(reading.say)) == (Slot.CHANGE, True)


def test_a_correct_intent_does_not_hide_a_name() -> None:
    reading = heard(Slot.WHO, "我叫李四，电话13666667777", "correct")
    assert reading.slots == {Slot.CONTACT: "13666667777", Slot.WHO: "李四"}


def test_anything_else_at_the_summary_submits_nothing() -> None:
    reading = heard(Slot.CONFIRMED, "今天天气不错", "out_of_scope")
    assert reading.slots == {Slot.CONFIRMED: None}
    assert "没有提交" in reading.say


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (Slot.WHO, "为什么要姓名"),
        (Slot.CONTACT, "为啥要电话"),
        (Slot.CONTACT, "一定要留吗"),
    ],
)
def test_why_it_is_asked_is_told(asked: Slot, text: str) -> None:
    assert heard(asked, text).say == WHY[asked]


def test_too_short_a_matter_is_asked_again() -> None:
    reading = heard(Slot.WHAT, "收费")
    assert reading.slots == {Slot.WHAT: None}
    assert reading.say


def test_too_long_a_matter_is_asked_shorter() -> None:
    reading = heard(Slot.WHAT, "收费" * 1500)
    assert reading.slots == {Slot.WHAT: None}
    assert "3000字" in reading.say


def test_the_kind_again_is_no_matter() -> None:
    reading = heard(Slot.WHAT, "我要举报", "open_ticket")
    assert reading.slots == {Slot.WHAT: None, Slot.CATEGORY: "report"}


def test_a_matter_told_while_the_kind_is_asked_is_kept() -> None:
    text = "园区三号楼的电梯坏了半个月"
    reading = heard(Slot.CATEGORY, text)
    assert reading.slots == {Slot.WHAT: text, Slot.CATEGORY: None}


@pytest.mark.parametrize("text", ["好久之内可以告", "这个要交好多钱嘛"])
def test_a_question_is_never_taken_for_a_name(text: str) -> None:
    reading = read(Slot.WHO, Heard(text, "open_complaint", 0.9, what="被罚两万"))
    assert reading.slots.get(Slot.WHO) is None


def test_a_round_number_is_no_question() -> None:
    reading = read(Slot.WHO, Heard("就是打了十几遍没人接", "nlu_fallback", 0.3, what="没人接电话"))
    assert not reading.digression
    assert "十几遍" in str(reading.slots[Slot.WHAT])


def test_a_verb_asked_twice_over_is_a_question_before_the_matter_is_told() -> None:
    reading = read(Slot.WHAT, Heard("问下残保金30人以下交不交", "ask_policy", 0.9))
    assert reading.digression


@pytest.mark.parametrize(
    ("asked", "text"), [(Slot.WHO, "苟不理"), (Slot.CONTACT, "幺三九我打给你嘛，13911112222")]
)
def test_an_answer_that_sounds_annoyed_is_an_answer(asked: Slot, text: str) -> None:
    reading = read(asked, Heard(text, "complain_about_bot", 0.6, what="路灯黑了"))
    assert reading.slots.get(asked)
