"""What the search looks in; only tickets.search writes it."""

from django.db import models

from desk.tickets.models.ticket import Ticket


class TicketWords(models.Model):
    """A ticket's number, person and demand, as pairs of characters parted by blanks.

    Each database keeps its own index of `pairs`, made by migration 0006 and followed by itself: a
    full text table (tickets_pairs) on SQLite, a generated column (`vector`) on PostgreSQL.
    """

    ticket = models.OneToOneField(Ticket, models.CASCADE, primary_key=True, related_name="words")
    pairs = models.TextField("字对")

    class Meta:
        verbose_name = "工单检索词"

    def __str__(self) -> str:
        return str(self.ticket_id)
