"""Actions read, ask and say; what fails is said or raised, never swallowed."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml
from asgiref.sync import async_to_sync
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher
from rasa_sdk.utils import all_subclasses

import actions
from actions import answers
from actions.base import DeskAction
from actions.guide import AnswerPolicy
from actions.handoff import AcceptOffer, AskHuman
from actions.knowledge import KnowledgeNotReady, Shelf, StillLoading, shelf
from actions.own_tickets import TicketStatus
from actions.service import (
    AskTicketConfirmed,
    CancelTicket,
    OpenTicket,
    ValidateTicketForm,
)
from actions.ticket_words import Slot
from desk.conversations import services as conversations
from desk.errors import DeskError
from desk.tickets.models import Ticket
from knowledge_base.answer import Answer, Citation
from knowledge_base.documents import Document
from knowledge_base.passages import Passage

MakeTracker = Callable[..., Tracker]
ROOT = Path(actions.__file__).resolve().parent.parent
DRAFT = {
    "ticket_category": "complain",
    "ticket_what": "办证窗口排了两个小时不给办",
    "ticket_who": "张三",
    "ticket_contact": "13900001111",
}
in_threads = pytest.mark.django_db(transaction=True)


def perform(action: Action, dispatcher: CollectingDispatcher, tracker: Any) -> dict[str, Any]:
    """The action's slot events by name; what it said is in `dispatcher.messages`."""
    events = async_to_sync(action.run)(dispatcher, tracker, {})
    return {event["name"]: event["value"] for event in events}


def responses() -> set[str]:
    files = (ROOT / "bot" / "data" / "responses").glob("*.yml")
    return {
        name
        for path in files
        for name in yaml.safe_load(path.read_text(encoding="utf-8"))["responses"]
    }


def test_rasa_sdk_registers_each_action_of_the_domain_and_no_other() -> None:
    executor = ActionExecutor()
    executor.register_package("actions")
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    ours = {
        action().name() for action in all_subclasses(DeskAction) if action.__module__ != __name__
    }
    assert ours == set(domain["actions"])
    assert ours <= set(executor.actions)


def test_every_refusal_of_the_desk_has_a_response_in_the_domain() -> None:
    # Rasa says nothing at all when a response is missing.
    assert {error.response for error in [DeskError, *all_subclasses(DeskError)]} <= responses()


@in_threads
def test_a_confirmed_ticket_is_opened_once_per_message(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, conversation: UUID
) -> None:
    tracker = make_tracker("提交", conversation=conversation, slots=DRAFT)
    slots = perform(OpenTicket(), dispatcher, tracker)
    perform(OpenTicket(), dispatcher, tracker)
    ticket = Ticket.objects.get()
    assert (ticket.category, ticket.person_name) == ("complain", "张三")
    first, second = (message["text"] for message in dispatcher.messages)
    assert ticket.number in first
    assert first == second
    assert slots == dict.fromkeys(slot.value for slot in Slot)


@in_threads
def test_a_ticket_without_a_telephone_is_answered_in_the_chat(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, conversation: UUID
) -> None:
    slots = DRAFT | {"ticket_contact": ""}
    perform(OpenTicket(), dispatcher, make_tracker("提交", conversation=conversation, slots=slots))
    assert Ticket.objects.get().number in dispatcher.messages[0]["text"]


@in_threads
def test_a_person_sees_their_own_tickets_only(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, conversation: UUID
) -> None:
    perform(OpenTicket(), dispatcher, make_tracker("提交", conversation=conversation, slots=DRAFT))
    number = Ticket.objects.get().number
    perform(TicketStatus(), dispatcher, make_tracker("查我的工单", conversation=conversation))
    perform(TicketStatus(), dispatcher, make_tracker(number.lower(), conversation=conversation))
    perform(TicketStatus(), dispatcher, make_tracker(f"{number}到哪了"))
    perform(TicketStatus(), dispatcher, make_tracker("查我的工单"))
    _, listed, named, other, none = dispatcher.messages
    assert "已受理" in listed["text"]
    assert listed["text"] == named["text"]
    assert other["response"] == "utter_ticket_not_found"
    assert "没有登记过" in none["text"]


@in_threads
def test_asking_for_a_person_puts_the_conversation_into_the_queue(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, conversation: UUID
) -> None:
    tracker = make_tracker("转人工", conversation=conversation)
    perform(AskHuman(), dispatcher, tracker)
    perform(AskHuman(), dispatcher, tracker)
    assert [waiting.pk for waiting in conversations.waiting()] == [conversation]
    assert "工作人员" in dispatcher.messages[0]["text"]


@in_threads
def test_yes_takes_up_the_offered_person_and_nothing_else(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, conversation: UUID
) -> None:
    bot = {"event": "bot", "text": "要不要转人工？", "data": {"custom": {"offer": "person"}}}
    plain = {"event": "bot", "text": "不客气。", "data": {"custom": None}}
    perform(AcceptOffer(), dispatcher, make_tracker("好", before=[bot, plain]))
    assert dispatcher.messages[0]["response"] == "utter_nothing_offered"
    assert not conversations.waiting().exists()
    asked = {"event": "user", "text": "辅导费能不能报", "message_id": "41"}
    tracker = make_tracker("好", conversation=conversation, before=[asked, bot])
    perform(AcceptOffer(), dispatcher, tracker)
    request = conversations.waiting().get().staff_requests.get()
    assert request.reason == "辅导费能不能报"


def test_the_form_opens_with_what_the_first_words_tell(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    opening = [{"event": "active_loop", "name": "ticket_form"}]
    slots = perform(ValidateTicketForm(), dispatcher, make_tracker("我要投诉", since=opening))
    assert slots["ticket_category"] == "complain"


def test_the_form_reads_the_answer_to_its_question(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    asked = {"requested_slot": "ticket_contact"}
    slots = perform(ValidateTicketForm(), dispatcher, make_tracker("13900001111", slots=asked))
    assert slots == {"ticket_contact": "13900001111"}


def test_the_form_does_not_read_a_message_that_the_rules_have_answered(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    left = [{"event": "action_execution_rejected", "name": "ticket_form"}]
    asked = {"requested_slot": "ticket_who"}
    tracker = make_tracker("残保金怎么减免", slots=asked, since=left)
    assert perform(ValidateTicketForm(), dispatcher, tracker) == {}


def test_the_form_takes_the_place_of_one_that_left_the_message(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    since = [
        {"event": "action_execution_rejected", "name": "match_form"},
        {"event": "active_loop", "name": "ticket_form"},
    ]
    tracker = make_tracker("娃儿在外头打工，老板不给工钱", intent="open_complaint", since=since)
    slots = perform(ValidateTicketForm(), dispatcher, tracker)
    assert slots["ticket_category"] == "complain"
    assert slots["ticket_what"] == "娃儿在外头打工，老板不给工钱"


def test_a_no_at_the_summary_makes_the_form_ask_what_to_change(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    asked = {"requested_slot": "ticket_confirmed"}
    slots = perform(
        ValidateTicketForm(), dispatcher, make_tracker("不对", intent="deny", slots=asked)
    )
    assert slots == {"ticket_confirmed": None, "requested_slot": "ticket_change"}


@in_threads
def test_a_person_called_while_a_ticket_is_told_drops_the_draft_and_says_so(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, conversation: UUID
) -> None:
    tracker = make_tracker("转人工", conversation=conversation, slots=DRAFT)
    assert perform(AskHuman(), dispatcher, tracker) == dict.fromkeys(slot.value for slot in Slot)
    assert "没有提交" in dispatcher.messages[1]["text"]


def test_the_summary_shows_every_answer(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    perform(AskTicketConfirmed(), dispatcher, make_tracker("13900001111", slots=DRAFT))
    text = dispatcher.messages[0]["text"]
    assert all(part in text for part in ["投诉", "排了两个小时", "张三", "13900001111"])


def test_a_dropped_ticket_is_forgotten(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    slots = perform(CancelTicket(), dispatcher, make_tracker("算了", slots=DRAFT))
    assert slots == dict.fromkeys(slot.value for slot in Slot)


def passage(title: str, article: str = "第一条") -> Passage:
    document = Document("doc", title, number="公告2023年第12号", issued=date(2023, 8, 2))
    return Passage("doc-1", document, article, (), "减按25%计算应纳税所得额。")


@pytest.fixture
def knowledge(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A knowledge base that is asked for real and answers what the test says."""
    fake = SimpleNamespace(answer=Answer("", False, (), ()), hits=[])
    fake.search = lambda question, top, **told: fake.hits
    fake.words = ["所得税", "优惠"]
    analyser = SimpleNamespace(segments=lambda text: fake.words)
    fake.view = lambda: SimpleNamespace(
        index=SimpleNamespace(analyser=analyser), search=fake.search
    )
    monkeypatch.setattr(shelf, "_knowledge", fake)
    monkeypatch.setattr(answers, "answer", lambda question, knowledge, as_of: fake.answer)
    return fake


def test_a_sure_answer_is_said_with_its_citations(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, knowledge: SimpleNamespace
) -> None:
    found = Citation(passage("小型微利企业所得税优惠"))
    knowledge.answer = Answer("“减按**25%**计算。”", True, (found,), ())
    perform(AnswerPolicy(), dispatcher, make_tracker("所得税优惠", intent="ask_policy"))
    said = dispatcher.messages[0]
    assert said["text"] == "“减按**25%**计算。”"
    assert said["custom"]["citations"] == [found.as_json()]
    assert not said["custom"]["offer"]


def test_a_single_word_is_answered_with_choices(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, knowledge: SimpleNamespace
) -> None:
    found = passage("小型微利企业所得税优惠")
    knowledge.words, knowledge.hits = ["小微企业"], [SimpleNamespace(passage=found)]
    knowledge.answer = Answer("续贷……", True, (Citation(found),), ())
    perform(AnswerPolicy(), dispatcher, make_tracker("小微企业", intent="ask_policy"))
    said = dispatcher.messages[0]
    assert "续贷" not in said["text"]
    assert [button["title"] for button in said["buttons"]] == ["小型微利企业所得税优惠", "转人工"]


def test_an_unsure_answer_names_the_nearest_and_offers_a_person(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, knowledge: SimpleNamespace
) -> None:
    title = "小型微利企业所得税优惠（《关于进一步支持小微企业的公告》）"
    knowledge.answer = Answer("", False, (), (Citation(passage(title)),))
    perform(AnswerPolicy(), dispatcher, make_tracker("税收的事问一下", intent="ask_policy"))
    said = dispatcher.messages[0]
    assert said["buttons"] == [
        {"title": "小型微利企业所得税优惠", "payload": "请看《小型微利企业所得税优惠》第一条"},
        {"title": "转人工", "payload": "转人工"},
    ]
    assert said["custom"]["offer"] == "person"


def test_a_chosen_document_is_quoted(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, knowledge: SimpleNamespace
) -> None:
    found = passage("小型微利企业所得税优惠（《关于进一步支持小微企业的公告》）")
    knowledge.hits = [SimpleNamespace(passage=found)]
    perform(AnswerPolicy(), dispatcher, make_tracker("请看《小型微利企业所得税优惠》第一条"))
    assert "25%" in dispatcher.messages[0]["text"]
    assert dispatcher.messages[0]["custom"]["citations"][0]["passage"] == "doc-1"


def test_without_words_nothing_is_looked_up(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    perform(AnswerPolicy(), dispatcher, make_tracker("😀……！"))
    assert dispatcher.messages[0]["response"] == "utter_no_words"


def test_without_an_index_the_person_is_told_so(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "_knowledge", None)
    monkeypatch.setattr(shelf, "reason", "index_missing")
    perform(AnswerPolicy(), dispatcher, make_tracker("残保金怎么减免"))
    assert dispatcher.messages[0]["response"] == KnowledgeNotReady.response


def test_a_shelf_is_ready_once_it_holds_a_knowledge_base(knowledge: SimpleNamespace) -> None:
    fresh = Shelf()
    assert not fresh.ready
    with pytest.raises(StillLoading):
        fresh.open()
    fresh.reason = "index_missing"
    with pytest.raises(KnowledgeNotReady):
        fresh.open()
    fresh.put(shelf.open())
    assert fresh.ready


def test_an_unexpected_failure_is_raised_and_logged_without_personal_data(
    dispatcher: CollectingDispatcher,
    make_tracker: MakeTracker,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(conversations, "request_staff", broken)
    with pytest.raises(RuntimeError):
        perform(AskHuman(), dispatcher, make_tracker("我是13900001111，转人工"))
    assert "action_ask_human failed on message" in caplog.text
    assert "转人工" not in caplog.text
    assert "13900001111" not in caplog.text


def test_a_refusal_without_a_response_of_its_own_is_said_in_its_words(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*args: object, **kwargs: object) -> None:
        raise DeskError("今天的号发完了。")

    monkeypatch.setattr(conversations, "request_staff", refused)
    perform(AskHuman(), dispatcher, make_tracker("转人工", conversation=uuid4()))
    assert dispatcher.messages[0]["text"] == "今天的号发完了。"
    assert dispatcher.messages[0]["buttons"] == [{"title": "转人工", "payload": "转人工"}]
