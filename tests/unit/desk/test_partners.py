"""The partners' interface: who comes in, what they may do, and every way it is refused."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from desk.accounts.models import Department, StaffMember
from desk.audit.models import AuditEntry
from desk.partners import demands
from desk.partners.models import Partner
from desk.tickets import services as tickets
from desk.tickets.models.ticket import Ticket
from tests.unit.desk.partner_makers import DEMAND, Caller, code_of, partner

pytestmark = pytest.mark.django_db


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
