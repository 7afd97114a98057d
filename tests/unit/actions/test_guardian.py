"""Who asks what they can do hears the law and is offered a ticket; who demands gets the ticket."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import OFFER_TICKET, Message
from actions.everywhere import SwitchToTicket
from actions.guardian import TakeMatter, asks_for_the_law, in_trouble
from actions.guide import AnswerPolicy
from actions.handoff import AcceptOffer
from actions.knowledge import shelf
from actions.offers import is_bare, offered
from actions.service import ValidateTicketForm
from knowledge_base.search import KnowledgeBase

MakeTracker = Callable[..., Tracker]
OPENING = [{"event": "active_loop", "name": "ticket_form"}]


@pytest.fixture(autouse=True)
def served(corpus: KnowledgeBase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "_knowledge", corpus)


def perform(action: Action, dispatcher: CollectingDispatcher, tracker: Any) -> list[Any]:
    return list(async_to_sync(action.run)(dispatcher, tracker, {}))


def begins_the_form(events: list[Any]) -> bool:
    return bool(events) and events[-1] == {
        "event": "followup",
        "timestamp": None,
        "name": "ticket_form",
    }


def as_events(dispatcher: CollectingDispatcher) -> list[dict[str, Any]]:
    return [
        {"event": "bot", "text": said["text"], "data": {"custom": said["custom"]}}
        for said in dispatcher.messages
    ]


def message(text: str, intent: str = "open_complaint") -> Message:
    return Message(uuid4(), "1", text, intent, 0.9, False)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("老板拖我工资三个月，我能咋办", "open_complaint"),
        ("被罚了款不服咋整", "open_complaint"),
        ("欠工程款咋个整", "legal_help"),
    ],
)
def test_the_law_is_quoted_before_a_ticket_is_offered(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, text: str, intent: str
) -> None:
    events = perform(TakeMatter(), dispatcher, make_tracker(text, intent=intent))
    assert not begins_the_form(events)
    assert "依据：" in dispatcher.messages[0]["text"]
    last = dispatcher.messages[-1]
    assert "登记" in last["text"]
    titles = [button["title"] for button in last["buttons"]]
    assert (titles[0], titles[-1]) == ("登记这件事", "不用")
    assert last["custom"]["offer"] == OFFER_TICKET


@pytest.mark.parametrize(
    "text",
    [
        "我要投诉老板拖我工资三个月，咋办",
        "帮我登记一下，老板拖我工资",
        "城管乱罚款，罚了我五千",
        "我要投诉",
        "举报隔壁占道经营，该找哪个部门",
    ],
)
def test_a_demand_begins_the_form_at_once(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, text: str
) -> None:
    events = perform(TakeMatter(), dispatcher, make_tracker(text, intent="open_complaint"))
    assert begins_the_form(events)
    assert dispatcher.messages == []


def test_where_no_law_is_surely_known_the_matter_is_taken_down(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = make_tracker("楼上的狗天天叫，我该找哪个", intent="open_ticket")
    assert begins_the_form(perform(TakeMatter(), dispatcher, tracker))
    monkeypatch.setattr(shelf, "_knowledge", None)
    monkeypatch.setattr(shelf, "reason", "index_missing")
    tracker = make_tracker("被罚了款不服咋整", intent="open_complaint")
    assert begins_the_form(perform(TakeMatter(), dispatcher, tracker))


@pytest.mark.parametrize(
    ("yes", "action", "intent"),
    [
        ("要", AcceptOffer, "affirm"),
        ("帮我登记一下", TakeMatter, "open_ticket"),
        ("登记", AnswerPolicy, "nlu_fallback"),
    ],
)
def test_a_yes_takes_the_matter_down_that_was_told(
    dispatcher: CollectingDispatcher,
    make_tracker: MakeTracker,
    yes: str,
    action: type[Action],
    intent: str,
) -> None:
    told = "老板拖我工资三个月，我能咋办"
    perform(TakeMatter(), dispatcher, make_tracker(told, intent="open_complaint"))
    before = as_events(dispatcher)
    tracker = make_tracker(yes, intent=intent, before=before)
    assert begins_the_form(perform(action(), CollectingDispatcher(), tracker))
    opened = make_tracker(yes, intent=intent, before=before, since=OPENING)
    events = perform(ValidateTicketForm(), CollectingDispatcher(), opened)
    slots = {event["name"]: event["value"] for event in events}
    assert slots["ticket_what"] == told
    assert slots["ticket_category"] == "complain"


def test_the_offer_stands_behind_the_details_too(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    told = "老板拖我工资三个月，我能咋办"
    perform(TakeMatter(), dispatcher, make_tracker(told, intent="open_complaint"))
    details = CollectingDispatcher()
    tracker = make_tracker("详细", intent="nlu_fallback", before=as_events(dispatcher))
    perform(AnswerPolicy(), details, tracker)
    assert details.messages[0]["custom"]["offer"] == OFFER_TICKET
    before = [*as_events(dispatcher), *as_events(details)]
    events = perform(AcceptOffer(), CollectingDispatcher(), make_tracker("要", before=before))
    assert begins_the_form(events)


def test_another_matter_is_not_mixed_with_the_one_that_was_offered(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    perform(TakeMatter(), dispatcher, make_tracker("被罚了款不服咋整", intent="open_complaint"))
    tracker = make_tracker(
        "我要投诉物业乱收停车费",
        intent="open_complaint",
        before=as_events(dispatcher),
        since=OPENING,
    )
    events = perform(ValidateTicketForm(), CollectingDispatcher(), tracker)
    slots = {event["name"]: event["value"] for event in events}
    assert slots["ticket_what"] == "我要投诉物业乱收停车费"


def test_an_offer_of_long_ago_is_none(make_tracker: MakeTracker) -> None:
    offer = {"offer": OFFER_TICKET, "matter": {"text": "…", "intent": "open_ticket"}}
    old = [{"event": "bot", "text": "登记吗", "data": {"custom": offer}}]
    later = [{"event": "bot", "text": "好", "data": {"custom": {}}}] * 4
    assert offered(make_tracker("登记", before=old)) is not None
    assert offered(make_tracker("登记", before=[*old, *later])) is None


def test_a_question_about_ones_own_trouble_is_followed_by_the_offer(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    tracker = make_tracker("被罚了款不服咋整", intent="ask_policy")
    perform(AnswerPolicy(), dispatcher, tracker)
    assert dispatcher.messages[-1]["custom"]["offer"] == OFFER_TICKET
    plain = CollectingDispatcher()
    perform(AnswerPolicy(), plain, make_tracker("产假多少天", intent="ask_policy"))
    assert OFFER_TICKET not in str(plain.messages)


def test_where_the_law_on_a_wrong_is_not_known_the_ticket_is_offered_all_the_same(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    tracker = make_tracker("楼上的狗被我踢了，狗主人不让我走，咋办", intent="nlu_fallback")
    perform(AnswerPolicy(), dispatcher, tracker)
    [said] = dispatcher.messages
    assert "不乱答" in said["text"]
    assert said["custom"]["offer"] == OFFER_TICKET
    assert {"登记这件事", "转人工"} <= {button["title"] for button in said["buttons"]}


def test_a_time_asked_behind_an_answer_is_no_promised_money(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    last = {"text": "研发费用加计扣除", "document": "yanfa", "title": "加计扣除", "named": []}
    slots = {"last_question": last}
    tracker = make_tracker("什么时候申报", intent="redemption", slots=slots)
    assert perform(TakeMatter(), dispatcher, tracker)[-1]["name"] == "action_follow_up"
    tracker = make_tracker("奖补好久到账", intent="redemption", slots=slots)
    assert begins_the_form(perform(TakeMatter(), dispatcher, tracker))


def test_a_question_of_law_ends_the_matching_without_a_form(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    tracker = make_tracker("被罚了款不服咋整", intent="open_complaint")
    events = perform(SwitchToTicket(), dispatcher, tracker)
    assert events[-1]["name"] == "action_take_matter"
    events = perform(SwitchToTicket(), dispatcher, make_tracker("找人合作", intent="cooperation"))
    assert events[-1]["name"] == "ticket_form"


@pytest.mark.parametrize(
    "text",
    [
        "城管天天来收占道费，合不合法",
        "老板跑路了工资没发，我该找哪个",
        "货款要不回来怎么办？",
        "这样罚款违法吗",
        "我能不能告他们，该咋办",
        "政府单位欠我们小企业的货款，最迟好久必须付嘛",
        "政府单位欠我们小企业的货款，最迟什么时候必须付",
        "辞退我，几天之内必须结工资",
    ],
)
def test_what_can_be_done_is_asked_in_many_words(text: str) -> None:
    assert asks_for_the_law(message(text))


@pytest.mark.parametrize(
    "text", ["拖了好久都不给", "凭啥子收我五百", "社区喊我们交卫生费", "请你们处理一下，咋办嘛"]
)
def test_a_grievance_alone_asks_for_no_law(text: str) -> None:
    assert not asks_for_the_law(message(text))


def test_a_question_of_how_a_thing_is_done_is_no_trouble() -> None:
    assert not in_trouble(message("营业执照丢了咋办", "ask_procedure"))
    assert in_trouble(message("公司被人冒名注册了咋整", "ask_policy"))


@pytest.mark.parametrize(
    "text", ["登记", "要得，登记", "帮我登记一下", "那你给我记下来嘛", "我要投诉"]
)
def test_a_bare_wish_names_no_matter(text: str) -> None:
    assert is_bare(text)
    assert not is_bare(f"{text}，物业乱收停车费")
