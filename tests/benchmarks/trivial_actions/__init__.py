"""Our actions' names with nothing behind them: the benchmark compares Rasa with Rasa."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

ANSWER = "对小型微利企业减按25%计算应纳税所得额，按20%的税率缴纳企业所得税。"


class Saying(Action, ABC):  # type: ignore[misc]  # rasa-sdk ships no types
    """Always says the same; abstract, so that rasa-sdk does not register it."""

    @abstractmethod
    def name(self) -> str:
        """The action's name in the domain."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Says it."""
        dispatcher.utter_message(text=ANSWER, json_message={"citations": [{"id": "x"}]})
        return []


def _named(action: str) -> type[Saying]:
    return type(action, (Saying,), {"name": lambda self: action, "__module__": __name__})


_DOMAIN = Path(__file__).resolve().parents[3] / "domain.yml"
# Names of this module: rasa-sdk finds them, and its server, started as a process of its own, too.
globals().update(
    (action, _named(action))
    for action in yaml.safe_load(_DOMAIN.read_text(encoding="utf-8"))["actions"]
    if not action.startswith("validate_")
)


class ValidateTicketForm(Action):  # type: ignore[misc]  # rasa-sdk ships no types
    """Takes whatever is said as the answer to the slot asked for."""

    def name(self) -> str:
        return "validate_ticket_form"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        asked = tracker.get_slot("requested_slot")
        if asked is None:
            return [SlotSet("ticket_category", "complain")]
        return [SlotSet(asked, True if asked == "ticket_confirmed" else "好的")]


class ValidateMatchForm(Action):  # type: ignore[misc]  # rasa-sdk ships no types
    """Takes whatever is said as the answer to the slot asked for."""

    def name(self) -> str:
        return "validate_match_form"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        asked = tracker.get_slot("requested_slot")
        return [SlotSet(asked or "match_firm", "小微企业")]


class ValidateOwnForm(Action):  # type: ignore[misc]  # rasa-sdk ships no types
    """Takes whatever is said as the answer to the slot asked for."""

    def name(self) -> str:
        return "validate_own_form"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        asked = tracker.get_slot("requested_slot")
        return [SlotSet(asked or "own_wish", "rate")]
