"""引导员: answers policy questions and those that lean on them."""

import re

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import look_up, remember, say
from actions.base import DeskAction, Event, Message, ask, read_message
from actions.follow_up import changes_subject, look_up_following, own_subject
from actions.last_question import SHORT, LastQuestion, leans, question_of, read_last_question

_WORDS = re.compile(r"[\u3400-\u9fffA-Za-z0-9]")
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
        last = read_last_question(tracker)
        if last is not None and await ask(leans_on, message, last):
            said, following = await ask(look_up_following, message, last)
            say(dispatcher, said)
            return [following.as_slot()]
        said = await ask(look_up, message)
        say(dispatcher, said)
        return remember(message, said)


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
        last = read_last_question(tracker)
        if last is not None and await ask(changes_subject, message, last):
            said = await ask(look_up, message)
            say(dispatcher, said)
            return remember(message, said)
        if last is None:
            # 要什么材料 alone would find somebody's 材料.
            found = await ask(look_up, message) if await ask(own_subject, message) else None
            if found is None or found.passage is None:
                dispatcher.utter_message(response="utter_which_policy")
                return []
            say(dispatcher, found)
            return [question_of(message, document=found.passage.document_id).as_slot()]
        said, following = await ask(look_up_following, message, last)
        say(dispatcher, said)
        return [following.as_slot()]
