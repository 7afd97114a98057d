"""护理员: somebody's trouble. Who asks what they can do hears the law first and is then offered a
ticket; who demands that something be done gets the ticket at once."""

import re

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import Said, look_up, remember, say
from actions.base import DeskAction, Event, Message, ask, read_message
from actions.knowledge import KnowledgeNotReady
from actions.last_question import SHORT, read_last_question
from actions.offers import is_bare, offer_ticket
from actions.own_notices import answer_notice
from actions.service import FORM
from actions.supplements import say_added, ticket_told_of
from actions.ticket_words import GRIEVANCE, WHAT_TO_DO

ACTION = "action_take_matter"
INTENTS = frozenset({"open_complaint", "open_ticket", "legal_help", "redemption"})
"""What may be a question of law as well (bot/data/rules)."""

_IN_TROUBLE = re.compile(
    r"被|遭|拖|不让|不服|扣|撵|辞退|开除|冒名|赖账|跑路|罚了|收[^，。,]{0,6}[费钱]"
)
_PROMISED = re.compile(r"钱|到账|兑现|拨|发|补|奖|款|资金|批|返|欠|给")
_AID = re.compile(
    r"(?:有没[有得]|能不能|可不可以|怎么|咋个?|如何|哪里).{0,6}(?:法律援助|援助|申请)|援助.{0,6}(?:条件|材料)"
)
# Asked for in so many words: nobody is told the law first who wants it written down.
_DEMANDS = re.compile(
    r"(?:我|我们|来|想|要)(?!能|可)[^，。,？?]{0,3}(?:投诉|举报|检举|反映|反应|登记|告(?![诉知别]))|"
    r"(?:帮|给|替|请|喊)[我你您们忙]*[^，。,？?]{0,4}"
    r"(?:登记|反映|投诉|记[一下]|协调|调解|处理|查[一处下哈])|"
    r"^(?:投诉|举报|求助|反映)"
)


class TakeMatter(DeskAction):
    """A wrong, a dispute, a need: quotes the law where it is asked for, else opens the form."""

    def name(self) -> str:
        return ACTION

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        message = read_message(tracker)
        if number := ticket_told_of(tracker, message):
            await say_added(dispatcher, message, number)
            return []
        if (events := await answer_notice(dispatcher, message)) is not None:
            return events
        if leans_on_the_last(message, tracker):
            return [FollowupAction("action_follow_up")]
        if asks_for_the_law(message) and not is_bare(message.text):
            said = await law_on(message)
            if said is not None:
                say(dispatcher, said)
                offer_ticket(dispatcher, message, said.choices)
                return remember(message, said)
        return [FollowupAction(FORM)]


def leans_on_the_last(message: Message, tracker: Tracker) -> bool:
    """Whether a short question taken for one after promised money names none: 什么时候申报."""
    asked = message.intent == "redemption" and len(message.text) <= SHORT
    last = read_last_question(tracker)
    answered = last is not None and bool(last.document)
    return asked and answered and not _PROMISED.search(message.text)


async def law_on(message: Message) -> Said | None:
    """What may be quoted on the matter; None when nothing surely does, or only a sample."""
    try:
        said = await ask(look_up, message)
    except KnowledgeNotReady:
        return None
    return said if said.passage is not None and not said.passage.sample else None


def asks_for_the_law(message: Message) -> bool:
    """Whether the message asks what can be done or what is lawful, and demands nothing."""
    if _DEMANDS.search(message.text):
        return False
    aid = message.intent == "legal_help" and _AID.search(message.text)
    return bool(aid or WHAT_TO_DO.search(message.heard or message.text))


def in_trouble(message: Message) -> bool:
    """Whether a question is about something done to the person: 被罚了款不服咋整."""
    text = message.heard or message.text
    wronged = GRIEVANCE.search(text) or _IN_TROUBLE.search(text)
    return bool(wronged and WHAT_TO_DO.search(text))
