"""Departments, staff, and the demonstration's accounts."""

import json
from io import StringIO

import pytest
from django.contrib.auth import authenticate as sign_in
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from desk.accounts import demo, services
from desk.accounts.models import Department, Role, StaffMember
from desk.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


def authenticate(username: str, password: str | None) -> object:
    return sign_in(HttpRequest(), username=username, password=password)


def demo_staff(*options: str) -> str:
    out = StringIO()
    call_command("demo_staff", *options, stdout=out)
    return out.getvalue()


def test_demo_staff_prints_a_password_that_signs_in() -> None:
    rows = json.loads(demo_staff("--json"))

    assert len(rows) == len(demo.STAFF)
    for row in rows:
        assert len(row["password"]) >= 16
        assert authenticate(username=row["username"], password=row["password"])
    assert len({row["password"] for row in rows}) == len(rows)
    assert Department.objects.count() == len(demo.DEPARTMENTS)


def test_demo_staff_run_again_changes_and_tells_nothing() -> None:
    first = {row["username"]: row["password"] for row in json.loads(demo_staff("--json"))}

    assert all(row["password"] is None for row in json.loads(demo_staff("--json")))
    shown = demo_staff()

    assert "--reset" in shown
    assert not any(password in shown for password in first.values())
    assert authenticate(username="lijun", password=first["lijun"])


def test_demo_staff_reset_makes_new_passwords() -> None:
    first = {row["username"]: row["password"] for row in json.loads(demo_staff("--json"))}
    shown = demo_staff("--reset")

    assert not authenticate(username="lijun", password=first["lijun"])
    assert all(name in shown for name in first)


def test_passwords_stand_in_no_audit_entry() -> None:
    passwords = {row["password"] for row in json.loads(demo_staff("--json"))}
    written = json.dumps(list(AuditEntry.objects.values_list("target", "details")))

    assert AuditEntry.objects.filter(action="staff.created").count() == len(passwords)
    assert not any(password in written for password in passwords)


def test_an_existing_account_keeps_its_role_and_password(market: Department) -> None:
    card = services.StaffCard("lijun", "李军", Role.HANDLER, "market")
    staff, password = services.ensure_staff(card)
    changed = services.StaffCard("lijun", "李军", Role.ADMINISTRATOR)

    again, none = services.ensure_staff(changed)

    assert password
    assert none is None
    assert (again, again.role) == (staff, Role.HANDLER)


def test_a_handler_without_a_department_cannot_be_stored() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        StaffMember.objects.create(username="nobody", role=Role.HANDLER)


def test_an_unknown_role_cannot_be_stored() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        StaffMember.objects.create(username="nobody", role="king")


def test_a_superuser_is_an_administrator() -> None:
    boss = StaffMember.objects.create_superuser("boss", password="correct horse")

    assert boss.role == Role.ADMINISTRATOR
    assert boss.name == "boss"
