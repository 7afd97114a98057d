"""服务员: what a person answers to the desk's word that their ticket is closed, or waits for them.

The desk tells it in its own name, so Rasa never heard it: what was told is read from the desk.
"""

import re
from dataclasses import dataclass

from django.utils import timezone
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Event, Message, ask
from actions.own_deeds import FORM, carry_out
from actions.own_wishes import Wanted, Wish, number_in, rating_in, says_satisfied, says_unsolved
from actions.supplements import HOW_FAR, say_received, speaks_of, states
from actions.ticket_words import QUESTION
from desk.tickets import person, telling
from desk.tickets import services as tickets
from desk.tickets.models import Ticket
from desk.tickets.values import State

_WANTS_OTHER = {"cancel", "navigate", Wish.WITHDRAW.value}
_COURTESY = {"affirm", "deny", "thanks", "complain_about_bot"}
SOLVED = "好，记下了：已经解决。"
LONGEST_VERDICT = 40
# 4 · 打4分，慢了点: nothing else stands before the grade.
_GRADED = re.compile(
    r"(?:我?(?:打|给|评)个?)?\s*[0-5一二两三四五]\s*(?:分|颗?星|[，,。!！\s]|$)|满分|五星"
)
# Said straight after 已办结: of the matter itself.
_STILL = re.compile(r"还是|还在|还没|依然|依旧|仍|没(?!事|关系|有了|得了|问题|啥)|莫得|未|不行")
_DONE = re.compile(r"(?:钱|款|补贴|都|已经?|现在)*(?:到账|收到钱|好)了(?!没)")
_ASKS = re.compile(r"[?？]$|[吗没]$|没有$")
_NO = re.compile(r"(?:还?没[有得]?|莫得)[。!！~]*")


@dataclass(frozen=True, slots=True)
class Awaited:
    """A ticket that waits for its person; `just_told`: they were told so a moment ago;
    `spoken_of`: the message takes up a word of it."""

    ticket: Ticket
    just_told: bool
    spoken_of: bool = False


async def answer_notice(dispatcher: CollectingDispatcher, message: Message) -> list[Event] | None:
    """The events of a message that answers what was told of a ticket; None: it answers nothing."""
    if message.in_form or number_in(message.text):
        return None
    awaited = await ask(awaited_of, message)
    if awaited is None:
        return None
    ticket, text = awaited.ticket, message.text.strip()
    if ticket.closed_at is None:
        if not supplies(message, spoken_of=awaited.spoken_of):
            return None
        await ask(person.add, ticket, text=text, key=message.id, now=timezone.now())
        say_received(dispatcher, ticket, text)
        return []
    if unsolved(text, just_told=awaited.just_told):
        wanted = Wanted(Wish.REOPEN, ticket.number, text)
        return [*wanted.as_slots(), FollowupAction(FORM)]
    wanted = Wanted(Wish.RATE, ticket.number, text, rating_in(text))
    if solved(text, just_told=awaited.just_told):
        key, now = f"{message.id}:solved", timezone.now()
        await ask(person.confirm, ticket, solved=True, key=key, now=now, words=text)
        dispatcher.utter_message(text=SOLVED)
    elif not (awaited.just_told and wanted.rating and _GRADED.match(text)):
        return None
    if wanted.rating:
        await carry_out(dispatcher, message, wanted)
        return []
    return [*wanted.as_slots(), FollowupAction(FORM)]


def awaited_of(message: Message) -> Awaited | None:
    """The ticket that `message` may answer: the one told of last, else the newest.

    One that waits for a supplement and was not told of just now, only when its words are taken up.
    """
    own = tickets.tickets_of(message.conversation)
    if not own:
        return None
    event = telling.told_last(message.conversation)
    told = next((each for each in own if event and each.pk == event.ticket_id), None)
    for ticket in filter(None, (told, *own)):
        just_told = ticket is told
        if ticket.state == State.SUSPENDED or _did(message, ticket, "add"):
            spoken_of = speaks_of(message.text, _asked_for(ticket))
            if just_told or spoken_of:
                return Awaited(ticket, just_told, spoken_of)
        elif ticket is (told or own[0]) and ticket.state in (State.CLOSED, State.VISITED):
            answered = ticket.solved is not None or ticket.rating is not None
            if not answered or _did(message, ticket, "visit", "rate"):
                return Awaited(ticket, just_told)
    return None


def _did(message: Message, ticket: Ticket, *moves: str) -> bool:
    """Whether this message made the move: a turn that was cut off is made again, and says so."""
    key = f"person:{message.id}"
    return ticket.events.filter(move__in=moves, key__startswith=key).exists()


def supplies(message: Message, *, spoken_of: bool) -> bool:
    """Whether `message` is what a ticket waited for: it tells something, not mere thanks."""
    if message.intent in _WANTS_OTHER or not states(message):
        return False
    if message.intent == "ticket_status" and HOW_FAR.search(message.text):
        return False
    return spoken_of or message.intent not in _COURTESY


def _asked_for(ticket: Ticket) -> str:
    """What a ticket is about, and what its person was asked for last."""
    asked = ticket.events.filter(move="suspend").values_list("note", flat=True).last()
    return f"{ticket.body}\n{asked or ''}"


def unsolved(text: str, *, just_told: bool) -> bool:
    """Whether `text` says that a closed matter is not solved."""
    if just_told and _NO.fullmatch(text):
        return True
    if len(text) > LONGEST_VERDICT or QUESTION.search(text):
        return False
    return says_unsolved(text) or (just_told and bool(_STILL.match(text)))


def solved(text: str, *, just_told: bool) -> bool:
    """Whether `text` says that a closed matter is solved."""
    if len(text) > LONGEST_VERDICT or _ASKS.search(text):
        return False
    return says_satisfied(text) or (just_told and bool(_DONE.match(text)))
