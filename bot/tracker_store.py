"""Dialogue state on disk: events are appended once, and live trackers stay in memory.

Rasa's own SQL store reads a conversation back for every turn. Here a turn takes the live tracker
out of memory and puts it back when it saves, so a turn that is aborted leaves no half-changed
copy: the next one reads from disk what was saved.
"""

import json
import sqlite3
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
    deserialise_events,
)
from rasa.shared.core.trackers import DialogueStateTracker

LIVE_TRACKERS = 2_000
# Rasa replays a tracker's events several times a turn, so what it replays must not grow.
EVENTS_BOUND = 96
EVENTS_KEPT = 48
IDLE_DAYS_KEPT = 30

SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL,
    kind TEXT NOT NULL,
    message_id TEXT,
    at REAL NOT NULL,
    event TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_of ON events (conversation, id);
CREATE INDEX IF NOT EXISTS sessions_of ON events (conversation, id) WHERE kind = 'session_started';
CREATE UNIQUE INDEX IF NOT EXISTS turn ON events (conversation, message_id)
    WHERE message_id IS NOT NULL;
"""


class StoredTracker(DialogueStateTracker):
    """A tracker that remembers which of its events are not on disk yet."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.unsaved: list[Event] = []
        super().__init__(*args, **kwargs)

    def update(self, event: Event, domain: Domain | None = None) -> None:
        """Applies `event` and notes it for the next save."""
        super().update(event, domain)
        self.unsaved.append(event)


class SqliteTrackerStore(TrackerStore):
    """Trackers in one SQLite file at `path`; `live` of them in memory."""

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: Any = None,
        *,
        path: str,
        live: int = LIVE_TRACKERS,
        host: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker, **kwargs)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        # Used by one event loop; only the first load happens in another thread.
        self._disk = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._disk.execute("PRAGMA journal_mode=WAL")
        # NORMAL may lose the last turns in a power cut, never in a crash: dialogue state is
        # disposable, and the desk keeps the transcript.
        self._disk.execute("PRAGMA synchronous=NORMAL")
        self._disk.executescript(SCHEMA)
        self._live: OrderedDict[str, StoredTracker] = OrderedDict()
        self._live_bound = live

    @property
    def domain(self) -> Domain:
        """The domain whose slots the trackers have."""
        return self._domain

    @domain.setter
    def domain(self, domain: Domain | None) -> None:
        self._domain = domain or Domain.empty()
        self._live.clear()

    def init_tracker(self, sender_id: str) -> StoredTracker:
        """An empty tracker for `sender_id`."""
        return StoredTracker(sender_id, self.domain.slots)

    async def create_tracker(
        self, sender_id: str, append_action_listen: bool = True
    ) -> StoredTracker:
        """A tracker for a new conversation; not kept before its first turn is saved."""
        tracker = self.init_tracker(sender_id)
        if append_action_listen:
            tracker.update(ActionExecuted(ACTION_LISTEN_NAME))
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Writes the tracker's new events, all or none, and keeps it for the next turn."""
        if not isinstance(tracker, StoredTracker):
            raise TypeError("only a tracker this store made knows its new events")
        if tracker.unsaved:
            rows = [_row(tracker.sender_id, event) for event in tracker.unsaved]
            self._disk.execute("BEGIN IMMEDIATE")
            try:
                self._disk.executemany(
                    "INSERT INTO events (conversation, kind, message_id, at, event) "
                    "VALUES (?, ?, ?, ?, ?)",
                    rows,
                )
                self._disk.execute("COMMIT")
            except BaseException:
                self._disk.execute("ROLLBACK")
                raise
            tracker.unsaved.clear()
        self._live[tracker.sender_id] = self._bounded(tracker)
        while len(self._live) > self._live_bound:
            self._live.popitem(last=False)

    async def retrieve(self, sender_id: str) -> StoredTracker | None:
        """The tracker since its last session start, handed out until it is saved; None if new."""
        live = self._live.pop(sender_id, None)
        if live is not None:
            return live
        rows = self._disk.execute(
            "SELECT event FROM events WHERE conversation = ?1 AND id >= coalesce((SELECT max(id) "
            "FROM events WHERE conversation = ?1 AND kind = 'session_started'), 0) ORDER BY id",
            (sender_id,),
        ).fetchall()
        return self._bounded(self._replayed(sender_id, _events(rows))) if rows else None

    async def retrieve_full_tracker(self, conversation_id: str) -> StoredTracker | None:
        """The tracker over all sessions, for inspection; never handed out of the live ones."""
        rows = self._disk.execute(
            "SELECT event FROM events WHERE conversation = ? ORDER BY id", (conversation_id,)
        ).fetchall()
        return self._replayed(conversation_id, _events(rows)) if rows else None

    async def keys(self) -> Iterable[str]:
        """The conversations on disk."""
        return [row[0] for row in self._disk.execute("SELECT DISTINCT conversation FROM events")]

    async def look(self, sender_id: str) -> StoredTracker | None:
        """The tracker as it is, not handed out: who looks must not change it."""
        tracker = await self.retrieve(sender_id)
        if tracker is not None:
            self._live[sender_id] = tracker
        return tracker

    def matters(self, conversation: str, message_id: str) -> list[str] | None:
        """The texts that message `message_id` was taken apart into; None if it is unknown."""
        row = self._disk.execute(
            "SELECT event FROM events WHERE conversation = ? AND message_id = ?",
            (conversation, message_id),
        ).fetchone()
        if row is None:
            return None
        event = json.loads(row[0])
        texts = (event.get("metadata") or {}).get("matters")
        return texts or [event.get("text") or ""]

    def utterances(self, conversation: str, message_id: str) -> list[BotUttered] | None:
        """What the bot said to message `message_id`, in whatever session; None if unknown."""
        turn = self._disk.execute(
            "SELECT id FROM events WHERE conversation = ? AND message_id = ?",
            (conversation, message_id),
        ).fetchone()
        if turn is None:
            return None
        said: list[BotUttered] = []
        later = self._disk.execute(
            "SELECT kind, event FROM events WHERE conversation = ? AND id > ? "
            "AND kind IN ('user', 'bot') ORDER BY id",
            (conversation, turn[0]),
        )
        for kind, event in later:
            if kind == "user":
                break
            said += _events([(event,)])
        later.close()
        return said

    def forget(self, conversation: str) -> None:
        """Removes all state of `conversation`."""
        self._live.pop(conversation, None)
        self._disk.execute("DELETE FROM events WHERE conversation = ?", (conversation,))

    def forget_idle(self, days: int = IDLE_DAYS_KEPT) -> int:
        """Removes conversations in which nothing happened for `days`; how many events went."""
        return self._disk.execute(
            "DELETE FROM events WHERE conversation IN "
            "(SELECT conversation FROM events GROUP BY conversation HAVING max(at) < ?)",
            (time.time() - days * 86_400,),
        ).rowcount

    def close(self) -> None:
        """Closes the file."""
        self._disk.close()

    def _replayed(self, sender_id: str, events: Iterable[Event]) -> StoredTracker:
        tracker = self.init_tracker(sender_id)
        for event in events:
            tracker.update(event)
        tracker.unsaved.clear()
        return tracker

    def _bounded(self, tracker: StoredTracker) -> StoredTracker:
        """`tracker`, or one in the same state whose older events are replaced by their outcome."""
        events = list(tracker.events)
        if len(events) <= EVENTS_BOUND:
            return tracker
        # Cut before a person's message, so that the kept turns are whole.
        cut = next(
            (
                index
                for index in range(len(events) - EVENTS_KEPT, 0, -1)
                if isinstance(events[index], UserUttered)
            ),
            0,
        )
        if not cut:
            return tracker
        past = self._replayed(tracker.sender_id, events[:cut])
        outcome: list[Event] = [SessionStarted(timestamp=events[0].timestamp)]
        outcome += [
            SlotSet(slot.name, slot.value)
            for slot in past.slots.values()
            if slot.value != slot.initial_value
        ]
        if past.active_loop_name:
            outcome.append(ActiveLoop(past.active_loop_name))
        # The listen that ended the past is part of the state the next rule is matched on.
        outcome += [event for event in events[cut - 1 : cut] if event.type_name == "action"]
        bounded = self._replayed(tracker.sender_id, [*outcome, *events[cut:]])
        bounded.model_id, bounded.assistant_id = tracker.model_id, tracker.assistant_id
        return bounded


def _row(conversation: str, event: Event) -> tuple[str, str, str | None, float, str]:
    message_id = event.message_id if isinstance(event, UserUttered) else None
    written = json.dumps(event.as_dict(), ensure_ascii=False)
    return conversation, event.type_name, message_id, event.timestamp, written


def _events(rows: Iterable[Sequence[str]]) -> list[Any]:
    return list(deserialise_events([json.loads(row[0]) for row in rows]))
