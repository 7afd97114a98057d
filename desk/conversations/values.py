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

    `kind` is one of models.Kind. `text` holds the person's words: a caption, what was recognised of
    a voice message, of a location or link its label, of an event what staff should read of it
    (empty: the transcript does not show it). `media` is a flat object of the platform's ids,
    addresses, coordinates, the event's key; long values are cut. `fetched`: whether the file itself
    still lies with the platform and is to be fetched (fetches.py). `reply`: what an event is
    answered with at once, such as a welcome. `reopens`: whether the platform lets us write to the
    person from now on; false for leaving, and for what the platform itself reports.
    """

    channel: str
    account: str
    sender: str
    message_id: str
    text: str
    received_at: datetime
    kind: str = "text"
    media: dict[str, Any] = field(default_factory=dict)
    fetched: bool = False
    reply: "Reply | None" = None
    reopens: bool = True


@dataclass(frozen=True, slots=True)
class Accepted:
    """A stored message: `new` is False when the same key had been stored before.

    `held_open`: some request of theirs, this one or an earlier, is noted as one that may carry the
    answer back; till then nobody else delivers.
    """

    inbound_id: int
    conversation_id: UUID
    new: bool
    held_open: bool = False


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
    channel: str
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Reply:
    """One thing the dialogue says: text, quick replies, and the passages it rests on."""

    text: str
    buttons: list[dict[str, str]] = field(default_factory=list)
    citations: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FileCard:
    """A file as a line shows it; `size` in bytes, `id` for whoever may read the conversation."""

    id: UUID
    name: str
    size: int
    picture: bool


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A person's file to be fetched: what the platform calls it stands in `media`.

    `key` is the attachment's, `name` what it is called where its sender gave it no name.
    """

    inbound_id: int
    conversation_id: UUID
    channel: str
    key: str
    name: str
    media: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TranscriptEntry:
    """One line of a conversation; `seq` counts both directions in their order.

    `author` is person, bot, staff or system; `state` is the message's own (see models), of what we
    said its delivery's ("sent" where none is needed), which `way` and `reason` explain;
    `message_id` is the sender's id of a person's message, empty otherwise. `file_state` and
    `file_reason` tell of a person's file that is not here: "waiting" or "given_up", and why.
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
    kind: str = "text"
    way: str = ""
    reason: str = ""
    attachment: FileCard | None = None
    file_state: str = ""
    file_reason: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One outbox message on its way; `key` tells what it is (turn:…, staff:…, notice:…)."""

    delivery_id: int
    key: str
    seq: int
    author: str
    name: str
    text: str
    buttons: list[dict[str, str]]
    citations: list[dict[str, Any]]
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What one send takes to one person: `messages` in their order, which share one fate.

    `parts`: the platform's ids of those parts of them it took in earlier tries; go on after them.
    `tries`: failed ones so far. `heard_at`, `heard_kind`: the person's last act that lets us write.
    `carrier`: the person's message whose open request carries this, if one does.
    """

    conversation_id: UUID
    channel: str
    account: str
    recipient: str
    messages: tuple[Said, ...]
    parts: tuple[str, ...]
    tries: int
    heard_at: datetime | None
    heard_kind: str
    owner: str
    carrier: int | None = None


# How a message went out: the code a sender gives, and what staff read.
WAYS = {
    "passive": "即时回复",
    "customer_service": "客服消息",
    "template": "模板消息",
    "subscribe": "订阅通知",
    "poll": "来访人回复后查看",
    "bot_api": "机器人接口",
    "hotline": "电话播报",
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """How an Outgoing went out: `way` is one of WAYS, `reason` why this way, in Chinese, for staff.

    `platform_message_id` is the platform's own id, the last part's when there were several. Not
    `whole`: only `parts` went out, and the rest is due at once.
    """

    way: str
    reason: str = ""
    platform_message_id: str = ""
    parts: tuple[str, ...] = ()
    whole: bool = True
