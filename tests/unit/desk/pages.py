"""How the console's tests ask for pages and read them."""

import re

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from desk.accounts.models import StaffMember
from desk.tickets.models import Ticket

HTMX = {"HX-Request": "true"}


def signed_in(staff: StaffMember) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def text_of(answer: HttpResponse, status: int = 200) -> str:
    assert answer.status_code == status
    return answer.content.decode()


def ticket_page(ticket: Ticket) -> str:
    return reverse("console:ticket", args=[ticket.number])


def version_of(ticket: Ticket) -> dict[str, str]:
    """What a move's form says of the ticket as it stands now."""
    return {"version": str(Ticket.objects.get(pk=ticket.pk).version)}


def seen_in(html: str) -> str:
    found = re.search(r"seen=([0-9a-f]+)", html)
    assert found
    return found[1]
