"""The administrator's pages for accounts, and the log of what was done."""

from datetime import datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from desk.accounts import services as accounts
from desk.accounts.errors import LastAdministrator
from desk.accounts.models import Department, Role, StaffMember
from desk.accounts.services import StaffCard
from desk.audit.models import AuditEntry
from desk.audit.services import record
from desk.errors import NotPermitted
from tests.unit.desk.makers import StaffMaker
from tests.unit.desk.pages import signed_in, text_of

pytestmark = pytest.mark.django_db

NEW = reverse("console:staff-new")


@pytest.fixture
def boss(make_staff: StaffMaker) -> StaffMember:
    return make_staff(Role.ADMINISTRATOR)


@pytest.fixture
def client_of_boss(boss: StaffMember) -> Client:
    return signed_in(boss)


def form(**given: str) -> dict[str, str]:
    usual = {
        "username": "lili",
        "display_name": "李莉",
        "role": "handler",
        "department": "market",
    }
    return usual | given


def test_an_account_is_made_with_a_password_told_once(
    client_of_boss: Client, boss: StaffMember, market: Department
) -> None:
    html = text_of(client_of_boss.post(NEW, form()))

    made = StaffMember.objects.get(username="lili")
    assert (made.name, made.role, made.department) == ("李莉", Role.HANDLER, market)
    assert "只显示这一次" in html
    entry = AuditEntry.objects.get(action="staff.created")
    assert (entry.actor, entry.target) == (boss, "staff:lili")


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"username": "李莉"}, 422, "账号名用小写字母"),
        ({"username": "x"}, 422, "账号名用小写字母"),
        ({"display_name": " "}, 422, "请填写姓名"),
        ({"display_name": "长" * 33}, 422, "不超过32个字"),
        ({"role": "king"}, 422, "请选择角色"),
        ({"department": ""}, 422, "请选择部门"),
        ({"role": "specialist", "department": ""}, 422, "服务专员要有所属部门"),
        ({"department": "nowhere"}, 422, "没有这个部门"),
        ({"username": "taken"}, 409, "已经有人用了"),
    ],
)
def test_an_account_that_cannot_be_made_says_why_and_keeps_what_was_typed(
    given: dict[str, str],
    status: int,
    said: str,
    client_of_boss: Client,
    market: Department,
) -> None:
    StaffMember.objects.create_user("taken", role=Role.OPERATOR)

    html = text_of(client_of_boss.post(NEW, form(**given)), status=status)

    assert said in html
    assert f'value="{form(**given)["username"]}"' in html
    assert not StaffMember.objects.filter(username="lili").exists()


def test_a_role_and_department_are_changed_and_audited(
    client_of_boss: Client, handler: StaffMember, tax: Department
) -> None:
    page = reverse("console:staff-one", args=[handler.pk])
    html = text_of(
        client_of_boss.post(
            page, form(role="head", department="tax", display_name="李军"), follow=True
        )
    )

    handler.refresh_from_db()
    assert (handler.role, handler.department) == (Role.HEAD, tax)
    assert "已保存" in html
    entry = AuditEntry.objects.get(action="staff.changed")
    assert entry.details == {
        "from": {"role": "handler", "department": "market"},
        "to": {"role": "head", "department": "tax"},
    }


def test_who_is_switched_off_is_out_at_once(client_of_boss: Client, handler: StaffMember) -> None:
    theirs = signed_in(handler)
    assert theirs.get(reverse("console:queue")).status_code == 200
    address = reverse("console:staff-active", args=[handler.pk])

    client_of_boss.post(address, {"active": "0"})
    assert theirs.get(reverse("console:queue")).status_code == 302
    client_of_boss.post(address, {"active": "1"})

    assert theirs.get(reverse("console:queue")).status_code == 200
    actions = AuditEntry.objects.filter(target=f"staff:{handler.username}")
    assert {"staff.deactivated", "staff.activated"} <= set(actions.values_list("action", flat=True))


def test_administrators_neither_switch_themselves_off_nor_change_their_own_role(
    client_of_boss: Client, boss: StaffMember, make_staff: StaffMaker
) -> None:
    make_staff(Role.ADMINISTRATOR)
    off = client_of_boss.post(reverse("console:staff-active", args=[boss.pk]), {"active": "0"})
    changed = form(role="operator", department="")
    page = reverse("console:staff-one", args=[boss.pk])

    assert "另一位管理员" in text_of(off, status=409)
    assert "另一位管理员" in text_of(client_of_boss.post(page, changed), status=409)
    boss.refresh_from_db()
    assert (boss.is_active, boss.role) == (True, Role.ADMINISTRATOR)


def test_the_last_administrator_stays(boss: StaffMember, make_staff: StaffMaker) -> None:
    other = make_staff(Role.ADMINISTRATOR)
    accounts.set_active(other.pk, False, actor=boss)
    # Two requests at once: the actor was an administrator when this one began.
    StaffMember.objects.filter(pk=boss.pk).update(is_active=False)
    StaffMember.objects.filter(pk=other.pk).update(is_active=True)

    with pytest.raises(LastAdministrator):
        accounts.set_active(other.pk, False, actor=boss)
    with pytest.raises(LastAdministrator):
        accounts.change_staff(other.pk, StaffCard("", "某", Role.OPERATOR), actor=boss)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_services_refuse_everybody_else(
    role: Role, market: Department, make_staff: StaffMaker, now: datetime
) -> None:
    actor = make_staff(role, market)
    other = make_staff(Role.OPERATOR)
    card = StaffCard("lili", "李莉", Role.OPERATOR)
    for call in (
        lambda: accounts.create_staff(card, actor=actor, now=now),
        lambda: accounts.change_staff(other.pk, card, actor=actor),
        lambda: accounts.set_active(other.pk, False, actor=actor),
        lambda: accounts.give_one_time_password(other.pk, actor=actor, now=now),
    ):
        with pytest.raises(NotPermitted):
            call()


def test_an_account_that_is_none_is_a_page(client_of_boss: Client) -> None:
    for name in ("staff-one", "staff-reset", "staff-active"):
        answer = client_of_boss.post(reverse(f"console:{name}", args=[999]))
        assert "没有找到这个账号" in text_of(answer, status=404)


def test_the_list_finds_by_name_and_role(
    client_of_boss: Client, handler: StaffMember, outsider: StaffMember
) -> None:
    page = reverse("console:staff")

    assert "李军" in text_of(client_of_boss.get(page))
    assert "李军" not in text_of(client_of_boss.get(page, {"q": "陈"}))
    assert "李军" in text_of(client_of_boss.get(page, {"q": "李", "role": "handler"}))
    assert "没有符合的账号" in text_of(client_of_boss.get(page, {"q": "无此人"}))


@pytest.fixture
def log(handler: StaffMember, boss: StaffMember) -> None:
    with transaction.atomic():
        record(actor=handler, action="ticket.closed", target="ticket:BZ1", details={"to": "closed"})
        record(actor=boss, action="staff.created", target="staff:lili")
        record(actor=None, action="ticket.opened", target="ticket:BZ2")


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ({}, {"ticket:BZ1", "staff:lili", "ticket:BZ2"}),
        ({"actor": "李军"}, {"ticket:BZ1"}),
        ({"actor": "administrator"}, {"staff:lili"}),
        ({"actor": "系统"}, {"ticket:BZ2"}),
        ({"action": "ticket"}, {"ticket:BZ1", "ticket:BZ2"}),
        ({"action": "ticket.closed"}, {"ticket:BZ1"}),
        ({"target": "bz2"}, {"ticket:BZ2"}),
        ({"first": "2000-01-01", "last": "2000-12-31"}, set()),
        ({"first": "2000-01-01", "last": "2999-12-31"}, {"ticket:BZ1", "staff:lili", "ticket:BZ2"}),
        ({"first": "nonsense", "page": "x"}, {"ticket:BZ1", "staff:lili", "ticket:BZ2"}),
        ({"actor": "\x00", "target": "%_"}, set()),
    ],
)
def test_the_log_is_searched_by_who_what_on_what_and_when(
    query: dict[str, str], seen: set[str], log: None, client_of_boss: Client
) -> None:
    html = text_of(client_of_boss.get(reverse("console:audit"), query))

    for target in ("ticket:BZ1", "staff:lili", "ticket:BZ2"):
        assert (f">{target}<" in html) == (target in seen)


def test_the_search_stands_in_the_address_of_the_next_page(
    client_of_boss: Client, boss: StaffMember
) -> None:
    with transaction.atomic():
        for number in range(51):
            record(actor=boss, action="ticket.closed", target=f"ticket:BZ{number}")

    html = text_of(client_of_boss.get(reverse("console:audit"), {"action": "ticket"}))

    assert 'href="?action=ticket&amp;page=2"' in html


def test_the_database_itself_refuses_to_change_the_log(log: None) -> None:
    with (
        pytest.raises(DatabaseError, match="never changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE audit_auditentry SET target = 'ticket:BZ9'")
    if connection.vendor == "postgresql":
        with (
            pytest.raises(DatabaseError, match="never changed"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("DELETE FROM audit_auditentry")
    assert AuditEntry.objects.count() == 3
