"""To read a conversation is not to answer in it."""

from datetime import datetime
from uuid import UUID

import pytest

from desk.accounts.models import Department, Role, StaffMember
from desk.console import takeover
from desk.conversations import services as conversations
from desk.conversations.errors import AlreadyHeld, NotHolding
from desk.conversations.models import Conversation, OutboundMessage
from desk.errors import NotPermitted
from desk.tickets import permissions, services
from desk.tickets.errors import NotYoursToAnswer
from desk.tickets.models import Ticket
from tests.unit.desk.makers import ConversationMaker, RequestMaker, Speaker, StaffMaker

pytestmark = pytest.mark.django_db


def conversation_of(ticket: Ticket) -> UUID:
    assert ticket.conversation_id is not None
    return ticket.conversation_id


def refuses_all(conversation: UUID, staff: StaffMember, now: datetime) -> bool:
    """Whether taking, answering and giving back are refused as not `staff`'s, leaving no trace."""
    before = Conversation.objects.get(pk=conversation).holder_id
    with pytest.raises(NotPermitted):
        takeover.take(conversation, staff=staff, now=now)
    with pytest.raises(NotPermitted):
        takeover.reply(conversation, staff=staff, text="您好", key="mine", now=now)
    with pytest.raises(NotPermitted):
        takeover.give_back(conversation, staff=staff, summary="", now=now)
    said = OutboundMessage.objects.filter(conversation=conversation, staff=staff)
    return Conversation.objects.get(pk=conversation).holder_id == before and not said.exists()


def test_an_operator_reads_another_departments_case_and_does_not_answer_it(
    ticket: Ticket, make_staff: StaffMaker, hotline: Department, now: datetime
) -> None:
    operator = make_staff(Role.OPERATOR, hotline)

    assert permissions.conversation_for(operator, conversation_of(ticket))
    assert refuses_all(conversation_of(ticket), operator, now)


def test_a_refusal_to_answer_names_the_colleague_who_does(
    ticket: Ticket, handler: StaffMember, make_staff: StaffMaker, hotline: Department, now: datetime
) -> None:
    conversation, operator = conversation_of(ticket), make_staff(Role.OPERATOR, hotline)
    takeover.take(conversation, staff=handler, now=now)

    with pytest.raises(NotYoursToAnswer, match=f"正由{handler.name}接待中"):
        takeover.take(conversation, staff=operator, now=now)
    with pytest.raises(NotYoursToAnswer, match=f"正由{handler.name}接待中"):
        takeover.reply(conversation, staff=operator, text="您好", key="mine", now=now)


def test_what_waits_for_staff_is_anyones_to_answer(
    conversation: UUID, outsider: StaffMember, now: datetime
) -> None:
    conversations.request_staff(conversation, key="k", reason="要人工", now=now)

    takeover.take(conversation, staff=outsider, now=now)
    takeover.reply(conversation, staff=outsider, text="您好", key="k", now=now)
    takeover.give_back(conversation, staff=outsider, summary="", now=now)

    # Theirs to answer only while it was held or waited.
    with pytest.raises(NotPermitted):
        takeover.reply(conversation, staff=outsider, text="还有", key="k2", now=now)


def test_an_old_closed_ticket_is_no_ground_to_answer_what_is_said_later(
    ticket: Ticket,
    handler: StaffMember,
    tax: Department,
    request_of: RequestMaker,
    person_says: Speaker,
    now: datetime,
) -> None:
    conversation = conversation_of(ticket)
    services.transition(ticket.pk, "close", actor=handler, now=now, note="已退费")
    person_says(conversation, "我要举报另一家店偷税")
    report = services.open_ticket(request_of(conversation, category="report", key="r"), now=now)
    Ticket.objects.filter(pk=report.pk).update(department=tax)

    assert permissions.conversation_for(handler, conversation)
    assert refuses_all(conversation, handler, now)
    with pytest.raises(NotYoursToAnswer):
        services.reply(ticket.pk, staff=handler, text="还有我", key="k", now=now)

    services.transition(ticket.pk, "reopen", actor=handler, now=now, note="又来问了")
    services.reply(ticket.pk, staff=handler, text="您好", key="k", now=now)


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_supervisors_and_administrators_answer_anywhere_and_relieve_anyone(
    role: Role, ticket: Ticket, handler: StaffMember, make_staff: StaffMaker, now: datetime
) -> None:
    conversation, staff = conversation_of(ticket), make_staff(role)
    services.reply(ticket.pk, staff=handler, text="您好", key="k", now=now)

    takeover.take(conversation, staff=staff, now=now)
    takeover.reply(conversation, staff=staff, text="我来接替", key="k2", now=now)

    assert Conversation.objects.get().holder == staff


def test_a_hold_is_ended_by_its_holder_and_not_by_a_colleague(
    ticket: Ticket, handler: StaffMember, make_staff: StaffMaker, now: datetime
) -> None:
    conversation = conversation_of(ticket)
    head = make_staff(Role.HEAD, handler.department)
    with pytest.raises(NotHolding):
        takeover.give_back(conversation, staff=handler, summary="", now=now)
    takeover.take(conversation, staff=handler, now=now)

    with pytest.raises(AlreadyHeld):
        takeover.take(conversation, staff=head, now=now)
    with pytest.raises(NotHolding):
        takeover.give_back(conversation, staff=head, summary="", now=now)


def test_the_person_of_a_colleague_who_left_for_good_is_anyones_to_answer(
    conversation: UUID,
    handler: StaffMember,
    outsider: StaffMember,
    person_says: Speaker,
    now: datetime,
) -> None:
    conversations.take(conversation, staff=handler, now=now)
    conversations.reply_as_staff(conversation, staff=handler, text="您好", key="k", now=now)
    handler.is_active = False
    handler.save()
    with pytest.raises(NotPermitted):
        takeover.take(conversation, staff=outsider, now=now)

    person_says(conversation, "有人吗")
    takeover.take(conversation, staff=outsider, now=now)

    assert Conversation.objects.get().holder == outsider


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("own", [True, False])
def test_what_the_list_of_the_unheard_shows_its_reader_may_open(
    role: Role,
    own: bool,
    ticket: Ticket,
    tax: Department,
    market: Department,
    make_staff: StaffMaker,
    make_conversation: ConversationMaker,
    person_says: Speaker,
    now: datetime,
) -> None:
    staff = make_staff(role, market if own else tax)
    colleague, former = make_staff(Role.HANDLER, market), make_staff(Role.HANDLER, tax)
    held = {
        "with a ticket": (conversation_of(ticket), colleague),
        "without": (make_conversation(), colleague),
        "left": (make_conversation(), former),
        "mine": (make_conversation(), staff),
    }
    for conversation, holder in held.values():
        conversations.take(conversation, staff=holder, now=now)
        person_says(conversation, "有人吗")
    former.is_active = False
    former.save()

    listed = {one.pk for one in permissions.unheard_for(staff)}
    openable = {one.pk for one in Conversation.objects.all() if permissions.may_open(staff, one)}

    assert listed == openable
    assert held["mine"][0] in listed
    assert held["left"][0] in listed


def test_a_dismissed_colleague_may_not_answer_what_they_hold(
    conversation: UUID, handler: StaffMember, now: datetime
) -> None:
    conversations.take(conversation, staff=handler, now=now)
    handler.is_active = False

    assert not permissions.may_answer(handler, Conversation.objects.get())
