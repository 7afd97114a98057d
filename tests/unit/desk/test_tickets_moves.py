"""The one door: permission, rule, history, audit and the person's message, together."""

from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from desk.accounts.models import Department, Role, StaffMember
from desk.audit.models import AuditEntry
from desk.conversations import services as conversations
from desk.conversations.errors import AlreadyHeld, EmptyText
from desk.conversations.models import Conversation, Identity, OutboundMessage
from desk.errors import NotPermitted
from desk.tickets import permissions, queues, services, telling
from desk.tickets.errors import (
    MoveNotAllowed,
    NoConversation,
    NoteMissing,
    NoteTooLong,
    TicketNotFound,
)
from desk.tickets.models import Ticket
from desk.tickets.moves import MOVES, Move
from desk.tickets.paging import page_of
from desk.tickets.queues import Scope, Sort, Wanted
from desk.tickets.values import State
from tests.unit.desk.lives import Lives
from tests.unit.desk.makers import ConversationMaker, RequestMaker, StaffMaker

pytestmark = pytest.mark.django_db


WORK = {"start", "contact", "interim", "suspend", "resume", "close", "reopen"} | {
    "ask_return",
    "ask_reassign",
    "ask_extension",
}
VISIT = {"visit"}
CALLS = {"dispatch", "withdraw", "urge", "add"}
REVIEW = {"approve_return", "approve_reassign", "approve_extension", "refuse"}
STAFF_MOVES = {move.name for move in MOVES.values() if move.roles}


def said_to_person(ticket: Ticket) -> list[str]:
    return [message.text for message in OutboundMessage.objects.filter(author="system")]


def test_a_ticket_is_started_closed_and_reopened(
    ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    later = now + timedelta(hours=3)
    assert services.transition(ticket.pk, "start", actor=handler, now=now).state == "in_progress"
    closed = services.transition(ticket.pk, "close", actor=handler, now=later, note="已退费")
    assert (closed.state, closed.closed_at) == ("closed", later)
    again = services.transition(ticket.pk, "reopen", actor=handler, now=later, note="退少了")
    assert (again.state, again.closed_at) == ("in_progress", None)

    history = [(event.move, event.from_state, event.to_state) for event in ticket.events.all()]
    assert history == [
        ("open", "", "received"),
        ("dispatch", "received", "assigned"),
        ("start", "assigned", "in_progress"),
        ("close", "in_progress", "closed"),
        ("reopen", "closed", "in_progress"),
    ]
    audited = AuditEntry.objects.filter(actor=handler).order_by("id")
    assert [entry.action for entry in audited] == [
        "ticket.started",
        "ticket.closed",
        "ticket.reopened",
    ]


def test_on_closing_the_person_is_told_the_result_and_how_to_answer_here(
    ticket: Ticket, handler: StaffMember, now: datetime, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://chat.example.gov.cn"
    assert said_to_person(ticket) == []

    services.transition(ticket.pk, "close", actor=handler, now=now, note="店家已退费200元")

    (text,) = said_to_person(ticket)
    code, page = ticket.progress_code, "https://chat.example.gov.cn/progress/"
    for part in (ticket.number, "店家已退费200元", "“解决了”或“没解决”", "打5分", page, code):
        assert part in text


@pytest.mark.parametrize(
    ("address", "channel"), [("", "wechat"), ("https://chat.example.gov.cn", "hotline")]
)
def test_no_address_is_told_where_none_is_known_or_of_use(
    ticket: Ticket,
    handler: StaffMember,
    now: datetime,
    settings: Settings,
    address: str,
    channel: str,
) -> None:
    settings.PUBLIC_URL = address
    Identity.objects.update(channel=channel)
    Ticket.objects.update(channel=channel)

    services.transition(ticket.pk, "close", actor=handler, now=now, note="已退费")

    (text,) = said_to_person(ticket)
    assert "解决了" in text
    assert "/progress/" not in text


def test_what_was_told_last_is_known_until_something_else_is_said(
    ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    assert ticket.conversation_id is not None
    assert telling.told_last(ticket.conversation_id) is None
    services.transition(ticket.pk, "close", actor=handler, now=now, note="已退费")
    told = telling.told_last(ticket.conversation_id)
    assert told is not None
    assert told.move == "close"
    conversations.notify(ticket.conversation_id, text="别的事", key="other:1", now=now)
    assert telling.told_last(ticket.conversation_id) is None


def test_closing_again_after_reopening_tells_the_person_again(
    ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    for move in ("close", "reopen", "close"):
        services.transition(ticket.pk, move, actor=handler, now=now, note="说明")

    assert [("已办结" in text, "重新办理。" in text) for text in said_to_person(ticket)] == [
        (True, False),
        (False, True),
        (True, False),
    ]


def test_closing_gives_the_conversation_back_to_the_bot(
    ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    services.reply(ticket.pk, staff=handler, text="您好", key="k", now=now)

    services.transition(ticket.pk, "close", actor=handler, now=now, note="已退费")

    assert Conversation.objects.get().holder is None
    result, back = said_to_person(ticket)
    assert "已退费" in result
    assert "人工接待已结束" in back
    assert AuditEntry.objects.filter(action="conversation.given_back", actor=handler).exists()


def test_a_conversation_with_another_open_ticket_of_mine_stays_mine(
    ticket: Ticket,
    handler: StaffMember,
    tax: Department,
    request_of: RequestMaker,
    now: datetime,
) -> None:
    conversation = ticket.conversation_id
    mine = services.open_ticket(request_of(conversation, key="2"), now=now)
    theirs = services.open_ticket(request_of(conversation, key="3"), now=now)
    Ticket.objects.filter(pk=theirs.pk).update(department=tax)
    services.reply(ticket.pk, staff=handler, text="您好", key="k", now=now)

    services.transition(ticket.pk, "close", actor=handler, now=now, note="已退费")
    assert Conversation.objects.get().holder == handler
    services.transition(mine.pk, "close", actor=handler, now=now, note="也办好了")
    assert Conversation.objects.get().holder is None


def test_closing_does_not_end_a_colleagues_hold(
    ticket: Ticket, handler: StaffMember, make_staff: StaffMaker, now: datetime
) -> None:
    services.reply(ticket.pk, staff=handler, text="您好", key="k", now=now)
    for role in (Role.HEAD, Role.ADMINISTRATOR):
        closer = make_staff(role, handler.department)
        services.transition(ticket.pk, "close", actor=closer, now=now, note="已退费")
        assert Conversation.objects.get().holder == handler
        services.transition(ticket.pk, "reopen", actor=closer, now=now, note="再看看")


def test_when_giving_back_fails_the_ticket_is_not_closed(
    ticket: Ticket, handler: StaffMember, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("disk full")

    services.reply(ticket.pk, staff=handler, text="您好", key="k", now=now)
    monkeypatch.setattr(conversations, "give_back", fail)
    with pytest.raises(RuntimeError, match="disk full"):
        services.transition(ticket.pk, "close", actor=handler, now=now, note="已退费")

    ticket.refresh_from_db()
    assert ticket.state == "assigned"
    assert said_to_person(ticket) == []


def test_a_ticket_without_conversation_is_closed_in_silence(
    request_of: RequestMaker, handler: StaffMember, now: datetime
) -> None:
    ticket = services.open_ticket(request_of(None), now=now)

    services.transition(ticket.pk, "close", actor=handler, now=now, note="电话已答复")

    assert said_to_person(ticket) == []
    with pytest.raises(NoConversation):
        services.reply(ticket.pk, staff=handler, text="您好", key="k", now=now)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("move", list(MOVES.values()), ids=lambda move: move.name)
def test_every_move_works_from_its_sources_and_from_nowhere_else(
    move: Move, state: State, ticket: Ticket, lives: Lives
) -> None:
    lives.bring(ticket, state)

    if state in move.sources:
        assert lives.make(ticket, move).state == (move.target or state)
    else:
        with pytest.raises(MoveNotAllowed):
            lives.make(ticket, move)
        ticket.refresh_from_db()
        assert ticket.state == state


@pytest.mark.parametrize("note", ["", "   ", "\u3000"])
def test_closing_needs_a_result(
    note: str, ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    with pytest.raises(NoteMissing):
        services.transition(ticket.pk, "close", actor=handler, now=now, note=note)
    assert ticket.events.count() == 2


def test_a_result_nobody_would_read_is_refused(
    ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    with pytest.raises(NoteTooLong):
        services.transition(ticket.pk, "close", actor=handler, now=now, note="长" * 2001)


def test_unknown_moves_and_tickets_are_refused(
    ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    with pytest.raises(MoveNotAllowed):
        services.transition(ticket.pk, "burn", actor=handler, now=now)
    with pytest.raises(TicketNotFound):
        services.transition(ticket.pk + 1, "start", actor=handler, now=now)


def test_when_the_message_cannot_be_written_nothing_changed(
    ticket: Ticket, handler: StaffMember, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(conversations, "notify", fail)
    with pytest.raises(RuntimeError, match="disk full"):
        services.transition(ticket.pk, "close", actor=handler, now=now, note="已退费")

    ticket.refresh_from_db()
    assert ticket.state == "assigned"
    assert ticket.events.count() == 2
    assert not ticket.clocks.filter(met_at__isnull=False).exists()
    assert not AuditEntry.objects.filter(action="ticket.closed").exists()


def test_staff_of_another_department_may_neither_see_nor_touch_it(
    ticket: Ticket, outsider: StaffMember, now: datetime
) -> None:
    with pytest.raises(NotPermitted):
        services.ticket_for(outsider, ticket.number)
    with pytest.raises(NotPermitted):
        services.transition(ticket.pk, "start", actor=outsider, now=now)
    with pytest.raises(NotPermitted):
        services.reply(ticket.pk, staff=outsider, text="您好", key="k", now=now)
    with pytest.raises(NotPermitted):
        services.add_note(ticket.pk, staff=outsider, text="看看", key="k", now=now)
    every = queues.queue(outsider, Wanted(states=frozenset(State)), now=now)
    assert list(every) == []


@pytest.mark.parametrize(
    ("role", "own", "may_see", "may_act", "moves"),
    [
        (Role.HANDLER, True, True, True, WORK | {"merge"} | VISIT),
        (Role.HEAD, True, True, True, WORK | {"merge", "assign", "archive"} | VISIT | REVIEW),
        (
            Role.OPERATOR,
            True,
            True,
            True,
            WORK | {"merge", "assign", "archive", "release"} | VISIT | CALLS,
        ),
        (Role.HANDLER, False, False, False, set()),
        (Role.HEAD, False, False, False, set()),
        # The hotline dispatches, and writes down what callers say of any ticket.
        (Role.OPERATOR, False, True, False, CALLS | VISIT),
        (
            Role.SUPERVISOR,
            False,
            True,
            True,
            {"dispatch", "release", "resume", "reopen", "archive", "merge", "press"}
            | VISIT
            | REVIEW,
        ),
        (Role.ADMINISTRATOR, False, True, True, STAFF_MOVES),
    ],
)
def test_who_may_do_what(
    role: Role,
    own: bool,
    may_see: bool,
    may_act: bool,
    moves: set[str],
    ticket: Ticket,
    market: Department,
    tax: Department,
    make_staff: StaffMaker,
) -> None:
    staff = make_staff(role, market if own else tax)

    assert permissions.may_see(staff, ticket) is may_see
    assert Ticket.objects.filter(permissions.visible_to(staff)).exists() is may_see
    assert permissions.may_act(staff, ticket) is may_act
    allowed = {move.name for move in MOVES.values() if permissions.may_move(staff, ticket, move)}
    assert allowed == moves


def test_a_dismissed_colleague_may_do_nothing(
    ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    handler.is_active = False

    assert not permissions.may_see(handler, ticket)
    assert not Ticket.objects.filter(permissions.visible_to(handler)).exists()
    with pytest.raises(NotPermitted):
        services.transition(ticket.pk, "start", actor=handler, now=now)


def test_an_unassigned_ticket_is_open_to_all_staff(
    conversation: object, request_of: RequestMaker, outsider: StaffMember, now: datetime
) -> None:
    ticket = services.open_ticket(request_of(conversation), now=now)

    assert services.transition(ticket.pk, "start", actor=outsider, now=now).state == "in_progress"


def test_a_reply_reaches_the_person_once_and_takes_the_conversation(
    ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    for _ in range(2):
        services.reply(ticket.pk, staff=handler, text="您好，正在处理", key="k", now=now)

    message = OutboundMessage.objects.get(author="staff")
    assert (message.text, message.staff) == ("您好，正在处理", handler)
    assert Conversation.objects.get().holder == handler
    with pytest.raises(EmptyText):
        services.reply(ticket.pk, staff=handler, text=" ", key="k2", now=now)


def test_a_second_colleague_does_not_talk_into_a_held_conversation(
    ticket: Ticket,
    handler: StaffMember,
    make_staff: StaffMaker,
    market: Department,
    now: datetime,
) -> None:
    services.reply(ticket.pk, staff=handler, text="您好", key="k", now=now)

    with pytest.raises(AlreadyHeld):
        services.reply(
            ticket.pk, staff=make_staff(Role.HEAD, market), text="我来", key="k2", now=now
        )


def test_a_note_is_written_once_and_not_told_to_the_person(
    ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    for _ in range(2):
        services.add_note(ticket.pk, staff=handler, text="已电话核实", key="k", now=now)

    assert [event.note for event in ticket.events.filter(move="note")] == ["已电话核实"]
    assert said_to_person(ticket) == []
    assert AuditEntry.objects.filter(action="ticket.noted").count() == 1
    with pytest.raises(NoteMissing):
        services.add_note(ticket.pk, staff=handler, text=" ", key="k2", now=now)


def test_a_queue_shows_the_longest_open_first_and_my_departments_alone(
    ticket: Ticket,
    hotline: Department,
    handler: StaffMember,
    make_staff: StaffMaker,
    make_conversation: ConversationMaker,
    request_of: RequestMaker,
    now: datetime,
) -> None:
    other = make_conversation()
    newer = services.open_ticket(request_of(other), now=now + timedelta(minutes=5))
    question = request_of(other, category="consult", what="请问几点上班", key="c")
    asked = services.open_ticket(question, now=now)
    operator = make_staff(Role.OPERATOR, hotline)
    mine, every = Scope.DEPARTMENT, Scope.ALL

    def listed(staff: StaffMember, scope: Scope) -> list[Ticket]:
        return page_of(queues.queue(staff, Wanted(scope), now=now), Sort.OLDEST, 10).tickets

    assert listed(handler, every) == [ticket, newer]
    assert listed(operator, mine) == [asked]
    assert listed(operator, every) == [ticket, asked, newer]
    closed = Wanted(every, frozenset({State.CLOSED}))
    assert not queues.queue(handler, closed, now=now).exists()


def test_a_conversation_opens_to_those_it_concerns(
    ticket: Ticket,
    handler: StaffMember,
    outsider: StaffMember,
    make_staff: StaffMaker,
    make_conversation: ConversationMaker,
    now: datetime,
) -> None:
    waiting = make_conversation()
    conversations.request_staff(waiting, key="k", reason="要人工", now=now)
    assert ticket.conversation_id is not None

    assert permissions.conversation_for(handler, ticket.conversation_id)
    assert permissions.conversation_for(outsider, waiting)
    with pytest.raises(NotPermitted):
        permissions.conversation_for(outsider, ticket.conversation_id)

    conversations.take(waiting, staff=handler, now=now)
    assert permissions.conversation_for(handler, waiting)
    assert permissions.conversation_for(make_staff(Role.SUPERVISOR), waiting)
    with pytest.raises(NotPermitted):
        permissions.conversation_for(outsider, waiting)
