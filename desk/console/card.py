"""The firm beside a conversation: whose it is, and what else of it is on the desk."""

from dataclasses import dataclass

from desk.conversations.models import Conversation
from desk.enterprises.models import Enterprise, EnterpriseContact
from desk.tickets.models.ticket import Ticket


@dataclass(frozen=True, slots=True)
class FirmCard:
    """A firm, and how we know that the person is of it."""

    enterprise: Enterprise
    why: str


def card_of(conversation: Conversation, tickets: list[Ticket]) -> FirmCard | None:
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
        return FirmCard(bound.enterprise, f"本人已绑定（{bound.get_way_display()}）")
    for ticket in tickets:
        if ticket.enterprise_id is not None:
            found = Enterprise.objects.select_related("specialist").get(pk=ticket.enterprise_id)
            return FirmCard(found, f"工单 {ticket.number} 所属企业")
    return None
