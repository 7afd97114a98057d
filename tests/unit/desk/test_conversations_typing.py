"""Whoever has sent what they wrote is not believed to be writing any more."""

from datetime import datetime, timedelta
from uuid import UUID

from desk.accounts.models import StaffMember
from desk.conversations import services as conversations
from desk.conversations import typing
from desk.conversations.models import Conversation
from tests.unit.desk.makers import Speaker


def writing(conversation_id: UUID, now: datetime) -> tuple[bool, bool]:
    """Whether the person and the staff are believed to be writing."""
    found = Conversation.objects.get(pk=conversation_id)
    seen = (found.person_typing_at, found.staff_typing_at)
    return typing.is_fresh(seen[0], now), typing.is_fresh(seen[1], now)


def test_a_message_ends_the_writing_of_whoever_sends_it(
    conversation: UUID, handler: StaffMember, person_says: Speaker, now: datetime
) -> None:
    soon = now + timedelta(seconds=1)
    conversations.take(conversation, staff=handler, now=now)
    typing.person_types(conversation, now=now)
    typing.staff_types(conversation, staff=handler, now=now)
    assert writing(conversation, soon) == (True, True)

    conversations.reply_as_staff(conversation, staff=handler, text="好", key="1", now=soon)
    assert writing(conversation, soon) == (True, False)

    person_says(conversation, "谢谢", soon)
    assert writing(conversation, soon) == (False, False)
