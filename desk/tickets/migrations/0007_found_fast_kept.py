"""The tickets there are get what lists and the search read: channel, next due time, words."""

from django.db import migrations
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from desk.tickets.words import indexed

BATCH = 1000


def keep(apps, schema_editor):
    ticket = apps.get_model("tickets", "Ticket")
    clock = apps.get_model("tickets", "TicketClock")
    words = apps.get_model("tickets", "TicketWords")
    talk = apps.get_model("conversations", "Conversation")
    channel = talk.objects.filter(pk=OuterRef("conversation")).values("identity__channel")[:1]
    ticking = clock.objects.filter(
        ticket=OuterRef("pk"), met_at=None, stopped_at=None, paused_since=None
    )
    ticket.objects.update(
        channel=Coalesce(Subquery(channel), Value("")),
        due_at=Subquery(ticking.order_by("due_at").values("due_at")[:1]),
        amber_at=Subquery(ticking.order_by("amber_at").values("amber_at")[:1]),
    )
    batch = []
    for found in ticket.objects.select_related("enterprise").order_by("pk").iterator(BATCH):
        batch.append(words(ticket=found, pairs=indexed(found)))
        if len(batch) == BATCH:
            words.objects.bulk_create(batch)
            batch = []
    words.objects.bulk_create(batch)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0006_found_fast")]
    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
