"""What staff tell each other about a conversation; the person never reads it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from desk.accounts.models import StaffMember
from desk.audit.services import record
from desk.conversations.errors import EmptyText, TextTooLong
from desk.conversations.models import Conversation, ConversationNote
from desk.conversations.outbox import locked
from knowledge_base.text import clean

LONGEST = 2000
# The keys of notes the desk itself writes begin so.
SUMMARY, PASSED = "summary:", "passed:"


def add_note(
    conversation_id: UUID, *, staff: StaffMember, text: str, key: str, now: datetime
) -> ConversationNote:
    """Adds a note after what was said last; the same `key` again adds nothing.

    Raises ConversationNotFound, EmptyText, TextTooLong.
    """
    with transaction.atomic():
        return note_down(locked(conversation_id), staff=staff, text=text, key=key, now=now)


def note_down(
    conversation: Conversation, *, staff: StaffMember, text: str, key: str, now: datetime
) -> ConversationNote:
    """The same, in the locked `conversation`."""
    written = conversation.notes.filter(key=key).first()
    if written is not None:
        return written
    words = clean(text)
    if not words:
        raise EmptyText
    if len(words) > LONGEST:
        raise TextTooLong("备注太长了，请控制在2000字以内。")
    note = ConversationNote.objects.create(
        conversation=conversation,
        seq=conversation.last_seq,
        staff=staff,
        text=words,
        key=key,
        at=now,
    )
    record(
        actor=staff,
        action="conversation.noted",
        target=f"conversation:{conversation.id}",
        details={"note": note.pk},
    )
    return note


def notes_of(conversation_id: UUID) -> list[ConversationNote]:
    """The conversation's notes, in their order."""
    rows = ConversationNote.objects.filter(conversation_id=conversation_id)
    return list(rows.select_related("staff"))
