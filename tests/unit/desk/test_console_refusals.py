"""What staff try and may not open is refused in words and stands in the audit log."""

from datetime import datetime

import pytest
from django.urls import reverse
from pytest_django import Settings

from desk.accounts.models import StaffMember
from desk.audit.models import AuditEntry
from desk.tickets import services as tickets
from desk.tickets.models import Ticket
from tests.unit.desk.pages import HTMX, signed_in, text_of, ticket_page

pytestmark = pytest.mark.django_db


def tried() -> list[tuple[int | None, str, dict[str, str]]]:
    rows = AuditEntry.objects.filter(action="page.refused").order_by("id")
    return list(rows.values_list("actor", "target", "details"))


def test_another_departments_ticket_tried_by_its_address_is_written_down(
    ticket: Ticket, outsider: StaffMember
) -> None:
    html = text_of(signed_in(outsider).get(ticket_page(ticket)), 403)

    assert "这张工单由其他部门承办" in html
    details = {"page": "ticket", "method": "GET"}
    assert tried() == [(outsider.pk, f"ticket:{ticket.number}", details)]


def test_a_conversation_and_a_page_of_another_role_are_written_down(
    ticket: Ticket, outsider: StaffMember
) -> None:
    client = signed_in(outsider)
    client.get(reverse("console:conversation", args=[ticket.conversation_id]))
    client.post(reverse("console:take", args=[ticket.conversation_id]))
    client.get(reverse("console:rules"))

    assert [target for _, target, _ in tried()] == [
        f"conversation:{ticket.conversation_id}",
        f"conversation:{ticket.conversation_id}",
        "page:rules",
    ]


def test_a_page_that_renews_itself_tries_nothing(ticket: Ticket, outsider: StaffMember) -> None:
    address = reverse("console:transcript", args=[ticket.conversation_id])
    answer = signed_in(outsider).get(address, headers=HTMX)

    assert answer.status_code == 403
    assert tried() == []


def test_what_is_not_there_is_no_refusal(handler: StaffMember, ticket: Ticket) -> None:
    client = signed_in(handler)
    client.get(reverse("console:ticket", args=["BZ9999999999"]))
    client.get(ticket_page(ticket))

    assert tried() == []


def test_staff_never_read_the_code_that_speaks_for_the_person(
    ticket: Ticket, handler: StaffMember, now: datetime, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://city.example"
    actor = {"actor": handler, "now": now}
    tickets.transition(ticket.pk, "start", **actor)
    tickets.transition(ticket.pk, "close", note="已退款。", **actor)
    told = ticket.conversation.outbound.filter(text__contains=ticket.progress_code)
    assert told.exists()

    html = text_of(signed_in(handler).get(ticket_page(ticket)))

    assert "查询码（只给来访人）" in html
    assert ticket.progress_code not in html
