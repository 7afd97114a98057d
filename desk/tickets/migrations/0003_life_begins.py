"""The three states become the whole life: rows keep their meaning, and open ones get clocks."""

import secrets

from django.db import migrations
from django.db.migrations.exceptions import IrreversibleError
from django.utils import timezone

from desk.worktime import services as worktime
from desk.worktime.clocks import ServiceClock, Unit, amber_at, due_at

# As they were promised when this migration was written.
CLOSING = {"consult": 3, "help": 7, "suggest": 7, "complain": 15, "report": 15}
NOTE = "系统升级：工单增加“分派”环节，按原承办部门记为已分派。"


def begin(apps, schema_editor):
    Ticket = apps.get_model("tickets", "Ticket")
    TicketEvent = apps.get_model("tickets", "TicketEvent")
    TicketClock = apps.get_model("tickets", "TicketClock")
    now, calendar = timezone.now(), worktime.calendar()
    TicketEvent.objects.filter(actor__isnull=True).update(party="person")
    for ticket in Ticket.objects.order_by("pk").iterator():
        started = ticket.events.filter(move="start").order_by("at", "pk")
        if ticket.state == "in_progress" and ticket.department_id is None:
            last = started.select_related("actor").last()
            ticket.department_id = last.actor.department_id if last and last.actor else None
            if ticket.department_id is None:
                ticket.state = "received"
        if ticket.state == "received" and ticket.department_id is not None:
            ticket.state = "assigned"
            TicketEvent.objects.create(
                ticket=ticket, at=now, party="system", move="dispatch",
                from_state="received", to_state="assigned", note=NOTE,
            )
        ticket.progress_code = f"{secrets.randbelow(10**8):08d}"
        ticket.save()
        accepted = started.values_list("at", flat=True).first() or ticket.closed_at
        for kind, days, met in (
            ("acceptance", 1, accepted),
            ("closing", CLOSING[ticket.category], ticket.closed_at),
        ):
            due = due_at(ticket.opened_at, ServiceClock(days, Unit.DAYS), calendar)
            TicketClock.objects.create(
                ticket=ticket, kind=kind, started_at=ticket.opened_at, amount=days, unit="days",
                amber_at=amber_at(ticket.opened_at, due, 80, calendar), due_at=due,
                escalate_at=due, met_at=met,
            )


def end(apps, schema_editor):
    """Three states cannot say what nine did: back only while there is nothing to say."""
    if apps.get_model("tickets", "Ticket").objects.exists():
        raise IrreversibleError("tickets cannot go back to three states")


class Migration(migrations.Migration):
    dependencies = [("tickets", "0002_life")]

    operations = [migrations.RunPython(begin, end)]
