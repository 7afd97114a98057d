"""Partners, the digests of their tokens, the tickets they opened, their calls by the minute."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from desk.tickets.models.ticket import Ticket


class Scope(models.TextChoices):
    """What a token may do."""

    CREATE = "tickets:create", "提交诉求"
    READ = "tickets:read", "查询进展"


class Partner(models.Model):
    """Another system; `per_minute` is how often it may call."""

    code = models.SlugField("代码", max_length=32, unique=True)
    name = models.CharField("名称", max_length=64, unique=True)
    active = models.BooleanField("在用", default=True)
    per_minute = models.PositiveIntegerField("每分钟次数", default=120)
    created_at = models.DateTimeField("建立时间")

    class Meta:
        verbose_name = "接口伙伴"
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(code="") & ~Q(name="") & Q(per_minute__gte=1), name="partner_named"
            ),
        )

    def __str__(self) -> str:
        return self.name


class PartnerToken(models.Model):
    """A token's digest; the token itself is shown once and stored nowhere.

    `hint` is how it begins, to tell it from others. Rotated, it has an end (`expires_at`).
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="tokens")
    digest = models.CharField("摘要", max_length=64, unique=True)
    hint = models.CharField("开头", max_length=12)
    scopes = models.JSONField("权限")
    created_at = models.DateTimeField("建立时间")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    expires_at = models.DateTimeField("有效至", null=True, blank=True)
    revoked_at = models.DateTimeField("作废时间", null=True, blank=True)
    used_at = models.DateTimeField("最近使用", null=True, blank=True)

    class Meta:
        verbose_name = "接口令牌"
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return f"{self.hint}…"

    @property
    def scope_labels(self) -> str:
        """What it may do, in words."""
        return "、".join(Scope(value).label for value in self.scopes)


class PartnerTicket(models.Model):
    """A ticket that a partner opened, by its key; `digest` is of what it demanded then."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="tickets")
    ticket = models.OneToOneField(Ticket, on_delete=models.PROTECT, related_name="from_partner")
    key = models.CharField("提交标识", max_length=64)
    digest = models.CharField("内容摘要", max_length=64)
    reference = models.CharField("对方编号", max_length=64, blank=True)
    created_at = models.DateTimeField("提交时间")

    class Meta:
        verbose_name = "伙伴提交的工单"
        constraints = (
            models.UniqueConstraint(fields=["partner", "key"], name="partner_key_unique"),
        )

    def __str__(self) -> str:
        return f"{self.partner_id} {self.reference or self.key}"


class PartnerMinute(models.Model):
    """How often a partner called within one minute."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+")
    minute = models.DateTimeField("分钟")
    count = models.PositiveIntegerField("次数", default=0)

    class Meta:
        verbose_name = "伙伴调用次数"
        constraints = (
            models.UniqueConstraint(fields=["partner", "minute"], name="partner_minute_unique"),
        )

    def __str__(self) -> str:
        return f"{self.partner_id} {self.minute:%H:%M} {self.count}"
