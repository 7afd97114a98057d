"""服务员: how far a person's own tickets are, and what they want done with one of them."""

import re
from collections.abc import Sequence
from dataclasses import replace

from django.utils import timezone
from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import look_up, remember, say
from actions.base import OFFER_PERSON, PERSON, DeskAction, Event, Message, ask, read_message
from actions.last_question import put_right, read_last_question
from actions.own_deeds import FORM, carry_out
from actions.own_notices import answer_notice
from actions.own_wishes import (
    VERB,
    Wanted,
    Wish,
    by_order,
    number_in,
    possible,
    read_wish,
    says_satisfied,
)
from actions.supplements import LONGEST_QUOTED, label_of, say_added, ticket_told_of
from desk.tickets import person
from desk.tickets import services as tickets
from desk.tickets.models import Ticket
from desk.tickets.moves import MOVES
from desk.tickets.values import State

_URGE = re.compile(r"催|加急|快点|抓紧|赶紧|赶快|搞快")
# 电话说错了，是…: names what a ticket holds, and the right value.
_PUT_RIGHT = re.compile(
    r"(?:电话|手机|号码|名字|姓名|称呼|单位|公司名|店名|地址|金额|编号|内容|工单)"
    r".{0,12}(?:\d{5,}|(?:是|成|叫|为)[^错]{2,})"
)
# 打12345投诉，好多天有结果: asked of any, by somebody who has none.
_IN_GENERAL = re.compile(r"多久|几天|好多天|多少天|好久|多长时间|几个工作日|期限")
_ONES_OWN = re.compile(r"我的|我们的|我上|我昨|我前|我提|那个|这个|单子|工单|编号|了$")
LISTED = 3
NONE_HERE = (
    "您在这里还没有登记过工单。打12345登记的，请打12345查问；要登记新的，选下面的“登记诉求”。"
)
REGISTER = {"title": "登记诉求", "payload": "我要反映问题"}


class TicketStatus(DeskAction):
    """How far the person's tickets are: the one they name, else the newest; urged on if wished."""

    def name(self) -> str:
        return "action_ticket_status"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        message = read_message(tracker)
        if told_of := ticket_told_of(tracker, message):
            await say_added(dispatcher, message, told_of)
            return []
        if (events := await answer_notice(dispatcher, message)) is not None:
            return events
        if number := number_in(message.text):
            own = [await ask(tickets.find_own, message.conversation, number)]
        else:
            own = await ask(tickets.tickets_of, message.conversation)
        if not own and _IN_GENERAL.search(message.text) and not _ONES_OWN.search(message.text):
            said = await ask(look_up, message)
            if said.passage is not None:
                say(dispatcher, said)
                return remember(message, said)
        if not own:
            dispatcher.utter_message(text=NONE_HERE, buttons=[REGISTER, PERSON])
            return []
        waiting = [ticket for ticket in own if ticket.state in MOVES["urge"].sources]
        if _URGE.search(message.text) and waiting:
            # Of several the newest: the reply names it, and how to urge another.
            await ask(
                person.urge,
                waiting[0],
                key=message.id,
                now=timezone.now(),
                words=message.text.strip()[:200],
            )
            say_urged(dispatcher, waiting[0], others=len(waiting) > 1)
            return []
        lines = [told(ticket) for ticket in own[:LISTED]]
        if len(own) == 1 and (promise := await ask(promised, own[0])):
            lines.append(promise)
        if len(own) > LISTED:
            lines.append(f"您一共登记过{len(own)}件，这是最近{LISTED}件。查别的请说编号。")
        dispatcher.utter_message(text="\n".join(lines))
        return []


class AboutTicket(DeskAction):
    """To add to a ticket, to withdraw it, to rate it: done at once when all is said, else asked."""

    def name(self) -> str:
        return "action_about_ticket"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        message = read_message(tracker)
        if (events := await answer_notice(dispatcher, message)) is not None:
            return events
        if number := number_in(message.text):
            own = [await ask(tickets.find_own, message.conversation, number)]
        else:
            own = await ask(tickets.tickets_of, message.conversation)
        if not own:
            dispatcher.utter_message(text=NONE_HERE, buttons=[REGISTER, PERSON])
            return []
        wanted = read_wish(message)
        if events := await take_up(dispatcher, message, wanted, own):
            return events
        if not any(possible(wanted.wish, ticket) for ticket in own):
            await explain(dispatcher, message, wanted, own[0])
        return []


class CorrectTicket(DeskAction):
    """Something said before was wrong, and no form is open: it is put right in their ticket, or the
    last question is answered anew."""

    def name(self) -> str:
        return "action_correct_ticket"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        message = read_message(tracker)
        if _PUT_RIGHT.search(message.text):
            own = await ask(tickets.tickets_of, message.conversation)
            if any(possible(Wish.ADD, ticket) for ticket in own):
                wanted = Wanted(Wish.ADD, words=f"更正：{message.text.strip()}")
                return await take_up(dispatcher, message, wanted, own)
        last = read_last_question(tracker)
        question = put_right(message.text, last) if last is not None else ""
        if question:
            asked_anew = replace(message, text=question, heard="", intent="ask_policy", named=())
            said = await ask(look_up, asked_anew)
            say(dispatcher, said)
            return remember(asked_anew, said)
        dispatcher.utter_message(response="utter_nothing_to_correct")
        return []


async def take_up(
    dispatcher: CollectingDispatcher, message: Message, wanted: Wanted, own: Sequence[Ticket]
) -> list[Event]:
    """Does what is wanted with the one of `own` that it can be done with, or begins to ask.

    Nothing happens when it can be done with none of them.
    """
    fitting = [ticket for ticket in own if possible(wanted.wish, ticket)]
    if not fitting:
        return []
    meant = fitting[0] if len(fitting) == 1 else by_order(message.text, fitting)
    if meant is not None:
        wanted = replace(wanted, number=meant.number)
        await _confirm_solved(message, wanted, meant)
    if wanted.complete:
        await carry_out(dispatcher, message, wanted)
        return []
    return [*wanted.as_slots(), FollowupAction(FORM)]


async def explain(
    dispatcher: CollectingDispatcher, message: Message, wanted: Wanted, newest: Ticket
) -> None:
    """Why it cannot be done now, and what can."""
    label = label_of(newest)
    if wanted.wish in (Wish.RATE, Wish.REOPEN) and possible(Wish.ADD, newest):
        # What they think of it must not be lost because the ticket is not closed yet.
        words = f"来访人的评价：{message.text.strip()}"
        await ask(person.add, newest, text=words, key=message.id, now=timezone.now())
        dispatcher.utter_message(
            text=f"{label}还没办结，现在不能打分。您这句评价我先补充进工单了，经办人看得到；"
            "办结以后说一声“打5分”就能评。",
            buttons=[{"title": "催一下", "payload": f"催一下{newest.number}"}, PERSON],
        )
        return
    dispatcher.utter_message(
        text=f"{label}现在是“{newest.get_state_display()}”，不能再{VERB[wanted.wish]}了。"
        "还有事要办，可以登记新的，也可以找工作人员。",
        buttons=[REGISTER, PERSON],
    )


async def _confirm_solved(message: Message, wanted: Wanted, ticket: Ticket) -> None:
    """Notes that the person calls their matter settled, before they rate it."""
    settled = wanted.wish is Wish.RATE and ticket.state == State.CLOSED
    if settled and says_satisfied(message.text):
        key = f"{message.id}:solved"
        await ask(
            person.confirm,
            ticket,
            solved=True,
            key=key,
            now=timezone.now(),
            words=message.text.strip()[:LONGEST_QUOTED],
        )


def promised(ticket: Ticket) -> str:
    """By when the person has their answer; empty when it is not counted now."""
    return tickets.promise_in_words(ticket, now=timezone.now())


def say_urged(dispatcher: CollectingDispatcher, ticket: Ticket, *, others: bool) -> None:
    """What was urged, how far it is, and who else can help."""
    text = f"已催办，经办人会看到。\n{told(ticket)}\n"
    text += "要催别的，请带上编号。" if others else ""
    text += "还是着急，要不要叫工作人员来盯一下？"
    custom = {"offer": OFFER_PERSON}
    dispatcher.utter_message(text=text, buttons=[PERSON], json_message=custom)


def told(ticket: Ticket) -> str:
    """How far a ticket is, in one line."""
    opened_at = timezone.localtime(ticket.opened_at)
    # A merged ticket goes the way of its main one.
    owner = ticket.main.department if ticket.main else ticket.department
    department = f"，{owner.name}经办" if owner else ""
    when = f"{opened_at.month}月{opened_at.day}日登记"
    if ticket.closed_at:
        closed_at = timezone.localtime(ticket.closed_at)
        when += f"，{closed_at.month}月{closed_at.day}日办结"
    return (
        f"{ticket.number}（{ticket.get_category_display()}：{ticket.subject}）"
        f"{ticket.get_state_display()}{department}，{when}。查询码 {ticket.progress_code}。"
    )
