"""Other tickets that help with this one: of the same person, the same firm, or much like it."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from desk.accounts.models import StaffMember
from desk.conversations.models import Conversation
from desk.tickets import permissions
from desk.tickets.models.ticket import Ticket
from desk.tickets.suggestion import ALIKE, past

MOST = 5


@dataclass(frozen=True, slots=True)
class Related:
    """Another ticket, and what it has to do with this one."""

    ticket: Ticket
    why: str


def related_to(ticket: Ticket, staff: StaffMember) -> list[Related]:
    """At most MOST of each kind that `staff` may see, the newest or the likest first."""
    found: dict[int, Related] = {}
    alike = dict(past.like(ticket.body))
    for chosen, why in ((_of_person(ticket), "同一来访人"), (_of_firm(ticket), "同一企业")):
        for one in _seen(staff, ticket, chosen).order_by("-opened_at")[:MOST]:
            found.setdefault(one.pk, Related(one, why))
    like = _seen(staff, ticket, Q(pk__in=[pk for pk, score in alike.items() if score >= ALIKE]))
    for one in sorted(like, key=lambda one: alike[one.pk], reverse=True)[:MOST]:
        found.setdefault(one.pk, Related(one, f"诉求相似（{alike[one.pk]:.0%}）"))
    return list(found.values())


def _seen(staff: StaffMember, ticket: Ticket, chosen: Q) -> QuerySet[Ticket]:
    return (
        Ticket.objects.filter(permissions.visible_to(staff), chosen)
        .exclude(pk=ticket.pk)
        .select_related("department")
    )


def _of_person(ticket: Ticket) -> Q:
    """The contact's tickets on whatever channel, and those with the same telephone number."""
    same = Q(pk__in=[])
    if ticket.conversation_id:
        # Read apart: a database that joins and has an "or" reads every ticket.
        theirs = Conversation.objects.filter(
            identity__contact__identities__conversation=ticket.conversation_id
        )
        same |= Q(conversation__in=list(theirs.values_list("pk", flat=True)))
    return same | Q(person_phone=ticket.person_phone) if ticket.person_phone else same


def _of_firm(ticket: Ticket) -> Q:
    return Q(enterprise=ticket.enterprise_id) if ticket.enterprise_id else Q(pk__in=[])
