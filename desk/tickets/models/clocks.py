"""The clocks that run on a ticket, and the stretches in which they stood still."""

from django.db import models
from django.db.models import F, Q

from desk.tickets.models.ticket import Ticket
from desk.tickets.values import Kind
from desk.worktime.clocks import Unit

UNITS = [(Unit.HOURS.value, "工作小时"), (Unit.DAYS.value, "工作日")]
RUNNING = Q(met_at__isnull=True, stopped_at__isnull=True)


class TicketClock(models.Model):
    """One promise on one ticket; only tickets.clocks and tickets.escalation change it.

    What was promised (`started_at`, `amount` and `extra` of `unit`) and the ticket's pauses are the
    truth; the times of amber and red are counted from them, and counted again when the calendar
    changes. `level` is how far it was escalated: 1 the head of department, 2 the supervisor.
    """

    ticket = models.ForeignKey(
        Ticket, verbose_name="工单", on_delete=models.PROTECT, related_name="clocks"
    )
    kind = models.CharField("时限", max_length=16, choices=Kind)
    round = models.PositiveSmallIntegerField("第几次办理", default=0)
    started_at = models.DateTimeField("起算")
    amount = models.PositiveSmallIntegerField("承诺")
    extra = models.PositiveSmallIntegerField("延长", default=0)
    unit = models.CharField("单位", max_length=8, choices=UNITS)
    amber_at = models.DateTimeField("预警")
    due_at = models.DateTimeField("到期")
    paused_since = models.DateTimeField("暂停", null=True, blank=True)
    elapsed = models.PositiveIntegerField("已用工作秒数", default=0)
    met_at = models.DateTimeField("达成", null=True, blank=True)
    stopped_at = models.DateTimeField("终止", null=True, blank=True)
    level = models.PositiveSmallIntegerField("升级", default=0)
    escalate_at = models.DateTimeField("下次升级", null=True, blank=True)
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "工单时限"
        ordering = ("due_at", "id")
        indexes = (
            models.Index(fields=["escalate_at"], condition=RUNNING, name="clock_is_due"),
            models.Index(fields=["amber_at"], condition=RUNNING, name="clock_is_amber"),
        )
        constraints = (
            models.UniqueConstraint(fields=["ticket", "kind", "round"], name="clock_once_a_round"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="clock_kind_known"),
            models.CheckConstraint(
                condition=Q(amount__gte=1, unit__in=[unit.value for unit in Unit]),
                name="clock_promises_something",
            ),
            models.CheckConstraint(
                condition=Q(amber_at__lte=F("due_at"), amber_at__gte=F("started_at")),
                name="clock_amber_before_red",
            ),
            models.CheckConstraint(
                condition=Q(met_at__isnull=True) | Q(stopped_at__isnull=True),
                name="clock_met_or_stopped",
            ),
            models.CheckConstraint(condition=Q(level__lte=2), name="clock_level_known"),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind} {self.due_at:%Y-%m-%d %H:%M}"

    @property
    def running(self) -> bool:
        """Whether the promise is neither kept nor called off."""
        return self.met_at is None and self.stopped_at is None


class ClockPause(models.Model):
    """A stretch in which all running clocks of a ticket stand still; open while `until` is none."""

    ticket = models.ForeignKey(
        Ticket, verbose_name="工单", on_delete=models.PROTECT, related_name="pauses"
    )
    since = models.DateTimeField("暂停")
    until = models.DateTimeField("恢复", null=True, blank=True)

    class Meta:
        verbose_name = "时限暂停"
        ordering = ("since", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(until__isnull=True), name="one_open_pause"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="pause_ends_after_it_begins",
            ),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.since:%Y-%m-%d %H:%M}"
