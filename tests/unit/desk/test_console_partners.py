"""The administrator's page of partners: a token is shown once, and ends when it should."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from desk.accounts.models import Role, StaffMember
from desk.audit.models import AuditEntry
from desk.partners.models import Partner, PartnerToken
from desk.tickets.models import Ticket
from tests.unit.desk.makers import StaffMaker
from tests.unit.desk.pages import signed_in, text_of, ticket_page
from tests.unit.desk.partner_makers import partner

pytestmark = pytest.mark.django_db

PAGE = reverse("console:partners")


@pytest.fixture
def client(make_staff: StaffMaker) -> Client:
    return signed_in(make_staff(Role.ADMINISTRATOR, name="管理员甲"))


def at(name: str, code: str = "sc-platform") -> str:
    return reverse(f"console:{name}", args=[code])


def made(client: Client, **form: object) -> str:
    """A new token of a new partner."""
    client.post(PAGE, {"code": "sc-platform", "name": "四川省平台"})
    given = {"scope": ["tickets:create", "tickets:read"]} | form
    html = text_of(client.post(at("partner-token"), given))
    token = re.search(r"peipao_[\w-]{43}", html)
    assert token
    return token[0]


def calls(token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return Client().get("/api/v1/changes", headers=headers).status_code


def test_a_token_is_shown_once_and_works(client: Client) -> None:
    token = made(client)

    assert calls(token) == 200
    html = text_of(client.get(PAGE))
    assert token not in html
    assert token[:12] in html
    assert "管理员甲" in html
    actions = AuditEntry.objects.values_list("action", "actor__display_name")
    assert set(actions) == {
        ("partner.created", "管理员甲"),
        ("partner.token_made", "管理员甲"),
    }


def test_a_token_is_revoked_and_a_partner_switched_off_from_the_page(client: Client) -> None:
    token = made(client)
    client.post(at("partner-switch"), {"active": "0"})
    assert calls(token) == 401
    client.post(at("partner-switch"), {"active": "1"})
    assert calls(token) == 200

    client.post(at("partner-revoke"), {"hint": token[:12]})

    assert calls(token) == 401
    assert "还没有有效的令牌" in text_of(client.get(PAGE))
    text_of(client.post(at("partner-revoke"), {"hint": token[:12]}), 404)


def test_rotating_leaves_the_old_one_a_day(client: Client) -> None:
    token = made(client)
    text_of(client.post(at("partner-token"), {"scope": "tickets:read", "rotate": "1"}))

    assert calls(token) == 200
    assert PartnerToken.objects.filter(expires_at__isnull=False).count() == 1


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"code": "省平台", "name": "省平台"}, "代码以小写字母开头"),
        ({"code": "ok-code", "name": " "}, "请写明伙伴的名称"),
        ({"code": "sc-platform", "name": "又一个"}, "已经有这个代码"),
        ({"code": "<script>", "name": "<script>"}, "代码以小写字母开头"),
    ],
)
def test_a_partner_that_cannot_be_keeps_what_was_typed(
    form: dict[str, str], told: str, client: Client
) -> None:
    made(client)
    html = text_of(client.post(PAGE, form), 422)

    assert told in html
    assert "<script>" not in html.replace("<script src", "")
    assert Partner.objects.count() == 1


def test_a_token_without_a_scope_is_refused(client: Client) -> None:
    made(client)
    text_of(client.post(at("partner-token"), {}), 422)
    text_of(client.post(at("partner-token"), {"scope": "everything"}), 422)
    text_of(client.post(at("partner-token", "nobody"), {"scope": "tickets:read"}), 404)
    assert PartnerToken.objects.count() == 1


def test_a_ticket_tells_which_partner_it_came_from(
    handler: StaffMember,
) -> None:
    caller = partner("sc-platform", name="四川省平台")
    number = caller.open().json()["number"]

    html = text_of(signed_in(handler).get(reverse("console:ticket", args=[number])))

    assert "<dt>来自伙伴</dt><dd>四川省平台，对方编号 SC-2026-1</dd>" in html


def test_a_ticket_of_our_own_channels_names_no_partner(
    handler: StaffMember, ticket: Ticket
) -> None:
    assert "来自伙伴" not in text_of(signed_in(handler).get(ticket_page(ticket)))
