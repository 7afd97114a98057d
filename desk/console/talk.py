"""What the pages show of a conversation: its lines, who holds it, who may answer."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import uuid4

from desk.accounts.models import StaffMember
from desk.conversations import services as conversations
from desk.conversations.models import Conversation
from desk.conversations.values import TranscriptEntry


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as a staff member sees it now; `version` changes when any of it does."""

    conversation: Conversation
    lines: list[TranscriptEntry]
    waiting_since: datetime | None
    mine: bool
    version: str

    @property
    def held_by_other(self) -> bool:
        return self.conversation.holder_id is not None and not self.mine


def talk_of(conversation: Conversation, staff: StaffMember) -> Talk:
    """The whole conversation for `staff`, who may open it."""
    lines = conversations.transcript(conversation.id)
    asked = conversation.staff_requests.filter(settled_at__isnull=True)
    since = asked.values_list("requested_at", flat=True).first()
    states = [(line.seq, line.state) for line in lines]
    return Talk(
        conversation=conversation,
        lines=lines,
        waiting_since=since,
        mine=conversation.holder_id == staff.pk,
        version=fingerprint(states, conversation.holder_id, since),
    )


def fingerprint(*parts: object) -> str:
    """A short mark that is the same for the same `parts`: the page asks only for what changed."""
    return sha256(repr(parts).encode()).hexdigest()[:16]


def new_key() -> str:
    """A form's idempotency key: sent twice, it acts once."""
    return str(uuid4())


@dataclass(frozen=True, slots=True)
class ReplyBox:
    """Where an answer to the person is written; `closed` says why it cannot be, if so."""

    action: str
    key: str
    closed: str = ""


def reply_box(action: str, conversation: Conversation | None, staff: StaffMember) -> ReplyBox:
    """The reply form that posts to `action`."""
    closed = ""
    if conversation is None:
        closed = "这张工单没有关联会话，请电话联系来访人。"
    elif conversation.holder is not None and conversation.holder_id != staff.pk:
        closed = f"这段会话正由{conversation.holder.name}接待，您暂时不能回复。"
    return ReplyBox(action, new_key(), closed)
