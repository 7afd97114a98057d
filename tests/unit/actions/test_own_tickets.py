"""A person's wishes about their own tickets are handed on honestly, with the number, once."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.companion import DRAFT_DROPPED, IntegrityReport
from actions.own_tickets import AboutTicket, TicketStatus
from actions.service import AskTicketConfirmed, AskTicketWhat, OpenTicket, ValidateTicketForm
from actions.ticket_words import Slot
from desk.threads import close_thread_connections
from desk.tickets.models import Ticket

MakeTracker = Callable[..., Tracker]
DRAFT = {
    "ticket_category": "complain",
    "ticket_what": "办证窗口排了两个小时不给办",
    "ticket_who": "张三",
    "ticket_contact": "13900001111",
}
in_threads = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def threads_end() -> Iterator[None]:
    yield
    close_thread_connections()


def events_of(action: Action, dispatcher: CollectingDispatcher, tracker: Any) -> list[Any]:
    return list(async_to_sync(action.run)(dispatcher, tracker, {}))


def slots_of(events: list[Any]) -> dict[str, Any]:
    return {event["name"]: event["value"] for event in events if event["event"] == "slot"}


@in_threads
@pytest.mark.parametrize(
    ("intent", "text", "verb"),
    [
        ("withdraw_ticket", "撤了嘛，已经退钱了", "撤回"),
        ("add_to_ticket", "补充一句，他们今天又来了", "补充"),
        ("rate", "处理得快，五星好评", "评价"),
    ],
)
def test_a_wish_about_a_ticket_is_ready_to_confirm_with_the_persons_own_data(
    dispatcher: CollectingDispatcher,
    make_tracker: MakeTracker,
    conversation: UUID,
    intent: str,
    text: str,
    verb: str,
) -> None:
    events_of(
        OpenTicket(), dispatcher, make_tracker("提交", conversation=conversation, slots=DRAFT)
    )
    number = Ticket.objects.get().number
    tracker = make_tracker(text, conversation=conversation, intent=intent)
    events = events_of(AboutTicket(), dispatcher, tracker)
    slots = slots_of(events)
    assert slots["ticket_what"] == f"{verb}工单{number}：{text}"
    assert (slots["ticket_who"], slots["ticket_contact"]) == ("张三", "13900001111")
    assert slots["ticket_confirmed"] is None
    assert (events[-1]["event"], events[-1]["name"]) == ("followup", "ticket_form")


@in_threads
def test_a_wish_about_somebody_elses_ticket_is_refused_like_one_that_does_not_exist(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, conversation: UUID
) -> None:
    events_of(
        OpenTicket(), dispatcher, make_tracker("提交", conversation=conversation, slots=DRAFT)
    )
    number = Ticket.objects.get().number
    other = make_tracker(f"撤回{number}", intent="withdraw_ticket")
    assert events_of(AboutTicket(), dispatcher, other) == []
    assert dispatcher.messages[-1]["response"] == "utter_ticket_not_found"
    assert "张三" not in str(dispatcher.messages[-1])


@in_threads
def test_without_a_ticket_the_person_is_told_so_and_shown_a_way(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    assert (
        events_of(AboutTicket(), dispatcher, make_tracker("撤单", intent="withdraw_ticket")) == []
    )
    said = dispatcher.messages[0]
    assert "没有登记过" in said["text"]
    assert len(said["buttons"]) == 2


@in_threads
def test_urging_is_answered_honestly_and_offers_a_person(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, conversation: UUID
) -> None:
    events_of(
        OpenTicket(), dispatcher, make_tracker("提交", conversation=conversation, slots=DRAFT)
    )
    events_of(TicketStatus(), dispatcher, make_tracker("催一下", conversation=conversation))
    said = dispatcher.messages[-1]
    assert "催不动" in said["text"]
    assert said["custom"]["offer"] == "person"


def test_a_form_taken_up_again_keeps_its_answers(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    opening = [{"event": "active_loop", "name": "ticket_form"}]
    slots = DRAFT | {"ticket_resumed": True}
    tracker = make_tracker("继续", intent="affirm", slots=slots, since=opening)
    assert slots_of(events_of(ValidateTicketForm(), dispatcher, tracker)) == {
        "ticket_resumed": None
    }
    assert dispatcher.messages == []


def test_a_report_of_corruption_names_12388_and_keeps_nothing(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    tracker = make_tracker("科长找我要好处费", intent="integrity_report", slots=DRAFT)
    slots = slots_of(events_of(IntegrityReport(), dispatcher, tracker))
    assert "12388" in dispatcher.messages[0]["text"]
    assert dispatcher.messages[1]["text"] == DRAFT_DROPPED
    assert slots == dict.fromkeys(slot.value for slot in Slot)
    assert events_of(IntegrityReport(), dispatcher, make_tracker("怎么举报干部")) == []


@pytest.mark.parametrize(
    ("slots", "words"),
    [
        ({"ticket_topic": "cooperation", "ticket_category": "help"}, "想找什么样的合作"),
        ({"ticket_topic": "open_complaint", "ticket_category": "report"}, "可以不留姓名"),
        ({"ticket_category": "suggest"}, "谢您提建议"),
        ({}, "发生了什么"),
    ],
)
def test_the_matter_is_asked_for_in_the_words_of_its_topic(
    dispatcher: CollectingDispatcher,
    make_tracker: MakeTracker,
    slots: dict[str, str],
    words: str,
) -> None:
    events_of(AskTicketWhat(), dispatcher, make_tracker("好", slots=slots))
    assert words in dispatcher.messages[0]["text"]


def test_the_summary_names_the_kind_of_a_complaint_only(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker
) -> None:
    slots = DRAFT | {"ticket_kind": "fee"}
    events_of(AskTicketConfirmed(), dispatcher, make_tracker("不留", slots=slots))
    slots["ticket_category"] = "suggest"
    events_of(AskTicketConfirmed(), dispatcher, make_tracker("不留", slots=slots))
    complaint, suggestion = (message["text"] for message in dispatcher.messages)
    assert "投诉（乱收费）" in complaint
    assert "乱收费" not in suggestion
