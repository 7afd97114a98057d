"""A conversation becomes a secret while it is taken or passed on: whoever is late is refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Event
from time import sleep
from uuid import UUID

import pytest
from django.db import connection, transaction

from desk.accounts.models import Department, StaffMember
from desk.console import takeover
from desk.conversations import services as conversations
from desk.conversations.errors import CannotReceive
from desk.conversations.models import Conversation
from desk.conversations.outbox import locked
from desk.errors import NotPermitted
from desk.tickets import services as tickets
from desk.tickets.models import Ticket
from tests.unit.desk.makers import RequestMaker

pytestmark = pytest.mark.django_db(transaction=True)

# As long as a check made too early needs to be over before the other transaction is.
A_WHILE = 0.5


@pytest.fixture
def while_reported(
    conversation: UUID, market: Department, request_of: RequestMaker, now: datetime
) -> Callable[[Callable[[], object]], None]:
    """Does something while the conversation's person is handing in a 举报 of the market's.

    The conversation's row is locked meanwhile, as it is by whoever adds a message to it.
    """

    def run(act: Callable[[], object]) -> None:
        begun, acting = Event(), Event()

        def report() -> None:
            try:
                with transaction.atomic():
                    locked(conversation)
                    made = tickets.open_ticket(request_of(conversation, category="report"), now=now)
                    Ticket.objects.filter(pk=made.pk).update(department=market)
                    begun.set()
                    assert acting.wait(timeout=10)
                    sleep(A_WHILE)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as threads:
            reported = threads.submit(report)
            assert begun.wait(timeout=10)
            acting.set()
            try:
                act()
            finally:
                reported.result()

    return run


def test_a_report_handed_in_meanwhile_is_not_passed_to_who_may_not_see_it(
    conversation: UUID,
    handler: StaffMember,
    outsider: StaffMember,
    while_reported: Callable[[Callable[[], object]], None],
    now: datetime,
) -> None:
    conversations.take(conversation, staff=handler, now=now)

    with pytest.raises(CannotReceive, match="会话里有举报"):
        while_reported(
            lambda: takeover.to_colleague(
                conversation, outsider.pk, staff=handler, why="是税务的事", key="k", now=now
            )
        )

    assert Conversation.objects.get().holder == handler


@pytest.mark.parametrize("act", ["take", "reply", "note"])
def test_a_report_handed_in_meanwhile_is_not_taken_by_who_may_not_see_it(
    act: str,
    conversation: UUID,
    outsider: StaffMember,
    while_reported: Callable[[Callable[[], object]], None],
    now: datetime,
) -> None:
    conversations.request_staff(conversation, key="k", reason="要人工", now=now)
    acts = {
        "take": lambda: takeover.take(conversation, staff=outsider, now=now),
        "reply": lambda: takeover.reply(
            conversation, staff=outsider, text="您好", key="k", now=now
        ),
        "note": lambda: takeover.note(conversation, staff=outsider, text="看看", key="k", now=now),
    }

    with pytest.raises(NotPermitted):
        while_reported(acts[act])

    assert Conversation.objects.get().holder is None
    assert not Conversation.objects.get().notes.exists()
