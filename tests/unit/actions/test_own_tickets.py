"""A person's wishes about their own tickets are carried out by the desk, once, and theirs only."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.companion import DRAFT_DROPPED, IntegrityReport
from actions.own_form import AskOwnSure, AskOwnTicket, SettleOwnTicket, ValidateOwnForm
from actions.own_tickets import AboutTicket, CorrectTicket, TicketStatus
from actions.service import AskTicketConfirmed, AskTicketWhat, OpenTicket, ValidateTicketForm
from actions.ticket_words import Slot
from desk.accounts.models import Department, Role, StaffMember
from desk.tickets import services as tickets
from desk.tickets.models import Ticket
from desk.tickets.values import State

MakeTracker = Callable[..., Tracker]
DRAFT = {
    "ticket_category": "complain",
    "ticket_what": "办证窗口排了两个小时不给办",
    "ticket_who": "张三",
    "ticket_contact": "13900001111",
}
in_threads = pytest.mark.django_db(transaction=True)


def events_of(action: Action, dispatcher: CollectingDispatcher, tracker: Any) -> list[Any]:
    return list(async_to_sync(action.run)(dispatcher, tracker, {}))


def slots_of(events: list[Any]) -> dict[str, Any]:
    return {event["name"]: event["value"] for event in events if event["event"] == "slot"}


@pytest.fixture
def open_one(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, conversation: UUID
) -> Callable[..., Ticket]:
    """A ticket of this conversation's person."""

    def made(what: str = DRAFT["ticket_what"]) -> Ticket:
        slots = DRAFT | {"ticket_what": what}
        tracker = make_tracker(
            "提交", conversation=conversation, slots=slots, message_id=uuid4().hex
        )
        events_of(OpenTicket(), dispatcher, tracker)
        return Ticket.objects.latest("pk")

    return made


@pytest.fixture
def close(db: None) -> Callable[[Ticket], None]:
    """Staff bring a ticket to its end."""

    def closed(ticket: Ticket) -> None:
        head = StaffMember.objects.create_user(
            username=uuid4().hex[:12],
            password="correct horse",
            role=Role.HANDLER,
            department=Department.objects.create(code="market", name="市场监管局"),
        )
        tickets.transition(
            ticket.pk, "close", actor=head, now=timezone.now(), note="已退还多收的钱"
        )

    return closed


@pytest.fixture
def say(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, conversation: UUID
) -> Callable[..., tuple[str, list[Any]]]:
    """What `action` says and which events it gives when the person says `text`."""

    def said(
        action: Action, text: str, intent: str, *, asked: str = "", **slots: Any
    ) -> tuple[str, list[Any]]:
        tracker = make_tracker(
            text,
            conversation=conversation,
            intent=intent,
            slots={**slots, "requested_slot": asked or None},
        )
        before = len(dispatcher.messages)
        events = events_of(action, dispatcher, tracker)
        texts = [str(message.get("text")) for message in dispatcher.messages[before:]]
        return "\n".join(texts), events

    return said


Say = Callable[..., tuple[str, list[Any]]]


def moves_of(ticket: Ticket) -> list[str]:
    return list(ticket.events.order_by("pk").values_list("move", flat=True))


@in_threads
def test_what_is_added_stands_in_the_ticket_once(say: Say, open_one: Callable[..., Ticket]) -> None:
    ticket = open_one()
    for _ in range(2):  # Rasa asks again after a turn that was cut off.
        text, events = say(AboutTicket(), "再补充一句，他们今天又来收了两百", "add_to_ticket")
        assert ticket.number in text
        assert "今天又来收了两百" in text
        assert events == []
    added = ticket.events.filter(move="add")
    assert [event.note for event in added] == ["再补充一句，他们今天又来收了两百"]


@in_threads
def test_who_only_says_that_they_want_to_add_is_asked_what(
    say: Say, open_one: Callable[..., Ticket]
) -> None:
    ticket = open_one()
    _, events = say(AboutTicket(), f"给{ticket.number}加句话", "add_to_ticket")
    slots = slots_of(events)
    assert (slots["own_ticket"], slots["own_words"]) == (ticket.number, None)
    assert events[-1]["name"] == "own_form"
    _, events = say(
        ValidateOwnForm(), "店在大和镇，老板姓何", "open_ticket", asked="own_words", **slots
    )
    slots |= slots_of(events)
    text, events = say(SettleOwnTicket(), "店在大和镇，老板姓何", "open_ticket", **slots)
    assert "大和镇" in text
    assert ticket.events.get(move="add").note == "店在大和镇，老板姓何"
    assert set(slots_of(events).values()) == {None}


@in_threads
def test_a_ticket_is_withdrawn_only_after_a_yes(say: Say, open_one: Callable[..., Ticket]) -> None:
    ticket = open_one()
    _, events = say(AboutTicket(), "那个单子撤了嘛", "withdraw_ticket")
    slots = slots_of(events)
    text, _ = say(AskOwnSure(), "那个单子撤了嘛", "withdraw_ticket", **slots)
    assert ticket.number in text
    assert "add" not in moves_of(ticket)

    kept = slots | slots_of(
        say(ValidateOwnForm(), "算了，不撤了", "cancel", asked="own_sure", **slots)[1]
    )
    assert "照常办理" in say(SettleOwnTicket(), "算了，不撤了", "cancel", **kept)[0]
    assert "withdraw" not in moves_of(ticket)

    sure = slots | slots_of(
        say(ValidateOwnForm(), "对，撤了", "withdraw_ticket", asked="own_sure", **slots)[1]
    )
    for _ in range(2):
        assert "已撤回" in say(SettleOwnTicket(), "对，撤了", "withdraw_ticket", **sure)[0]
    ticket.refresh_from_db()
    assert ticket.state == State.WITHDRAWN
    assert moves_of(ticket).count("withdraw") == 1


@in_threads
def test_of_several_the_person_says_which(say: Say, open_one: Callable[..., Ticket]) -> None:
    first, second = open_one("仓库门口积水严重"), open_one("希望夜间开放货运通道")
    _, events = say(AboutTicket(), "有个单子想撤了", "withdraw_ticket")
    slots = slots_of(events)
    assert slots["own_ticket"] is None
    text, _ = say(AskOwnTicket(), "有个单子想撤了", "withdraw_ticket", **slots)
    assert "2件" in text
    for answer, meant in [
        (first.number, first),
        (second.number[-4:], second),
        ("积水那个", first),
        ("第一个", second),
    ]:
        _, events = say(ValidateOwnForm(), answer, "", asked="own_ticket", **slots)
        assert slots_of(events) == {"own_ticket": meant.number}, answer
    text, events = say(ValidateOwnForm(), "随便", "affirm", asked="own_ticket", **slots)
    assert slots_of(events) == {"own_ticket": None}
    assert "没对上" in text


@in_threads
@pytest.mark.parametrize(
    ("text", "rating"),
    [
        ("打5分，办得快", 5),
        ("给个好评", 5),
        ("三星吧", 3),
        ("差评", 1),
        ("非常不满意", 1),
        ("0分", 1),
    ],
)
def test_a_rating_said_outright_counts_at_once(
    say: Say,
    open_one: Callable[..., Ticket],
    close: Callable[[Ticket], None],
    text: str,
    rating: int,
) -> None:
    ticket = open_one()
    close(ticket)
    said, events = say(AboutTicket(), text, "rate")
    ticket.refresh_from_db()
    assert ticket.rating == rating
    assert f"{rating}分" in said
    assert events == []


@in_threads
def test_blame_without_a_grade_is_asked_for_one(
    say: Say, open_one: Callable[..., Ticket], close: Callable[[Ticket], None]
) -> None:
    ticket = open_one()
    close(ticket)
    _, events = say(AboutTicket(), "处理结果我不认可", "rate")
    slots = slots_of(events)
    assert slots["own_rating"] is None
    for answer, value in [("不满意", "2"), ("满意", "4"), ("4", "4"), ("一般", "3")]:
        _, events = say(ValidateOwnForm(), answer, "rate", asked="own_rating", **slots)
        assert slots_of(events) == {"own_rating": value}
    say(SettleOwnTicket(), "不满意", "rate", **(slots | {"own_rating": "2"}))
    ticket.refresh_from_db()
    assert (ticket.rating, ticket.rating_words) == (2, "处理结果我不认可")


@in_threads
def test_what_is_not_solved_is_taken_up_again_after_a_yes(
    say: Say, open_one: Callable[..., Ticket], close: Callable[[Ticket], None]
) -> None:
    ticket = open_one()
    close(ticket)
    _, events = say(AboutTicket(), "根本没解决，钱还没退", "rate")
    slots = slots_of(events)
    assert slots["own_wish"] == "reopen"
    _, events = say(ValidateOwnForm(), "对，重新办", "affirm", asked="own_sure", **slots)
    slots |= slots_of(events)
    assert "接着办" in say(SettleOwnTicket(), "对，重新办", "affirm", **slots)[0]
    ticket.refresh_from_db()
    assert ticket.state == State.IN_PROGRESS
    assert ticket.events.get(move="reopen").note == "根本没解决，钱还没退"


@in_threads
def test_who_calls_it_solved_confirms_it_and_is_asked_for_a_grade(
    say: Say, open_one: Callable[..., Ticket], close: Callable[[Ticket], None]
) -> None:
    ticket = open_one()
    close(ticket)
    _, events = say(AboutTicket(), "已经解决了，办得不错", "rate")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.solved) == (State.VISITED, True)
    assert slots_of(events)["own_rating"] is None


@in_threads
def test_praise_before_the_end_is_kept_as_a_supplement(
    say: Say, open_one: Callable[..., Ticket]
) -> None:
    ticket = open_one()
    text, events = say(AboutTicket(), "这次办得快，给个好评", "rate")
    assert "还没办结" in text
    assert events == []
    assert "好评" in ticket.events.get(move="add").note


@in_threads
def test_what_is_over_is_neither_withdrawn_nor_added_to(
    say: Say, open_one: Callable[..., Ticket], close: Callable[[Ticket], None]
) -> None:
    ticket = open_one()
    close(ticket)
    for text, intent in [("撤了", "withdraw_ticket"), ("补充一下店名叫老王面馆", "add_to_ticket")]:
        said, events = say(AboutTicket(), text, intent)
        assert "已办结" in said
        assert events == []


@in_threads
def test_a_wish_about_somebody_elses_ticket_is_refused_like_one_that_does_not_exist(
    dispatcher: CollectingDispatcher, make_tracker: MakeTracker, open_one: Callable[..., Ticket]
) -> None:
    ticket = open_one()
    for intent, words in [
        ("withdraw_ticket", "撤回{}"),
        ("add_to_ticket", "给{}补充一句，今天又来了"),
        ("rate", "{}给5分"),
    ]:
        other = make_tracker(words.format(ticket.number), intent=intent)
        assert events_of(AboutTicket(), dispatcher, other) == []
        assert dispatcher.messages[-1]["response"] == "utter_ticket_not_found"
        assert "张三" not in str(dispatcher.messages[-1])
    urging = make_tracker(f"催一下{ticket.number}", intent="ticket_status")
    assert events_of(TicketStatus(), dispatcher, urging) == []
    assert dispatcher.messages[-1]["response"] == "utter_ticket_not_found"
    assert moves_of(ticket)[0] == "open"
    assert not {"withdraw", "add", "rate", "urge"} & set(moves_of(ticket))


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
def test_urging_reaches_the_desk_and_offers_a_person(
    dispatcher: CollectingDispatcher, say: Say, open_one: Callable[..., Ticket]
) -> None:
    ticket = open_one()
    text, _ = say(TicketStatus(), "催一下", "ticket_status")
    assert "已催办" in text
    assert moves_of(ticket)[-1] == "urge"
    assert dispatcher.messages[-1]["custom"]["offer"] == "person"


@in_threads
def test_a_wrong_number_is_put_right_in_the_ticket_and_nothing_else_is(
    dispatcher: CollectingDispatcher, say: Say, open_one: Callable[..., Ticket]
) -> None:
    for text in ("电话说错了，是18800002222", "说错了"):
        say(CorrectTicket(), text, "correct")
        assert dispatcher.messages[-1]["response"] == "utter_nothing_to_correct"
    ticket = open_one()
    assert "18800002222" in say(CorrectTicket(), "电话说错了，是18800002222", "correct")[0]
    say(CorrectTicket(), "说错了，我问的是个体户", "correct")
    assert ticket.events.get(move="add").note == "更正：电话说错了，是18800002222"


@in_threads
def test_something_else_in_the_middle_is_left_to_the_rules(
    say: Say, open_one: Callable[..., Ticket]
) -> None:
    open_one()
    _, events = say(AboutTicket(), "单子撤了", "withdraw_ticket")
    slots = slots_of(events)
    for text, intent in [
        ("残保金怎么减免？", "ask_policy"),
        ("转人工", "ask_human"),
        ("我要投诉城管乱罚款", "open_complaint"),
        ("给工单补充一句", "add_to_ticket"),
    ]:
        _, events = say(ValidateOwnForm(), text, intent, asked="own_sure", **slots)
        assert events == [], text


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
