"""One message id is one turn, whatever happens around it."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import CONVERSATION, Actions, run

from bot.input_channel import BadRequest, TurnRequest, Turns, neutral
from bot.rasa_patches import TurnAborted

OpenDoor = Callable[[], Turns]


def said(message_id: str, text: str, conversation: str = CONVERSATION) -> TurnRequest:
    return TurnRequest(conversation, message_id, text)


def rows(path: Path) -> int:
    with sqlite3.connect(path) as disk:
        count: int = disk.execute("SELECT count(*) FROM dialogue_events").fetchone()[0]
        return count


def test_a_turn_gives_text_buttons_and_citations(open_door: OpenDoor, actions: Actions) -> None:
    door = open_door()
    greeting, repeated = run(door.take(said("1", "你好")))
    assert not repeated
    assert greeting[0]["text"].startswith("您好")
    assert {"title": "转人工", "payload": "转人工"} in greeting[0]["buttons"]
    answer, _ = run(door.take(said("2", "小微企业所得税有什么优惠")))
    assert answer[0]["citations"] == [{"passage": "p1"}]


def test_the_same_message_id_again_gives_the_same_turn(
    open_door: OpenDoor, actions: Actions, path: Path
) -> None:
    door = open_door()
    first, _ = run(door.take(said("1", "小微企业所得税有什么优惠")))
    saved = rows(path)
    again, repeated = run(door.take(said("1", "小微企业所得税有什么优惠")))
    assert (again, repeated) == (first, True)
    assert actions.called == ["action_answer_policy"]
    assert rows(path) == saved


def test_a_turn_made_before_a_restart_is_not_made_again(
    open_door: OpenDoor, actions: Actions
) -> None:
    door = open_door()
    first, _ = run(door.take(said("1", "残保金怎么减免")))
    run(door.take(said("2", "谢谢")))
    again, repeated = run(open_door().take(said("1", "残保金怎么减免")))
    assert (again, repeated) == (first, True)
    assert actions.called == ["action_answer_policy", "action_thanks"]


def test_a_turn_of_an_earlier_session_is_not_made_again(
    open_door: OpenDoor, actions: Actions, path: Path
) -> None:
    door = open_door()
    first, _ = run(door.take(said("1", "残保金怎么减免")))
    # Two days pass: the next message starts a new session.
    with sqlite3.connect(path) as disk:
        disk.execute(
            "UPDATE dialogue_events SET event = json_set(event, '$.timestamp', "
            "json_extract(event, '$.timestamp') - 172800)"
        )
    door = open_door()
    run(door.take(said("2", "你好")))
    with sqlite3.connect(path) as disk:
        kinds = [row[0] for row in disk.execute("SELECT kind FROM dialogue_events ORDER BY id")]
    assert kinds.count("session_started") == 2
    again, repeated = run(open_door().take(said("1", "残保金怎么减免")))
    assert (again, repeated) == (first, True)


def test_a_message_that_is_still_being_answered_is_joined(
    open_door: OpenDoor, actions: Actions
) -> None:
    actions.seconds = 0.05
    door = open_door()

    async def twice() -> list[tuple[list[dict[str, object]], bool]]:
        turn = said("1", "残保金怎么减免")
        return list(await asyncio.gather(door.take(turn), door.take(turn)))

    (first, made), (second, joined) = run(twice())
    assert first == second
    assert (made, joined) == (False, True)
    assert len(actions.called) == 1


def test_a_caller_that_hangs_up_does_not_stop_the_turn(
    open_door: OpenDoor, actions: Actions
) -> None:
    actions.seconds = 0.05
    door = open_door()

    async def hang_up_and_call_again() -> bool:
        caller = asyncio.create_task(door.take(said("1", "残保金怎么减免")))
        await asyncio.sleep(0.02)
        caller.cancel()
        _, repeated = await door.take(said("1", "残保金怎么减免"))
        return repeated

    assert run(hang_up_and_call_again())
    assert len(actions.called) == 1


def test_twenty_messages_at_once_are_answered_in_order_without_waiting(
    open_door: OpenDoor, actions: Actions
) -> None:
    door = open_door()

    async def flood() -> tuple[list[str], float]:
        started = asyncio.get_running_loop().time()
        turns = [door.take(said(str(n), f"第{n}个问题：残保金怎么减免")) for n in range(20)]
        answers = [replies[0]["text"] for replies, _ in await asyncio.gather(*turns)]
        return answers, asyncio.get_running_loop().time() - started

    answers, seconds = run(flood())
    assert [f"第{n}个" in answer for n, answer in enumerate(answers)] == [True] * 20
    # Rasa's own lock would let each wait at least a second.
    assert seconds < 10


def test_a_failed_action_aborts_the_turn_and_leaves_nothing(
    open_door: OpenDoor, actions: Actions, path: Path
) -> None:
    door = open_door()
    run(door.take(said("1", "你好")))
    saved = rows(path)
    actions.failure = ConnectionError("the action server is gone")
    with pytest.raises(TurnAborted):
        run(door.take(said("2", "残保金怎么减免")))
    assert rows(path) == saved
    actions.failure = None
    replies, repeated = run(door.take(said("2", "残保金怎么减免")))
    assert not repeated
    assert replies[0]["text"] == "action_answer_policy:残保金怎么减免"


def test_an_aborted_turn_does_not_colour_the_next_one(
    open_door: OpenDoor, actions: Actions, path: Path
) -> None:
    door = open_door()
    actions.failure = ConnectionError()
    with pytest.raises(TurnAborted):
        run(door.take(said("1", "我要投诉")))
    actions.failure = None
    replies, _ = run(door.take(said("2", "你好")))
    assert replies[0]["text"].startswith("您好")
    with sqlite3.connect(path) as disk:
        users = disk.execute(
            "SELECT message_id FROM dialogue_events WHERE kind = 'user'"
        ).fetchall()
    assert users == [("2",)]


def test_a_failed_save_aborts_the_turn(open_door: OpenDoor, actions: Actions, path: Path) -> None:
    door = open_door()
    run(door.take(said("1", "你好")))
    with sqlite3.connect(path) as disk:
        # A full disk, as the store meets it: reading works, writing does not.
        disk.execute(
            "CREATE TRIGGER full BEFORE INSERT ON dialogue_events "
            "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
    with pytest.raises(TurnAborted, match="disk is full"):
        run(door.take(said("2", "谢谢")))
    with sqlite3.connect(path) as disk:
        disk.execute("DROP TRIGGER full")
    replies, repeated = run(door.take(said("2", "谢谢")))
    assert replies
    assert not repeated


@pytest.mark.parametrize(
    "text",
    [
        "/greet",
        "  /greet",
        "/restart",
        '/ask_human{"ticket_number": "BZ2611230001"}',
        "\n/EXTERNAL_reminder",
        "/session_start",
        "\u200b/restart",
    ],
)
def test_an_intent_written_with_a_slash_is_just_text(
    open_door: OpenDoor, actions: Actions, path: Path, text: str
) -> None:
    run(open_door().take(said("1", text)))
    with sqlite3.connect(path) as disk:
        event = disk.execute(
            "SELECT json_extract(event, '$.text'), json_extract(event, '$.parse_data.entities') "
            "FROM dialogue_events WHERE kind = 'user'"
        ).fetchone()
        kinds = {row[0] for row in disk.execute("SELECT kind FROM dialogue_events")}
    assert event[0].startswith("／")
    assert "restart" not in kinds
    assert neutral(text).startswith("／")


@pytest.mark.parametrize(
    "text", ["", "   ", "😀😀😀", "https://example.com", "啊" * 10_000, "\x00\x07"]
)
def test_odd_messages_are_answered(open_door: OpenDoor, actions: Actions, text: str) -> None:
    replies, _ = run(open_door().take(said("1", text)))
    assert replies
    assert all(reply["text"] for reply in replies)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"conversation": "not a uuid", "message_id": "1", "text": "x"},
        {"conversation": CONVERSATION, "message_id": "", "text": "x"},
        {"conversation": CONVERSATION, "message_id": "1" * 201, "text": "x"},
        {"conversation": CONVERSATION, "message_id": 1, "text": "x"},
        {"conversation": CONVERSATION, "message_id": "1", "text": None},
        {"conversation": CONVERSATION, "message_id": "1", "text": "x" * 20_001},
    ],
)
def test_a_body_that_is_no_turn_is_refused(body: object) -> None:
    with pytest.raises(BadRequest):
        TurnRequest.read(body)
