"""Dialogue state: events are appended once to a log, and live trackers stay in memory.

Rasa's own stores read a conversation back for every turn, its Redis store writes all of it each
time. Here a turn takes the live tracker out of memory and puts it back when it saves, so a turn
that is aborted leaves no half-changed copy: the next one reads what was saved. A live tracker is
used only while nobody else has appended to its conversation.
"""

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ParamSpec, TypeVar

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

from bot.event_log import Entry, Read, open_log

LIVE_TRACKERS = 2_000
# Rasa replays a tracker's events several times a turn, so what it replays must not grow.
EVENTS_BOUND = 96
EVENTS_KEPT = 48
IDLE_DAYS_KEPT = 30

P = ParamSpec("P")
T = TypeVar("T")


class StoredTracker(DialogueStateTracker):
    """A tracker that knows which of its events are not saved yet, and where the saved ones end."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.unsaved: list[Event] = []
        self.position = 0
        super().__init__(*args, **kwargs)

    def update(self, event: Event, domain: Domain | None = None) -> None:
        """Applies `event` and notes it for the next save."""
        super().update(event, domain)
        self.unsaved.append(event)


class BoundedTrackerStore(TrackerStore):
    """Trackers in the event log at `address`; `live` of them in memory."""

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: Any = None,
        *,
        address: str,
        live: int = LIVE_TRACKERS,
        host: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker, **kwargs)
        self._log = open_log(address)
        self._live: OrderedDict[str, StoredTracker] = OrderedDict()
        self._live_bound = live

    async def _ask(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What the log says; a server is waited for in a thread, so that other talk goes on."""
        if self._log.remote:
            return await asyncio.to_thread(call, *args, **kwargs)
        return call(*args, **kwargs)

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
        """Writes the tracker's new events, all or none, and keeps it for the next turn.

        Raises Overtaken when somebody else has appended to the conversation meanwhile.
        """
        if not isinstance(tracker, StoredTracker):
            raise TypeError("only a tracker this store made knows its new events")
        if tracker.unsaved:
            entries = [_entry(event) for event in tracker.unsaved]
            tracker.position = await self._ask(
                self._log.append, tracker.sender_id, entries, after=tracker.position
            )
            tracker.unsaved.clear()
        self._live[tracker.sender_id] = self._bounded(tracker)
        while len(self._live) > self._live_bound:
            self._live.popitem(last=False)

    async def retrieve(self, sender_id: str) -> StoredTracker | None:
        """The tracker since its last session start, handed out until it is saved; None if new."""
        live = self._live.pop(sender_id, None)
        if live is not None and live.position == await self._ask(self._log.position, sender_id):
            return live
        read = await self._ask(self._log.session, sender_id)
        return self._bounded(self._replayed(sender_id, read)) if read.events else None

    async def retrieve_full_tracker(self, conversation_id: str) -> StoredTracker | None:
        """The tracker over all sessions, for inspection; never handed out of the live ones."""
        read = await self._ask(self._log.everything, conversation_id)
        return self._replayed(conversation_id, read) if read.events else None

    async def keys(self) -> Iterable[str]:
        """The conversations that are kept."""
        return await self._ask(self._log.conversations)

    async def look(self, sender_id: str) -> StoredTracker | None:
        """The tracker as it is, not handed out: who looks must not change it."""
        tracker = await self.retrieve(sender_id)
        if tracker is not None:
            self._live[sender_id] = tracker
        return tracker

    async def matters(self, conversation: str, message_id: str) -> list[str] | None:
        """The texts that message `message_id` was taken apart into; None if it is unknown."""
        found = await self._ask(self._log.turn, conversation, message_id)
        if found is None:
            return None
        event = json.loads(found)
        texts = (event.get("metadata") or {}).get("matters")
        return texts or [event.get("text") or ""]

    async def utterances(self, conversation: str, message_id: str) -> list[BotUttered] | None:
        """What the bot said to message `message_id`, in whatever session; None if unknown."""
        said = await self._ask(self._log.said, conversation, message_id)
        return None if said is None else _events(said)

    async def forget(self, conversation: str) -> None:
        """Removes all state of `conversation`."""
        self._live.pop(conversation, None)
        await self._ask(self._log.forget, conversation)

    async def forget_idle(self, days: int = IDLE_DAYS_KEPT) -> int:
        """Removes conversations in which nothing happened for `days`; how many events went."""
        return await self._ask(self._log.forget_before, time.time() - days * 86_400)

    def close(self) -> None:
        """Closes the log."""
        self._log.close()

    def _replayed(self, sender_id: str, read: Read) -> StoredTracker:
        return self._made_of(sender_id, _events(read.events), read.position)

    def _made_of(self, sender_id: str, events: Iterable[Event], position: int) -> StoredTracker:
        tracker = self.init_tracker(sender_id)
        for event in events:
            tracker.update(event)
        tracker.unsaved.clear()
        tracker.position = position
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
        past = self._made_of(tracker.sender_id, events[:cut], 0)
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
        bounded = self._made_of(tracker.sender_id, [*outcome, *events[cut:]], tracker.position)
        bounded.model_id, bounded.assistant_id = tracker.model_id, tracker.assistant_id
        return bounded


def _entry(event: Event) -> Entry:
    message_id = event.message_id if isinstance(event, UserUttered) else None
    written = json.dumps(event.as_dict(), ensure_ascii=False)
    return Entry(event.type_name, message_id, event.timestamp, written)


def _events(written: Sequence[str]) -> list[Any]:
    return list(deserialise_events([json.loads(event) for event in written]))
