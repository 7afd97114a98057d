"""Staff in a conversation, as the pages let them: each act checked by access.py.

The check comes after the conversation's lock, in the act's own transaction: what made a
conversation a secret in the meantime, such as a 举报, is seen.
"""

from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from django.db import transaction

from desk.accounts.models import Department, StaffMember
from desk.console import access
from desk.conversations import attachments, handing, notes
from desk.conversations import services as conversations
from desk.conversations import typing as writing
from desk.conversations.errors import AlreadyHeld, NoFilesThisWay
from desk.conversations.models import PULLED, Conversation, ConversationNote, OutboundMessage
from desk.conversations.outbox import locked
from desk.tickets import permissions


def take(conversation_id: UUID, *, staff: StaffMember, now: datetime) -> None:
    """`staff` holds the conversation from now; the bot falls silent."""
    with transaction.atomic():
        found = _answerable(staff, conversation_id)
        conversations.take(found.pk, staff=staff, now=now)


def give_back(
    conversation_id: UUID, *, staff: StaffMember, summary: str, now: datetime
) -> Conversation:
    """The bot answers again; `summary` is told the person in a line, if there is one."""
    with transaction.atomic():
        found = _answerable(staff, conversation_id)
        conversations.give_back(found.pk, staff=staff, summary=summary, now=now)
    return found


def reply(
    conversation_id: UUID, *, staff: StaffMember, text: str, key: str, now: datetime
) -> OutboundMessage:
    """Sends the person `text` from `staff`, who holds the conversation from then on."""
    with transaction.atomic():
        found = _answerable(staff, conversation_id)
        return conversations.reply_as_staff(found.pk, staff=staff, text=text, key=key, now=now)


def send_file(
    conversation_id: UUID,
    file: BinaryIO,
    *,
    name: str,
    staff: StaffMember,
    key: str,
    now: datetime,
) -> OutboundMessage:
    """Sends the person a file from `staff`, who holds the conversation from then on."""
    found = access.answerable(staff, conversation_id)
    # Asked before the file is kept: nobody would ever delete it.
    if found.identity.channel not in PULLED:
        raise NoFilesThisWay
    if found.holder is not None and not permissions.may_take(staff, found):
        raise AlreadyHeld.by(found.holder.name)
    stored = attachments.store(
        file,
        name=name,
        key=f"staff:{staff.pk}:{key}",
        now=now,
        conversation_id=found.pk,
        staff=staff,
    )
    with transaction.atomic():
        found = _answerable(staff, conversation_id)
        return conversations.send_file_as_staff(found.pk, stored, staff=staff, key=key, now=now)


def note(
    conversation_id: UUID, *, staff: StaffMember, text: str, key: str, now: datetime
) -> ConversationNote:
    """Adds a note only staff read."""
    with transaction.atomic():
        found = _answerable(staff, conversation_id)
        return notes.add_note(found.pk, staff=staff, text=text, key=key, now=now)


def to_colleague(
    conversation_id: UUID,
    colleague_id: int,
    *,
    staff: StaffMember,
    why: str,
    key: str,
    now: datetime,
) -> StaffMember:
    """Passes it on; the colleague holds it from then on."""
    with transaction.atomic():
        found = _answerable(staff, conversation_id)
        access.check_receiver(found, colleague_id)
        return handing.to_colleague(found.pk, colleague_id, staff=staff, why=why, key=key, now=now)


def to_department(
    conversation_id: UUID,
    department_id: int,
    *,
    staff: StaffMember,
    why: str,
    key: str,
    now: datetime,
) -> Department:
    """Passes it on; it waits for anybody of the department."""
    with transaction.atomic():
        found = _answerable(staff, conversation_id)
        return handing.to_department(
            found.pk, department_id, staff=staff, why=why, key=key, now=now
        )


def types(conversation_id: UUID, *, staff: StaffMember, now: datetime) -> None:
    """`staff` is writing; shown to the person if they hold the conversation."""
    writing.staff_types(conversation_id, staff=staff, now=now)


def _answerable(staff: StaffMember, conversation_id: UUID) -> Conversation:
    """The conversation, locked to the end of the transaction, if it is `staff`'s to answer."""
    locked(conversation_id)
    return access.answerable(staff, conversation_id)
