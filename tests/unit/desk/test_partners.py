"""The partners' interface: who comes in, what they may do, and every way it is refused."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from desk.accounts.models import Department, Role, StaffMember
from desk.audit.models import AuditEntry
from desk.errors import NotPermitted
from desk.partners import demands, services
from desk.partners.models import Partner, PartnerToken, Scope
from desk.tickets import services as tickets
from desk.tickets.models.ticket import Ticket
from tests.unit.desk.makers import StaffMaker

pytestmark = pytest.mark.django_db

BOTH = frozenset(Scope.values)
DEMAND = {
    "category": "complain",
    "what": "楼下的店一直乱收费。",
    "who": "张三",
    "contact": "138 0013 8000",
    "reference": "SC-2026-1",
}


class Caller:
    """A partner's program."""

    def __init__(self, token: str) -> None:
        self._client = Client(raise_request_exception=False)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def open(self, key: str = "demand-0001", **given: Any) -> HttpResponse:
        return self.post(json.dumps(DEMAND | given), key)

    def post(self, body: str | bytes, key: str = "demand-0001") -> HttpResponse:
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        return self._client.post(
            "/api/v1/tickets", body, content_type="application/json", headers=headers
        )

    def get(self, path: str) -> HttpResponse:
        return self._client.get(f"/api/v1/{path}", headers=self._headers)


def partner(code: str = "sc-platform", scopes: frozenset[str] = BOTH, name: str = "") -> Caller:
    now = timezone.now()
    services.register(code, name or f"伙伴{code}", staff=None, now=now)
    return Caller(services.make_token(code, scopes=scopes, staff=None, now=now).token)


def code_of(answer: HttpResponse, status: int) -> str:
    """The code of a refusal, which must be JSON with a Chinese sentence."""
    assert answer.status_code == status, answer.content
    error = answer.json()["error"]
    assert set(answer.json()) == {"error"}
    assert any("\u4e00" <= char <= "\u9fff" for char in error["message"])
    return str(error["code"])


@pytest.fixture
def caller(market: Department) -> Caller:
    return partner()


# --- A demand ---


def test_a_demand_becomes_a_numbered_ticket_in_some_department(caller: Caller) -> None:
    answer = caller.open()

    assert answer.status_code == 201
    told = answer.json()
    ticket = Ticket.objects.get()
    assert told["number"] == ticket.number
    assert (told["reference"], told["state"]) == ("SC-2026-1", ticket.state)
    assert told["department"] == "市场监管局"
    assert told["progress_code"] == ticket.progress_code
    assert told["steps"][0]["label"] == "受理"
    assert (ticket.person_phone, ticket.channel) == ("13800138000", "partner")
    entry = AuditEntry.objects.get(action="partner.ticket_opened")
    assert (entry.target, entry.details["partner"]) == (f"ticket:{ticket.number}", "sc-platform")


def test_what_partners_read_holds_nothing_personal(caller: Caller) -> None:
    number = caller.open().json()["number"]
    told = caller.get(f"tickets/{number}").content.decode()

    for secret in ("张三", "13800138000", "乱收费", "progress_code"):
        assert secret not in told


def test_the_same_key_and_demand_give_the_same_ticket(caller: Caller) -> None:
    first, again = caller.open(), caller.open()

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["number"] == again.json()["number"]
    assert Ticket.objects.count() == 1
    assert AuditEntry.objects.filter(action="partner.ticket_opened").count() == 1


def test_a_key_that_comes_back_with_another_demand_is_refused(caller: Caller) -> None:
    caller.open()
    assert code_of(caller.open(what="别的事情。"), 409) == "idempotency_conflict"
    assert Ticket.objects.count() == 1


def test_two_partners_may_use_the_same_key(caller: Caller) -> None:
    other = partner("hotline-12345")
    numbers = {caller.open().json()["number"], other.open().json()["number"]}
    assert len(numbers) == 2


@pytest.mark.parametrize(
    "key", ["", "short", "x" * 65, "有中文的标识符号们", "a b c d e f", "a/../../b"]
)
def test_a_key_that_is_none_is_refused(key: str, caller: Caller) -> None:
    answer = caller.post(json.dumps(DEMAND), key.encode().decode("latin-1"))
    assert code_of(answer, 422) == "idempotency_key_invalid"
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("given", "code", "told"),
    [
        ({"category": "joke"}, "invalid_ticket", "类别"),
        ({"what": "  "}, "invalid_ticket", "说明"),
        ({"what": "长" * 4001}, "invalid_ticket", "4000"),
        ({"who": ""}, "invalid_ticket", "称呼"),
        ({"who": "名" * 33}, "invalid_ticket", "称呼"),
        ({"contact": ""}, "invalid_contact", "电话"),
        ({"contact": "12345"}, "invalid_contact", "电话"),
        ({"district": "mars"}, "invalid_ticket", "区县"),
        ({"reference": "x" * 65}, "invalid_request", "reference"),
        ({"who": 5}, "invalid_request", "字段 who 应当是文字"),
        ({"what": None}, "invalid_request", "字段 what 应当是文字"),
        ({"contact": ["1"]}, "invalid_request", "字段 contact 应当是文字"),
        ({"admin": True}, "invalid_request", "字段 admin 不是这个接口的字段"),
        ({"conversation_id": "x"}, "invalid_request", "不是这个接口的字段"),
    ],
)
def test_a_demand_that_cannot_be_says_which_field(
    given: dict[str, Any], code: str, told: str, caller: Caller
) -> None:
    answer = caller.open(**given)
    assert code_of(answer, 422) == code
    assert told in answer.json()["error"]["message"]
    assert not Ticket.objects.exists()


def test_a_missing_field_is_named(caller: Caller) -> None:
    demand = {key: value for key, value in DEMAND.items() if key != "who"}
    answer = caller.post(json.dumps(demand))
    assert answer.json()["error"] == {"code": "invalid_request", "message": "字段 who 没有填写。"}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"5",
        b"\xff\xfe",
        b"[" * 50_000,
        b"NaN",
        b'{"a":' * 9_000,
    ],
)
def test_a_body_that_is_no_json_object_is_refused(body: bytes, caller: Caller) -> None:
    assert code_of(caller.post(body), 400) == "bad_json"


def test_an_empty_body_is_refused(caller: Caller) -> None:
    answer = caller.post(b"")
    assert code_of(answer, 422) == "invalid_request"
    assert answer.json()["error"]["message"] == "请求内容没有填写。"


@pytest.mark.parametrize("odd", ["\ud800", "\u0000", "<script>alert(1)</script>", "'; DROP TABLE"])
def test_odd_characters_neither_break_nor_run(odd: str, caller: Caller) -> None:
    answer = caller.open(what=f"乱收费{odd}。", who=f"张{odd[:9]}", reference=f"R{odd[:9]}")
    assert answer.status_code in (201, 422)


def test_a_body_above_64_kb_is_refused(caller: Caller) -> None:
    assert code_of(caller.open(what="x" * 70_000), 413) == "body_too_large"


# --- Reading ---


def test_a_partner_sees_its_own_tickets_alone(caller: Caller) -> None:
    number = caller.open().json()["number"]
    other = partner("hotline-12345")

    assert caller.get(f"tickets/{number}").status_code == 200
    assert code_of(other.get(f"tickets/{number}"), 404) == "ticket_not_found"
    assert code_of(caller.get("tickets/BZ0000000000"), 404) == "ticket_not_found"
    assert code_of(caller.get("tickets/%00'"), 404) == "ticket_not_found"
    assert other.get("changes").json()["changes"] == []


def test_a_ticket_of_somebody_else_is_not_found(caller: Caller, ticket: Ticket) -> None:
    assert code_of(caller.get(f"tickets/{ticket.number}"), 404) == "ticket_not_found"


def test_what_the_person_was_answered_is_told(caller: Caller, handler: StaffMember) -> None:
    number = caller.open().json()["number"]
    ticket = Ticket.objects.get()
    now = timezone.now()
    tickets.transition(ticket.pk, "start", actor=handler, now=now)
    tickets.transition(ticket.pk, "close", actor=handler, now=now, note="已责令退还多收的费用。")

    told = caller.get(f"tickets/{number}").json()

    assert (told["state"], told["answer"]) == ("closed", "已责令退还多收的费用。")
    assert told["closed_at"] is not None
    assert told["due_at"] is None


def test_changes_come_in_order_once_and_not_before_they_are_settled(
    caller: Caller, handler: StaffMember
) -> None:
    number = caller.open().json()["number"]
    found = Partner.objects.get()
    opened = timezone.now()
    at = opened + demands.SETTLED

    assert demands.changes(found, after=0, most=100, now=opened).steps == ()
    first = demands.changes(found, after=0, most=1, now=at)
    rest = demands.changes(found, after=first.after, most=100, now=at)
    assert first.more
    assert [step.label for step in (*first.steps, *rest.steps)] == ["受理", "分派"]
    assert {step.number for step in rest.steps} == {number}
    assert demands.changes(found, after=rest.after, most=100, now=at).steps == ()

    tickets.transition(Ticket.objects.get().pk, "start", actor=handler, now=at)
    later = demands.changes(found, after=rest.after, most=100, now=at + demands.SETTLED)
    assert [(step.state, step.reference) for step in later.steps] == [("in_progress", "SC-2026-1")]


def test_the_cursor_never_passes_a_step_that_is_not_settled_yet(
    caller: Caller, handler: StaffMember
) -> None:
    caller.open()
    found = Partner.objects.get()
    now = timezone.now() + timedelta(minutes=1)
    tickets.transition(Ticket.objects.get().pk, "start", actor=handler, now=now)
    # Written after the younger one, but at an earlier time.
    caller.open("demand-0002", what="另一件事。")

    told = demands.changes(found, after=0, most=100, now=now + timedelta(seconds=1))

    assert [step.label for step in told.steps] == ["受理", "分派"]


@pytest.mark.parametrize(
    "query",
    ["after=-1", "after=x", "after=99999999999999999999", "limit=0", "limit=201", "limit=1.5"],
)
def test_a_query_that_is_none_is_refused(query: str, caller: Caller) -> None:
    assert code_of(caller.get(f"changes?{query}"), 422) == "invalid_request"


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


@pytest.mark.parametrize(
    ("words", "code"),
    [
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


# --- The description ---


def test_the_description_names_every_call_of_programs() -> None:
    schema = Client().get("/api/openapi.json").json()

    assert set(schema["paths"]) == {
        "/api/v1/tickets",
        "/api/v1/tickets/{number}",
        "/api/v1/changes",
        "/api/chat/sessions",
        "/api/chat/messages",
        "/api/chat/stream",
    }
    assert schema["info"]["title"] == "营商陪跑员开放接口"
    assert "Idempotency-Key" in json.dumps(schema["paths"]["/api/v1/tickets"])
    references = {
        part.split('"')[0] for part in json.dumps(schema).split('"#/components/schemas/')[1:]
    }
    assert references <= set(schema["components"]["schemas"])


def test_the_documentation_page_asks_no_other_host() -> None:
    answer = Client().get("/api/docs")
    html = answer.content.decode()

    assert answer.status_code == 200
    assert "http://" not in html
    assert "https://" not in html
    assert "<style" not in html
    assert 'src="/static/ninja/swagger-ui-bundle.js"' in html
