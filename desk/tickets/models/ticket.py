"""Tickets, their history, and the day's sequence their numbers come from."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from desk.accounts.models import Department
from desk.audit.models import AppendOnlyModel
from desk.conversations.models import Conversation
from desk.enterprises.models import District, Enterprise
from desk.tickets.moves import EVENT_LABELS
from desk.tickets.values import (
    CHANNELS,
    DONE_STATES,
    HELD_STATES,
    PAUSED_STATES,
    Category,
    Party,
    State,
    masked_name,
    masked_phone,
)

CODE_LENGTH = 8
PARTIES = [(Party.PERSON.value, "来访人"), (Party.SYSTEM.value, "系统")]


def new_code() -> str:
    """A random code of eight digits: it can be read out, and tries at it are counted."""
    return f"{secrets.randbelow(10**CODE_LENGTH):0{CODE_LENGTH}d}"


class DailySequence(models.Model):
    """How many ticket numbers a day (the city's calendar) has given out."""

    day = models.DateField("日期", primary_key=True)
    last = models.PositiveIntegerField("已用序号", default=0)

    class Meta:
        verbose_name = "工单日序号"

    def __str__(self) -> str:
        return f"{self.day}: {self.last}"


class Ticket(models.Model):
    """One demand of one person; only tickets.services changes it.

    `amber_at` and `due_at` are the earliest of its clocks that tick (none: no clock does), kept
    here so that lists need not look at the clocks; `channel` is the conversation's, or `partner`.
    """

    number = models.CharField("工单号", max_length=16, unique=True)
    conversation = models.ForeignKey(
        Conversation,
        verbose_name="会话",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tickets",
    )
    channel = models.CharField("渠道", max_length=16, choices=CHANNELS, blank=True)
    category = models.CharField("类别", max_length=16, choices=Category)
    department = models.ForeignKey(
        Department,
        verbose_name="承办部门",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tickets",
    )
    state = models.CharField("状态", max_length=16, choices=State, default=State.RECEIVED)
    version = models.PositiveIntegerField("版本", default=0)
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="经办人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="handled_tickets",
    )
    enterprise = models.ForeignKey(
        Enterprise,
        verbose_name="企业",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tickets",
    )
    topic = models.CharField("事项", max_length=32, blank=True)
    district = models.CharField("区县", max_length=16, choices=District, blank=True)
    routed_by = models.CharField("分派依据", max_length=200, blank=True)
    main = models.ForeignKey(
        "self",
        verbose_name="主单",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="followers",
    )
    progress_code = models.CharField("查询码", max_length=8, default=new_code)
    suspended_at = models.DateTimeField("挂起时间", null=True, blank=True)
    pressed_at = models.DateTimeField("督办时间", null=True, blank=True)
    urged = models.PositiveIntegerField("催办次数", default=0)
    redone = models.PositiveIntegerField("重办次数", default=0)
    solved = models.BooleanField("来访人认为已解决", null=True, blank=True)
    rating = models.PositiveSmallIntegerField("评分", null=True, blank=True)
    rating_words = models.CharField("评价", max_length=500, blank=True)
    person_name = models.CharField("来访人", max_length=32)
    person_phone = models.CharField("联系电话", max_length=20, blank=True)
    subject = models.CharField("标题", max_length=64)
    body = models.TextField("诉求内容")
    opened_at = models.DateTimeField("受理时间")
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)
    amber_at = models.DateTimeField("预警", null=True, blank=True)
    due_at = models.DateTimeField("到期", null=True, blank=True)
    idempotency_key = models.CharField("提交标识", max_length=128, unique=True)

    class Meta:
        verbose_name = "工单"
        ordering = ("-opened_at", "-id")
        indexes = (
            models.Index(fields=["department", "state", "opened_at"], name="ticket_queue"),
            models.Index(fields=["state", "opened_at"], name="ticket_state_opened"),
            models.Index(fields=["handler", "state"], name="ticket_handler_state"),
            models.Index(fields=["opened_at", "id"], name="ticket_opened"),
            models.Index(
                fields=["due_at", "id"], condition=Q(due_at__isnull=False), name="ticket_due"
            ),
            models.Index(fields=["person_phone"], name="ticket_phone"),
            models.Index(
                fields=["closed_at"], condition=Q(closed_at__isnull=False), name="ticket_closed"
            ),
        )
        constraints = (
            models.CheckConstraint(condition=Q(state__in=State.values), name="ticket_state_known"),
            models.CheckConstraint(
                condition=Q(category__in=Category.values), name="ticket_category_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=DONE_STATES, closed_at__isnull=False)
                | (~Q(state__in=DONE_STATES) & Q(closed_at__isnull=True)),
                name="ticket_closed_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
                name="ticket_closed_after_opened",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=HELD_STATES) | Q(department__isnull=False),
                name="ticket_held_by_a_department",
            ),
            models.CheckConstraint(
                condition=Q(state=State.SUSPENDED, suspended_at__isnull=False)
                | (~Q(state=State.SUSPENDED) & Q(suspended_at__isnull=True)),
                name="ticket_suspended_has_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.MERGED) | Q(main__isnull=False),
                name="ticket_merged_has_its_main",
            ),
            models.CheckConstraint(
                condition=Q(main__isnull=True) | ~Q(main=F("pk")), name="ticket_follows_another"
            ),
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__range=(1, 5)),
                name="ticket_rating_in_range",
            ),
            models.CheckConstraint(
                condition=Q(amber_at__isnull=True, due_at__isnull=True)
                | (Q(amber_at__lte=F("due_at")) & ~Q(state__in=[*PAUSED_STATES, State.WITHDRAWN])),
                name="ticket_due_while_clocks_tick",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["", *dict(CHANNELS)]), name="ticket_channel_known"
            ),
            models.CheckConstraint(
                condition=Q(district__in=["", *District.values]), name="ticket_district_known"
            ),
            models.CheckConstraint(
                condition=~Q(number="")
                & ~Q(idempotency_key="")
                & ~Q(body="")
                & ~Q(person_name="")
                # Somebody nobody can call is answered in their conversation.
                & (~Q(person_phone="") | Q(conversation__isnull=False)),
                name="ticket_facts_given",
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.get_category_display()} {self.masked_person}"

    @property
    def masked_person(self) -> str:
        """张* 138****5678: enough to recognise, too little to misuse."""
        return f"{self.masked_name} {self.masked_phone}"

    @property
    def masked_name(self) -> str:
        return masked_name(self.person_name)

    @property
    def masked_phone(self) -> str:
        return masked_phone(self.person_phone)


class TicketEvent(AppendOnlyModel):
    """One line of a ticket's history; without an `actor`, `party` says who (empty: the person)."""

    ticket = models.ForeignKey(
        Ticket, verbose_name="工单", on_delete=models.PROTECT, related_name="events"
    )
    at = models.DateTimeField("时间")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="经手人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    party = models.CharField("何方", max_length=8, choices=PARTIES, blank=True)
    move = models.CharField("动作", max_length=24, choices=list(EVENT_LABELS.items()))
    from_state = models.CharField("原状态", max_length=16, choices=State, blank=True)
    to_state = models.CharField("新状态", max_length=16, choices=State)
    note = models.TextField("说明", blank=True)
    key = models.CharField("提交标识", max_length=160, blank=True)

    class Meta(AppendOnlyModel.Meta):
        abstract = False
        verbose_name = "工单经过"
        ordering = ("at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["ticket", "key"], condition=~Q(key=""), name="ticket_event_key_unique"
            ),
            models.CheckConstraint(
                condition=Q(move__in=list(EVENT_LABELS)), name="ticket_event_move_known"
            ),
            models.CheckConstraint(
                condition=Q(from_state__in=["", *State.values], to_state__in=State.values),
                name="ticket_event_states_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.move} {self.to_state}"

    @property
    def who(self) -> str:
        """Who it was: 王芳, 来访人, 系统."""
        return self.actor.name if self.actor else self.get_party_display() or "来访人"
