"""What a person answers to the desk's word on their ticket is taken for that answer."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.everywhere import Navigate, Thanks
from actions.guardian import TakeMatter
from actions.guide import AnswerPolicy
from actions.handoff import AcceptOffer
from actions.own_form import SettleOwnTicket, ValidateOwnForm
from actions.own_notices import solved, supplies, unsolved
from actions.own_tickets import AboutTicket, TicketStatus
from actions.service import OpenTicket
from desk.accounts.models import Department, Role, StaffMember
from desk.conversations import services as conversations
from desk.tickets import services as tickets
from desk.tickets.models import Ticket
from desk.tickets.values import State
from tests.unit.actions.test_supplements import message

MakeTracker = Callable[..., Tracker]
Say = Callable[..., tuple[str, dict[str, Any]]]
in_threads = pytest.mark.django_db(transaction=True)
DRAFT = {
    "ticket_category": "help",
    "ticket_what": "稳岗返还三个月没到账",
    "ticket_who": "老陈",
    "ticket_contact": "",
}


@pytest.fixture
def say(make_tracker: MakeTracker, conversation: UUID) -> Say:
    """Says it to an action; its words, and the slots it sets."""

    def said(action: Action, text: str, intent: str, **more: Any) -> tuple[str, dict[str, Any]]:
        dispatcher = CollectingDispatcher()
        more.setdefault("message_id", uuid4().hex)
        tracker = make_tracker(text, conversation=conversation, intent=intent, **more)
        events = async_to_sync(action.run)(dispatcher, tracker, {})
        words = "\n".join(
            each["text"] or each.get("response") or "" for each in dispatcher.messages
        )
        return words, {each["name"]: each.get("value") for each in events}

    return said


@pytest.fixture
def ticket(say: Say) -> Ticket:
    say(OpenTicket(), "提交", "affirm", slots=DRAFT)
    return Ticket.objects.get()


@pytest.fixture
def staff(db: None) -> Callable[..., None]:
    """Staff make moves with the ticket."""

    def moved(ticket: Ticket, *moves: str, note: str = "已拨付") -> None:
        head = StaffMember.objects.create_user(
            username=uuid4().hex[:12],
            password="correct horse",
            role=Role.HANDLER,
            department=Department.objects.create(code=uuid4().hex[:12], name=uuid4().hex[:12]),
        )
        Ticket.objects.filter(pk=ticket.pk).update(department=head.department)
        for move in moves:
            tickets.transition(ticket.pk, move, actor=head, now=timezone.now(), note=note)

    return moved


@in_threads
@pytest.mark.parametrize(
    ("action", "intent", "text"),
    [
        (Thanks, "thanks", "解决了，谢谢"),
        (AboutTicket, "rate", "满意"),
        (AcceptOffer, "affirm", "解决了"),
        (AboutTicket, "withdraw_ticket", "解决了"),
        (AnswerPolicy, "nlu_fallback", "到账了"),
    ],
)
def test_solved_is_confirmed_and_a_grade_asked_for_whatever_it_was_taken_for(
    say: Say,
    ticket: Ticket,
    staff: Callable[..., None],
    action: type[Action],
    intent: str,
    text: str,
) -> None:
    staff(ticket, "close")
    message_id = uuid4().hex
    for _ in range(2):  # Rasa asks again after a turn that was cut off.
        words, events = say(action(), text, intent, message_id=message_id)
        assert "已经解决" in words
        assert events["own_wish"] == "rate"
        assert events["own_rating"] is None
        assert "own_form" in events
    ticket.refresh_from_db()
    assert (ticket.state, ticket.solved) == (State.VISITED, True)


@in_threads
@pytest.mark.parametrize(
    ("action", "intent", "text"),
    [
        (TakeMatter, "redemption", "还是没到账！"),
        (TakeMatter, "open_complaint", "没有解决，还在卖"),
        (TicketStatus, "ticket_status", "还是没到账！"),
        (AnswerPolicy, "ask_policy", "还是没到账"),
    ],
)
def test_not_solved_asks_whether_to_take_it_up_and_a_no_leaves_its_trace(
    say: Say,
    ticket: Ticket,
    staff: Callable[..., None],
    action: type[Action],
    intent: str,
    text: str,
) -> None:
    staff(ticket, "close")
    _, slots = say(action(), text, intent)
    assert slots.pop("own_form", "") is None
    assert (slots["own_wish"], slots["own_sure"]) == ("reopen", None)
    said, _ = say(SettleOwnTicket(), "不用了", "deny", slots=slots | {"own_sure": "no"})
    assert "没有重新办理" in said
    ticket.refresh_from_db()
    assert (ticket.state, ticket.solved) == (State.VISITED, False)
    assert ticket.events.get(move="visit").note == text


@in_threads
def test_a_bare_grade_counts_only_right_after_the_word_that_it_is_closed(
    say: Say, ticket: Ticket, staff: Callable[..., None], conversation: UUID
) -> None:
    staff(ticket, "close")
    conversations.notify(conversation, text="别的事", key="other:1", now=timezone.now())
    say(Navigate(), "4", "navigate")
    ticket.refresh_from_db()
    assert ticket.rating is None
    staff(ticket, "reopen", "close")
    said, _ = say(Navigate(), "4分，速度慢了点", "navigate")
    assert "4分" in said
    ticket.refresh_from_db()
    assert (ticket.rating, ticket.rating_words) == (4, "4分，速度慢了点")


@in_threads
def test_what_is_said_with_the_grade_is_kept_with_it(
    say: Say, ticket: Ticket, staff: Callable[..., None]
) -> None:
    staff(ticket, "close")
    _, slots = say(Thanks(), "解决了，谢谢", "thanks")
    slots |= {"requested_slot": "own_rating"}
    _, told = say(ValidateOwnForm(), "4分，速度慢了点", "nlu_fallback", slots=slots)
    assert told == {"own_rating": "4", "own_words": "4分，速度慢了点"}


@in_threads
def test_thanks_for_something_else_confirm_nothing(
    say: Say, ticket: Ticket, staff: Callable[..., None]
) -> None:
    staff(ticket, "close")
    assert say(Thanks(), "谢谢", "thanks") == ("utter_thanks", {})
    ticket.refresh_from_db()
    assert ticket.solved is None


@in_threads
@pytest.mark.parametrize("between", [False, True])
def test_what_a_ticket_waited_for_is_added_to_it_and_not_answered_with_law(
    say: Say, ticket: Ticket, staff: Callable[..., None], conversation: UUID, between: bool
) -> None:
    staff(ticket, "start", "suspend", note="请补社保缴费证明")
    if between:
        conversations.notify(conversation, text="别的事", key="other:1", now=timezone.now())
    told, message_id = "社保缴费证明我明天送到窗口", uuid4().hex
    for _ in range(2):
        said, events = say(AnswerPolicy(), told, "ask_policy", message_id=message_id)
        assert "收到了，已记到工单" in said
        assert events == {}
    ticket.refresh_from_db()
    assert ticket.state == State.IN_PROGRESS
    assert [event.note for event in ticket.events.filter(move="add")] == [told]


@pytest.mark.parametrize("text", ["解决了吗", "解决了没有？", "没解决", "这个问题咋解决"])
def test_a_question_or_a_no_is_not_solved(text: str) -> None:
    assert not solved(text, just_told=True)


@pytest.mark.parametrize("text", ["没事了", "没有了", "没关系", "还没到账要等多久？", "好的"])
def test_a_courtesy_or_a_question_is_not_unsolved(text: str) -> None:
    assert not unsolved(text, just_told=True)


def test_said_some_time_later_it_must_be_said_outright() -> None:
    assert unsolved("没有解决，还在卖", just_told=False)
    assert not unsolved("还没到账", just_told=False)
    assert unsolved("还没到账", just_told=True)
    assert not unsolved("没有", just_told=False)


@pytest.mark.parametrize("text", ["社保缴费证明要盖章吗", "谢谢", "我要投诉物业"])
def test_a_question_a_courtesy_or_a_wish_is_no_supplement(text: str) -> None:
    assert not supplies(message(text), spoken_of=True)
