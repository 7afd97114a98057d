"""Who is writing just now: noted when heard of, and faded by itself after a few seconds."""

from datetime import datetime, timedelta
from uuid import UUID

from desk.accounts.models import StaffMember
from desk.conversations.models import Conversation

# Pages say it again after PAUSE while somebody writes; it is believed for FADES.
PAUSE = timedelta(seconds=3)
FADES = timedelta(seconds=6)


def person_types(conversation_id: UUID, *, now: datetime) -> None:
    """The person is writing; noted only while staff hold the conversation and would see it."""
    rows = Conversation.objects.filter(pk=conversation_id, holder__isnull=False)
    rows.update(person_typing_at=now)


def staff_types(conversation_id: UUID, *, staff: StaffMember, now: datetime) -> None:
    """Its holder is writing; nobody else's writing is shown to the person."""
    Conversation.objects.filter(pk=conversation_id, holder=staff).update(staff_typing_at=now)


def is_fresh(at: datetime | None, now: datetime) -> bool:
    """Whether who was heard writing `at` is still believed to."""
    return at is not None and timedelta() <= now - at < FADES
