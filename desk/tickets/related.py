"""Other tickets that help with this one: of the same person, the same firm, or much like it."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from desk.accounts.models import StaffMember
from desk.conversations.models import Conversation
from desk.tickets import permissions
from desk.tickets.models.ticket import Ticket
from desk.tickets.suggestion import ALIKE, past

MOST = 5
# A person has one conversation for each channel and account; of more, the newest are looked at.
CONVERSATIONS = 20


@dataclass(frozen=True, slots=True)
class Related:
    """Another ticket, and what it has to do with this one."""

    ticket: Ticket
    why: str


def related_to(ticket: Ticket, staff: StaffMember) -> list[Related]:
    """At most MOST of each kind that `staff` may see, the newest or the likest first.

    One query for each kind, by its index and with a limit, however many tickets there are.
    """
    found: dict[int, Related] = {}
    alike = dict(past.like(ticket.body))
    for chosen, why in _kinds(ticket):
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


def _kinds(ticket: Ticket) -> list[tuple[Q, str]]:
    """What a ticket may share with another, and how that is said.

    The person's conversations are read first, and their telephone number is asked for apart:
    joined, or with an "or" between, a database reads all tickets of the department.
    """
    kinds = []
    if ticket.conversation is not None:
        theirs = Conversation.objects.filter(
            identity__contact=ticket.conversation.identity.contact_id
        ).order_by("-last_message_at")
        newest = list(theirs.values_list("pk", flat=True)[:CONVERSATIONS])
        kinds.append((Q(conversation__in=newest), "同一来访人"))
    if ticket.person_phone:
        kinds.append((Q(person_phone=ticket.person_phone), "同一来访人"))
    if ticket.enterprise_id:
        kinds.append((Q(enterprise=ticket.enterprise_id), "同一企业"))
    return kinds
