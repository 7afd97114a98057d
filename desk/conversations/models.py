"""Contacts, their identities on channels, conversations, and the messages in both directions."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class Channel(models.TextChoices):
    WEB = "web", "网页"
    WECHAT = "wechat", "微信"
    TELEGRAM = "telegram", "Telegram"
    HOTLINE = "hotline", "热线"


class Contact(models.Model):
    """A person, whatever channels they use."""

    display_name = models.CharField("称呼", max_length=80, blank=True)
    created_at = models.DateTimeField("首次来访", auto_now_add=True)

    def __str__(self) -> str:
        return self.display_name or f"访客{self.pk}"


class Identity(models.Model):
    """One account of a contact on one channel."""

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="identities")
    channel = models.CharField("渠道", max_length=16, choices=Channel.choices)
    account = models.CharField("本方账号", max_length=64)
    external_id = models.CharField("对方标识", max_length=128)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["channel", "account", "external_id"], name="identity_is_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel}:{self.contact_id}"


class Conversation(models.Model):
    """All that was said with one identity.

    `holder` is the truth of a takeover: while a staff member holds it, the bot is silent.
    `last_seq` numbers its messages of both directions; whoever adds one locks this row first.
    `lease_owner` works on its next turn until `lease_until`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    identity = models.OneToOneField(Identity, models.PROTECT, related_name="conversation")
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="held_conversations",
        verbose_name="接待人",
    )
    last_seq = models.PositiveIntegerField(default=0)
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField("开始", auto_now_add=True)
    last_message_at = models.DateTimeField("最近消息", null=True, blank=True, db_index=True)

    def __str__(self) -> str:
        return f"会话{str(self.id)[:8]}"


class InboundMessage(models.Model):
    """What a person sent; committed before it is acknowledged."""

    class State(models.TextChoices):
        RECEIVED = "received", "待回答"
        ANSWERED = "answered", "已回答"
        HELD = "held", "由工作人员接待"
        GIVEN_UP = "given_up", "未能自动回答，已转人工"

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="inbound")
    identity = models.ForeignKey(Identity, models.PROTECT, related_name="inbound")
    message_id = models.CharField(max_length=128)
    seq = models.PositiveIntegerField()
    text = models.TextField("内容")
    received_at = models.DateTimeField("收到")
    state = models.CharField(max_length=16, choices=State.choices, default=State.RECEIVED)
    settled_at = models.DateTimeField("处理完", null=True, blank=True)
    failures = models.PositiveIntegerField("失败次数", default=0)
    next_try_at = models.DateTimeField("下次尝试")
    last_error = models.CharField("最近错误", max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["identity", "message_id"], name="inbound_message_id_is_unique"
            ),
            models.UniqueConstraint(fields=["conversation", "seq"], name="inbound_seq_is_unique"),
            models.CheckConstraint(
                condition=Q(state="received", settled_at__isnull=True)
                | (~Q(state="received") & Q(settled_at__isnull=False)),
                name="inbound_settled_has_its_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_try_at"], condition=Q(state="received"), name="inbound_is_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}#{self.seq}"


class OutboundMessage(models.Model):
    """What we say: the outbox. `key` makes each thing said once in its conversation."""

    class Author(models.TextChoices):
        BOT = "bot", "陪跑员"
        STAFF = "staff", "工作人员"
        SYSTEM = "system", "系统通知"

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="outbound")
    in_reply_to = models.ForeignKey(
        InboundMessage, models.PROTECT, null=True, blank=True, related_name="replies"
    )
    key = models.CharField(max_length=128)
    seq = models.PositiveIntegerField()
    author = models.CharField(max_length=16, choices=Author.choices)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sent_messages",
    )
    text = models.TextField("内容")
    buttons = models.JSONField(default=list, blank=True)
    citations = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField("写入")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation", "key"], name="outbound_key_is_unique"),
            models.UniqueConstraint(fields=["conversation", "seq"], name="outbound_seq_is_unique"),
            models.CheckConstraint(
                condition=Q(author="staff", staff__isnull=False)
                | (~Q(author="staff") & Q(staff__isnull=True)),
                name="outbound_staff_author_is_named",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}#{self.seq}"


class StaffRequest(models.Model):
    """A person waits for a human; settled when somebody takes the conversation."""

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="staff_requests")
    key = models.CharField(max_length=128)
    reason = models.CharField("原因", max_length=200)
    requested_at = models.DateTimeField("提出")
    settled_at = models.DateTimeField("接待", null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "key"], name="staff_request_key_is_unique"
            ),
            models.UniqueConstraint(
                fields=["conversation"],
                condition=Q(settled_at__isnull=True),
                name="one_open_staff_request",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}: {self.reason}"
