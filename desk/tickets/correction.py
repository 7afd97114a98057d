"""Clocks counted again, when the days off of a year are published after they were started."""

from datetime import datetime

from django.db import transaction

from desk.tickets import clocks, services
from desk.tickets.models.clocks import TicketClock
from desk.tickets.models.ticket import Ticket
from desk.tickets.values import UNSETTLED, Party
from desk.worktime import services as worktime


def recompute(*, now: datetime) -> tuple[int, int]:
    """Counts the clocks of every open ticket again; how many were seen, and how many changed."""
    ids = list(
        Ticket.objects.filter(state__in=UNSETTLED).order_by("pk").values_list("pk", flat=True)
    )
    return len(ids), sum(recompute_one(ticket_id, now=now) for ticket_id in ids)


def recompute_one(ticket_id: int, *, now: datetime) -> bool:
    """Whether the ticket's clocks changed: then history and audit say so, in one transaction."""
    with transaction.atomic():
        ticket = Ticket.objects.select_for_update(of=("self",)).get(pk=ticket_id)
        if ticket.state not in UNSETTLED:
            return False
        changed = clocks.recount(ticket)
        if not changed:
            return False
        words = "；".join(_words(clock, before, now) for clock, before in changed)
        services.transition(ticket_id, "recount", actor=Party.SYSTEM, now=now, note=words)
    return True


def _words(clock: TicketClock, before: datetime, now: datetime) -> str:
    was, now_due = worktime.said_moment(before, now), worktime.said_moment(clock.due_at, now)
    return f"{clock.get_kind_display()}期限由{was}改为{now_due}"
