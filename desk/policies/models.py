"""Policies that editors keep, and every version of their text.

A policy has a row from the moment somebody edits it: documents that only came with the product
have none. What was published is never changed; `Policy.current` says which version stands.
"""

from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from desk.policies.errors import PublishedStands
from knowledge_base.documents import Level, Status

LONGEST_CODE = 121


class State(models.TextChoices):
    """How far a version is."""

    DRAFT = "draft", "草稿"
    SCHEDULED = "scheduled", "待发布"
    PUBLISHED = "published", "已发布"
    DROPPED = "dropped", "已弃用"


class Origin(models.TextChoices):
    """How a version came to be."""

    WRITTEN = "written", "在线编写"
    UPLOADED = "uploaded", "上传文件"
    BUNDLED = "bundled", "随产品附带"
    RESTORED = "restored", "回退"
    REPEALED = "repealed", "废止"


# A version somebody may still work on; a policy has at most one.
OPEN = (State.DRAFT, State.SCHEDULED)


class Policy(models.Model):
    """One official text through all its versions; `code` is the document's id in the index."""

    code = models.CharField("编号", max_length=LONGEST_CODE, unique=True)
    current = models.ForeignKey(
        "PolicyVersion",
        verbose_name="现行版本",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    created_at = models.DateTimeField("建立时间")

    class Meta:
        verbose_name = "政策"
        constraints = (models.CheckConstraint(condition=~Q(code=""), name="policy_coded"),)

    def __str__(self) -> str:
        return self.code


class PolicyVersion(models.Model):
    """One version of a policy: its fields and its text as Markdown.

    `ordinal` counts a policy's versions. `revision` counts the savings of its drafts, on from one
    draft to the next: whoever saves names the one they saw. `digest` is equal for equal contents.
    `successor` is the code of the document that takes a repealed one's place.
    """

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions")
    ordinal = models.PositiveIntegerField("版本")
    state = models.CharField("状态", max_length=16, choices=State, default=State.DRAFT)
    origin = models.CharField("来源", max_length=16, choices=Origin)
    revision = models.PositiveIntegerField("保存次数", default=1)

    title = models.CharField("标题", max_length=200)
    number = models.CharField("文号", max_length=100, blank=True)
    issuer = models.CharField("发文机关", max_length=200, blank=True)
    level = models.CharField("层级", max_length=8)
    region = models.CharField("地区", max_length=32, blank=True)
    issued = models.DateField("发布日期", null=True, blank=True)
    effective = models.DateField("施行日期", null=True, blank=True)
    expires = models.DateField("有效期至", null=True, blank=True)
    checked = models.DateField("核对日期", null=True, blank=True)
    url = models.CharField("官方网址", max_length=500, blank=True)
    status = models.CharField("效力", max_length=8, default=Status.IN_FORCE.value)
    sample = models.BooleanField("示例", default=False)
    sources = models.JSONField("依据", default=list, encoder=DjangoJSONEncoder)
    topics = models.JSONField("主题词", default=list, encoder=DjangoJSONEncoder)
    body = models.TextField("正文")
    digest = models.CharField("内容摘要", max_length=64)

    note = models.CharField("修改说明", max_length=200, blank=True)
    file_name = models.CharField("原文件名", max_length=120, blank=True)
    restores = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    repeal_reason = models.CharField("废止原因", max_length=500, blank=True)
    successor = models.CharField("替代文件", max_length=LONGEST_CODE, blank=True)

    changed_at = models.DateTimeField("保存时间")
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="changed_policies",
    )
    publish_at = models.DateTimeField("定时发布", null=True, blank=True)
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="published_policies",
    )

    class Meta:
        verbose_name = "政策版本"
        ordering = ("-ordinal",)
        indexes = (
            models.Index(
                fields=["publish_at"], condition=Q(state=State.SCHEDULED), name="policy_due"
            ),
            models.Index(fields=["digest"], name="policy_digest"),
        )
        constraints = (
            models.UniqueConstraint(fields=["policy", "ordinal"], name="policy_version_counted"),
            models.UniqueConstraint(
                fields=["policy"], condition=Q(state__in=OPEN), name="policy_one_draft"
            ),
            models.CheckConstraint(
                condition=Q(state__in=State.values) & Q(origin__in=Origin.values),
                name="policy_state_known",
            ),
            models.CheckConstraint(
                condition=Q(level__in=[item.value for item in Level])
                & Q(status__in=[item.value for item in Status]),
                name="policy_words_known",
            ),
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(body="") & Q(ordinal__gte=1), name="policy_has_text"
            ),
            models.CheckConstraint(
                condition=Q(expires__isnull=True)
                | Q(effective__isnull=True)
                | Q(expires__gte=F("effective")),
                name="policy_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(state=State.SCHEDULED, publish_at__isnull=False)
                | (~Q(state=State.SCHEDULED) & Q(publish_at__isnull=True)),
                name="policy_scheduled_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(state=State.PUBLISHED, published_at__isnull=False)
                | (~Q(state=State.PUBLISHED) & Q(published_at__isnull=True)),
                name="policy_published_has_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(origin=Origin.REPEALED)
                | (Q(status=Status.REPEALED.value) & ~Q(repeal_reason="")),
                name="policy_repealed_with_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.policy_id}/{self.ordinal} {self.title}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises PublishedStands when the stored row is published."""
        if self.pk and PolicyVersion.objects.filter(pk=self.pk, state=State.PUBLISHED).exists():
            raise PublishedStands(str(self))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Versions stay: a draft is dropped, never deleted."""
        raise PublishedStands(str(self))
