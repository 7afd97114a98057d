"""Overdue promises are brought before the head of department, then the supervisor, each once.

Any number of workers may run: clocks that are due are claimed with a lease, and the level that a
clock has reached is written in the transaction that tells of it.
"""

import logging
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import OuterRef, Q, Subquery

from desk.accounts.models import Role
from desk.conversations.models import InboundMessage
from desk.errors import DeskError
from desk.tickets import clocks, notices, services
from desk.tickets.models.clocks import RUNNING, TicketClock
from desk.tickets.models.tasks import Notice
from desk.tickets.models.ticket import Ticket
from desk.tickets.values import Party, State
from desk.worktime import services as worktime

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
BATCH = 50


def work(owner: str, *, now: datetime) -> int:
    """One look for what is due: escalations, then persons who answered. How many were made."""
    done = 0
    for clock_id in claim(owner, now=now):
        try:
            done += escalate(clock_id, now=now)
        except Exception:
            # The lease keeps it from being tried again at once; the others go on.
            logger.exception("clock %s could not be escalated", clock_id)
    return done + resume_answered(now=now)


def claim(owner: str, *, now: datetime, limit: int = BATCH) -> list[int]:
    """Clocks to escalate now, claimed for `owner` until now + LEASE, longest due first."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    due = TicketClock.objects.filter(
        RUNNING, free, paused_since__isnull=True, escalate_at__lte=now
    ).order_by("escalate_at", "pk")
    if not due.exists():
        return []
    with transaction.atomic():
        skip = connection.features.has_select_for_update_skip_locked
        rows = due.select_for_update(of=("self",), skip_locked=skip)
        claimed = list(rows.values_list("pk", flat=True)[:limit])
        TicketClock.objects.filter(pk__in=claimed).update(
            lease_owner=owner, lease_until=now + LEASE
        )
    return claimed


def escalate(clock_id: int, *, now: datetime) -> bool:
    """Tells the next higher of the overdue clock; False when it is no longer due."""
    with transaction.atomic():
        ticket_id = TicketClock.objects.values_list("ticket_id", flat=True).get(pk=clock_id)
        # The ticket first, like every change of it; then the clock as it stands now.
        ticket = Ticket.objects.select_for_update(of=("self",)).get(pk=ticket_id)
        clock = TicketClock.objects.select_for_update(of=("self",)).get(pk=clock_id)
        due = (
            clock.running
            and clock.paused_since is None
            and clock.escalate_at is not None
            and clock.escalate_at <= now
        )
        if not due:
            return False
        clock.level += 1
        clock.escalate_at = clocks.next_escalation(clock, worktime.calendar())
        clock.lease_owner, clock.lease_until = "", None
        clock.save(update_fields=["level", "escalate_at", "lease_owner", "lease_until"])
        level = clock.level
        text = f"{ticket.number} {clock.get_kind_display()}已超期，应在" + worktime.said_moment(
            clock.due_at, now
        )
        about = Notice.About.OVERDUE
        if level == clocks.HEAD:
            notices.to_head(ticket, about, text, now=now)
        else:
            notices.to_role(ticket, Role.SUPERVISOR, about, text, now=now)
        higher = "部门负责人" if level == clocks.HEAD else "督办"
        services.transition(
            ticket.pk,
            "escalate",
            actor=Party.SYSTEM,
            now=now,
            note=f"{clock.get_kind_display()}超期，已提醒{higher}",
            key=f"escalate:{clock.pk}:{level}",
        )
    return True


def resume_answered(*, now: datetime, limit: int = BATCH) -> int:
    """Tickets that waited for their person go on from the moment the person wrote."""
    answers = (
        InboundMessage.objects.filter(
            conversation=OuterRef("conversation"),
            received_at__gt=OuterRef("suspended_at"),
            received_at__lte=now,
        )
        .order_by("seq")
        .values("pk")[:1]
    )
    waiting = Ticket.objects.filter(state=State.SUSPENDED).annotate(answer=Subquery(answers))
    answered = waiting.filter(answer__isnull=False).values_list("pk", "answer")[:limit]
    resumed = 0
    for ticket_id, message_id in answered:
        said_at = InboundMessage.objects.values_list("received_at", flat=True).get(pk=message_id)
        try:
            services.transition(
                ticket_id,
                "resume",
                actor=Party.PERSON,
                now=said_at,
                note="来访人已回复",
                key=f"answered:{message_id}",
            )
        except DeskError:
            continue  # Staff were faster.
        resumed += 1
    return resumed
