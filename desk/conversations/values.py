"""What crosses the door between channels and the desk."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """One message of one person, as a channel understood it.

    `channel`, `account`, `sender` and `message_id` together are its key: the same key is the same
    message, however often the platform sends it.
    """

    channel: str
    account: str
    sender: str
    message_id: str
    text: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """A stored message: `new` is False when the same key had been stored before."""

    inbound_id: int
    conversation_id: UUID
    new: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """A stored message whose answer is due, claimed by `owner` for the length of its lease.

    `key` names it to the dialogue. It holds the time too: a database restored from a backup gives
    the same row numbers to other messages.
    """

    inbound_id: int
    key: str
    conversation_id: UUID
    text: str
    owner: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One thing the dialogue says: text, quick replies, and the passages it rests on."""

    text: str
    buttons: list[dict[str, str]] = field(default_factory=list)
    citations: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TranscriptEntry:
    """One line of a conversation; `seq` counts both directions in their order.

    `author` is person, bot, staff or system; `state` is the message's own (see models);
    `message_id` is the sender's id of a person's message, empty otherwise.
    """

    seq: int
    author: str
    name: str
    text: str
    at: datetime
    citations: list[dict[str, Any]]
    buttons: list[dict[str, str]]
    state: str
    message_id: str = ""
