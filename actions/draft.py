"""What a person is still telling: it lives in the conversation's slots until it is used."""

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.base import Event
from actions.ticket_words import Slot

MATCHING = ("match_firm", "match_industry", "match_traits", "match_district")


def has_draft(tracker: Tracker) -> bool:
    """Whether a ticket is being taken down: opening the form and ending it both empty the slots."""
    return any(tracker.get_slot(slot.value) is not None for slot in Slot)


def forget_draft() -> list[Event]:
    """Empties the form for the next matter."""
    return [SlotSet(slot.value, None) for slot in Slot]


def forget_matching() -> list[Event]:
    """Empties what the matching form was told."""
    return [SlotSet(name, None) for name in MATCHING]
