"""Ticket numbers: BZ, the day, and the day's count: BZ2611230001."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from desk.tickets.models import DailySequence
from knowledge_base.text import fold

PREFIX = "BZ"


def next_number(now: datetime) -> str:
    """The next free number of `now`'s day in the city's time zone.

    Runs in the transaction that writes the ticket: a second writer waits at the day's row until the
    first commits, so no number is given twice, and one that is rolled back is given again.
    """
    day = timezone.localtime(now).date()
    with transaction.atomic():
        rows = DailySequence.objects.filter(day=day)
        if not rows.update(last=F("last") + 1):
            DailySequence.objects.get_or_create(day=day)
            rows.update(last=F("last") + 1)
        count = rows.values_list("last", flat=True).get()
    return f"{PREFIX}{day:%y%m%d}{count:04d}"


def read_number(text: str) -> str:
    """`text` as a number is written: half width, capitals, no spaces."""
    return "".join(fold(text).split()).upper()
