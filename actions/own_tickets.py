"""服务员: what a person may know and wish of the tickets they have opened here."""

import re

from django.utils import timezone
from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import OFFER_PERSON, PERSON, DeskAction, Event, Message, ask, read_message
from actions.service import FORM
from actions.ticket_words import Slot
from desk.tickets import services as tickets
from desk.tickets.models import Ticket
from desk.tickets.values import Category
from knowledge_base.text import fold

_NUMBER = re.compile(r"BZ\s*\d{10}(?!\d)", re.I)
_ANY_NUMBER = re.compile(r"BZ\s*\d+", re.I)
_URGE = re.compile(r"催|加急|快点|抓紧|赶紧")
_BLAME = re.compile(r"不(?:太)?满意|差评|不认可|没解决|敷衍|不服|一星|零分|太差|太慢")
LISTED = 3
# What the desk cannot do by itself yet is handed to staff as a ticket that names the first one.
WISHES = {
    "add_to_ticket": ("补充", "要补充的我转给经办人：登记成一件，注明原来的编号。"),
    "withdraw_ticket": ("撤回", "撤单要经办人来办，我登记一件转给他们；撤好了会在这里告诉您。"),
    "rate": ("评价", "您的评价我记下来，转给负责的人看。"),
}
NONE_HERE = "您在这里还没有登记过工单。打12345登记的，请打12345查问；要登记新的，点下面的按钮。"
REGISTER = {"title": "登记诉求", "payload": "我要反映问题"}


class TicketStatus(DeskAction):
    """How far the person's tickets are: the one they name, else the newest."""

    def name(self) -> str:
        return "action_ticket_status"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        message = read_message(tracker)
        if number := number_in(message.text):
            ticket = await ask(tickets.find_own, message.conversation, number)
            say_progress(dispatcher, message, told(ticket))
            return []
        own = await ask(tickets.tickets_of, message.conversation)
        if not own:
            dispatcher.utter_message(text=NONE_HERE, buttons=[REGISTER, PERSON])
            return []
        lines = [told(ticket) for ticket in own[:LISTED]]
        if len(own) > LISTED:
            lines.append(f"您一共登记过{len(own)}件，这是最近{LISTED}件。查别的请说编号。")
        say_progress(dispatcher, message, "\n".join(lines))
        return []


class AboutTicket(DeskAction):
    """To add to a ticket, to withdraw or to rate it: taken down, with the number, for staff."""

    def name(self) -> str:
        return "action_about_ticket"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        message = read_message(tracker)
        ticket = await ask(named_or_newest, message)
        if ticket is None:
            dispatcher.utter_message(text=NONE_HERE, buttons=[REGISTER, PERSON])
            return []
        verb, promise = WISHES.get(message.intent, WISHES["add_to_ticket"])
        dispatcher.utter_message(text=promise)
        return [
            *(SlotSet(slot.value, None) for slot in Slot),
            SlotSet(Slot.TOPIC.value, message.intent),
            SlotSet(Slot.CATEGORY.value, category_of(message).value),
            SlotSet(Slot.WHAT.value, f"{verb}工单{ticket.number}：{message.text.strip()}"[:2000]),
            # The person's own, of the very ticket they speak of.
            SlotSet(Slot.WHO.value, ticket.person_name),
            SlotSet(Slot.CONTACT.value, ticket.person_phone),
            SlotSet(Slot.RESUMED.value, True),
            FollowupAction(FORM),
        ]


def category_of(message: Message) -> Category:
    """The category of the ticket that speaks of another."""
    if message.intent != "rate":
        return Category.HELP
    return Category.COMPLAIN if _BLAME.search(message.text) else Category.SUGGEST


def named_or_newest(message: Message) -> Ticket | None:
    """The person's ticket that the message names, else their newest; None when they have none.

    Raises TicketNotFound for a number that is not theirs.
    """
    if number := number_in(message.text):
        return tickets.find_own(message.conversation, number)
    return next(iter(tickets.tickets_of(message.conversation)), None)


def number_in(text: str) -> str:
    """The ticket number in `text`, else what looks like one, else nothing."""
    written = fold(text)
    named = _NUMBER.search(written) or _ANY_NUMBER.search(written)
    return named.group() if named else ""


def say_progress(dispatcher: CollectingDispatcher, message: Message, progress: str) -> None:
    """How far it is; who urges is told honestly what helps."""
    if _URGE.search(message.text):
        text = f"{progress}\n我自己催不动部门。要我叫工作人员来盯一下吗？"
        custom = {"offer": OFFER_PERSON}
        dispatcher.utter_message(text=text, buttons=[PERSON], json_message=custom)
    else:
        dispatcher.utter_message(text=progress)


def told(ticket: Ticket) -> str:
    """How far a ticket is, in one line."""
    opened_at = timezone.localtime(ticket.opened_at)
    department = f"，{ticket.department.name}经办" if ticket.department else ""
    when = f"{opened_at.month}月{opened_at.day}日登记"
    if ticket.closed_at:
        closed_at = timezone.localtime(ticket.closed_at)
        when += f"，{closed_at.month}月{closed_at.day}日办结"
    return (
        f"{ticket.number}（{ticket.get_category_display()}：{ticket.subject}）"
        f"{ticket.get_state_display()}{department}，{when}。"
    )
