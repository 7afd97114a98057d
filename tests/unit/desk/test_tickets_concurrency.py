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
from desk.tickets import services
from desk.tickets.errors import MoveNotAllowed
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
