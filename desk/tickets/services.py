"""What can be done with a ticket; every change is one transaction with its audit row."""

import logging
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from desk.accounts.models import StaffMember
from desk.audit import services as audit
from desk.conversations import services as conversations
from desk.conversations.models import Conversation, OutboundMessage
from desk.errors import NotPermitted
from desk.tickets import clocks, levels, permissions, words
from desk.tickets.effects import EFFECTS
from desk.tickets.errors import (
    KeyReused,
    MoveNotAllowed,
    NoConversation,
    NoteMissing,
    NoteTooLong,
    StaleTicket,
    TicketNotFound,
)
from desk.tickets.intake import draft
from desk.tickets.machine import allows
from desk.tickets.models.ticket import Ticket, TicketEvent
from desk.tickets.moves import MOVES, NOTED, OPENED, Move
from desk.tickets.numbers import next_number, read_number
from desk.tickets.steps import Actor, Step
from desk.tickets.telling import tell
from desk.tickets.values import (
    DONE_STATES,
    PAUSED_STATES,
    UNSETTLED,
    Category,
    Kind,
    Particulars,
    Party,
    State,
    TicketRequest,
)
from desk.worktime import services as worktime
from knowledge_base.text import clean

logger = logging.getLogger(__name__)

MAX_NOTE = 2000
NOTHING = Particulars()

OTHER_DEPARTMENT = "这张工单由其他部门承办，您不能查看或办理。"


def open_ticket(request: TicketRequest, *, now: datetime) -> Ticket:
    """The ticket of `request`, numbered, its clocks running, routed; the same key, the same ticket.

    Raises InvalidTicket or InvalidContact with what is wrong, ConversationNotFound, KeyReused.
    """
    ticket, route = draft(request, now=now)
    try:
        with transaction.atomic():
            existing = _opened_before(request)
            if existing is not None:
                return existing
            ticket.number = next_number(now)
            ticket.save(force_insert=True)
            promised = levels.promises(
                Category(ticket.category),
                enterprise=ticket.enterprise_id is not None,
                opened=now,
                calendar=worktime.calendar(),
            )
            clocks.start(ticket, promised, now=now)
            clocks.note_nearest(ticket)
            ticket.save(update_fields=["amber_at", "due_at"])
            words.keep(ticket)
            TicketEvent.objects.create(
                ticket=ticket, at=now, party=Party.PERSON, move=OPENED, to_state=ticket.state
            )
            audit.record(
                actor=None,
                action="ticket.opened",
                target=f"ticket:{ticket.number}",
                details={
                    "category": ticket.category,
                    "department": route.department.code if route.department else "",
                },
            )
            if route.department is not None:
                given = Particulars(
                    department=route.department.code,
                    handler=route.handler.username if route.handler else "",
                )
                _make(ticket, MOVES["dispatch"], Party.SYSTEM, now, route.reason, given, "")
    except IntegrityError:
        # Another writer with the same key was faster; its ticket is this one.
        existing = _opened_before(request)
        if existing is None:
            raise
        return existing
    logger.info("ticket opened: %s", ticket)
    return ticket


def promise_in_words(ticket: Ticket, *, now: datetime) -> str:
    """By when the person has their answer; empty when that is not promised or not counted now."""
    clock = clocks.closing(ticket)
    if clock is None or not clock.running or clock.paused_since is not None:
        return ""
    return f"最晚{worktime.said_moment(clock.due_at, now)}前答复您。"


def tickets_of(conversation_id: UUID) -> list[Ticket]:
    """All tickets of the person in this conversation, on whatever channel, newest first."""
    return list(
        Ticket.objects.filter(
            conversation__identity__contact__identities__conversation=conversation_id
        ).select_related("department", "main__department")
    )


def find_own(conversation_id: UUID, number: str) -> Ticket:
    """The person's own ticket `number`. Raises TicketNotFound, for somebody else's too."""
    wanted = read_number(number)
    for ticket in tickets_of(conversation_id):
        if ticket.number == wanted:
            return ticket
    raise TicketNotFound


def ticket_for(staff: StaffMember, number: str) -> Ticket:
    """The ticket `number` as `staff` reads it. Raises TicketNotFound, NotPermitted."""
    ticket = (
        Ticket.objects.select_related(
            "department",
            "handler",
            "enterprise__specialist",
            "main",
            "conversation__holder",
            "conversation__identity__contact",
        )
        .filter(number=read_number(number))
        .first()
    )
    if ticket is None:
        raise TicketNotFound
    if not permissions.may_see(staff, ticket):
        raise NotPermitted(OTHER_DEPARTMENT)
    return ticket


def transition(
    ticket_id: int,
    move: str,
    *,
    actor: Actor,
    now: datetime,
    note: str = "",
    version: int | None = None,
    given: Particulars = NOTHING,
    key: str = "",
) -> Ticket:
    """Makes `move` (a name in MOVES) and returns the ticket as it is then; the one door.

    State, clocks, history, audit row, notices and the message to the person are one transaction.
    `version` is that of the ticket the actor looked at; `key` makes a repetition do nothing. Raises
    TicketNotFound, NotPermitted, StaleTicket, MoveNotAllowed, NoteMissing, NoteTooLong,
    InvalidParticulars, ReviewPending, NoReview, OwnReview, ExtensionUsed; then nothing changed.
    """
    step = MOVES.get(move)
    if step is None:
        raise MoveNotAllowed("没有这样的办理动作。")
    with transaction.atomic():
        if given.main and step.name == "merge":
            # The main ticket before the one that follows it, as closing locks them too.
            _lock_main(given.main)
        ticket = _locked(ticket_id)
        if key and ticket.events.filter(key=key).exists():
            return ticket
        _check_permission(actor, ticket, step)
        if version is not None and version != ticket.version:
            raise StaleTicket
        if not allows(ticket.state, step):
            raise MoveNotAllowed(f"工单现在是“{ticket.get_state_display()}”，不能“{step.label}”。")
        return _make(ticket, step, actor, now, note, given, key)


def _make(
    ticket: Ticket,
    move: Move,
    actor: Actor,
    now: datetime,
    note: str,
    given: Particulars,
    key: str,
) -> Ticket:
    """The permitted and possible `move` on the locked `ticket`, with everything that follows."""
    said = _words(note, required=bool(move.note_label))
    before = State(ticket.state)
    step = Step(ticket, move, actor, now, said, given, before)
    if effect := EFFECTS.get(move.name):
        effect(step)
    _enter(ticket, move.target or before, now)
    if not move.quiet:
        ticket.version += 1
    clocks.meet(ticket, move.meets, now=now)
    if ticket.state == State.WITHDRAWN:
        clocks.stop(ticket, now=now)
    clocks.note_nearest(ticket)
    ticket.save()
    event = TicketEvent.objects.create(
        ticket=ticket,
        at=now,
        actor=step.staff,
        party="" if step.staff else Party(str(actor)).value,
        move=move.name,
        from_state=before,
        to_state=ticket.state,
        note=said,
        key=key,
    )
    audit.record(
        actor=step.staff,
        action=move.audit_action,
        target=f"ticket:{ticket.number}",
        details={
            "from": before,
            "to": ticket.state,
            **({} if step.staff else {"by": str(actor)}),
            **step.facts,
        },
    )
    tell(step, event)
    _let_followers_go(step)
    if move.name == "close" and step.staff is not None and ticket.conversation_id is not None:
        _leave(ticket.conversation_id, step.staff, now)
    return ticket


def _enter(ticket: Ticket, state: State, now: datetime) -> None:
    """What a state says of a ticket's times and clocks."""
    before = State(ticket.state)
    ticket.state = state
    if state not in DONE_STATES:
        ticket.closed_at = None
    elif before not in DONE_STATES:
        ticket.closed_at = max(now, ticket.opened_at)
    if state is not State.SUSPENDED:
        ticket.suspended_at = None
    if before not in PAUSED_STATES and state in PAUSED_STATES:
        clocks.pause(ticket, now=now)
    elif before in PAUSED_STATES and state not in PAUSED_STATES:
        clocks.resume(ticket, now=now)


def _let_followers_go(step: Step) -> None:
    """What was merged into a ticket ends with it; with one withdrawn it stands on its own again."""
    fate = {"close": "follow", "withdraw": "release"}.get(step.move.name)
    if fate is None:
        return
    followers = Ticket.objects.select_for_update(of=("self",)).filter(
        main=step.ticket, state=State.MERGED
    )
    for follower in followers.order_by("pk"):
        note = step.words if fate == "follow" else ""
        _make(follower, MOVES[fate], Party.SYSTEM, step.now, note, NOTHING, "")


def _check_permission(actor: Actor, ticket: Ticket, move: Move) -> None:
    if isinstance(actor, Party):
        if actor not in move.parties:
            raise NotPermitted
        return
    if not permissions.may_move(actor, ticket, move):
        raise NotPermitted(None if permissions.may_act(actor, ticket) else OTHER_DEPARTMENT)


def reply(
    ticket_id: int, *, staff: StaffMember, text: str, key: str, now: datetime
) -> OutboundMessage:
    """Sends the person `text` in the ticket's conversation, which `staff` holds from then on.

    It keeps the promise of a first contact. The same `key` again sends nothing new. Raises
    TicketNotFound, NotPermitted, NoConversation, NotYoursToAnswer (a closed ticket is no ground),
    and what reply_as_staff raises.
    """
    with transaction.atomic():
        ticket = _locked(ticket_id)
        if not permissions.may_act(staff, ticket):
            raise NotPermitted(OTHER_DEPARTMENT)
        if ticket.conversation is None:
            raise NoConversation
        permissions.check_may_answer(staff, ticket.conversation)
        sent = conversations.reply_as_staff(
            ticket.conversation.id, staff=staff, text=text, key=key, now=now
        )
        clocks.meet(ticket, {Kind.CONTACT}, now=now)
        clocks.note_nearest(ticket)
        ticket.save(update_fields=["amber_at", "due_at"])
        return sent


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


def _lock_main(number: str) -> None:
    list(Ticket.objects.select_for_update().filter(number=read_number(number)).values_list("pk"))


def _words(text: str, *, required: bool) -> str:
    words = clean(text)
    if required and not words:
        raise NoteMissing
    if len(words) > MAX_NOTE:
        raise NoteTooLong
    return words


def _leave(conversation_id: UUID, actor: StaffMember, now: datetime) -> None:
    """Gives the conversation back if `actor` holds it and has no open ticket of it left.

    Whoever goes on holding it would keep the bot silent for a person nobody looks after.
    """
    held = Conversation.objects.filter(pk=conversation_id, holder=actor).exists()
    others = Ticket.objects.filter(permissions.of_department(actor), conversation=conversation_id)
    if held and not others.filter(state__in=UNSETTLED).exists():
        conversations.give_back(conversation_id, staff=actor, now=now)
