"""Opening a ticket: numbered, routed, once per key, and only when it is whole."""

import logging
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from desk.accounts.models import Department
from desk.audit.models import AppendOnlyError, AuditEntry
from desk.conversations.errors import ConversationNotFound
from desk.tickets import services
from desk.tickets.errors import InvalidContact, InvalidTicket, KeyReused, TicketNotFound
from desk.tickets.models import Ticket, TicketEvent
from tests.unit.desk.makers import ConversationMaker, RequestMaker

pytestmark = pytest.mark.django_db


def test_a_complaint_is_numbered_and_goes_to_the_market_department(
    ticket: Ticket, market: Department, now: datetime
) -> None:
    assert ticket.number == "BZ2611230001"
    assert (ticket.state, ticket.department, ticket.opened_at) == ("assigned", market, now)
    assert ticket.person_phone == "13800138000"
    assert ticket.subject == "楼下的店乱收费。"
    steps = [(one.who, one.move, one.from_state, one.to_state) for one in ticket.events.all()]
    assert steps == [
        ("来访人", "open", "", "received"),
        ("系统", "dispatch", "received", "assigned"),
    ]
    assert AuditEntry.objects.filter(action="ticket.opened", target=f"ticket:{ticket.number}")


def test_a_consultation_goes_to_the_hotline(
    hotline: Department, conversation: UUID, request_of: RequestMaker, now: datetime
) -> None:
    ticket = services.open_ticket(request_of(conversation, category="consult"), now=now)

    assert ticket.department == hotline


def test_without_its_department_a_ticket_stays_unassigned(
    conversation: UUID, request_of: RequestMaker, now: datetime
) -> None:
    ticket = services.open_ticket(request_of(conversation), now=now)

    assert (ticket.state, ticket.department) == ("received", None)


def test_the_same_key_is_the_same_ticket(
    ticket: Ticket, conversation: UUID, request_of: RequestMaker, now: datetime
) -> None:
    again = services.open_ticket(request_of(conversation, what="说法变了"), now=now)

    assert again == ticket
    assert Ticket.objects.count() == 1
    assert TicketEvent.objects.filter(move="open").count() == 1
    assert again.clocks.count() == 2
    assert AuditEntry.objects.filter(action="ticket.opened").count() == 1


def test_a_key_of_another_conversation_gives_nothing_away(
    ticket: Ticket, make_conversation: ConversationMaker, request_of: RequestMaker, now: datetime
) -> None:
    with pytest.raises(KeyReused):
        services.open_ticket(request_of(make_conversation(), key=ticket.idempotency_key), now=now)


def test_numbers_count_within_the_citys_day(conversation: UUID, request_of: RequestMaker) -> None:
    before_midnight = datetime(2026, 11, 23, 15, 59, tzinfo=UTC)
    after_midnight = datetime(2026, 11, 23, 16, 1, tzinfo=UTC)
    times = [before_midnight, before_midnight, after_midnight]

    opened = [
        services.open_ticket(request_of(conversation, key=f"k{place}"), now=time)
        for place, time in enumerate(times)
    ]

    assert [ticket.number for ticket in opened] == [
        "BZ2611230001",
        "BZ2611230002",
        "BZ2611240001",
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"category": "wish"}, "类别"),
        ({"what": "  "}, "要反映的事情"),
        ({"what": "长" * 4001}, "太长"),
        ({"who": ""}, "称呼"),
        ({"who": "长" * 33}, "称呼"),
        ({"key": ""}, "重新提交"),
    ],
)
def test_an_incomplete_demand_is_refused_in_words(
    wrong: dict[str, str],
    said: str,
    conversation: UUID,
    request_of: RequestMaker,
    now: datetime,
) -> None:
    with pytest.raises(InvalidTicket, match=said):
        services.open_ticket(request_of(conversation, **wrong), now=now)
    assert not Ticket.objects.exists()


def test_what_the_person_said_is_kept_as_they_wrote_it(
    conversation: UUID, request_of: RequestMaker, now: datetime
) -> None:
    said = "卖家说：“退货？不行！”（有录音），共１２０元\r\n请核实\u200b"

    ticket = services.open_ticket(request_of(conversation, what=said), now=now)

    assert ticket.body == "卖家说：“退货？不行！”（有录音），共１２０元\n请核实"


def test_a_number_nobody_can_call_is_refused(
    conversation: UUID, request_of: RequestMaker, now: datetime
) -> None:
    with pytest.raises(InvalidContact):
        services.open_ticket(request_of(conversation, contact="微信联系"), now=now)


def test_without_a_number_the_person_must_be_reachable_in_a_conversation(
    conversation: UUID, request_of: RequestMaker, now: datetime
) -> None:
    ticket = services.open_ticket(request_of(conversation, contact=" ", key="a"), now=now)
    assert ticket.person_phone == ""
    with pytest.raises(InvalidContact):
        services.open_ticket(request_of(None, contact="", key="b"), now=now)


def test_an_unknown_conversation_opens_nothing(request_of: RequestMaker, now: datetime) -> None:
    with pytest.raises(ConversationNotFound):
        services.open_ticket(request_of(uuid4()), now=now)


def test_a_person_finds_their_own_tickets_only(
    ticket: Ticket, make_conversation: ConversationMaker, request_of: RequestMaker, now: datetime
) -> None:
    stranger = make_conversation()
    second = services.open_ticket(request_of(ticket.conversation_id, key="k2"), now=now)
    services.open_ticket(request_of(stranger), now=now)
    mine = ticket.conversation_id
    assert mine is not None

    assert services.tickets_of(mine) == [second, ticket]
    assert services.find_own(mine, "bz2611230001") == ticket
    for wanted in (ticket.number, "BZ0000000000"):
        with pytest.raises(TicketNotFound):
            services.find_own(stranger, wanted)


def test_logs_and_names_show_no_whole_telephone_number(
    conversation: UUID,
    request_of: RequestMaker,
    now: datetime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        ticket = services.open_ticket(request_of(conversation), now=now)

    assert "138****8000" in str(ticket)
    assert "13800138000" not in str(ticket) + repr(ticket) + caplog.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "closed"},
        {"state": "lost"},
        {"state": "suspended"},
        {"state": "merged"},
        {"department": None},
        {"rating": 6},
        {"district": "mars"},
        {"category": "wish"},
        {"closed_at": datetime(2026, 11, 24, tzinfo=UTC)},
        {"state": "closed", "closed_at": datetime(2020, 1, 1, tzinfo=UTC)},
        {"person_phone": "", "conversation_id": None},
    ],
)
def test_a_wrong_state_cannot_be_stored_past_the_service(
    ticket: Ticket, wrong: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(**wrong)


def test_history_is_append_only(ticket: Ticket) -> None:
    event = ticket.events.first()
    assert event

    with pytest.raises(AppendOnlyError):
        event.save()
    with pytest.raises(AppendOnlyError):
        event.delete()
    with pytest.raises(AppendOnlyError):
        ticket.events.all().delete()
    with pytest.raises(IntegrityError):
        ticket.delete()
