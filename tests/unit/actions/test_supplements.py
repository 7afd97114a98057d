"""What a person goes on telling behind a supplement or a new ticket is added to that ticket."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import async_to_sync
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Message
from actions.everywhere import OutOfScope
from actions.guardian import TakeMatter
from actions.guide import AnswerPolicy
from actions.own_tickets import TicketStatus
from actions.own_wishes import Wish, read_wish
from actions.service import OpenTicket
from actions.supplements import carried_for, states
from desk.tickets.models import Ticket

MakeTracker = Callable[..., Tracker]
in_threads = pytest.mark.django_db(transaction=True)
DRAFT = {
    "ticket_category": "help",
    "ticket_what": "店招牌报审两个月没人理",
    "ticket_who": "老陈",
    "ticket_contact": "",
}


def perform(action: Action, dispatcher: CollectingDispatcher, tracker: Any) -> list[Any]:
    return list(async_to_sync(action.run)(dispatcher, tracker, {}))


@pytest.fixture
def ticket(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, conversation: UUID
) -> Ticket:
    perform(OpenTicket(), dispatcher, make_tracker("提交", conversation=conversation, slots=DRAFT))
    return Ticket.objects.get()


def behind(ticket: Ticket, *, supplement: bool) -> list[dict[str, Any]]:
    custom = carried_for(ticket, supplement=supplement)
    return [{"event": "bot", "text": "已补充", "data": {"custom": custom}}]


@in_threads
@pytest.mark.parametrize(
    ("action", "intent"),
    [
        (AnswerPolicy, "ask_policy"),
        (OutOfScope, "out_of_scope"),
        (TakeMatter, "open_complaint"),
        (TicketStatus, "ticket_status"),
    ],
)
def test_the_next_sentence_is_added_once_whatever_it_was_taken_for(
    ticket: Ticket,
    conversation: UUID,
    make_tracker: MakeTracker,
    action: type[Action],
    intent: str,
) -> None:
    said = "那个店招牌是去年办过审批的"
    tracker = make_tracker(
        said,
        conversation=conversation,
        intent=intent,
        before=behind(ticket, supplement=True),
        message_id=uuid4().hex,
    )
    for _ in range(2):  # Rasa asks again after a turn that was cut off.
        dispatcher = CollectingDispatcher()
        assert perform(action(), dispatcher, tracker) == []
        assert ticket.number in dispatcher.messages[0]["text"]
        assert dispatcher.messages[0]["custom"]["offer"] == "more"
    assert [event.note for event in ticket.events.filter(move="add")] == [said]


@in_threads
@pytest.mark.parametrize("text", ["查我的工单", "我的招牌办好了就行", "招牌的事赶紧给个答复"])
def test_how_far_it_is_is_told_and_not_added(
    ticket: Ticket, conversation: UUID, make_tracker: MakeTracker, text: str
) -> None:
    tracker = make_tracker(
        text,
        conversation=conversation,
        intent="ticket_status",
        before=behind(ticket, supplement=True),
    )
    dispatcher = CollectingDispatcher()
    perform(TicketStatus(), dispatcher, tracker)
    assert ticket.number in dispatcher.messages[0]["text"]
    assert not ticket.events.filter(move="add").exists()


@in_threads
def test_a_new_matter_behind_a_new_ticket_is_a_matter_of_its_own(
    ticket: Ticket, conversation: UUID, make_tracker: MakeTracker
) -> None:
    tracker = make_tracker(
        "物业乱收停车费",
        conversation=conversation,
        intent="open_complaint",
        before=behind(ticket, supplement=False),
    )
    events = perform(TakeMatter(), CollectingDispatcher(), tracker)
    assert events[-1]["name"] == "ticket_form"
    assert not ticket.events.filter(move="add").exists()


@in_threads
def test_what_speaks_of_the_same_thing_is_more_of_the_new_ticket(
    ticket: Ticket, conversation: UUID, make_tracker: MakeTracker
) -> None:
    said = "招牌是去年挂上去的，两米宽"
    tracker = make_tracker(
        said,
        conversation=conversation,
        intent="open_complaint",
        before=behind(ticket, supplement=False),
    )
    assert perform(TakeMatter(), CollectingDispatcher(), tracker) == []
    assert ticket.events.get(move="add").note == said


def message(text: str) -> Message:
    return Message(uuid4(), "1", text, "ask_policy", 0.9, False)


@pytest.mark.parametrize(
    "text",
    ["招牌是去年办过审批的", "老板姓何，在大和镇", "税务局的人也来过", "招牌没有挡到哪个"],
)
def test_a_statement_tells_more(text: str) -> None:
    assert states(message(text))


@pytest.mark.parametrize(
    "text",
    [
        "残保金怎么减免",
        "残保金减免政策",
        "我要投诉物业",
        "另外有个事",
        "没有了",
        "谢谢",
        "几天能办好",
    ],
)
def test_a_question_a_wish_or_a_courtesy_tells_nothing_more(text: str) -> None:
    assert not states(message(text))


def test_what_follows_the_colon_is_the_supplement() -> None:
    said = Message(uuid4(), "1", "我要补充：他们昨天又来了", "add_to_ticket", 0.9, False)
    assert read_wish(said).words == "他们昨天又来了"
    assert read_wish(said).wish is Wish.ADD
