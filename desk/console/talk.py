"""What the pages show of a conversation: its lines, who holds it, who may answer."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from uuid import uuid4

from django.urls import reverse
from django.utils import timezone

from desk.accounts.models import StaffMember
from desk.console import access
from desk.conversations import canned, reading
from desk.conversations.models import Conversation
from desk.conversations.notes import notes_of
from desk.conversations.values import TranscriptEntry
from desk.tickets import permissions
from desk.tickets.errors import NotYoursToAnswer
from desk.tickets.machine import allows
from desk.tickets.models import Ticket
from desk.tickets.moves import MOVES
from desk.tickets.values import masked_text

# Lines shown at first, and with each look further back.
PER_LOOK = 50


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A note between the lines; only staff see it."""

    seq: int
    name: str
    text: str
    at: datetime
    author: str = "note"


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a conversation that is shown; `older`: something was said before `first`."""

    lines: list[TranscriptEntry | NoteLine]
    first: int
    older: bool


@dataclass(frozen=True)
class Talk:
    """A conversation as a staff member sees it now; `version` changes when any of it does.

    Its `window` is read when shown: pages that stay open ask again and again. It begins with the
    line `first`, ends before `before`, or holds the newest PER_LOOK.
    """

    conversation: Conversation
    waiting_since: datetime | None
    mine: bool
    may_answer: bool
    may_take: bool
    clear: bool
    version: str
    first: int | None = None
    before: int | None = None

    @cached_property
    def window(self) -> Window:
        """Lines and notes in their order; telephone and identity numbers starred unless `clear`."""
        after = self.first - 1 if self.first else 0
        last = None if self.first else PER_LOOK
        spoken = reading.transcript(
            self.conversation.id, after=after, before=self.before, last=last
        )
        whole = last is None or len(spoken) < last
        first = after + 1 if whole else spoken[0].seq
        notes = [
            NoteLine(note.seq, note.staff.name, note.text, note.at)
            for note in notes_of(self.conversation.id)
            if (first <= max(note.seq, 1)) and (self.before is None or note.seq < self.before)
        ]
        lines: list[TranscriptEntry | NoteLine] = [*spoken, *notes]
        # A note stands after the line it was written at.
        lines.sort(key=lambda line: (line.seq, line.author == "note"))
        return Window([line if self.clear else _masked(line) for line in lines], first, first > 1)


def talk_of(
    conversation: Conversation,
    staff: StaffMember,
    ticket: Ticket | None = None,
    *,
    first: int | None = None,
    before: int | None = None,
) -> Talk:
    """The conversation for `staff`, who may open it, on the page of `ticket` or on its own."""
    # Read before the lines are: what is said in between is shown at the next look.
    said = reading.version(conversation.id)
    noted = conversation.notes.order_by("-id").values_list("id", flat=True).first()
    asked = conversation.staff_requests.filter(settled_at__isnull=True)
    since = asked.values_list("requested_at", flat=True).first()
    may_answer = access.may_answer(staff, conversation)
    may_take = may_answer and permissions.may_take(staff, conversation)
    clear = permissions.may_act(staff, ticket) if ticket else may_answer
    return Talk(
        conversation=conversation,
        waiting_since=since,
        mine=conversation.holder_id == staff.pk,
        may_answer=may_answer,
        may_take=may_take,
        clear=clear,
        version=fingerprint(said, noted, since, may_answer, may_take, clear),
        first=first,
        before=before,
    )


def _masked(line: TranscriptEntry | NoteLine) -> TranscriptEntry | NoteLine:
    if isinstance(line, NoteLine):
        return replace(line, text=masked_text(line.text))
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
    staff: StaffMember
    person: str
    closed: str = ""

    def phrases(self) -> list[tuple[str, str]]:
        """Title and words of each canned reply, filled in for this person."""
        now = timezone.localtime()
        values = canned.values_for(self.staff, person=self.person, now=now)
        return [(one.title, canned.fill(one.text, values)) for one in canned.canned_for(self.staff)]

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
    person = str(talk.conversation.identity.contact)
    return ReplyBox(action, new_key(), staff, person, _why_closed(talk, staff, ticket))


def _why_closed(talk: Talk, staff: StaffMember, ticket: Ticket | None) -> str:
    holder = talk.conversation.holder
    if talk.may_take:
        return ""
    if talk.may_answer and holder is not None:
        return f"这段会话正由{holder.name}接待，您暂时不能回复。"
    if ticket is None:
        if holder is not None:
            return NotYoursToAnswer.because_held_by(holder.name).message
        return NotYoursToAnswer.message
    if permissions.may_act(staff, ticket):
        if allows(ticket.state, MOVES["reopen"]):
            return "工单已办结。要再回复来访人，请先“重新办理”。"
        return (
            f"工单{ticket.get_state_display()}，不能再办理。来访人再说“转人工”或另提诉求后，"
            "可以在这里回复；需要主动告知的，请打电话。"
        )
    return "这张工单由其他部门承办，您只能查看。"
