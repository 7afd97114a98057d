"""The life of a ticket: reviews, merging, pressing, stale pages, and what the person does."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.db import transaction

from desk.accounts.models import Department, Role, StaffMember
from desk.audit.models import AuditEntry
from desk.conversations.models import OutboundMessage
from desk.errors import DeskError, NotPermitted
from desk.tickets import drawing, follow_ups, notices, offers, permissions, person, services
from desk.tickets.errors import (
    InvalidParticulars,
    MoveNotAllowed,
    NoReview,
    NoteMissing,
    OwnReview,
    ReviewPending,
    StaleTicket,
    TicketNotFound,
)
from desk.tickets.follow_ups import FollowUpGone
from desk.tickets.machine import machine_of
from desk.tickets.models import Review, Ticket
from desk.tickets.moves import MOVES, Move
from desk.tickets.values import Particulars, Party, State
from tests.unit.desk.lives import Lives
from tests.unit.desk.makers import ConversationMaker, RequestMaker, StaffMaker

pytestmark = pytest.mark.django_db


def do(
    ticket: Ticket, move: str, actor: StaffMember | Party, now: datetime, **given: object
) -> Ticket:
    return services.transition(
        ticket.pk,
        move,
        actor=actor,
        now=now,
        note="说明",
        given=Particulars(**given),  # type: ignore[arg-type]  # as the moves take them
    )


def said_in(conversation: UUID | None) -> list[str]:
    rows = OutboundMessage.objects.filter(conversation=conversation, author="system")
    return [message.text for message in rows.order_by("seq")]


# --- The data ---


def test_the_page_of_a_tickets_life_is_drawn_from_the_data() -> None:
    page = Path(settings.BASE_DIR) / "docs" / "ticket-life.md"
    assert page.read_text(encoding="utf-8") == drawing.page()


def test_a_state_nothing_leads_to_is_refused_by_the_machine() -> None:
    lame = [move for move in MOVES.values() if move.target is not State.SUSPENDED]
    with pytest.raises(Exception, match="unreachable"):
        machine_of(lame)()


@pytest.mark.parametrize("move", list(MOVES.values()), ids=lambda move: move.name)
def test_every_move_can_be_made_by_somebody(move: Move) -> None:
    assert move.roles or move.parties
    assert move.sources


# --- Stale pages ---


def test_a_move_on_a_page_that_is_out_of_date_is_refused(
    ticket: Ticket, handler: StaffMember, make_staff: StaffMaker, now: datetime
) -> None:
    head = make_staff(Role.HEAD, handler.department)
    seen = ticket.version
    services.transition(ticket.pk, "start", actor=handler, now=now, version=seen)

    with pytest.raises(StaleTicket):
        services.transition(ticket.pk, "close", actor=head, now=now, note="已退费", version=seen)

    ticket.refresh_from_db()
    assert (ticket.state, ticket.version) == (State.IN_PROGRESS, seen + 1)


def test_what_takes_nothing_from_under_anybodys_hands_makes_no_page_stale(
    ticket: Ticket, handler: StaffMember, make_staff: StaffMaker, now: datetime
) -> None:
    seen = ticket.version
    do(ticket, "press", make_staff(Role.SUPERVISOR), now)
    person.urge(ticket, key="1", now=now)

    services.transition(ticket.pk, "start", actor=handler, now=now, version=seen)


def test_when_the_audit_fails_nothing_of_the_move_is_left(
    ticket: Ticket, handler: StaffMember, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    do(ticket, "start", handler, now)

    def fail(**kwargs: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(services.audit, "record", fail)
    with pytest.raises(RuntimeError):
        do(ticket, "suspend", handler, now)

    ticket.refresh_from_db()
    assert ticket.state == State.IN_PROGRESS
    assert not ticket.pauses.exists()
    assert not ticket.clocks.filter(paused_since__isnull=False).exists()


# --- Dispatch and reviews ---


def test_a_dispatcher_sends_a_ticket_where_it_belongs(
    ticket: Ticket, hotline: Department, tax: Department, make_staff: StaffMaker, now: datetime
) -> None:
    operator, taxman = make_staff(Role.OPERATOR, hotline), make_staff(Role.HANDLER, tax)

    moved = do(ticket, "dispatch", operator, now, department="tax", handler=taxman.username)

    assert (moved.department, moved.handler) == (tax, taxman)
    assert [notice.about for notice in notices.unseen_by(taxman)] == ["assigned"]
    for wrong in (
        {"department": "mars"},
        {"department": ""},
        {"department": "tax", "handler": "x"},
    ):
        with pytest.raises(InvalidParticulars):
            do(ticket, "dispatch", operator, now, **wrong)


@pytest.mark.parametrize(
    ("kind", "given", "state", "department"),
    [
        ("return", {}, State.RECEIVED, None),
        ("reassign", {"department": "tax"}, State.ASSIGNED, "tax"),
    ],
)
def test_sending_back_or_on_takes_somebody_elses_yes(
    kind: str,
    given: dict[str, str],
    state: State,
    department: str | None,
    ticket: Ticket,
    handler: StaffMember,
    tax: Department,
    make_staff: StaffMaker,
    now: datetime,
) -> None:
    head = make_staff(Role.HEAD, handler.department)
    do(ticket, "start", handler, now)
    due = ticket.clocks.get(kind="closing").due_at
    do(ticket, f"ask_{kind}", handler, now, **given)

    assert [notice.about for notice in notices.unseen_by(head)] == ["review"]
    with pytest.raises(ReviewPending):
        do(ticket, "ask_return", handler, now)
    with pytest.raises(NotPermitted):
        do(ticket, f"approve_{kind}", handler, now)
    moved = do(ticket, f"approve_{kind}", head, now)

    assert moved.state == state
    assert (moved.department.code if moved.department else None) == department
    assert moved.handler is None
    assert [notice.about for notice in notices.unseen_by(handler)] == ["decided"]
    assert ticket.clocks.get(kind="closing").due_at == due
    review = Review.objects.get()
    assert (review.outcome, review.asked_by, review.decided_by) == ("approved", handler, head)


def test_nobody_decides_what_they_asked_for(
    ticket: Ticket, market: Department, make_staff: StaffMaker, now: datetime
) -> None:
    head, supervisor = make_staff(Role.HEAD, market), make_staff(Role.SUPERVISOR)
    do(ticket, "ask_return", head, now)
    assert [notice.about for notice in notices.unseen_by(supervisor)] == ["review"]

    with pytest.raises(OwnReview):
        do(ticket, "approve_return", head, now)
    with pytest.raises(NoReview):
        do(ticket, "approve_extension", supervisor, now)
    do(ticket, "refuse", supervisor, now)
    with pytest.raises(NoReview):
        do(ticket, "approve_return", supervisor, now)

    ticket.refresh_from_db()
    assert (ticket.state, ticket.department) == (State.ASSIGNED, market)


def test_a_reassignment_names_another_department(
    ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    for wrong in ("market", "mars", ""):
        with pytest.raises(InvalidParticulars):
            do(ticket, "ask_reassign", handler, now, department=wrong)
    assert not Review.objects.exists()


def test_what_is_closed_needs_no_decision_any_more(
    ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    do(ticket, "ask_return", handler, now)
    do(ticket, "close", handler, now)

    assert Review.objects.get().outcome == "lapsed"


def test_the_head_names_who_works_on_it(
    ticket: Ticket,
    handler: StaffMember,
    outsider: StaffMember,
    make_staff: StaffMaker,
    now: datetime,
) -> None:
    head = make_staff(Role.HEAD, handler.department)

    assert do(ticket, "assign", head, now, handler=handler.username).handler == handler
    with pytest.raises(InvalidParticulars):
        do(ticket, "assign", head, now, handler=outsider.username)


def test_a_press_is_seen_by_handler_and_head(
    ticket: Ticket, handler: StaffMember, make_staff: StaffMaker, now: datetime
) -> None:
    head, supervisor = make_staff(Role.HEAD, handler.department), make_staff(Role.SUPERVISOR)
    do(ticket, "start", handler, now)

    pressed = do(ticket, "press", supervisor, now)

    assert pressed.pressed_at == now
    for staff in (handler, head):
        assert [notice.about for notice in notices.unseen_by(staff)] == ["pressed"]
    with pytest.raises(NotPermitted):
        do(ticket, "press", head, now)


# --- Merging ---


@pytest.fixture
def twin(
    ticket: Ticket, make_conversation: ConversationMaker, request_of: RequestMaker, now: datetime
) -> Ticket:
    """The same matter from somebody else."""
    return services.open_ticket(request_of(make_conversation(), key="twin"), now=now)


def test_merged_tickets_follow_their_main_and_their_persons_are_told(
    ticket: Ticket, twin: Ticket, handler: StaffMember, now: datetime
) -> None:
    do(twin, "merge", handler, now, main=ticket.number)
    do(ticket, "start", handler, now)
    do(ticket, "interim", handler, now)
    services.transition(ticket.pk, "close", actor=handler, now=now, note="店家已退费")

    twin.refresh_from_db()
    assert (twin.state, twin.closed_at) == (State.CLOSED, now)
    assert not twin.clocks.filter(met_at__isnull=True).exists()
    merged, interim, closed = said_in(twin.conversation_id)
    assert "同一件事" in merged
    assert ticket.number not in merged + interim + closed
    assert "有进展" in interim
    assert twin.number in closed
    assert "店家已退费" in closed
    assert len(said_in(ticket.conversation_id)) == 3


def test_a_main_ticket_withdrawn_lets_its_followers_stand_on_their_own(
    ticket: Ticket, twin: Ticket, handler: StaffMember, now: datetime
) -> None:
    do(twin, "merge", handler, now, main=ticket.number)
    person.withdraw(ticket, key="w", now=now + timedelta(days=7))

    twin.refresh_from_db()
    assert (twin.state, twin.main, twin.department) == (State.RECEIVED, None, None)
    assert twin.clocks.filter(paused_since__isnull=True).count() == 2


def test_nothing_is_merged_into_itself_or_into_what_is_not_open(
    ticket: Ticket, twin: Ticket, handler: StaffMember, now: datetime
) -> None:
    for wrong in ("", "BZ0000000000", ticket.number):
        with pytest.raises(InvalidParticulars):
            do(ticket, "merge", handler, now, main=wrong)
    do(twin, "merge", handler, now, main=ticket.number)
    with pytest.raises(MoveNotAllowed):
        do(ticket, "merge", handler, now, main=twin.number)
    third = services.open_ticket(
        services.TicketRequest(None, "complain", "乱收费", "王五", "13900139001", "k3"), now=now
    )
    with pytest.raises(MoveNotAllowed):
        do(ticket, "merge", handler, now, main=third.number)
    with pytest.raises(MoveNotAllowed):
        do(third, "merge", handler, now, main=twin.number)


def test_the_number_of_a_ticket_out_of_sight_is_not_merged_into(
    ticket: Ticket, twin: Ticket, handler: StaffMember, tax: Department, now: datetime
) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(department=tax)

    with pytest.raises(InvalidParticulars):
        do(twin, "merge", handler, now, main=ticket.number)


# --- The person's side ---


def test_a_person_finds_only_their_own_ticket_to_act_on(
    ticket: Ticket, make_conversation: ConversationMaker
) -> None:
    assert ticket.conversation_id
    assert person.own(ticket.conversation_id) == ticket
    assert person.own(ticket.conversation_id, ticket.number) == ticket
    stranger = make_conversation()
    for number in ("", ticket.number):
        with pytest.raises(TicketNotFound):
            person.own(stranger, number)


def test_the_person_is_told_of_every_step_that_concerns_them(
    ticket: Ticket, handler: StaffMember, make_staff: StaffMaker, now: datetime
) -> None:
    head = make_staff(Role.HEAD, handler.department)
    do(ticket, "start", handler, now)
    do(ticket, "contact", handler, now)
    services.transition(ticket.pk, "suspend", actor=handler, now=now, note="请发合同照片")
    do(ticket, "resume", handler, now)
    do(ticket, "ask_extension", handler, now, days=3)
    do(ticket, "approve_extension", head, now)
    do(ticket, "close", handler, now)
    do(ticket, "archive", head, now)

    accepted, waiting, delayed, done = said_in(ticket.conversation_id)
    assert "已由市场监管局受理" in accepted
    assert "12月14日（周一）17:00" in accepted
    assert "请发合同照片" in waiting
    assert "延期" in delayed
    assert "已办结" in done


def test_a_person_who_is_content_says_so_once(ticket: Ticket, lives: Lives, now: datetime) -> None:
    lives.bring(ticket, State.CLOSED)
    for _ in range(2):
        person.confirm(ticket, solved=True, key="m1", now=now)
        person.rate(ticket, rating=5, words="很快", key="m2", now=now)

    ticket.refresh_from_db()
    assert (ticket.state, ticket.solved, ticket.rating) == (State.VISITED, True, 5)
    assert ticket.events.filter(move="rate").count() == 1
    assert not ticket.follow_ups.exists()
    with pytest.raises(MoveNotAllowed):
        person.confirm(ticket, solved=True, key="m3", now=now)


def test_what_is_not_solved_is_done_again_and_the_second_time_staff_decide(
    ticket: Ticket, lives: Lives, handler: StaffMember, make_staff: StaffMaker, now: datetime
) -> None:
    head = make_staff(Role.HEAD, handler.department)
    lives.bring(ticket, State.CLOSED)
    again = person.confirm(ticket, solved=False, words="还是没退", key="1", now=now)

    assert (again.state, again.redone, again.closed_at) == (State.IN_PROGRESS, 1, None)
    assert ticket.clocks.get(kind="closing", round=1).running
    task = follow_ups.open_for(head).get()
    assert "还是没退" in task.reason
    assert not follow_ups.open_for(handler).exists()
    do(ticket, "close", handler, now)
    assert not ticket.clocks.filter(met_at__isnull=True).exists()

    settled = person.confirm(ticket, solved=False, words="还是不行", key="2", now=now)

    assert (settled.state, settled.solved) == (State.VISITED, False)
    assert follow_ups.open_for(head).count() == 1
    with pytest.raises(NoteMissing):
        follow_ups.finish(task.pk, staff=head, note=" ", now=now)
    with pytest.raises(NotPermitted):
        follow_ups.finish(task.pk, staff=handler, note="已上门", now=now)
    follow_ups.finish(task.pk, staff=head, note="已上门", now=now)
    with pytest.raises(FollowUpGone):
        follow_ups.finish(task.pk, staff=head, note="又去了", now=now)
    assert AuditEntry.objects.filter(action="follow_up.finished", actor=head).count() == 1
    assert do(ticket, "reopen", handler, now).redone == 2


@pytest.mark.parametrize(
    ("words", "kept"), [("5分", ""), ("5 分。", ""), ("5分，很快", "5分，很快")]
)
def test_the_mark_alone_is_no_comment_beside_the_mark(
    words: str, kept: str, ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    services.transition(ticket.pk, "close", actor=handler, now=now, note="已退费")

    rated = person.rate(ticket, rating=5, words=words, key="m", now=now)

    assert (rated.rating, rated.rating_words) == (5, kept)


@pytest.mark.parametrize("rating", [0, 6, -1])
def test_a_rating_is_one_to_five(rating: int, ticket: Ticket, lives: Lives, now: datetime) -> None:
    lives.bring(ticket, State.CLOSED)
    with pytest.raises(InvalidParticulars):
        person.rate(ticket, rating=rating, key="k", now=now)
    ticket.refresh_from_db()
    assert ticket.rating is None


def test_a_bad_mark_is_followed_up(ticket: Ticket, lives: Lives, now: datetime) -> None:
    lives.bring(ticket, State.CLOSED)
    person.rate(ticket, rating=1, words="态度差", key="k", now=now)

    assert "态度差" in ticket.follow_ups.get().reason


def test_urging_counts_once_a_message_and_reaches_the_handler(
    ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    do(ticket, "start", handler, now)
    for key in ("1", "1", "2"):
        person.urge(ticket, key=key, now=now)

    ticket.refresh_from_db()
    assert ticket.urged == 2
    assert notices.unseen_by(handler).filter(about="urged").count() == 2


def test_a_supplement_takes_up_what_waited_for_it(
    ticket: Ticket, lives: Lives, handler: StaffMember, now: datetime
) -> None:
    lives.bring(ticket, State.SUSPENDED)
    with pytest.raises(NoteMissing):
        person.add(ticket, text=" ", key="k", now=now)

    for _ in range(2):
        added = person.add(ticket, text="合同在这里", key="k", now=now)

    assert added.state == State.IN_PROGRESS
    assert [one.note for one in ticket.events.filter(move="add")] == ["合同在这里"]
    with pytest.raises(NotPermitted):
        services.transition(ticket.pk, "close", actor=Party.PERSON, now=now, note="我说办结")


def test_a_withdrawn_ticket_is_nobodys_work_any_more(
    ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    person.withdraw(ticket, key="k", now=now)

    assert not ticket.clocks.filter(stopped_at__isnull=True).exists()
    for move in ("start", "close"):
        with pytest.raises(MoveNotAllowed):
            do(ticket, move, handler, now)
    with pytest.raises(MoveNotAllowed):
        person.urge(ticket, key="k2", now=now)


# --- What is offered is what can be done ---


STANDINGS = [(state, "") for state in State] + [
    (State.ASSIGNED, "return"),
    (State.IN_PROGRESS, "reassign"),
    (State.IN_PROGRESS, "extension"),
]


@pytest.mark.parametrize(("state", "reviewed"), STANDINGS)
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("own", [True, False])
def test_what_the_page_offers_can_be_done_and_what_it_does_not_cannot(
    state: State,
    role: Role,
    own: bool,
    reviewed: str,
    ticket: Ticket,
    lives: Lives,
    market: Department,
    tax: Department,
    make_staff: StaffMaker,
    now: datetime,
) -> None:
    staff = make_staff(role, market if own else tax)
    found = lives.bring(ticket, state)
    if reviewed:
        do(found, f"ask_{reviewed}", lives.handler, now, department="tax", days=2)
    found.refresh_from_db()
    if not permissions.may_see(staff, found):
        return
    offered = {offer.move.name for offer in offers.offers(staff, found)}
    main = lives.main()
    refused: dict[str, str] = {}
    for move in MOVES.values():
        given = {
            "department": "tax" if move.name != "dispatch" else "market",
            "handler": lives.handler.username if move.name == "assign" else "",
            "days": 2,
            "main": main.number,
            "solved": True,
        }
        try:
            with transaction.atomic():
                do(found, move.name, staff, now, **given)
                transaction.set_rollback(True)
        except DeskError as error:
            refused[move.name] = error.code
    if not permissions.may_see(staff, main):
        # They may merge, only not into this one.
        offered.discard("merge")
        assert refused["merge"] in {"invalid_particulars", "not_permitted", "move_not_allowed"}

    assert offered == set(MOVES) - set(refused)
