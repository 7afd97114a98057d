"""Trackers on disk: nothing twice, nothing half, nothing that grows without end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import CONVERSATION, run
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    SessionStarted,
    SlotSet,
    UserUttered,
)

from bot import paths
from bot.tracker_store import EVENTS_BOUND, BoundedTrackerStore, StoredTracker


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.load([str(paths.DOMAIN), str(paths.DATA / "responses")])


@pytest.fixture
def store(domain: Domain, path: Path) -> Iterator[BoundedTrackerStore]:
    made = BoundedTrackerStore(domain, address=f"sqlite:///{path}", live=2)
    yield made
    made.close()


def reopened(store: BoundedTrackerStore, path: Path) -> BoundedTrackerStore:
    store.close()
    return BoundedTrackerStore(store.domain, address=f"sqlite:///{path}")


def talk(store: BoundedTrackerStore, text: str, conversation: str = CONVERSATION) -> StoredTracker:
    tracker = run(store.get_or_create_tracker(conversation, append_action_listen=False))
    if not tracker.events:
        tracker.update(SessionStarted())
        tracker.update(ActionExecuted("action_listen"))
    tracker.update(UserUttered(text, {"name": "greet"}, message_id=text))
    tracker.update(ActionExecuted("utter_greet"))
    tracker.update(BotUttered(f"回{text}"))
    tracker.update(ActionExecuted("action_listen"))
    run(store.save(tracker))
    return tracker


def texts(tracker: StoredTracker) -> list[str]:
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def test_a_tracker_survives_a_restart(store: BoundedTrackerStore, path: Path) -> None:
    tracker = talk(store, "一")
    tracker = talk(store, "二")
    events = [event.as_dict() for event in tracker.events]
    again = run(reopened(store, path).retrieve(CONVERSATION))
    assert [event.as_dict() for event in again.events] == events


def test_each_event_is_written_once(store: BoundedTrackerStore, path: Path) -> None:
    for text in "一二三":
        talk(store, text)
    full = run(store.retrieve_full_tracker(CONVERSATION))
    assert texts(full) == ["一", "二", "三"]
    assert len(full.events) == 2 + 3 * 4


def test_a_turn_that_is_not_saved_leaves_no_trace(store: BoundedTrackerStore) -> None:
    talk(store, "一")
    tracker = run(store.retrieve(CONVERSATION))
    tracker.update(UserUttered("二", message_id="二"))
    assert texts(run(store.retrieve(CONVERSATION))) == ["一"]


def test_a_first_turn_that_is_not_saved_leaves_no_trace(store: BoundedTrackerStore) -> None:
    tracker = run(store.get_or_create_tracker(CONVERSATION, append_action_listen=False))
    tracker.update(UserUttered("一", message_id="一"))
    assert run(store.retrieve(CONVERSATION)) is None


def test_one_message_id_cannot_be_saved_twice(store: BoundedTrackerStore) -> None:
    talk(store, "一")
    with pytest.raises(Exception, match="not appended"):
        talk(store, "一")
    assert run(store.utterances(CONVERSATION, "一"))[0].text == "回一"


def test_the_replies_to_a_message_end_at_the_next_one(store: BoundedTrackerStore) -> None:
    for text in "一二":
        talk(store, text)
    assert [each.text for each in run(store.utterances(CONVERSATION, "一"))] == ["回一"]
    assert run(store.utterances(CONVERSATION, "三")) is None
    assert run(store.utterances("another", "一")) is None


def test_only_the_last_session_is_loaded(store: BoundedTrackerStore, path: Path) -> None:
    tracker = talk(store, "一")
    tracker.update(SessionStarted())
    tracker.update(SlotSet("ticket_who", "张三"))
    run(store.save(tracker))
    talk(store, "二")
    again = run(reopened(store, path).retrieve(CONVERSATION))
    assert texts(again) == ["二"]
    assert again.get_slot("ticket_who") == "张三"


def test_conversations_beyond_the_bound_come_back_from_disk(store: BoundedTrackerStore) -> None:
    for number in range(5):
        talk(store, "一", f"conversation {number}")
    assert texts(run(store.retrieve("conversation 0"))) == ["一"]


def test_a_long_conversation_keeps_its_state_and_not_its_length(
    store: BoundedTrackerStore, path: Path
) -> None:
    tracker = talk(store, "开始")
    tracker.update(SlotSet("ticket_who", "张三"))
    tracker.update(ActiveLoop("ticket_form"))
    run(store.save(tracker))
    for number in range(200):
        tracker = talk(store, str(number))
    live = run(store.retrieve(CONVERSATION))
    from_disk = run(reopened(store, path).retrieve(CONVERSATION))
    for bounded in (live, from_disk):
        assert len(bounded.events) <= EVENTS_BOUND
        assert bounded.get_slot("ticket_who") == "张三"
        assert bounded.active_loop_name == "ticket_form"
        assert bounded.latest_message.text == "199"
        assert bounded.latest_action_name == "action_listen"


def test_a_bounded_tracker_still_writes_only_what_is_new(
    store: BoundedTrackerStore, path: Path
) -> None:
    for number in range(200):
        talk(store, str(number))
    full = run(reopened(store, path).retrieve_full_tracker(CONVERSATION))
    assert texts(full) == [str(number) for number in range(200)]


def test_idle_conversations_are_forgotten(store: BoundedTrackerStore) -> None:
    talk(store, "一")
    assert run(store.forget_idle(days=1)) == 0
    assert run(store.forget_idle(days=-1)) == 6
    assert run(store.retrieve_full_tracker(CONVERSATION)) is None


def test_a_forgotten_conversation_is_gone(store: BoundedTrackerStore) -> None:
    talk(store, "一")
    run(store.forget(CONVERSATION))
    assert run(store.retrieve(CONVERSATION)) is None
