"""A ticket left half told, hours ago: the person is asked whether to go on with it."""

from rasa.shared.core.events import BotUttered, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

MATTER = "ticket_what"
OFFER = "draft"  # actions/base.py takes up a yes by this name
SHOWN = 40


def reminder(tracker: DialogueStateTracker) -> BotUttered | None:
    """What is said after the first turn of a new session when an old ticket waits; else None."""
    matter = tracker.get_slot(MATTER)
    if not matter or tracker.active_loop_name is not None or not _is_first_turn(tracker):
        return None
    told = matter if len(matter) <= SHOWN else matter[: SHOWN - 1] + "…"
    return BotUttered(
        f"对了，您上次要登记的“{told}”还没提交。要接着登记吗？",
        {
            "buttons": [
                {"title": "接着登记", "payload": "继续"},
                {"title": "不登记了", "payload": "不用了"},
            ],
            "custom": {"offer": OFFER},
        },
    )


def _is_first_turn(tracker: DialogueStateTracker) -> bool:
    """Whether one message only was said since the session began, and a session came before it."""
    said = 0
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            said += 1
        elif isinstance(event, SessionStarted):
            return said == 1
        if said > 1:
            return False
    return False
