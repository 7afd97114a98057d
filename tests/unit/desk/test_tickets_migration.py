"""The three states of before become the whole life; nothing is lost on the way."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps.registry import Apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
BEFORE = [("tickets", "0001_initial"), ("enterprises", "0001_initial")]


def migrate(targets: list[tuple[str, str]]) -> Apps:
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture
def old(transactional_db: None) -> Any:
    """The tables as they were; afterwards all migrations again."""
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes()
    apps = migrate(BEFORE)
    yield apps
    MigrationExecutor(connection).migrate(newest)


def test_rows_keep_their_meaning_and_open_ones_get_clocks(old: Any) -> None:
    Department = old.get_model("accounts", "Department")
    Staff = old.get_model("accounts", "StaffMember")
    Ticket, Event = old.get_model("tickets", "Ticket"), old.get_model("tickets", "TicketEvent")
    market = Department.objects.create(code="market", name="市场监管局")
    handler = Staff.objects.create(username="lijun", role="handler", department=market)
    later = NOW + timedelta(hours=3)

    def make(number: str, state: str, department: Any, **more: Any) -> Any:
        ticket = Ticket.objects.create(
            number=number,
            category="complain",
            department=department,
            state=state,
            person_name="张三",
            person_phone="13800138000",
            subject="乱收费",
            body="乱收费",
            opened_at=NOW,
            idempotency_key=number,
            **more,
        )
        Event.objects.create(ticket=ticket, at=NOW, move="open", to_state="received")
        return ticket

    make("BZ1", "received", market)
    make("BZ2", "received", None)
    started = make("BZ3", "in_progress", None)
    Event.objects.create(
        ticket=started,
        at=later,
        actor=handler,
        move="start",
        from_state="received",
        to_state="in_progress",
    )
    make("BZ4", "in_progress", None)
    make("BZ5", "closed", market, closed_at=later)

    new = migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())

    Ticket = new.get_model("tickets", "Ticket")
    rows = {ticket.number: ticket for ticket in Ticket.objects.all()}
    states = {number: (row.state, row.department_id) for number, row in rows.items()}
    assert states == {
        "BZ1": ("assigned", market.pk),
        "BZ2": ("received", None),
        "BZ3": ("in_progress", market.pk),
        "BZ4": ("received", None),
        "BZ5": ("closed", market.pk),
    }
    assert len({row.progress_code for row in rows.values()}) == 5
    moves = rows["BZ1"].events.order_by("id").values_list("move", "party", "to_state")
    assert list(moves) == [("open", "person", "received"), ("dispatch", "system", "assigned")]
    clocks = {clock.kind: clock for clock in rows["BZ1"].clocks.all()}
    assert set(clocks) == {"acceptance", "closing"}
    assert clocks["closing"].due_at == datetime(2026, 12, 14, 9, tzinfo=UTC)
    assert rows["BZ3"].clocks.get(kind="acceptance").met_at == later
    assert rows["BZ5"].clocks.filter(met_at=later).count() == 2
