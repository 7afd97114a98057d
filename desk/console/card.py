"""The firm beside a conversation or ticket: whose it is, and what else of it is on the desk."""

from dataclasses import dataclass

from django.db.models import Q

from desk.accounts.models import StaffMember
from desk.conversations.models import Conversation
from desk.enterprises.models import Enterprise, EnterpriseContact
from desk.tickets import permissions
from desk.tickets.models.ticket import Ticket
from desk.tickets.values import OPEN_STATES

# These know every firm's people by name; others know those of the firms they look after.
KNOWS_PEOPLE = permissions.SEES_ALL


@dataclass(frozen=True, slots=True)
class FirmCard:
    """A firm, how we know that it is meant, and what `staff` may know of it beside.

    `people` are those who speak for it; `open` counts its open tickets.
    """

    enterprise: Enterprise
    why: str
    people: list[EnterpriseContact]
    open: int


def card_of(
    conversation: Conversation, tickets: list[Ticket], staff: StaffMember
) -> FirmCard | None:
    """The firm the person is bound to, else the one their newest ticket names; None: none known."""
    bound = (
        EnterpriseContact.objects.filter(
            contact=conversation.identity.contact_id, ended_at__isnull=True
        )
        .select_related("enterprise__specialist")
        .order_by("-bound_at")
        .first()
    )
    if bound is not None:
        return firm_card(bound.enterprise, f"本人已绑定（{bound.get_way_display()}）", staff)
    for ticket in tickets:
        if ticket.enterprise_id is not None:
            found = Enterprise.objects.select_related("specialist").get(pk=ticket.enterprise_id)
            return firm_card(found, f"工单 {ticket.number} 所属企业", staff)
    return None


def firm_card(enterprise: Enterprise, why: str, staff: StaffMember) -> FirmCard:
    """`enterprise` as `staff` sees it."""
    people = list(people_of(enterprise)) if may_know_people(staff, enterprise) else []
    visible = Q(enterprise=enterprise, state__in=OPEN_STATES) & permissions.visible_to(staff)
    return FirmCard(enterprise, why, people, Ticket.objects.filter(visible).count())


def people_of(enterprise: Enterprise) -> list[EnterpriseContact]:
    """Who speaks for the firm, the newest first."""
    rows = enterprise.contacts.filter(ended_at__isnull=True).select_related("contact")
    return list(rows.order_by("-bound_at"))


def may_know_people(staff: StaffMember, enterprise: Enterprise) -> bool:
    """Whether `staff` reads who speaks for the firm, and its registered telephone."""
    return staff.role in KNOWS_PEOPLE or enterprise.specialist_id == staff.pk
