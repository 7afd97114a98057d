"""服务员: asks what is still missing before something is done with a person's own ticket."""

import re

from django.utils import timezone
from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import ticket_words
from actions.base import DeskAction, Event, ask, read_message
from actions.own_deeds import FORM, carry_out
from actions.own_tickets import LISTED
from actions.own_wishes import (
    GRADES,
    NO,
    VERB,
    YES,
    Slot,
    Wish,
    chosen,
    forget_wish,
    possible,
    rating_in,
    says_why,
    wanted_of,
)
from actions.service import opens, stepped_aside
from actions.supplements import label_of
from actions.ticket_digressions import is_digression
from actions.ticket_readings import Heard
from actions.ticket_words import REPEAT
from desk.tickets import person
from desk.tickets import services as tickets
from desk.tickets.models import Ticket
from desk.tickets.values import State

_YES = re.compile(r"^(?:确[认定]|对|是|好|可以|行|要得|得行|嗯|恩|撤|重新?办|ok)", re.I)
_NO = re.compile(r"不|别|莫|算了|取消|等等|再想|暂时")
_AGREES = {"affirm", Wish.WITHDRAW.value, Wish.RATE.value}
_REFUSES = {"deny", "cancel"}
SURE_OF_MATTER = 0.5
CHOOSE_AGAIN = "没对上是哪件。请说编号，或者选下面的一项。"
SCORE_AGAIN = "请说1到5里的一个分数，5分最满意。不想评就说“取消”。"
SAY_AGAIN = "请说要不要{verb}：要就回“确认”，不要就回“不了”。"


class ValidateOwnForm(DeskAction):
    """Reads every message while the form is open; Rasa calls it by this name."""

    def name(self) -> str:
        return "validate_own_form"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        if stepped_aside(tracker, FORM):
            return []
        if opens(tracker, FORM):
            # All that was said is in the slots already; one must be set or the form is rejected.
            return [SlotSet(Slot.WISH.value, tracker.get_slot(Slot.WISH))]
        message = read_message(tracker)
        asked = Slot(tracker.get_slot("requested_slot"))
        value, hint = await self._answer(asked, tracker)
        if value and asked is Slot.RATING and says_why(message.text):
            return [SlotSet(asked.value, value), SlotSet(Slot.WORDS.value, message.text.strip())]
        if value:
            return [SlotSet(asked.value, value)]
        heard = Heard(message.text, message.intent, message.confidence)
        other_wish = message.intent in set(Wish) and message.intent != tracker.get_slot(Slot.WISH)
        matter = message.intent in ticket_words.MATTERS and message.confidence >= SURE_OF_MATTER
        aside = is_digression(ticket_words.Slot.CHANGE, heard, message.text)
        if other_wish or matter or aside or message.intent == "cancel":
            return []  # The form is rejected for this message: a rule answers it.
        if hint and not REPEAT.search(message.text):
            dispatcher.utter_message(text=hint)
        return [SlotSet(asked.value, None)]

    async def _answer(self, asked: Slot, tracker: Tracker) -> tuple[str, str]:
        """The value that the message gives to `asked`, else what is said before asking again."""
        message = read_message(tracker)
        text = message.text.strip()
        match asked:
            case Slot.TICKET:
                found = chosen(text, await ask(fitting, tracker))
                return found.number if found else "", CHOOSE_AGAIN
            case Slot.RATING:
                rating = rating_in(text, asked=True)
                return str(rating) if rating else "", SCORE_AGAIN
            case Slot.SURE:
                wish = wanted_of(tracker).wish
                if message.intent in _REFUSES or _NO.search(text[:12]):
                    return NO, ""
                agrees = message.intent in _AGREES or len(text) <= 8
                sure = YES if agrees and _YES.search(text) else ""
                return sure, SAY_AGAIN.format(verb=VERB[wish])
        return _supplement(message.text, message.intent, message.confidence), ""


def _supplement(text: str, intent: str, confidence: float) -> str:
    """What is added to the ticket: whatever was said, unless it wants something else."""
    heard = Heard(text, intent, confidence)
    aside = is_digression(ticket_words.Slot.WHAT, heard, text)
    other = intent in {Wish.WITHDRAW, Wish.RATE}
    words = re.search(r"\w", text)
    return text.strip() if words and not aside and not other and intent != "navigate" else ""


class AskOwnTicket(DeskAction):
    """Which of several tickets is meant."""

    def name(self) -> str:
        return "action_ask_own_ticket"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        own = await ask(fitting, tracker)
        verb = VERB[wanted_of(tracker).wish]
        dispatcher.utter_message(
            text=f"您有{len(own)}件可以{verb}，是哪一件？",
            buttons=[
                {
                    "title": f"{ticket.number} {ticket.subject}"[:24],
                    "payload": ticket.number,
                }
                for ticket in own[:LISTED]
            ],
        )
        return []


class AskOwnWords(DeskAction):
    """What is to be added."""

    def name(self) -> str:
        return "action_ask_own_words"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        label = label_of(await ask(spoken_of, tracker))
        dispatcher.utter_message(text=f"好，补充到{label}。请把要补充的内容发给我。")
        return []


class AskOwnRating(DeskAction):
    """How well it was dealt with, in the official grades."""

    def name(self) -> str:
        return "action_ask_own_rating"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        label = label_of(await ask(spoken_of, tracker))
        dispatcher.utter_message(
            text=f"{label}办得怎么样？5分最满意，1分最不满意。",
            buttons=[
                {"title": f"{score}分 {GRADES[score - 1]}", "payload": f"{score}分"}
                for score in range(len(GRADES), 0, -1)
            ],
        )
        return []


class AskOwnSure(DeskAction):
    """Before a ticket is withdrawn or taken up again."""

    def name(self) -> str:
        return "action_ask_own_sure"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        label = label_of(await ask(spoken_of, tracker))
        if wanted_of(tracker).wish is Wish.REOPEN:
            text = f"{label}要重新办理吗？您这句话会转给经办人。"
            yes, no = "重新办理", "不用了"
        else:
            text = f"要撤回{label}吗？撤回后就不再办理了。"
            yes, no = "确认撤回", "不撤了"
        dispatcher.utter_message(
            text=text, buttons=[{"title": title, "payload": title} for title in (yes, no)]
        )
        return []


class SettleOwnTicket(DeskAction):
    """Everything is known: it is done, or left as it is."""

    def name(self) -> str:
        return "action_settle_own_ticket"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        wanted = wanted_of(tracker)
        message = read_message(tracker)
        if tracker.get_slot(Slot.SURE) == NO:
            ticket = await ask(spoken_of, tracker)
            label = label_of(ticket)
            if wanted.wish is Wish.REOPEN and ticket.state == State.CLOSED:
                # Not to be taken up again, and yet not solved: whoever visits reads so.
                await ask(
                    person.leave_unsolved,
                    ticket,
                    key=message.id,
                    now=timezone.now(),
                    words=wanted.words,
                )
            kept = "照常办理" if wanted.wish is Wish.WITHDRAW else "保持原样"
            dispatcher.utter_message(text=f"好的，{label}没有{VERB[wanted.wish]}，{kept}。")
        else:
            await carry_out(dispatcher, message, wanted)
        return forget_wish()


class LeaveOwnTicket(DeskAction):
    """The wish is dropped; the ticket stays as it is."""

    def name(self) -> str:
        return "action_leave_own_ticket"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        dispatcher.utter_message(text="好的，先不弄了，工单没有变动。")
        return forget_wish()


def fitting(tracker: Tracker) -> list[Ticket]:
    """The person's tickets with which it can be done, newest first."""
    wish = wanted_of(tracker).wish
    own = tickets.tickets_of(read_message(tracker).conversation)
    return [ticket for ticket in own if possible(wish, ticket)]


def spoken_of(tracker: Tracker) -> Ticket:
    """The ticket the form is about. Raises TicketNotFound."""
    return tickets.find_own(read_message(tracker).conversation, wanted_of(tracker).number)
