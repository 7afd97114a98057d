"""Where the dialogue's events lie: SQLite by default, PostgreSQL or Redis by TRACKER_URL.

A log is appended to and read, nothing else. Whoever appends says which position they read up to: if
somebody else has appended since, nothing is written. So several Rasa processes may share a log
without locks, and one that was overtaken makes its turn again from what is there.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from bot import paths

SQL = {"sqlite", "postgres", "postgresql"}
REDIS = {"redis", "rediss", "unix"}


class WrongAddress(Exception):
    """TRACKER_URL names no store we know; the message says what it may be."""


class Overtaken(Exception):
    """Somebody else has appended to the conversation since it was read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: its kind, the message id of a person's, when it was (seconds), itself as JSON."""

    kind: str
    message_id: str | None
    at: float
    event: str


@dataclass(frozen=True, slots=True)
class Read:
    """Events as JSON, oldest first, and the position up to which the conversation was read."""

    events: tuple[str, ...]
    position: int


class EventLog(Protocol):
    """Events by conversation. Every method may raise what its server's client raises."""

    remote: bool
    """Whether a call waits for a network, so that it must not be made in the event loop."""

    def append(self, conversation: str, entries: Sequence[Entry], *, after: int) -> int:
        """Writes all or none; the new position. Raises Overtaken unless `after` is the last one,
        and for a message id that the conversation has already."""

    def position(self, conversation: str) -> int:
        """The last position; 0 for a conversation that has no events."""

    def session(self, conversation: str) -> Read:
        """The events since the last session start."""

    def everything(self, conversation: str) -> Read:
        """The events of all sessions."""

    def turn(self, conversation: str, message_id: str) -> str | None:
        """The person's event with this message id."""

    def said(self, conversation: str, message_id: str) -> list[str] | None:
        """The bot's events between that message and the next; None if it is unknown."""

    def conversations(self) -> list[str]:
        """All of them, in no order."""

    def forget(self, conversation: str) -> None:
        """Removes its events."""

    def forget_before(self, moment: float) -> int:
        """Removes conversations in which nothing happened since; how many events went."""

    def close(self) -> None:
        """Gives the connections back."""


def address() -> str:
    """TRACKER_URL, or the SQLite file in DATA_DIR. Raises WrongAddress."""
    url = os.environ.get("TRACKER_URL")
    if not url:
        return f"sqlite:///{paths.data_dir() / 'rasa' / 'trackers.sqlite'}"
    if urlsplit(url).scheme not in SQL | REDIS:
        raise WrongAddress(
            "TRACKER_URL must begin with sqlite:///, postgres://, redis://, rediss:// or unix://"
        )
    return url


def open_log(url: str) -> EventLog:
    """The log at `url`, as `address` gives it. Raises what the server's client raises."""
    # The clients are imported where they are needed: each costs memory.
    if urlsplit(url).scheme in REDIS:
        from bot.redis_log import RedisLog

        return RedisLog(url)
    from bot.sql_log import SqlLog

    return SqlLog(url)
