"""What the pages show of a conversation: its lines, who holds it, who may answer."""

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from uuid import uuid4

from django.urls import reverse

from desk.accounts.models import StaffMember
from desk.conversations import services as conversations
from desk.conversations.models import Conversation
from desk.conversations.values import TranscriptEntry
from desk.tickets import permissions
from desk.tickets.errors import NotYoursToAnswer
from desk.tickets.models import Ticket
from desk.tickets.values import masked_text


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as a staff member sees it now; `version` changes when any of it does.

    Made without its lines, which are read when shown: pages that stay open ask every two seconds.
    """

    conversation: Conversation
    waiting_since: datetime | None
    mine: bool
    may_answer: bool
    may_take: bool
    clear: bool
    version: str

    def lines(self) -> list[TranscriptEntry]:
        """The whole transcript; telephone and identity card numbers starred unless `clear`."""
        lines = conversations.transcript(self.conversation.id)
        return lines if self.clear else [_masked(line) for line in lines]


def talk_of(conversation: Conversation, staff: StaffMember, ticket: Ticket | None = None) -> Talk:
    """The conversation for `staff`, who may open it, on the page of `ticket` or on its own."""
    # Read before the lines are: what is said in between is shown at the next look.
    said = conversations.version(conversation.id)
    asked = conversation.staff_requests.filter(settled_at__isnull=True)
    since = asked.values_list("requested_at", flat=True).first()
    may_answer = permissions.may_answer(staff, conversation)
    may_take = may_answer and permissions.may_take(staff, conversation)
    clear = permissions.may_act(staff, ticket) if ticket else may_answer
    return Talk(
        conversation=conversation,
        waiting_since=since,
        mine=conversation.holder_id == staff.pk,
        may_answer=may_answer,
        may_take=may_take,
        clear=clear,
        version=fingerprint(said, since, may_answer, may_take, clear),
    )


def _masked(line: TranscriptEntry) -> TranscriptEntry:
    buttons = [{**button, "title": masked_text(button.get("title", ""))} for button in line.buttons]
    return replace(line, text=masked_text(line.text), buttons=buttons)


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

    @property
    def mark(self) -> str:
        """What a page that stays open says of its box: it changes when the box must."""
        return fingerprint(self.closed, self.action)


def reply_box(talk: Talk, staff: StaffMember, ticket: Ticket | None = None) -> ReplyBox:
    """The reply form under `talk`, on the page of `ticket` or on the conversation's own."""
    # Who may not act on the ticket may still be the one who looks after the person.
    if ticket is not None and permissions.may_act(staff, ticket):
        action = reverse("console:ticket-reply", args=[ticket.number])
    else:
        action = reverse("console:conversation-reply", args=[talk.conversation.id])
    return ReplyBox(action, new_key(), _why_closed(talk, staff, ticket))


def _why_closed(talk: Talk, staff: StaffMember, ticket: Ticket | None) -> str:
    holder = talk.conversation.holder
    if talk.may_take:
        return ""
    if talk.may_answer and holder is not None:
        return f"这段会话正由{holder.name}接待，您暂时不能回复。"
    if ticket is None:
        return NotYoursToAnswer.message
    if permissions.may_act(staff, ticket):
        return "工单已办结。要再回复来访人，请先“重新办理”。"
    return "这张工单由其他部门承办，您只能查看。"
