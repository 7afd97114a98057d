"""引导员: answers policy questions and those that lean on them."""

import re

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import look_up, remember, say
from actions.base import DeskAction, Event, Message, ask, read_message
from actions.follow_up import look_up_following
from actions.knowledge import shelf
from actions.last_question import (
    SHORT,
    LastQuestion,
    leans,
    own_words,
    question_of,
    read_last_question,
)

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
        if last is not None and leans(message.text) and not await ask(has_subject, message, last):
            said, following = await ask(look_up_following, message, last)
            say(dispatcher, said)
            return [following.as_slot()]
        said = await ask(look_up, message)
        if said.passage is None and last is not None and may_lean(message):
            # 去哪个窗口 has no subject either, though it is not shaped like one that leans.
            leaning, following = await ask(look_up_following, message, last)
            if leaning.passage is not None:
                say(dispatcher, leaning)
                return [following.as_slot()]
        say(dispatcher, said)
        return remember(message, said)


def has_subject(message: Message, last: LastQuestion) -> bool:
    """Whether a message that is shaped as leaning names a subject of its own: 那公章要去公安局批吗.

    Raises KnowledgeNotReady.
    """
    if message.intent not in ("ask_policy", "ask_procedure"):
        return False
    view = shelf.open().view()
    words = view.index.analyser.segments(own_words(message.text))
    named = {name for passage in view.index.passages for name in passage.document.topics}
    own = [word for word in words if len(word) > 1 and word in named]
    return any(word not in last.text + last.title for word in own)


def may_lean(message: Message) -> bool:
    """Whether a short question that finds no answer alone may be about the last one's subject."""
    asks = message.intent in ("ask_policy", "ask_procedure")
    return asks and len(message.text) <= SHORT and not message.values("policy")


class FollowUp(DeskAction):
    """Completes the question with the last one's subject; asks which policy when there is none."""

    def name(self) -> str:
        return "action_follow_up"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        message = read_message(tracker)
        last = read_last_question(tracker)
        if last is None:
            said = await ask(look_up, message)
            if said.passage is None:
                dispatcher.utter_message(response="utter_which_policy")
                return []
            say(dispatcher, said)
            return [question_of(message, document=said.passage.document_id).as_slot()]
        said, following = await ask(look_up_following, message, last)
        say(dispatcher, said)
        return [following.as_slot()]
