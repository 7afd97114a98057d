"""服务员: takes a matter down as a ticket."""

from datetime import datetime

from django.utils import timezone
from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import DeskAction, Event, Message, ask, read_message
from actions.draft import forget_draft
from actions.offers import is_bare, offered
from actions.supplements import carried_for
from actions.ticket_answers import open_form, read
from actions.ticket_readings import ANONYMOUS, Heard
from actions.ticket_topics import KIND_LABELS, question_for
from actions.ticket_words import Slot
from desk.tickets import services as tickets
from desk.tickets.models import Ticket
from desk.tickets.telling import progress_address
from desk.tickets.values import Category, TicketRequest
from desk.worktime import services as worktime

FORM = "ticket_form"
LONGEST_SUMMARY = 300


class ValidateTicketForm(DeskAction):
    """Reads every message while the form is open; Rasa calls it by this name."""

    def name(self) -> str:
        return "validate_ticket_form"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        if stepped_aside(tracker, FORM):
            # The rules have answered this message; the form only asks its question again.
            return []
        message = read_message(tracker)
        kinds = message.values("kind")
        heard = Heard(
            message.text,
            message.intent,
            message.confidence,
            "".join(kinds[:1]),
            tracker.get_slot(Slot.TOPIC) or "",
            tracker.get_slot(Slot.WHAT) or "",
            tracker.get_slot(Slot.WHO) or "",
            message.heard,
        )
        if opens(tracker, FORM):
            if tracker.get_slot(Slot.RESUMED):
                # Taken up again where it stopped: the answers are there, the next is asked.
                return [SlotSet(Slot.RESUMED.value, None)]
            before = offered(tracker) if is_bare(message.text) else None
            reading = open_form(before.as_heard(heard) if before else heard)
        else:
            reading = read(Slot(tracker.get_slot("requested_slot")), heard)
        if reading.say:
            dispatcher.utter_message(text=reading.say)
        # No slot at all makes Rasa reject the form for this message: a rule answers it.
        events = [SlotSet(slot.value, value) for slot, value in reading.slots.items()]
        if reading.ask:
            events.append(SlotSet("requested_slot", reading.ask.value))
        return events


class AskTicketWhat(DeskAction):
    """Asks for the matter itself, in the words of what began the ticket."""

    def name(self) -> str:
        return "action_ask_ticket_what"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        topic, category = tracker.get_slot(Slot.TOPIC), tracker.get_slot(Slot.CATEGORY)
        dispatcher.utter_message(text=question_for(topic or "", category))
        return []


class AskTicketConfirmed(DeskAction):
    """Shows what was taken down before it is submitted."""

    def name(self) -> str:
        return "action_ask_ticket_confirmed"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        draft = read_draft(tracker, read_message(tracker))
        what = draft.what
        if len(what) > LONGEST_SUMMARY:
            what = f"{what[:LONGEST_SUMMARY]}……（共{len(what)}字）"
        dispatcher.utter_message(
            text=(
                "请核对：\n"
                f"类别：{Category(draft.category).label}{kind_in_brackets(tracker)}\n"
                f"内容：{what}\n"
                f"称呼：{draft.who}\n"
                f"电话：{draft.contact or '不留，结果发到这里'}\n"
                "没问题就回“提交”，要改就说哪里不对。"
            ),
            buttons=[
                {"title": "提交", "payload": "提交"},
                {"title": "要改", "payload": "不对，要改"},
                {"title": "上一步", "payload": "上一步"},
                {"title": "取消", "payload": "取消登记"},
            ],
        )
        return []


class OpenTicket(DeskAction):
    """Opens the confirmed ticket and says its number and what happens next."""

    def name(self) -> str:
        return "action_open_ticket"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        request = read_draft(tracker, read_message(tracker))
        now = timezone.now()
        ticket = await ask(tickets.open_ticket, request, now=now)
        dispatcher.utter_message(
            text=await ask(opened, ticket, now=now),
            json_message=carried_for(ticket, supplement=False),
        )
        return forget_draft()


class CancelTicket(DeskAction):
    """Drops what was taken down so far."""

    def name(self) -> str:
        return "action_cancel_ticket"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        dispatcher.utter_message(
            text="好的，不登记了，刚才说的没有提交。以后想登记，说一声“我要投诉”或“我要求助”就行。"
        )
        return forget_draft()


def opens(tracker: Tracker, form: str) -> bool:
    """Whether this message is the one that opens `form`."""
    opened = {"event": "active_loop", "name": form}
    return any(opened.items() <= event.items() for event in _since_message(tracker))


def kind_in_brackets(tracker: Tracker) -> str:
    """（乱收费） of a complaint whose kind is known, else nothing."""
    label = KIND_LABELS.get(tracker.get_slot(Slot.KIND) or "", "")
    complains = tracker.get_slot(Slot.CATEGORY) in (Category.COMPLAIN, Category.REPORT)
    return f"（{label}）" if label and complains else ""


def stepped_aside(tracker: Tracker, form: str) -> bool:
    """Whether `form` has already left this message to the rules.

    Another form may have, whose place this one takes.
    """
    left = {"event": "action_execution_rejected", "name": form}
    return any(left.items() <= event.items() for event in _since_message(tracker))


def _since_message(tracker: Tracker) -> list[Event]:
    events = tracker.events
    last = max(place for place, event in enumerate(events) if event["event"] == "user")
    return list(events[last:])


def read_draft(tracker: Tracker, message: Message) -> TicketRequest:
    """The form's answers as the desk takes them; the message that confirms them is the key."""
    return TicketRequest(
        conversation_id=message.conversation,
        category=tracker.get_slot(Slot.CATEGORY) or "",
        what=tracker.get_slot(Slot.WHAT) or "",
        who=tracker.get_slot(Slot.WHO) or ANONYMOUS,
        contact=tracker.get_slot(Slot.CONTACT) or "",
        key=message.id,
    )


def opened(ticket: Ticket, *, now: datetime) -> str:
    """What a person hears when their ticket is open."""
    department = (
        f"已转给{ticket.department.name}，不归他们管的会转到对口部门。" if ticket.department else ""
    )
    address = progress_address(ticket)
    page = f"打开 {address} 输入" if address else "在“查进度”页面输入"
    return (
        f"登记好了，编号 {ticket.number}，查询码 {ticket.progress_code}。"
        f"凭编号和查询码可以自己查进度、评价：{page}。{department}"
        f"{tickets.promise_in_words(ticket, now=now)}{worktime.hours_note(now)}"
        "有进展会发到这里；您也可以随时说“查我的工单”。"
    )
