"""What the desk holds after a turn, read from its database as it is."""

import re
from dataclasses import dataclass

from desk.tickets.values import masked_phone
from tests.stack import Product

WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class StoredTicket:
    """A ticket's row."""

    number: str
    category: str
    state: str
    who: str
    phone: str
    body: str

    @property
    def masked_phone(self) -> str:
        """The telephone as staff see it in a list: 139****1111; 不留 when there is none."""
        return masked_phone(self.phone) or "不留"


@dataclass(frozen=True, slots=True)
class Desk:
    """What one person left behind."""

    tickets: tuple[StoredTicket, ...] = ()
    requests: tuple[str, ...] = ()
    """Reasons for which a person was asked for."""
    notes: tuple[str, ...] = ()

    @property
    def known(self) -> str:
        """Everything staff find beside the conversation itself."""
        tickets = [f"{ticket.who} {ticket.phone} {ticket.body}" for ticket in self.tickets]
        return "\n".join([*tickets, *self.requests, *self.notes])

    def __str__(self) -> str:
        held = [
            f"ticket {ticket.number} {ticket.category} {ticket.state} {ticket.who} "
            f"{ticket.masked_phone}: {ticket.body[:200]}"
            for ticket in self.tickets
        ]
        held += [f"a person asked for: {reason}" for reason in self.requests]
        held += [f"note: {note}" for note in self.notes]
        return "\n".join(held) or "nothing"


def desk_of(product: Product, message_id: str) -> Desk:
    """What the person who sent `message_id` (letters and digits, our own) has at the desk."""
    if not re.fullmatch(r"[A-Za-z0-9]+", message_id):
        raise ValueError(message_id)
    found = product.rows(
        "SELECT conversation_id FROM conversations_inboundmessage"  # noqa: S608 - checked above
        f" WHERE message_id = '{message_id}'"
    )
    if not found:
        return Desk()
    person = found[0][0]
    tickets = product.rows(
        "SELECT number, category, state, person_name, person_phone, body FROM tickets_ticket"  # noqa: S608 - the desk's own key
        f" WHERE conversation_id = '{person}' ORDER BY id"
    )
    requests = product.rows(
        "SELECT reason FROM conversations_staffrequest"  # noqa: S608 - the desk's own key
        f" WHERE conversation_id = '{person}' ORDER BY id"
    )
    notes = product.rows(
        "SELECT note FROM tickets_ticketevent WHERE note <> '' AND ticket_id IN"  # noqa: S608 - the desk's own key
        f" (SELECT id FROM tickets_ticket WHERE conversation_id = '{person}') ORDER BY id"
    )
    return Desk(
        tickets=tuple(StoredTicket(*row) for row in tickets),
        requests=tuple(reason for (reason,) in requests),
        notes=tuple(note for (note,) in notes),
    )
