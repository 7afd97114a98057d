"""Our actions' names with nothing behind them: the benchmark compares Rasa with Rasa."""

from abc import ABC, abstractmethod
from typing import Any

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


class AnswerPolicy(Saying):
    def name(self) -> str:
        return "action_answer_policy"


class AskTicketConfirmed(Saying):
    def name(self) -> str:
        return "action_ask_ticket_confirmed"


class OpenTicket(Saying):
    def name(self) -> str:
        return "action_open_ticket"


class CancelTicket(Saying):
    def name(self) -> str:
        return "action_cancel_ticket"


class TicketStatus(Saying):
    def name(self) -> str:
        return "action_ticket_status"


class AskHuman(Saying):
    def name(self) -> str:
        return "action_ask_human"


class AcceptOffer(Saying):
    def name(self) -> str:
        return "action_accept_offer"


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
