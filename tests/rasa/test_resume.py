"""A ticket left half told is offered again in the next session, once."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from conftest import CONVERSATION, Actions, run
from rasa.core.agent import Agent
from rasa.shared.core.events import ActiveLoop, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot import resume
from bot.input_channel import TurnRequest, Turns

OpenDoor = Callable[[], Turns]


def tracker(agent: Agent, *events: object) -> DialogueStateTracker:
    made = DialogueStateTracker("someone", agent.domain.slots)
    for event in events:
        made.update(event)
    return made


def test_a_matter_left_over_is_offered_after_the_first_message(agent: Agent) -> None:
    left = SlotSet("ticket_what", "门口的路烂了，货车进不来")
    said = resume.reminder(tracker(agent, SessionStarted(), left, UserUttered("你好")))
    assert said is not None
    assert "门口的路烂了" in said.text
    assert said.data["custom"]["offer"] == resume.OFFER


def test_nothing_is_offered_when_nothing_is_left_or_the_talk_goes_on(agent: Agent) -> None:
    left = SlotSet("ticket_what", "门口的路烂了")
    hello = UserUttered("你好")
    for events in (
        (SessionStarted(), hello),
        (SessionStarted(), left, hello, UserUttered("在吗")),
        (SessionStarted(), left, hello, ActiveLoop("ticket_form")),
        (left, hello),
    ):
        assert resume.reminder(tracker(agent, *events)) is None


def test_a_day_later_the_person_is_asked_whether_to_go_on(
    open_door: OpenDoor, actions: Actions, path: Path
) -> None:
    door = open_door()
    run(door.take(TurnRequest(CONVERSATION, "1", "你好")))
    with sqlite3.connect(path) as disk:
        slot = '{"event":"slot","name":"ticket_what","value":"厂门口的路烂了","timestamp":1}'
        disk.execute(
            "INSERT INTO dialogue_events (conversation, kind, at, event) VALUES (?, 'slot', 1, ?)",
            (CONVERSATION, slot),
        )
        disk.execute(
            "UPDATE dialogue_events SET event = json_set(event, '$.timestamp', "
            "json_extract(event, '$.timestamp') - 86400) WHERE kind != 'slot'"
        )
    replies, _ = run(open_door().take(TurnRequest(CONVERSATION, "2", "你好")))
    assert replies[0]["text"].startswith("您好")
    assert "厂门口的路烂了" in replies[-1]["text"]
    again, repeated = run(open_door().take(TurnRequest(CONVERSATION, "2", "你好")))
    assert (again, repeated) == (replies, True)
    later, _ = run(open_door().take(TurnRequest(CONVERSATION, "3", "谢谢")))
    assert all("还没提交" not in reply["text"] for reply in later)
