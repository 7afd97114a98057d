"""What a person does with their own ticket; the dialogue and the progress page call these.

Each takes a `key`, such as the id of the message that says it: the same key does nothing new.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from desk.tickets import services
from desk.tickets.errors import NoteMissing, TicketNotFound
from desk.tickets.models.ticket import Ticket
from desk.tickets.services import find_own
from desk.tickets.values import Particulars, Party, State
from knowledge_base.text import clean

# The first time somebody is not satisfied the work simply goes on; after that staff decide.
REDONE_UNASKED = 1


def own(conversation_id: UUID, number: str = "") -> Ticket:
    """The person's ticket `number`, else the newest of theirs. Raises TicketNotFound."""
    if number:
        return find_own(conversation_id, number)
    for ticket in services.tickets_of(conversation_id):
        return ticket
    raise TicketNotFound


def confirm(ticket: Ticket, *, solved: bool, key: str, now: datetime, words: str = "") -> Ticket:
    """The person says whether their matter is solved; if not, it is taken up again.

    The second time it is not, staff decide: a follow-up task stands in the console. Raises
    MoveNotAllowed unless the ticket is closed and not yet visited.
    """
    if solved:
        return _move(ticket, "visit", key, now, words or "已解决", Particulars(solved=True))
    with transaction.atomic():
        # As it is now, not as it was when somebody read it.
        redone = Ticket.objects.select_for_update().values_list("redone", flat=True)
        if redone.get(pk=ticket.pk) < REDONE_UNASKED:
            return _move(ticket, "reopen", key, now, words or "没有解决")
        return _move(ticket, "visit", key, now, words or "没有解决", Particulars(solved=False))


def leave_unsolved(ticket: Ticket, *, key: str, now: datetime, words: str = "") -> Ticket:
    """The person says that it is not solved, and does not want it taken up again.

    A follow-up task tells staff so. Raises MoveNotAllowed unless the ticket is closed and not yet
    visited.
    """
    return _move(ticket, "visit", key, now, words or "没有解决", Particulars(solved=False))


def rate(ticket: Ticket, *, rating: int, key: str, now: datetime, words: str = "") -> Ticket:
    """One to five for how it was dealt with, and a word; the last one given counts.

    Raises InvalidParticulars, MoveNotAllowed.
    """
    return _move(ticket, "rate", key, now, words, Particulars(rating=rating))


def withdraw(ticket: Ticket, *, key: str, now: datetime, words: str = "") -> Ticket:
    """The person no longer wants it dealt with. Raises MoveNotAllowed once it is closed."""
    return _move(ticket, "withdraw", key, now, words or "来访人自行撤回")


def urge(ticket: Ticket, *, key: str, now: datetime, words: str = "") -> Ticket:
    """催办: whoever has it in hand is told. Raises MoveNotAllowed once it is closed."""
    return _move(ticket, "urge", key, now, words)


def add(ticket: Ticket, *, text: str, key: str, now: datetime) -> Ticket:
    """A supplement; a ticket that waited for it goes on. Raises NoteMissing, MoveNotAllowed."""
    if not clean(text):
        raise NoteMissing("请写下要补充的情况。")
    with transaction.atomic():
        added = _move(ticket, "add", key, now, text)
        if added.state == State.SUSPENDED:
            return _move(added, "resume", f"{key}:resume", now, "来访人已补充")
        return added


def _move(
    ticket: Ticket, move: str, key: str, now: datetime, words: str, given: Particulars | None = None
) -> Ticket:
    return services.transition(
        ticket.pk,
        move,
        actor=Party.PERSON,
        now=now,
        note=words,
        given=given or Particulars(),
        key=f"person:{key}",
    )
