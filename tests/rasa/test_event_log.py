"""One contract for every place the dialogue's events may lie: SQLite, PostgreSQL, Redis."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import CONVERSATION, Actions, run
from rasa.core.agent import Agent
from rasa.shared.core.events import BotUttered

from bot import event_log
from bot.event_log import Entry, EventLog, Overtaken, open_log
from bot.input_channel import TurnRequest, Turns
from bot.rasa_patches import TurnAborted
from bot.tracker_store import BoundedTrackerStore
from tests.postgres import NoPostgres, running_postgres
from tests.redis_server import NoRedis, running_redis

SERVERS = {"postgres": (running_postgres, NoPostgres), "redis": (running_redis, NoRedis)}
OTHER = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module", params=["sqlite", "postgres", "redis"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('log') / 'trackers.sqlite'}"
        return
    running, missing = SERVERS[request.param]
    try:
        with running() as address:
            yield address
    except missing as error:
        if os.environ.get("REQUIRE_SERVICES") == "1":
            raise
        pytest.skip(str(error))


@pytest.fixture
def log(url: str) -> Iterator[EventLog]:
    made = open_log(url)
    for conversation in made.conversations():
        made.forget(conversation)
    yield made
    made.close()


def entry(kind: str, text: str = "", message_id: str | None = None) -> Entry:
    written = json.dumps({"event": kind, "text": text}, ensure_ascii=False)
    return Entry(kind, message_id, time.time(), written)


def turn(message_id: str, *replies: str) -> list[Entry]:
    return [
        entry("user", f"问{message_id}", message_id),
        entry("action"),
        *(entry("bot", reply) for reply in replies),
        entry("action"),
    ]


def texts(written: list[str] | tuple[str, ...] | None) -> list[str]:
    return [json.loads(event)["text"] for event in written or ()]


def test_what_is_appended_is_read_in_its_order(log: EventLog) -> None:
    last = log.append(CONVERSATION, turn("1", "答一", "再答"), after=0)
    log.append(CONVERSATION, turn("2", "答二"), after=last)
    read = log.everything(CONVERSATION)
    assert texts(read.events) == ["问1", "", "答一", "再答", "", "问2", "", "答二", ""]
    assert read.position == log.position(CONVERSATION)
    assert log.position(OTHER) == 0
    assert log.everything(OTHER).events == ()


def test_who_read_too_early_appends_nothing(log: EventLog) -> None:
    last = log.append(CONVERSATION, turn("1"), after=0)
    for stale in (0, last - 1, last + 1):
        with pytest.raises(Overtaken):
            log.append(CONVERSATION, turn("2"), after=stale)
    assert log.position(CONVERSATION) == last
    assert log.turn(CONVERSATION, "2") is None


def test_a_message_id_is_saved_once_and_all_or_nothing(log: EventLog) -> None:
    last = log.append(CONVERSATION, turn("1"), after=0)
    with pytest.raises(Overtaken):
        log.append(CONVERSATION, [entry("bot", "前面的"), *turn("1")], after=last)
    assert log.position(CONVERSATION) == last
    # In another conversation it is another message.
    assert log.append(OTHER, turn("1"), after=0) > 0


def test_of_those_who_append_at_once_one_does(log: EventLog) -> None:
    outcomes: list[str] = []

    def append(number: int) -> None:
        try:
            log.append(CONVERSATION, turn(str(number)), after=0)
            outcomes.append("written")
        except Overtaken:
            outcomes.append("overtaken")

    threads = [threading.Thread(target=append, args=(number,)) for number in range(8)]
    if log.remote:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    else:
        # One event loop uses it: calls come one after the other.
        for number in range(8):
            append(number)
    assert sorted(outcomes) == ["overtaken"] * 7 + ["written"]
    assert len(log.everything(CONVERSATION).events) == 3


def test_the_replies_to_a_message_end_at_the_next(log: EventLog) -> None:
    last = log.append(CONVERSATION, turn("1", "答一", *"多" * 150), after=0)
    last = log.append(CONVERSATION, turn("2", "答二"), after=last)
    log.append(CONVERSATION, [entry("session_started"), entry("action")], after=last)
    assert texts(log.said(CONVERSATION, "1")) == ["答一", *"多" * 150]
    assert texts(log.said(CONVERSATION, "2")) == ["答二"]
    assert log.said(CONVERSATION, "3") is None
    assert log.said(OTHER, "1") is None
    assert json.loads(log.turn(CONVERSATION, "2") or "")["text"] == "问2"


def test_a_session_is_read_from_its_start(log: EventLog) -> None:
    last = log.append(CONVERSATION, turn("1", "旧的"), after=0)
    started = [entry("session_started"), *turn("2", "新的")]
    last = log.append(CONVERSATION, started, after=last)
    read = log.session(CONVERSATION)
    assert texts(read.events) == ["", "问2", "", "新的", ""]
    assert read.position == last


def test_what_is_forgotten_is_gone(log: EventLog) -> None:
    log.append(CONVERSATION, turn("1"), after=0)
    log.append(OTHER, turn("1"), after=0)
    assert sorted(log.conversations()) == sorted([CONVERSATION, OTHER])
    log.forget(CONVERSATION)
    assert log.conversations() == [OTHER]
    assert log.position(CONVERSATION) == 0
    assert log.turn(CONVERSATION, "1") is None
    assert log.append(CONVERSATION, turn("1"), after=0) > 0


def test_idle_conversations_are_forgotten_or_expire(log: EventLog, url: str) -> None:
    log.append(CONVERSATION, turn("1"), after=0)
    assert log.forget_before(time.time() - 60) == 0
    if url.startswith("unix"):
        assert log.forget_before(time.time() + 60) == 0  # The server does it by itself.
        import redis

        server = redis.Redis.from_url(url)
        lives = [server.ttl(key) for key in server.scan_iter("peipao:dialogue:*")]
        assert len(lives) == 2
        assert all(0 < seconds <= 30 * 86_400 for seconds in lives)
    else:
        assert log.forget_before(time.time() + 60) == 3
        assert log.conversations() == []


def test_two_processes_share_a_conversation(
    agent: Agent, actions: Actions, log: EventLog, url: str
) -> None:
    """Each with its own live trackers: what one saved, the other goes on from."""
    stores = [BoundedTrackerStore(agent.domain, address=url) for _ in range(2)]

    def ask(which: int, message_id: str, text: str) -> tuple[list[str], bool]:
        agent.tracker_store = agent.processor.tracker_store = stores[which]
        request = TurnRequest(CONVERSATION, message_id, text)
        replies, repeated = run(Turns(agent, stores[which]).take(request))
        return [reply["text"] for reply in replies], repeated

    try:
        first, repeated = ask(0, "1", "你好")
        assert not repeated
        assert ask(1, "1", "你好") == (first, True)
        ask(1, "2", "谢谢")
        # The first one's live tracker is out of date now, and it notices.
        ask(0, "3", "再见")
        assert [json.loads(log.turn(CONVERSATION, number) or "{}")["text"] for number in "123"] == [
            "你好",
            "谢谢",
            "再见",
        ]
    finally:
        for store in stores:
            store.close()


def test_a_turn_that_was_overtaken_is_aborted_and_made_again(
    agent: Agent, actions: Actions, log: EventLog, url: str
) -> None:
    store, faster = (BoundedTrackerStore(agent.domain, address=url) for _ in range(2))
    agent.tracker_store = agent.processor.tracker_store = store
    turns = Turns(agent, store)
    run(turns.take(TurnRequest(CONVERSATION, "1", "你好")))
    original = store.save

    async def overtaken(tracker: object) -> None:
        store.save = original  # type: ignore[method-assign]  # once
        other = await faster.retrieve(CONVERSATION)
        assert other is not None
        other.update(BotUttered("另一个进程说的"))
        await faster.save(other)
        await original(tracker)  # type: ignore[arg-type]  # Rasa's own type

    store.save = overtaken  # type: ignore[method-assign]  # another process is faster
    with pytest.raises(TurnAborted):
        run(turns.take(TurnRequest(CONVERSATION, "2", "谢谢")))
    assert log.turn(CONVERSATION, "2") is None
    assert run(turns.take(TurnRequest(CONVERSATION, "2", "谢谢")))[1] is False
    store.close()
    faster.close()


def test_the_address_is_a_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TRACKER_URL", raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert event_log.address() == f"sqlite:///{tmp_path}/rasa/trackers.sqlite"
    monkeypatch.setenv("TRACKER_URL", "redis://localhost:6379/0")
    assert event_log.address() == "redis://localhost:6379/0"
    monkeypatch.setenv("TRACKER_URL", "mongodb://localhost")
    with pytest.raises(event_log.WrongAddress, match="postgres://"):
        event_log.address()


def test_a_server_that_is_away_aborts_the_turn(
    agent: Agent, actions: Actions, open_door: Callable[[], Turns], monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = open_door()

    async def away(*_: object) -> None:
        raise ConnectionError("no server")

    monkeypatch.setattr(turns._store, "matters", away)
    with pytest.raises(TurnAborted):
        run(turns.take(TurnRequest(CONVERSATION, "1", "你好")))
