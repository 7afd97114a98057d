"""Two writers at once: no number twice, no key twice, no move twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import TypeVar
from uuid import UUID

import pytest
from django.db import connection

from desk.accounts.models import StaffMember
from desk.audit.models import AuditEntry
from desk.tickets import person, services
from desk.tickets.errors import MoveNotAllowed, StaleTicket
from desk.tickets.models import Ticket
from tests.unit.desk.makers import RequestMaker

T = TypeVar("T")
WRITERS = 6

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(work: Callable[[int], T]) -> list[T]:
    """What `work` gives in each of WRITERS threads that start together."""
    start = Barrier(WRITERS)

    def run(place: int) -> T:
        try:
            start.wait(timeout=10)
            return work(place)
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as threads:
        return list(threads.map(run, range(WRITERS)))


def test_concurrent_writers_get_different_numbers_without_a_gap(
    conversation: UUID, request_of: RequestMaker, now: datetime
) -> None:
    opened = at_once(
        lambda place: services.open_ticket(request_of(conversation, key=f"k{place}"), now=now)
    )

    numbers = sorted(ticket.number for ticket in opened)
    assert numbers == [f"BZ261123{count:04d}" for count in range(1, WRITERS + 1)]


def test_one_key_from_concurrent_writers_is_one_ticket(
    conversation: UUID, request_of: RequestMaker, now: datetime
) -> None:
    opened = at_once(lambda place: services.open_ticket(request_of(conversation), now=now))

    assert {ticket.number for ticket in opened} == {"BZ2611230001"}
    assert Ticket.objects.count() == 1


def test_of_concurrent_closings_one_wins(
    ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    def close(place: int) -> bool:
        try:
            services.transition(ticket.pk, "close", actor=handler, now=now, note=f"结果{place}")
        except MoveNotAllowed:
            return False
        return True

    assert at_once(close).count(True) == 1
    assert ticket.events.filter(move="close").count() == 1


def test_of_writers_who_saw_the_same_page_one_is_heard(
    ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    moves = ("start", "close", "ask_return", "contact", "start", "close")

    def move(place: int) -> bool:
        try:
            services.transition(
                ticket.pk, moves[place], actor=handler, now=now, note="说明", version=ticket.version
            )
        except StaleTicket:
            return False
        return True

    heard = at_once(move)

    assert heard.count(True) == 1
    ticket.refresh_from_db()
    assert ticket.version == 2
    assert [event.move for event in ticket.events.all()][2:] == [moves[heard.index(True)]]
    assert AuditEntry.objects.filter(actor=handler).count() == 1


def test_one_message_of_the_person_counts_once_however_often_it_comes(
    ticket: Ticket, now: datetime
) -> None:
    at_once(lambda place: person.urge(ticket, key="m1", now=now))

    ticket.refresh_from_db()
    assert ticket.urged == 1
    assert ticket.events.filter(move="urge").count() == 1
