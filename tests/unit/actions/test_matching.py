"""The matching asks what decides, bends to what people say in between, and promises nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.matching import UNKNOWN, Firm, MatchPolicies, ValidateMatchForm, candidates, told
from tests.unit.actions.conftest import TODAY

MakeTracker = Callable[..., Tracker]


pytestmark = pytest.mark.usefixtures("served")


def perform(action: Action, dispatcher: CollectingDispatcher, tracker: Any) -> dict[str, Any]:
    events = async_to_sync(action.run)(dispatcher, tracker, {})
    return {event["name"]: event["value"] for event in events if event["event"] == "slot"}


def form(make_tracker: MakeTracker, text: str, asked: str | None, **named: str) -> Tracker:
    entities = [
        {"entity": entity, "value": value, "start": 0, "end": 1} for entity, value in named.items()
    ]
    opening = [{"event": "active_loop", "name": "match_form"}] if asked is None else []
    return make_tracker(
        text,
        intent="match_policies",
        entities=entities,
        since=opening,
        slots={"requested_slot": asked},
    )


def test_what_was_told_is_not_asked(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    tracker = form(make_tracker, "平昌开面馆的个体户", None, firm="个体工商户", industry="餐饮")
    slots = perform(ValidateMatchForm(), dispatcher, tracker)
    assert (slots["match_firm"], slots["match_industry"]) == ("个体工商户", "餐饮")
    assert slots["match_traits"] is None
    # No policy on file is of one county only.
    assert slots["match_district"] == UNKNOWN


@pytest.mark.parametrize("text", ["都没有", "不清楚", "跳过", "没得"])
def test_what_is_not_known_is_passed_over(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, text: str
) -> None:
    tracker = form(make_tracker, text, "match_traits")
    assert perform(ValidateMatchForm(), dispatcher, tracker) == {"match_traits": UNKNOWN}


def test_one_may_go_back_in_the_matching_and_hear_a_question_again(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    back = perform(ValidateMatchForm(), dispatcher, form(make_tracker, "上一步", "match_traits"))
    assert back == {"match_industry": None, "match_traits": None}
    again = form(make_tracker, "再说一遍", "match_traits")
    assert perform(ValidateMatchForm(), dispatcher, again) == {"match_traits": None}
    assert dispatcher.messages == []
    first = form(make_tracker, "上一步", "match_firm")
    assert perform(ValidateMatchForm(), dispatcher, first) == {"match_firm": None}
    assert "第一个问题" in dispatcher.messages[0]["text"]


def test_a_question_in_between_is_left_to_the_rules(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    slots = {"requested_slot": "match_traits"}
    tracker = make_tracker("残保金怎么算", intent="ask_policy", slots=slots)
    assert perform(ValidateMatchForm(), dispatcher, tracker) == {}


@pytest.mark.parametrize("asked", ["match_firm", "match_traits"])
@pytest.mark.parametrize("intent", ["ask_policy", "ask_procedure", "nlu_fallback"])
def test_a_policy_question_that_names_a_firm_is_no_answer(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, intent: str, asked: str
) -> None:
    tracker = make_tracker(
        "小微企业所得税有什么优惠",
        intent=intent,
        confidence=0.2,
        slots={"requested_slot": asked},
        entities=[{"entity": "firm", "value": "小微企业", "start": 0, "end": 4}],
    )
    assert perform(ValidateMatchForm(), dispatcher, tracker) == {}


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("啥子叫合作社", "ask_policy"),
        ("我想办个合作社要几个人", "ask_procedure"),
        ("请帮我联系合作社的服务专员", "ask_specialist"),
    ],
)
def test_a_question_or_a_wish_that_names_a_firm_is_no_answer(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, text: str, intent: str
) -> None:
    at = text.find("合作社")
    tracker = make_tracker(
        text,
        intent=intent,
        slots={"requested_slot": "match_firm"},
        entities=[{"entity": "firm", "value": "合作社", "start": at, "end": at + 3}],
    )
    assert perform(ValidateMatchForm(), dispatcher, tracker) == {}


def test_who_farms_is_asked_neither_for_firm_nor_trade(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    tracker = form(make_tracker, "我屋头养了三头牛", "match_firm")
    told_of = {"match_firm": "自然人", "match_industry": "农业"}
    assert perform(ValidateMatchForm(), dispatcher, tracker) == told_of


def test_an_answer_that_fits_nothing_is_asked_again_with_a_way_out(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    tracker = form(make_tracker, "就是那个样子嘛", "match_firm")
    assert perform(ValidateMatchForm(), dispatcher, tracker) == {"match_firm": None}
    assert "跳过" in dispatcher.messages[0]["text"]


def test_candidates_come_with_who_qualifies_and_no_promise(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    slots = {"match_firm": "个体工商户", "match_industry": "餐饮", "match_traits": "退役军人"}
    tracker = make_tracker("都没有", slots=slots)
    emptied = perform(MatchPolicies(), dispatcher, tracker)
    said = dispatcher.messages[0]
    assert "退役" in said["text"]
    assert "个体工商户" in said["text"]
    assert "以受理部门审核为准" in said["text"]
    assert not any(word in said["text"] for word in ("您可以享受", "您符合", "一定能"))
    assert len(said["custom"]["citations"]) >= 2
    assert set(emptied.values()) == {None}


def test_the_most_particular_comes_first() -> None:
    firm = Firm("小微企业", "制造业", ("残疾人",), UNKNOWN)
    found = candidates(firm, TODAY)
    assert found[0].document_id == "canbaojin-jianmian"
    assert len({passage.document_id for passage in found}) == len(found) <= 5


def test_with_no_candidate_a_person_is_offered() -> None:
    assert "工作人员" in told(Firm(UNKNOWN, UNKNOWN, (), UNKNOWN), [])


# --- Everywhere ---
