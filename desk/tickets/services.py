"""What can be done with a ticket; every change is one transaction with its audit row."""

import logging
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from desk.accounts.models import StaffMember
from desk.audit import services as audit
from desk.conversations import services as conversations
from desk.conversations.models import Conversation, OutboundMessage
from desk.errors import NotPermitted
from desk.tickets import permissions
from desk.tickets.errors import (
    KeyReused,
    MoveNotAllowed,
    NoConversation,
    NoteMissing,
    NoteTooLong,
    TicketNotFound,
)
from desk.tickets.intake import draft
from desk.tickets.models import Ticket, TicketEvent
from desk.tickets.moves import MOVES, NOTED, OPENED
from desk.tickets.numbers import next_number, read_number
from desk.tickets.values import State, TicketRequest
from knowledge_base.text import clean

logger = logging.getLogger(__name__)

MAX_NOTE = 2000

OTHER_DEPARTMENT = "这张工单由其他部门承办，您不能查看或办理。"


class Scope(StrEnum):
    """Whose tickets a queue shows."""

    MINE = "mine"
    ALL = "all"


def open_ticket(request: TicketRequest, *, now: datetime) -> Ticket:
    """The ticket of `request`, numbered and routed; the same key gives the same ticket.

    Raises InvalidTicket or InvalidContact with what is wrong, ConversationNotFound, KeyReused.
    """
    ticket = draft(request, now=now)
    try:
        with transaction.atomic():
            existing = _opened_before(request)
            if existing is not None:
                return existing
            ticket.number = next_number(now)
            ticket.save(force_insert=True)
            TicketEvent.objects.create(ticket=ticket, at=now, move=OPENED, to_state=ticket.state)
            audit.record(
                actor=None,
                action="ticket.opened",
                target=f"ticket:{ticket.number}",
                details={
                    "category": ticket.category,
                    "department": ticket.department.code if ticket.department else "",
                },
            )
    except IntegrityError:
        # Another writer with the same key was faster; its ticket is this one.
        existing = _opened_before(request)
        if existing is None:
            raise
        return existing
    logger.info("ticket opened: %s", ticket)
    return ticket


def tickets_of(conversation_id: UUID) -> list[Ticket]:
    """All tickets of the person in this conversation, on whatever channel, newest first."""
    return list(
        Ticket.objects.filter(
            conversation__identity__contact__identities__conversation=conversation_id
        ).select_related("department")
    )


def find_own(conversation_id: UUID, number: str) -> Ticket:
    """The person's own ticket `number`. Raises TicketNotFound, for somebody else's too."""
    wanted = read_number(number)
    for ticket in tickets_of(conversation_id):
        if ticket.number == wanted:
            return ticket
    raise TicketNotFound


def queue(staff: StaffMember, *, scope: Scope, states: list[State]) -> QuerySet[Ticket]:
    """Tickets in `states` that `staff` may see, longest open first; MINE: of their department."""
    tickets = Ticket.objects.filter(permissions.visible_to(staff), state__in=states)
    if scope is Scope.MINE:
        tickets = tickets.filter(department=staff.department_id)
    return tickets.select_related("department").order_by("opened_at", "id")


def ticket_for(staff: StaffMember, number: str) -> Ticket:
    """The ticket `number` as `staff` reads it. Raises TicketNotFound, NotPermitted."""
    ticket = (
        Ticket.objects.select_related("department", "conversation__holder")
        .filter(number=read_number(number))
        .first()
    )
    if ticket is None:
        raise TicketNotFound
    if not permissions.may_see(staff, ticket):
        raise NotPermitted(OTHER_DEPARTMENT)
    return ticket


def transition(
    ticket_id: int, move: str, *, actor: StaffMember, now: datetime, note: str = ""
) -> Ticket:
    """Makes `move` (a name in MOVES) and returns the ticket as it is then; the one door.

    The state, its history, the audit row and the message to the person are one transaction; so is
    giving the conversation back when `actor` closes their last ticket of it. Raises TicketNotFound,
    NotPermitted, MoveNotAllowed, NoteMissing, NoteTooLong; then nothing changed.
    """
    step = MOVES.get(move)
    if step is None:
        raise MoveNotAllowed("没有这样的办理动作。")
    with transaction.atomic():
        ticket = _locked(ticket_id)
        if not permissions.may_move(actor, ticket, step):
            raise NotPermitted(OTHER_DEPARTMENT if not permissions.may_act(actor, ticket) else None)
        if ticket.state not in step.sources:
            raise MoveNotAllowed(f"工单现在是“{ticket.get_state_display()}”，不能“{step.label}”。")
        words = _words(note, required=bool(step.note_label))
        before, ticket.state = ticket.state, step.target
        ticket.closed_at = now if step.target is State.CLOSED else None
        ticket.save(update_fields=["state", "closed_at"])
        event = TicketEvent.objects.create(
            ticket=ticket,
            at=now,
            actor=actor,
            move=step.name,
            from_state=before,
            to_state=ticket.state,
            note=words,
        )
        audit.record(
            actor=actor,
            action=step.audit_action,
            target=f"ticket:{ticket.number}",
            details={"from": before, "to": ticket.state},
        )
        if step.target is State.CLOSED and ticket.conversation_id is not None:
            _tell_person(ticket.conversation_id, ticket, event, now)
            _leave(ticket.conversation_id, actor, now)
    return ticket


def reply(
    ticket_id: int, *, staff: StaffMember, text: str, key: str, now: datetime
) -> OutboundMessage:
    """Sends the person `text` in the ticket's conversation, which `staff` holds from then on.

    The same `key` again sends nothing new. Raises TicketNotFound, NotPermitted, NoConversation,
    NotYoursToAnswer (a closed ticket is no ground), and what reply_as_staff raises.
    """
    with transaction.atomic():
        ticket = _locked(ticket_id)
        if not permissions.may_act(staff, ticket):
            raise NotPermitted(OTHER_DEPARTMENT)
        if ticket.conversation is None:
            raise NoConversation
        permissions.check_may_answer(staff, ticket.conversation)
        return conversations.reply_as_staff(
            ticket.conversation.id, staff=staff, text=text, key=key, now=now
        )


def add_note(
    ticket_id: int, *, staff: StaffMember, text: str, key: str, now: datetime
) -> TicketEvent:
    """Adds a note that only staff read; the same `key` again adds nothing new.

    Raises TicketNotFound, NotPermitted, NoteMissing, NoteTooLong.
    """
    with transaction.atomic():
        ticket = _locked(ticket_id)
        if not permissions.may_act(staff, ticket):
            raise NotPermitted(OTHER_DEPARTMENT)
        written = ticket.events.filter(key=key).first()
        if written is not None:
            return written
        event = TicketEvent.objects.create(
            ticket=ticket,
            at=now,
            actor=staff,
            move=NOTED,
            from_state=ticket.state,
            to_state=ticket.state,
            note=_words(text, required=True),
            key=key,
        )
        audit.record(
            actor=staff,
            action="ticket.noted",
            target=f"ticket:{ticket.number}",
            details={"event": event.pk},
        )
    return event


def _opened_before(request: TicketRequest) -> Ticket | None:
    existing = Ticket.objects.filter(idempotency_key=request.key).first()
    if existing is not None and existing.conversation_id != request.conversation_id:
        raise KeyReused
    return existing


def _locked(ticket_id: int) -> Ticket:
    """The ticket, locked to the end of the transaction."""
    ticket = Ticket.objects.select_for_update().filter(pk=ticket_id).first()
    if ticket is None:
        raise TicketNotFound
    return ticket


def _words(text: str, *, required: bool) -> str:
    words = clean(text)
    if required and not words:
        raise NoteMissing
    if len(words) > MAX_NOTE:
        raise NoteTooLong
    return words


def _tell_person(conversation_id: UUID, ticket: Ticket, event: TicketEvent, now: datetime) -> None:
    """Tells the person their ticket is closed, and what to do if that does not satisfy them."""
    text = (
        f"您的{ticket.get_category_display()}工单 {ticket.number} 已办结。\n"
        f"办理结果：{event.note}\n"
        "如果对结果不满意，请在这里说“转人工”，工作人员会为您重新办理；也可以拨打12345。"
    )
    conversations.notify(conversation_id, text=text, key=f"ticket-event:{event.pk}", now=now)


def _leave(conversation_id: UUID, actor: StaffMember, now: datetime) -> None:
    """Gives the conversation back if `actor` holds it and has no open ticket of it left.

    Whoever goes on holding it would keep the bot silent for a person nobody looks after.
    """
    held = Conversation.objects.filter(pk=conversation_id, holder=actor).exists()
    others = Ticket.objects.filter(permissions.of_department(actor), conversation=conversation_id)
    if held and not others.exclude(state=State.CLOSED).exists():
        conversations.give_back(conversation_id, staff=actor, now=now)
