"""Follow-ups, the state of policies and matching, on a small knowledge base of its own."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import FORBIDDEN, REPORT, Said, look_up
from actions.base import Message, Named
from actions.everywhere import Complained, Decline, LeaveMatch, Navigate, OutOfScope, SwitchToTicket
from actions.follow_up import look_up_following
from actions.guide import AnswerPolicy, FollowUp
from actions.last_question import LastQuestion, leans, own_words, question_of, rewritten
from actions.policy_status import ended, state_of, told
from knowledge_base.documents import Document, Status
from knowledge_base.passages import Passage
from tests.unit.actions.conftest import TODAY

MakeTracker = Callable[..., Tracker]
INCOME_TAX, SOLE_TRADERS = "xiaoxing-weili-qiye-suodeshui", "geti-gongshanghu-geshui-jianban"


pytestmark = pytest.mark.usefixtures("served")


def message(text: str, intent: str = "follow_up", **named: str) -> Message:
    found = tuple(
        Named(entity, value, text.find(value[:2]), text.find(value[:2]) + len(value))
        for entity, value in named.items()
    )
    return Message(uuid4(), "1", text, intent, 0.9, False, found)


def perform(action: Action, dispatcher: CollectingDispatcher, tracker: Any) -> dict[str, Any]:
    events = async_to_sync(action.run)(dispatcher, tracker, {})
    return {event["name"]: event["value"] for event in events if event["event"] == "slot"}


ASKED = LastQuestion(
    "小微企业所得税有什么优惠", INCOME_TAX, "小型微利企业企业所得税优惠", (("firm", 0, 4),)
)


@pytest.mark.parametrize(
    ("text", "words"),
    [("那个体户呢？", "个体户"), ("哦，那要什么材料嘛", "要什么材料"), ("到哪年", "到哪年")],
)
def test_what_a_follow_up_says_is_told_from_that_it_follows(text: str, words: str) -> None:
    assert own_words(text) == words


def test_another_firm_takes_the_place_of_the_last_one() -> None:
    said = Message(uuid4(), "1", "那个体户呢", "", 0.9, False, (Named("firm", "个体", 1, 4),))
    assert rewritten(said, ASKED) == "个体户所得税有什么优惠"


def test_anything_else_is_asked_of_the_last_subject() -> None:
    assert rewritten(message("要什么材料"), ASKED) == "小型微利企业企业所得税优惠 要什么材料"


@pytest.mark.parametrize(
    ("asked", "named", "follow_up", "question"),
    [
        ("个体户一年挣15万要交好多税", (("firm", 0, 3),), "公司呢", "公司一年挣15万要交好多税"),
        ("个体户一年挣15万要交好多税", (), "那企业呢？", "企业一年挣15万要交好多税"),
        ("个体户的个人所得税怎么交", (("firm", 0, 3),), "公司呢", "公司的企业所得税怎么交"),
        ("公司一年挣15万要交好多税", (), "合伙企业呢", "合伙企业一年挣15万要交好多税"),
        ("开饭馆要交好多税", (), "公司呢", "公司开饭馆要交好多税"),
    ],
)
def test_a_firm_of_any_size_takes_the_place_of_the_last_one(
    asked: str, named: tuple[tuple[str, int, int], ...], follow_up: str, question: str
) -> None:
    last = LastQuestion(asked, SOLE_TRADERS, "个体工商户个人所得税减半", named)
    assert rewritten(message(follow_up), last) == question


@pytest.mark.parametrize(
    "text", ["那个体户呢", "印花税呢？", "这个要交好多", "被列入异常名录的也可以走这个吗"]
)
def test_a_leaning_message_is_known_by_its_shape(text: str) -> None:
    assert leans(text)


@pytest.mark.parametrize("text", ["残保金怎么减免", "我要投诉那个收费的人，他乱收我五百块钱"])
def test_a_message_with_its_own_subject_does_not_lean(text: str) -> None:
    assert not leans(text)


def quoted(said: Said) -> str:
    return said.citations[0].passage.document_id


def test_another_firm_is_answered_from_its_own_document() -> None:
    said, following = look_up_following(
        Message(uuid4(), "1", "那个体户呢", "", 0.9, False, (Named("firm", "个体工商户", 1, 4),)),
        ASKED,
    )
    assert quoted(said) == SOLE_TRADERS
    assert following.document == SOLE_TRADERS


def test_until_when_is_told_by_the_document_itself() -> None:
    said, following = look_up_following(message("到哪年为止"), ASKED)
    assert "2027年12月31日" in said.text
    assert quoted(said) == INCOME_TAX
    assert following == ASKED


def test_which_paper_says_so_is_told() -> None:
    for asked in ("依据是哪个文件", "文件号是多少"):
        said, _ = look_up_following(message(asked), ASKED)
        assert "公告2023年第12号" in said.text
        assert "25%" not in said.text


def test_a_part_of_the_document_answers_and_what_it_does_not_say_is_not_made_up() -> None:
    said, _ = look_up_following(message("要带什么材料"), ASKED)
    assert "申报表" in said.text
    said, _ = look_up_following(message("多久能办下来"), ASKED)
    assert said.offers_person
    assert "不乱说" in said.text


def test_a_follow_up_without_a_question_before_asks_which_policy(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    perform(FollowUp(), dispatcher, make_tracker("要什么材料", intent="follow_up"))
    assert dispatcher.messages[0]["response"] == "utter_which_policy"


def test_a_question_is_kept_for_the_next_one(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    asked = make_tracker("小微企业所得税有什么优惠", intent="ask_policy")
    kept = perform(AnswerPolicy(), dispatcher, asked)["last_question"]
    assert kept["document"] == INCOME_TAX
    follows = make_tracker("到哪年", intent="follow_up", slots={"last_question": kept})
    perform(FollowUp(), dispatcher, follows)
    assert "2027年12月31日" in dispatcher.messages[-1]["text"]


def test_a_leaning_message_taken_for_a_question_leans_all_the_same(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    slots = {"last_question": ASKED.as_slot()["value"]}
    tracker = make_tracker("那到哪年呢", intent="ask_policy", slots=slots)
    perform(AnswerPolicy(), dispatcher, tracker)
    assert "2027年12月31日" in dispatcher.messages[0]["text"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("养恐龙的企业有税收优惠吗", "ask_policy"),
        ("开个小面馆要办哪些证", "ask_procedure"),
        ("那公章要去公安局批吗", "ask_policy"),
        ("那公章要去公安局批吗", "follow_up"),
    ],
)
def test_a_question_with_a_subject_of_its_own_never_gets_the_last_ones_answer(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, text: str, intent: str
) -> None:
    slots = {"last_question": ASKED.as_slot()["value"]}
    action = FollowUp() if intent == "follow_up" else AnswerPolicy()
    perform(action, dispatcher, make_tracker(text, intent=intent, slots=slots))
    said = dispatcher.messages[0]
    cited = said["custom"]["citations"]
    assert said["custom"]["offer"] or INCOME_TAX not in str(cited)


def test_a_question_without_a_subject_leans_on_the_last_one(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    slots = {"last_question": ASKED.as_slot()["value"]}
    tracker = make_tracker("要准备些啥子材料", intent="ask_procedure", slots=slots)
    perform(AnswerPolicy(), dispatcher, tracker)
    assert "申报表" in dispatcher.messages[0]["text"]


def test_who_wishes_to_cheat_hears_why_not_and_where_to_report() -> None:
    said = look_up(message("怎么虚开发票不被查", intent="ask_policy"))
    assert said.text.startswith(FORBIDDEN)
    assert REPORT in said.buttons
    assert said.offers_person


def test_a_link_is_not_looked_up(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    perform(AnswerPolicy(), dispatcher, make_tracker("https://example.com/a?b=1"))
    assert dispatcher.messages[0]["response"] == "utter_link_only"


# --- What is in force ---


def test_a_policy_in_force_is_told_with_its_end() -> None:
    said, events = state_of(message("残保金减免还在执行不", "policy_status"), TODAY)
    assert "还在执行" in said.text
    assert "2027年12月31日" in said.text
    assert events[0]["value"]["document"] == "canbaojin-jianmian"


def test_a_policy_that_has_ended_is_told_so_and_a_person_offered() -> None:
    said, _ = state_of(message("稳岗返还还有效吗", "policy_status"), TODAY)
    assert "停止执行" in said.text
    assert said.offers_person


def test_the_newest_those_ending_and_those_ended_are_listed() -> None:
    newest, _ = state_of(message("最近有啥新政策", "policy_status"), TODAY)
    ending, _ = state_of(message("哪些政策快到期了", "policy_status"), TODAY)
    ended, _ = state_of(message("哪些政策废止了", "policy_status"), TODAY)
    assert "稳岗返还" not in newest.text
    assert "设备更新" in ending.text
    assert "稳岗返还" in ended.text


def test_a_draft_has_not_begun_and_has_not_ended() -> None:
    draft = Document(id="d", title="停车办法（征求意见稿）", status=Status.NOT_YET)
    passage = Passage("d-p1", draft, "", (), "停车每小时3元。")
    assert "还没有施行" in told(passage, TODAY).text
    assert ended([passage], TODAY) == []


def test_with_nothing_to_list_a_person_is_offered() -> None:
    said, _ = state_of(message("哪些政策快到期了", "policy_status"), date(2025, 1, 1))
    assert said.offers_person


# --- Which may fit ---


def test_the_last_words_are_said_again(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    before = [
        {"event": "user", "text": "在吗", "message_id": "1"},
        {"event": "bot", "text": "您好", "data": {"buttons": [{"title": "a", "payload": "b"}]}},
    ]
    repeat = [{"entity": "move", "value": "repeat"}]
    tracker = make_tracker("再说一遍", intent="navigate", before=before, entities=repeat)
    perform(Navigate(), dispatcher, tracker)
    assert dispatcher.messages[0]["text"] == "您好"
    assert dispatcher.messages[0]["buttons"] == [{"title": "a", "payload": "b"}]


def test_there_is_nowhere_to_go_back_to_outside_of_a_form(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    back = [{"entity": "move", "value": "back"}]
    perform(Navigate(), dispatcher, make_tracker("上一步", entities=back))
    assert dispatcher.messages[0]["response"] == "utter_nowhere_to_go"


def test_no_to_a_draft_forgets_it_and_no_to_anything_else_does_not(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    offered = {"event": "bot", "text": "接着登记吗", "data": {"custom": {"offer": "draft"}}}
    slots = {"ticket_what": "路烂了"}
    tracker = make_tracker("不用了", intent="deny", slots=slots, before=[offered])
    assert perform(Decline(), dispatcher, tracker)["ticket_what"] is None
    assert perform(Decline(), dispatcher, make_tracker("不用了", intent="deny", slots=slots)) == {}
    cancels = make_tracker("取消", intent="cancel", slots=slots)
    assert perform(Decline(), dispatcher, cancels)["ticket_what"] is None
    perform(Decline(), dispatcher, make_tracker("取消", intent="cancel"))
    assert dispatcher.messages[-1]["response"] == "utter_nothing_to_cancel"


def test_leaving_the_matching_empties_it(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    slots = {"match_firm": "小微企业"}
    assert set(perform(LeaveMatch(), dispatcher, make_tracker("算了", slots=slots)).values()) == {
        None
    }
    events = async_to_sync(SwitchToTicket().run)(dispatcher, make_tracker("我要投诉"), {})
    assert (events[-1]["event"], events[-1]["name"]) == ("followup", "ticket_form")


def test_a_question_too_long_is_kept_short() -> None:
    kept = question_of(message("残保金" * 200, "ask_policy"))
    assert len(kept.text) <= 200


@pytest.mark.parametrize("action", [AnswerPolicy, OutOfScope, Complained])
@pytest.mark.parametrize("text", ["[图片]", " ［语音］ ", "【视频】"])
def test_what_stands_for_a_picture_is_no_words(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, action: type[Action], text: str
) -> None:
    perform(action(), dispatcher, make_tracker(text, intent="complain_about_bot"))

    assert [said["response"] for said in dispatcher.messages] == ["utter_no_words"]
