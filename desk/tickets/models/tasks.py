"""What tickets ask of staff: decisions, attention, a second look; and tries at progress codes."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from desk.accounts.models import Department, Role
from desk.tickets.models.ticket import Ticket
from desk.tickets.values import ReviewKind


class Review(models.Model):
    """A return, reassignment or extension that was asked for; decided once, by somebody else."""

    class Outcome(models.TextChoices):
        APPROVED = "approved", "同意"
        REFUSED = "refused", "不同意"
        LAPSED = "lapsed", "已无需审核"

    ticket = models.ForeignKey(
        Ticket, verbose_name="工单", on_delete=models.PROTECT, related_name="reviews"
    )
    kind = models.CharField("申请", max_length=16, choices=ReviewKind)
    reason = models.TextField("理由")
    department = models.ForeignKey(
        Department,
        verbose_name="改派到",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    days = models.PositiveSmallIntegerField("延长工作日", null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="申请人", on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField("申请时间")
    outcome = models.CharField("结论", max_length=16, choices=Outcome, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="审核人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    decided_at = models.DateTimeField("审核时间", null=True, blank=True)

    class Meta:
        verbose_name = "审核"
        ordering = ("-asked_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(outcome=""), name="one_open_review"
            ),
            models.UniqueConstraint(
                fields=["ticket"],
                condition=Q(kind=ReviewKind.EXTENSION, outcome="approved"),
                name="one_extension",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", decided_at__isnull=True)
                | (~Q(outcome="") & Q(decided_at__isnull=False)),
                name="review_decided_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("asked_by")),
                name="review_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=(~Q(kind=ReviewKind.REASSIGN) | Q(department__isnull=False))
                & (~Q(kind=ReviewKind.EXTENSION) | Q(days__gte=1)),
                name="review_says_what",
            ),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind} {self.outcome}"


class Notice(models.Model):
    """Something staff must see: for one of them, or for a role (of a department, when given)."""

    class About(models.TextChoices):
        OVERDUE = "overdue", "超期"
        PRESSED = "pressed", "督办"
        URGED = "urged", "催办"
        REVIEW = "review", "待审核"
        DECIDED = "decided", "审核结果"
        ASSIGNED = "assigned", "新工单"
        ANSWERED = "answered", "来访人补充"

    ticket = models.ForeignKey(
        Ticket, verbose_name="工单", on_delete=models.PROTECT, related_name="notices"
    )
    about = models.CharField("事由", max_length=16, choices=About)
    text = models.CharField("内容", max_length=200)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="收件人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="notices",
    )
    role = models.CharField("收件角色", max_length=16, choices=Role, blank=True)
    department = models.ForeignKey(
        Department,
        verbose_name="收件部门",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    at = models.DateTimeField("时间")
    seen_at = models.DateTimeField("已读", null=True, blank=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="已读人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = "提醒"
        ordering = ("-at", "-id")
        indexes = (
            models.Index(
                fields=["role", "department"], condition=Q(seen_at__isnull=True), name="notice_role"
            ),
            models.Index(fields=["staff"], condition=Q(seen_at__isnull=True), name="notice_staff"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(staff__isnull=False, role="") | (Q(staff__isnull=True) & ~Q(role="")),
                name="notice_is_for_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.about}"


class FollowUp(models.Model):
    """A person is not satisfied: staff must look again, and say what they did."""

    ticket = models.ForeignKey(
        Ticket, verbose_name="工单", on_delete=models.PROTECT, related_name="follow_ups"
    )
    reason = models.CharField("原因", max_length=500)
    opened_at = models.DateTimeField("提出")
    done_at = models.DateTimeField("完成", null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="完成人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    note = models.TextField("结果", blank=True)

    class Meta:
        verbose_name = "跟进任务"
        ordering = ("opened_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(done_at__isnull=True), name="one_open_follow_up"
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | (Q(done_at__isnull=False, done_by__isnull=False) & ~Q(note="")),
                name="follow_up_done_says_what",
            ),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.reason[:20]}"


class ProgressTry(models.Model):
    """Wrong codes for one number, or from one address, within a quarter of an hour."""

    who = models.CharField(max_length=80, primary_key=True)
    since = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.who}: {self.count}"
