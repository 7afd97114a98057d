"""Who comes in by which token, how often, and how partners are kept."""

import json
import re
import shlex
from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from desk.accounts.models import Department, Role
from desk.audit.models import AuditEntry
from desk.errors import NotPermitted
from desk.partners import services
from desk.partners.models import Partner, PartnerToken, Scope
from tests.unit.desk.makers import StaffMaker
from tests.unit.desk.partner_makers import BOTH, Caller, code_of, partner

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller(market: Department) -> Caller:
    return partner()


# --- Who comes in ---


@pytest.mark.parametrize("header", ["", "Basic x", "Bearer", "Bearer wrong", "Bearer \u00ff", "x"])
def test_without_a_good_token_nothing_is_told(header: str, caller: Caller) -> None:
    client = Client(headers={"Authorization": header} if header else {})
    for answer in (
        client.get("/api/v1/changes"),
        client.post("/api/v1/tickets", "{}", content_type="application/json"),
    ):
        assert code_of(answer, 401) in ("token_missing", "token_invalid")
        assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("scope", "may_open", "may_read"),
    [(Scope.CREATE, True, False), (Scope.READ, False, True)],
)
def test_a_token_does_what_its_scope_says(
    scope: Scope, may_open: bool, may_read: bool, market: Department
) -> None:
    caller = partner(scopes=frozenset({scope.value}))

    opened, read = caller.open(), caller.get("changes")

    assert opened.status_code == 201 if may_open else code_of(opened, 403) == "scope_missing"
    assert read.status_code == 200 if may_read else code_of(read, 403) == "scope_missing"


def test_a_revoked_token_is_refused_at_once(caller: Caller) -> None:
    services.revoke("sc-platform", hint="", staff=None, now=timezone.now())
    assert code_of(caller.get("changes"), 401) == "token_invalid"


def test_a_partner_switched_off_is_refused_and_comes_back(caller: Caller) -> None:
    services.switch("sc-platform", active=False, staff=None, now=timezone.now())
    assert code_of(caller.get("changes"), 401) == "token_invalid"
    services.switch("sc-platform", active=True, staff=None, now=timezone.now())
    assert caller.get("changes").status_code == 200


def test_a_rotated_token_goes_on_for_a_day(caller: Caller) -> None:
    now = timezone.now()
    new = services.make_token("sc-platform", scopes=BOTH, staff=None, now=now, rotate=True)
    old = PartnerToken.objects.exclude(pk=new.stored.pk).get()

    assert caller.get("changes").status_code == 200
    assert Caller(new.token).get("changes").status_code == 200
    assert old.expires_at == now + services.OVERLAP
    PartnerToken.objects.filter(pk=old.pk).update(expires_at=now)
    assert code_of(caller.get("changes"), 401) == "token_invalid"


def test_only_a_digest_of_the_token_is_stored(caller: Caller) -> None:
    made = services.make_token("sc-platform", scopes=BOTH, staff=None, now=timezone.now())
    rows = str(list(PartnerToken.objects.values())) + str(list(AuditEntry.objects.values()))
    assert made.token not in rows
    assert made.token[len(made.stored.hint) :] not in rows


def test_too_many_calls_in_a_minute_are_refused_and_the_next_minute_is_free(
    caller: Caller,
) -> None:
    Partner.objects.update(per_minute=2)
    token = services.make_token("sc-platform", scopes=BOTH, staff=None, now=timezone.now()).token
    now = timezone.now().replace(second=20)
    for _ in range(2):
        services.caller_of(token, now=now)
    with pytest.raises(services.TooManyCalls) as refusal:
        services.caller_of(token, now=now)
    assert refusal.value.wait == 40
    services.caller_of(token, now=now + timedelta(minutes=1))


def test_a_refusal_for_too_many_calls_says_how_long_to_wait(caller: Caller) -> None:
    Partner.objects.update(per_minute=1)
    answers = [caller.get("changes") for _ in range(4)]
    late = [answer for answer in answers if answer.status_code == 429]
    assert late
    assert code_of(late[0], 429) == "too_many_calls"
    assert 1 <= int(late[0]["Retry-After"]) <= 60


def test_a_method_or_address_that_is_none_is_refused_in_json(caller: Caller) -> None:
    client = Client()
    wrong = client.delete("/api/v1/tickets")
    assert code_of(wrong, 405) == "method_not_allowed"
    assert wrong["Allow"] == "POST"
    assert code_of(client.get("/api/v1/nothing"), 404) == "not_found"


# --- How partners are kept ---


def command(*words: str) -> str:
    out = StringIO()
    call_command("partner_token", *words, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_command_makes_lists_rotates_and_revokes(market: Department) -> None:
    token = command("create", "sc-platform", "--name", "四川省平台").strip()
    assert Caller(token).get("changes").status_code == 200
    only = command("create", "sc-platform", "--scope", "tickets:read").strip()
    assert code_of(Caller(only).open(), 403) == "scope_missing"

    listed = command("list")
    assert "四川省平台" in listed
    assert token not in listed
    assert token[: services.HINT] in listed

    command("off", "sc-platform")
    assert "已停用" in command("list")
    command("on", "sc-platform")
    new = command("rotate", "sc-platform").strip()
    assert "作废 3 个" in command("revoke", "sc-platform")
    assert code_of(Caller(new).get("changes"), 401) == "token_invalid"
    assert {"partner.created", "partner.token_made", "partner.token_revoked"} <= set(
        AuditEntry.objects.values_list("action", flat=True)
    )


def test_a_rotated_token_may_do_no_more_than_the_one_before(market: Department) -> None:
    command("create", "sc-platform", "--name", "四川省平台", "--scope", "tickets:read")

    new = Caller(command("rotate", "sc-platform").strip())

    assert new.get("changes").status_code == 200
    assert code_of(new.open(), 403) == "scope_missing"
    other = Caller(command("rotate", "sc-platform", "--scope", "tickets:create").strip())
    assert other.open().status_code == 201
    assert code_of(other.get("changes"), 403) == "scope_missing"


def test_the_documented_example_hands_in_a_demand_and_reads_its_changes(
    market: Department,
) -> None:
    page = (settings.BASE_DIR / "docs" / "operations.md").read_text(encoding="utf-8")
    lines = page.replace("\\\n", "").splitlines()
    made, *_ = (shlex.split(line) for line in lines if "manage.py partner_token create" in line)
    asked = [shlex.split(line) for line in lines if re.match("curl .*/api/v1/", line)]
    token = command(*made[made.index("partner_token") + 1 :]).strip()

    answers = []
    for words in asked:
        given = [words[place + 1] for place, word in enumerate(words) if word == "-H"]
        headers = dict(header.replace("$TOKEN", token).split(": ", 1) for header in given)
        path = next(word for word in words if word.startswith("http")).partition(":8000")[2]
        if "POST" in words:
            kind, body = headers.pop("Content-Type"), words[words.index("-d") + 1]
            answers.append(Client().post(path, json.loads(body), kind, headers=headers))
        else:
            answers.append(Client().get(path, headers=headers))

    assert [answer.status_code for answer in answers] == [201, 200]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("rotate", "nobody"), "partner_not_found"),
        (("create", "nobody"), "partner_not_found"),
        (("create", "../x", "--name", "名"), "invalid_partner"),
        (("create", "x", "--name", "名"), "invalid_partner"),
        (("create", "good-one", "--name", "长" * 65), "invalid_partner"),
        (("create", "sc-platform", "--name", "又一个"), "invalid_partner"),
        (("revoke", "sc-platform", "--hint", "nothing"), "token_not_found"),
        (("off", "nobody"), "partner_not_found"),
    ],
)
def test_the_command_says_what_is_wrong(words: tuple[str, ...], code: str, caller: Caller) -> None:
    with pytest.raises(CommandError, match=code):
        command(*words)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR}))
def test_only_administrators_keep_partners(
    role: Role, make_staff: StaffMaker, caller: Caller, market: Department
) -> None:
    by = {"staff": make_staff(role, market), "now": timezone.now()}
    for act in (
        lambda: services.register("another", "另一个", **by),
        lambda: services.make_token("sc-platform", scopes=BOTH, **by),
        lambda: services.revoke("sc-platform", hint="", **by),
        lambda: services.switch("sc-platform", active=False, **by),
    ):
        with pytest.raises(NotPermitted):
            act()
