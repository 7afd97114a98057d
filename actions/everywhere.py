"""What a person says in any conversation and a fixed answer would not serve."""

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions import guardian
from actions.base import OFFER_DRAFT, DeskAction, Event, last_offer, read_message
from actions.details import say_details, wants_details
from actions.draft import forget_draft, forget_matching, has_draft
from actions.guide import elsewhere
from actions.own_notices import answer_notice
from actions.own_wishes import forget_wish
from actions.service import FORM

DRAFT_FORGOTTEN = "好的，那件事不登记了，填过的内容我不留。"
MATCHING_LEFT = "好的，先不找了。想找的时候说一声“我能享受哪些政策”就行。"


class Navigate(DeskAction):
    """Outside of a form: says the last words again, or that there is nothing to move within."""

    def name(self) -> str:
        return "action_navigate"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        message = read_message(tracker)
        if (events := await answer_notice(dispatcher, message)) is not None:
            return events
        if wants_details(message.text) and say_details(dispatcher, tracker):
            return []
        wishes = message.values("move")
        said = last_words(tracker)
        if wishes[:1] == ["repeat"] and said:
            for event in said:
                data = event.get("data") or {}
                dispatcher.utter_message(
                    text=event["text"],
                    buttons=data.get("buttons") or [],
                    json_message=data.get("custom") or {},
                )
            return []
        dispatcher.utter_message(response="utter_nowhere_to_go")
        return []


class Thanks(DeskAction):
    """Thanks, which may say as well that a ticket is settled: 解决了，谢谢."""

    def name(self) -> str:
        return "action_thanks"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        if (events := await answer_notice(dispatcher, read_message(tracker))) is not None:
            return events
        dispatcher.utter_message(response="utter_thanks")
        return []


class Decline(DeskAction):
    """A plain no, or 取消 where no form is open: a ticket left half told is forgotten."""

    def name(self) -> str:
        return "action_decline"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        message = read_message(tracker)
        if (events := await answer_notice(dispatcher, message)) is not None:
            return events
        cancels = message.intent == "cancel"
        if has_draft(tracker) and (cancels or last_offer(tracker) == OFFER_DRAFT):
            dispatcher.utter_message(text=DRAFT_FORGOTTEN)
            return forget_draft()
        response = "utter_nothing_to_cancel" if cancels else "utter_deny"
        dispatcher.utter_message(response=response)
        return []


class OutOfScope(DeskAction):
    """Not our business, unless it goes on with what the person was telling."""

    def name(self) -> str:
        return "action_out_of_scope"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        if (events := await elsewhere(dispatcher, tracker, read_message(tracker))) is not None:
            return events
        dispatcher.utter_message(response="utter_out_of_scope")
        return []


class Complained(DeskAction):
    """The assistant was no help: what it kept back is said (说具体点), else it is sorry."""

    def name(self) -> str:
        return "action_complained"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        if (events := await elsewhere(dispatcher, tracker, read_message(tracker))) is not None:
            return events
        dispatcher.utter_message(response="utter_complain_about_bot")
        return []


class LeaveMatch(DeskAction):
    """The matching is dropped, and what it asked with it."""

    def name(self) -> str:
        return "action_leave_match"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        dispatcher.utter_message(text=MATCHING_LEFT)
        return forget_matching()


class SwitchToTicket(DeskAction):
    """A matter for staff in the middle of the matching: the ticket form takes over."""

    def name(self) -> str:
        return "action_switch_to_ticket"

    async def respond(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        left = [*forget_matching(), *forget_wish()]
        matter = read_message(tracker).intent in guardian.INTENTS
        return [*left, FollowupAction(guardian.ACTION if matter else FORM)]


def last_words(tracker: Tracker) -> list[Event]:
    """What the bot said to the message before this one, in its order."""
    events = list(tracker.events)
    turns = [place for place, event in enumerate(events) if event["event"] == "user"]
    start = turns[-2] if len(turns) > 1 else 0
    return [
        event
        for event in events[start : turns[-1]]
        if event["event"] == "bot" and event.get("text")
    ]
