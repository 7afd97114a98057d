"""What partners do with tickets: hand in a demand, read how far it is, ask what has changed."""

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction

from desk.audit.services import record
from desk.partners.errors import InvalidRequest, KeyConflict, KeyInvalid
from desk.partners.models import Partner, PartnerTicket
from desk.tickets import services as tickets
from desk.tickets.errors import TicketNotFound
from desk.tickets.models.ticket import Ticket, TicketEvent
from desk.tickets.numbers import read_number
from desk.tickets.progress import LABELS, SHOWN, Progress, progress_of
from desk.tickets.values import PARTNER, TicketRequest
from knowledge_base.text import clean

LONGEST_REFERENCE = 64
MOST_CHANGES = 200
# Writers that began earlier may still commit: what is younger is told by the next call.
SETTLED = timedelta(seconds=5)
_KEY = re.compile(r"[A-Za-z0-9._:-]{8,64}")
# The moves whose words the person reads as their answer.
ANSWERS = ("interim", "close")


@dataclass(frozen=True, slots=True)
class Demand:
    """A demand as a partner hands it in; `reference` is the partner's own number for it."""

    category: str
    what: str
    who: str
    contact: str
    district: str = ""
    credit_code: str = ""
    reference: str = ""

    @property
    def digest(self) -> str:
        """Equal for equal demands."""
        return sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Opened:
    """The ticket of a demand; `new` is False when its key had come before."""

    ticket: Ticket
    reference: str
    new: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a ticket is, and what the person was answered last."""

    ticket: Ticket
    reference: str
    progress: Progress
    answer: str


@dataclass(frozen=True, slots=True)
class Change:
    """One step of one ticket; `cursor` is given back to read on from there."""

    cursor: int
    number: str
    reference: str
    label: str
    state: str
    state_label: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """Steps in their order; `after` is where to read on, `more` whether there are more now."""

    steps: tuple[Change, ...]
    after: int
    more: bool


def open_ticket(partner: Partner, demand: Demand, *, key: str, now: datetime) -> Opened:
    """The ticket of `demand`; the same key and demand give the same ticket.

    Raises KeyInvalid, KeyConflict, InvalidRequest, InvalidTicket, InvalidContact.
    """
    if not _KEY.fullmatch(key):
        raise KeyInvalid
    reference = " ".join(clean(demand.reference).split())
    if len(reference) > LONGEST_REFERENCE:
        raise InvalidRequest(f"reference 不超过{LONGEST_REFERENCE}个字符。")
    known = _known(partner, key)
    if known is not None:
        return _again(known, demand)
    request = TicketRequest(
        conversation_id=None,
        category=demand.category,
        what=demand.what,
        who=demand.who,
        contact=demand.contact,
        key=f"partner:{partner.code}:{key}",
        district=demand.district,
        credit_code=clean(demand.credit_code),
        channel=PARTNER,
    )
    with transaction.atomic():
        ticket = tickets.open_ticket(request, now=now)
        made, new = PartnerTicket.objects.get_or_create(
            partner=partner,
            key=key,
            defaults={
                "ticket": ticket,
                "digest": demand.digest,
                "reference": reference,
                "created_at": now,
            },
        )
        if new:
            record(
                actor=None,
                action="partner.ticket_opened",
                target=f"ticket:{ticket.number}",
                details={"partner": partner.code, "key": key},
            )
    return Opened(ticket, reference, True) if new else _again(made, demand)


def origin_of(ticket: Ticket) -> PartnerTicket | None:
    """Which partner handed the demand in, with their own number for it; None for all others."""
    if ticket.channel != PARTNER:
        return None
    return PartnerTicket.objects.select_related("partner").filter(ticket=ticket).first()


def standing(partner: Partner, number: str) -> Standing:
    """How far the partner's own ticket is. Raises TicketNotFound, for others' too."""
    rows = PartnerTicket.objects.filter(partner=partner, ticket__number=read_number(number))
    found = rows.select_related("ticket__department", "ticket__main__department").first()
    if found is None:
        raise TicketNotFound
    said = found.ticket.events.filter(move__in=ANSWERS).order_by("-at", "-id").first()
    return Standing(
        found.ticket, found.reference, progress_of(found.ticket), said.note if said else ""
    )


def changes(partner: Partner, *, after: int, most: int, now: datetime) -> Changes:
    """What happened to the partner's tickets after the cursor `after`, in order, at most `most`."""
    rows = TicketEvent.objects.filter(
        ticket__from_partner__partner=partner, id__gt=after, move__in=SHOWN
    )
    young = rows.filter(at__gt=now - SETTLED).order_by("id").first()
    if young is not None:
        # Nothing after it either: the cursor must not pass what was not told.
        rows = rows.filter(id__lt=young.pk)
    found = list(rows.select_related("ticket__from_partner").order_by("id")[: most + 1])
    steps = tuple(_change(event) for event in found[:most])
    return Changes(steps, steps[-1].cursor if steps else after, len(found) > most)


def _change(event: TicketEvent) -> Change:
    return Change(
        cursor=event.pk,
        number=event.ticket.number,
        reference=event.ticket.from_partner.reference,
        label=LABELS.get(event.move, event.get_move_display()),
        state=event.to_state,
        state_label=event.get_to_state_display(),
        at=event.at,
    )


def _known(partner: Partner, key: str) -> PartnerTicket | None:
    rows = PartnerTicket.objects.filter(partner=partner, key=key)
    return rows.select_related("ticket__department", "ticket__main__department").first()


def _again(known: PartnerTicket, demand: Demand) -> Opened:
    """The ticket that the key stands for. Raises KeyConflict when the demand is another."""
    if known.digest != demand.digest:
        raise KeyConflict
    return Opened(known.ticket, known.reference, False)
