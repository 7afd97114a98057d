"""What all processes share about the account, and what WeChat told us of its followers."""

from typing import ClassVar

from django.db import models

from desk.conversations.models import Identity


class Account(models.Model):
    """One public account: its access token, who renews it, what it may not do now.

    `denied_at`: when the platform last said that the account has no right to customer messages.
    """

    app_id = models.CharField(primary_key=True, max_length=64)
    token = models.TextField(blank=True)
    token_until = models.DateTimeField(null=True, blank=True)
    refresh_owner = models.CharField(max_length=64, blank=True)
    refresh_until = models.DateTimeField(null=True, blank=True)
    forced_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    pause_code = models.CharField(max_length=32, blank=True)
    denied_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.app_id


class Follower(models.Model):
    """What WeChat told us of one person; `revoked_at`: they withdrew their data from us."""

    identity = models.OneToOneField(Identity, models.CASCADE, related_name="wechat")
    follows = models.BooleanField("已关注", default=True)
    union_id = models.CharField(max_length=64, blank=True, db_index=True)
    scene = models.CharField("来源", max_length=64, blank=True)
    revoked_at = models.DateTimeField("撤回授权", null=True, blank=True)
    changed_at = models.DateTimeField("更新")

    def __str__(self) -> str:
        return f"{self.identity_id}"


class Consent(models.Model):
    """How many notices of one template the person still takes; `refused`: none until they say.

    `last_event`: the event it was changed by, which the platform may send three times.
    """

    identity = models.ForeignKey(Identity, models.CASCADE, related_name="wechat_consents")
    template_id = models.CharField("模板", max_length=64)
    left = models.PositiveIntegerField("还可发送", default=0)
    refused = models.BooleanField("已拒绝", default=False)
    last_event = models.CharField(max_length=128, blank=True)
    changed_at = models.DateTimeField("更新")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["identity", "template_id"], name="wechat_consent_is_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.identity_id}:{self.template_id}"


class SeenCall(models.Model):
    """A signature that was used, and for which body: plain mode does not sign the body."""

    signature = models.CharField(primary_key=True, max_length=64)
    digest = models.CharField(max_length=64)
    seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.signature
