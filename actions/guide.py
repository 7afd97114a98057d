"""引导员: answers policy questions and those that lean on them."""

import re

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import look_up, remember, say
from actions.base import OFFER_TICKET, DeskAction, Event, Message, ask, last_offer, read_message
from actions.details import say_details, wants_details
from actions.follow_up import changes_subject, look_up_following, own_subject
from actions.guardian import in_trouble
from actions.last_question import SHORT, LastQuestion, leans, question_of, read_last_question
from actions.offers import is_bare, offer_ticket
from actions.own_notices import answer_notice
from actions.service import FORM
from actions.supplements import say_added, ticket_told_of

_WORDS = re.compile(r"[\u3400-\u9fffA-Za-z0-9]")
NO_LAW = "这件事的规定我没查到有把握的依据，不乱答。"
# What a client writes in place of a picture.
_NO_WORDS = re.compile(r"\s*[\[［【](?:图片|照片|语音|视频|文件|表情|动画表情)[\]］】]\s*")
_LINKS_ONLY = re.compile(r"^(?:\s*(?:https?://|www\.)[\x21-\x7e]+\s*)+$", re.I)


class AnswerPolicy(DeskAction):
    """Quotes when sure; otherwise shows the nearest documents and offers a person."""

    def name(self) -> str:
        return "action_answer_policy"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        message = read_message(tracker)
        if _LINKS_ONLY.match(message.text):
            dispatcher.utter_message(response="utter_link_only")
            return []
        if not _WORDS.search(message.text):
            dispatcher.utter_message(response="utter_no_words")
            return []
        if (events := await elsewhere(dispatcher, tracker, message)) is not None:
            return events
        last = read_last_question(tracker)
        if last is not None and await ask(leans_on, message, last):
            said, following = await ask(look_up_following, message, last)
            say(dispatcher, said)
            return [following.as_slot()]
        said = await ask(look_up, message)
        wronged = not message.in_form and in_trouble(message)
        if wronged and said.passage is None:
            offer_ticket(dispatcher, message, said.buttons, before=NO_LAW)
            return remember(message, said)
        say(dispatcher, said)
        if wronged:
            offer_ticket(dispatcher, message, said.choices)
        return remember(message, said)


async def elsewhere(
    dispatcher: CollectingDispatcher, tracker: Tracker, message: Message
) -> list[Event] | None:
    """The events of a message that is no question though it was taken for one; None: it is one.

    It answers what was told of a ticket, asks for the rest of an answer, takes up the ticket
    offered just now, or goes on telling.
    """
    if (events := await answer_notice(dispatcher, message)) is not None:
        return events
    if _NO_WORDS.fullmatch(message.text):
        dispatcher.utter_message(response="utter_no_words")
        return []
    if wants_details(message.text) and say_details(dispatcher, tracker):
        return []
    if last_offer(tracker) == OFFER_TICKET and is_bare(message.text):
        return [FollowupAction(FORM)]
    if number := ticket_told_of(tracker, message):
        await say_added(dispatcher, message, number)
        return []
    return None


def leans_on(message: Message, last: LastQuestion) -> bool:
    """Whether the message asks of what was spoken of before. Raises KnowledgeNotReady.

    By its shape, unless it speaks of something else; or because it is short and has no subject at
    all: 去哪个窗口. What has its own (养恐龙有优惠吗) is never answered with what came before.
    """
    if leans(message.text):
        return not changes_subject(message, last)
    asks = message.intent in ("ask_policy", "ask_procedure")
    if not asks or len(message.text) > SHORT or message.values("policy"):
        return False
    return bool(last.document) and not own_subject(message)


class FollowUp(DeskAction):
    """Completes the question with the last one's subject; asks which policy when there is none."""

    def name(self) -> str:
        return "action_follow_up"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        message = read_message(tracker)
        if (events := await elsewhere(dispatcher, tracker, message)) is not None:
            return events
        last = read_last_question(tracker)
        if last is not None and await ask(changes_subject, message, last):
            said = await ask(look_up, message)
            say(dispatcher, said)
            return remember(message, said)
        if last is None:
            # 要什么材料 alone would find somebody's 材料.
            found = await ask(look_up, message) if await ask(own_subject, message) else None
            if found is None:
                dispatcher.utter_message(response="utter_which_policy")
                return []
            say(dispatcher, found)
            document = found.passage.document_id if found.passage else ""
            return [question_of(message, document=document).as_slot()]
        said, following = await ask(look_up_following, message, last)
        say(dispatcher, said)
        return [following.as_slot()]
