"""What every action shares: how it reads the conversation, asks the desk, and fails."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from desk.errors import DeskError
from desk.threads import in_thread

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
Event = dict[str, Any]

PERSON = {"title": "转人工", "payload": "转人工"}
"""The button that every dead end offers."""

OFFER_PERSON = "person"
"""Marks a reply that asks whether to call a person: a plain yes takes it up."""

OFFER_TICKET = "ticket"
"""Marks a reply that asks whether to take the matter down; it carries the matter's words."""

OFFER_MORE = "more"
"""Marks a reply after which what a person goes on telling belongs to their ticket."""

OFFER_DRAFT = "draft"
"""Marks a reply that asks whether to go on with a ticket left half told; bot/resume.py says it."""


class TryLater(Exception):
    """Not now, but soon: the turn is aborted, and the desk asks again in a moment."""


@dataclass(frozen=True, slots=True)
class Named:
    """Something the message names (docs/dialogue.md) and where it stands in the text."""

    entity: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Message:
    """What the person just said, as Rasa understood it."""

    conversation: UUID
    id: str
    text: str
    intent: str
    confidence: float
    in_form: bool
    named: tuple[Named, ...] = ()
    heard: str = ""

    def values(self, entity: str) -> list[str]:
        """The values of `entity` that the message names, in its order, each once."""
        return list(dict.fromkeys(each.value for each in self.named if each.entity == entity))


def read_message(tracker: Tracker) -> Message:
    """The message this turn answers; `id` is the desk's inbound row, the turn's idempotency key."""
    latest = tracker.latest_message
    said = next(event for event in reversed(tracker.events) if event["event"] == "user")
    intent = latest.get("intent") or {}
    return Message(
        conversation=UUID(tracker.sender_id),
        id=said["message_id"],
        text=latest.get("text") or "",
        intent=intent.get("name") or "",
        confidence=intent.get("confidence") or 0.0,
        in_form=tracker.active_loop_name is not None,
        heard=latest.get("heard") or "",
        named=tuple(
            Named(each["entity"], str(each["value"]), each.get("start", 0), each.get("end", 0))
            for each in latest.get("entities") or []
        ),
    )


async def ask(service: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """What `service` returns, run in a thread so that other conversations go on."""
    return await in_thread(service, *args, **kwargs)


class DeskAction(Action, ABC):  # type: ignore[misc]  # rasa-sdk ships no types
    """An action of ours: `respond` reads, asks and says; refusals and failures are met here.

    A refusal (DeskError) is said to the person. Anything else is logged and raised: rasa-sdk then
    answers 500, Rasa aborts the turn unsaved, and the desk asks again with the same message id.
    """

    @abstractmethod
    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Says what there is to say; the events that change the conversation's state."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        """rasa-sdk's entrance."""
        try:
            return await self.respond(dispatcher, tracker)
        except DeskError as error:
            logger.info("%s refused: %s", self.name(), error.code)
            say_refusal(dispatcher, error)
            return []
        except TryLater as error:
            logger.info("%s is not made yet: %r", self.name(), error)
            raise
        except Exception:
            # By its id: what the person wrote has no business in a log.
            logger.exception("%s failed on message %s", self.name(), read_message(tracker).id)
            raise


def say_refusal(dispatcher: CollectingDispatcher, error: DeskError) -> None:
    """The domain's answer to `error` when it has one of its own, else the error's own words."""
    if type(error).response != DeskError.response:
        dispatcher.utter_message(response=error.response)
    else:
        dispatcher.utter_message(text=error.message, buttons=[PERSON])


def last_offer(tracker: Tracker) -> str:
    """What the bot's last words offered; empty when nothing."""
    return str(last_custom(tracker).get("offer") or "")


def last_custom(tracker: Tracker) -> dict[str, Any]:
    """What the bot's last words carried beside their text."""
    return next(said_before(tracker), {})


def said_before(tracker: Tracker) -> Iterator[dict[str, Any]]:
    """What each of the bot's words carried beside its text, the last first."""
    for event in reversed(tracker.events):
        if event["event"] == "bot":
            yield (event.get("data") or {}).get("custom") or {}
