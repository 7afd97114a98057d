"""The demonstration's month: like a real one, the same for the same seed, nobody's data."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from desk.audit.models import AuditEntry
from desk.tickets.models import Ticket, TicketClock, TicketEvent
from desk.tickets.models.clocks import RUNNING
from desk.tickets.values import OPEN_STATES
from tests.unit.desk.oracle import CITY

pytestmark = pytest.mark.django_db
UNTIL = "2026-11-23T17:00"


@pytest.fixture
def city(db: None) -> None:
    call_command("demo_enterprises", stdout=StringIO())
    call_command("demo_staff", stdout=StringIO())


def demo_month(*options: str) -> str:
    out = StringIO()
    call_command("demo_month", "--until", UNTIL, *options, stdout=out)
    return out.getvalue()


def month() -> list[tuple[object, ...]]:
    fields = ("number", "category", "state", "department__code", "body", "rating", "progress_code")
    return list(Ticket.objects.order_by("number").values_list(*fields))


def test_a_month_has_tickets_in_every_stage_and_everywhere(city: None) -> None:
    assert "新建 60 张" in demo_month("--tickets", "60")

    states = set(Ticket.objects.values_list("state", flat=True))
    assert states >= {"in_progress", "closed", "visited", "archived", "withdrawn"}
    assert Ticket.objects.values("department").distinct().count() >= 8
    assert Ticket.objects.filter(enterprise__isnull=False).exists()
    end = datetime(2026, 11, 23, 17, tzinfo=CITY).astimezone(UTC)
    assert not TicketEvent.objects.filter(at__gt=end).exists()
    overdue = TicketClock.objects.filter(RUNNING, due_at__lt=end)
    assert 0 < overdue.count() < 20
    assert Ticket.objects.filter(state__in=OPEN_STATES, handler__isnull=False).exists()
    assert (
        TicketEvent.objects.count()
        == AuditEntry.objects.filter(target__startswith="ticket:").count()
    )


def test_nobody_in_it_can_be_called(city: None) -> None:
    demo_month()
    assert all(
        phone.startswith("1390000")
        for phone in Ticket.objects.values_list("person_phone", flat=True)
    )


def test_the_same_seed_gives_the_same_month(city: None) -> None:
    months = []
    for _ in range(2):
        with transaction.atomic():
            demo_month("--tickets", "15", "--seed", "7")
            months.append(month())
            transaction.set_rollback(True)
    first, second = months
    assert len(first) == 15
    assert first == second
    demo_month("--tickets", "15", "--seed", "8")
    assert month() != first
    demo_month("--tickets", "3", "--seed", "7", "--more")
    with pytest.raises(CommandError, match="已经生成过"):
        demo_month("--tickets", "15", "--seed", "7", "--more")


def test_where_there_are_tickets_none_are_added_unasked(city: None) -> None:
    demo_month("--tickets", "3")
    assert "不再生成" in demo_month("--tickets", "3")
    assert Ticket.objects.count() == 3
    demo_month("--tickets", "3", "--seed", "2", "--more")
    assert Ticket.objects.count() == 6


def test_what_cannot_be_done_is_said(db: None) -> None:
    with pytest.raises(CommandError, match="demo_staff"):
        demo_month()
    with pytest.raises(CommandError, match="1到"):
        demo_month("--tickets", "0")
    with pytest.raises(CommandError, match="时间要写成"):
        call_command("demo_month", "--until", "soon", stdout=StringIO())
    assert not Ticket.objects.exists()
