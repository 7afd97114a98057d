"""Signing in: locks, one-time passwords, the end of an idle session, one's own password."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from desk.accounts import services as accounts
from desk.accounts.models import Department, Role, StaffMember
from desk.accounts.services import TEMPORARY, StaffCard
from desk.audit.models import AuditEntry
from desk.console.idle import ACTIVE_AT
from tests.unit.desk.makers import StaffMaker
from tests.unit.desk.pages import HTMX, signed_in, text_of

pytestmark = pytest.mark.django_db

LOGIN, QUEUE, PASSWORD = (reverse(f"console:{name}") for name in ("login", "queue", "password"))
RIGHT = "correct horse"


def sign_in(client: Client, name: str, password: str, address: str = "10.0.0.1") -> object:
    form = {"username": name, "password": password}
    return client.post(LOGIN, form, REMOTE_ADDR=address)


def guess(client: Client, name: str, times: int, address: str = "10.0.0.1") -> list[int]:
    return [sign_in(client, name, "wrong", address).status_code for _ in range(times)]


def test_the_fifth_wrong_password_locks_the_name_at_that_address(
    client: Client, handler: StaffMember, outsider: StaffMember
) -> None:
    assert guess(client, handler.username, 5) == [200, 200, 200, 200, 429]

    html = text_of(sign_in(client, handler.username, RIGHT), status=429)
    assert "15 分钟后再试" in html
    assert "系统管理员" in html
    # Colleagues behind the same address, and the same person elsewhere, are not locked.
    assert sign_in(Client(), outsider.username, RIGHT).status_code == 302
    assert sign_in(Client(), handler.username, RIGHT, "10.0.0.2").status_code == 302


def test_a_lock_ends_by_itself(client: Client, handler: StaffMember) -> None:
    from axes.models import AccessAttempt

    guess(client, handler.username, 5)
    earlier = timezone.now() - settings.AXES_COOLOFF_TIME - timedelta(seconds=1)
    AccessAttempt.objects.update(attempt_time=earlier)

    assert sign_in(client, handler.username, RIGHT).status_code == 302


def test_a_right_password_forgets_the_wrong_ones(client: Client, handler: StaffMember) -> None:
    for _ in range(3):
        assert guess(client, handler.username, 4) == [200] * 4
        assert sign_in(client, handler.username, RIGHT).status_code == 302
        client.post(reverse("console:logout"))


def test_a_lock_is_audited_without_what_a_stranger_typed(
    client: Client, handler: StaffMember
) -> None:
    guess(client, handler.username, 5)
    guess(client, "hunter2-typed-into-the-wrong-box", 5)

    targets = AuditEntry.objects.filter(action="staff.locked_out").values_list("target", flat=True)
    assert set(targets) == {f"staff:{handler.username}", "staff:unknown"}


def test_an_idle_session_ends_and_says_why(handler: StaffMember) -> None:
    client = signed_in(handler)
    client.get(QUEUE)
    _age(client, settings.IDLE_SECONDS + 1)

    answer = client.get(QUEUE)

    assert answer["Location"].startswith(LOGIN)
    assert "没有操作" in str(next(iter(get_messages(answer.wsgi_request))))
    assert client.get(QUEUE).status_code == 302


def test_an_idle_sessions_parts_lead_the_whole_page_away(handler: StaffMember) -> None:
    client = signed_in(handler)
    client.get(QUEUE)
    _age(client, settings.IDLE_SECONDS + 1)

    answer = client.get(reverse("console:waiting"), headers=HTMX)

    assert (answer.status_code, answer["HX-Redirect"]) == (401, LOGIN)


def test_clicks_keep_a_session_and_pages_that_renew_themselves_do_not(
    handler: StaffMember,
) -> None:
    client = signed_in(handler)
    client.get(QUEUE)
    _age(client, 600)

    client.get(reverse("console:waiting"), headers=HTMX)
    left = client.get(reverse("console:left")).json()["seconds"]
    assert left <= settings.IDLE_SECONDS - 600
    assert client.post(reverse("console:stay")).json()["seconds"] > settings.IDLE_SECONDS - 10


def _age(client: Client, seconds: int) -> None:
    session = client.session
    session[ACTIVE_AT] = int(timezone.now().timestamp()) - seconds
    session.save()


@pytest.fixture
def administrator(make_staff: StaffMaker) -> StaffMember:
    return make_staff(Role.ADMINISTRATOR)


def test_a_one_time_password_opens_nothing_but_the_way_to_an_own_one(
    administrator: StaffMember, market: Department, now: datetime
) -> None:
    card = StaffCard("lijun", "李军", Role.HANDLER, "market")
    staff, password = accounts.create_staff(card, actor=administrator, now=timezone.now())
    client = Client()
    assert sign_in(client, "lijun", password).status_code == 302

    assert client.get(QUEUE)["Location"] == PASSWORD
    assert client.get(reverse("console:waiting"), headers=HTMX)["HX-Redirect"] == PASSWORD
    assert "一次性密码" in text_of(client.get(PASSWORD))
    form = {"old": password, "new": "ein neuer Tag", "again": "ein neuer Tag"}
    html = text_of(client.post(PASSWORD, form, follow=True))

    assert "密码已更改" in html
    assert client.get(QUEUE).status_code == 200
    assert sign_in(Client(), "lijun", password).status_code == 200
    assert sign_in(Client(), "lijun", "ein neuer Tag").status_code == 302
    assert AuditEntry.objects.filter(action="staff.password_changed", actor=staff).count() == 1


def test_a_one_time_password_is_good_for_three_days(
    administrator: StaffMember, handler: StaffMember
) -> None:
    now = timezone.now()
    late = now - TEMPORARY - timedelta(minutes=1)
    _, password = accounts.give_one_time_password(handler.pk, actor=administrator, now=late)

    html = text_of(sign_in(Client(), handler.username, password))

    assert "临时密码已过期" in html


def test_a_reset_ends_every_session(administrator: StaffMember, handler: StaffMember) -> None:
    theirs = Client()
    sign_in(theirs, handler.username, RIGHT)
    assert theirs.get(QUEUE).status_code == 200

    answer = signed_in(administrator).post(reverse("console:staff-reset", args=[handler.pk]))

    assert "只显示这一次" in text_of(answer)
    assert theirs.get(QUEUE).status_code == 302


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"old": "wrong", "new": "ein neuer Tag", "again": "ein neuer Tag"}, "原密码不正确"),
        ({"old": RIGHT, "new": "ein neuer Tag", "again": "ein alter Tag"}, "不一致"),
        ({"old": RIGHT, "new": RIGHT, "again": RIGHT}, "不能和原密码相同"),
        ({"old": RIGHT, "new": "kurz", "again": "kurz"}, "10"),
        ({"old": RIGHT, "new": "1234567890123", "again": "1234567890123"}, "数字"),
        ({"old": RIGHT, "new": "password123", "again": "password123"}, "常见"),
        ({}, "原密码不正确"),
    ],
)
def test_a_password_that_is_refused_says_why(
    form: dict[str, str], said: str, handler: StaffMember
) -> None:
    client = signed_in(handler)

    html = text_of(client.post(PASSWORD, form), status=422)

    assert said in html
    handler.refresh_from_db()
    assert handler.check_password(RIGHT)
