"""What was said in both directions: messages, their files, and their way to the platforms."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from desk.conversations.models.conversation import Channel, Conversation, Identity, Kind


class Attachment(models.Model):
    """A file of a conversation, checked by its content; attachments.py alone makes them.

    `key` makes each upload stored once. `stored` is its name under ATTACHMENTS_DIR, random, without
    anything of the sender's. A person's may come before their first message: then its conversation
    is known only when that is stored.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(
        Conversation, models.PROTECT, null=True, blank=True, related_name="attachments"
    )
    key = models.CharField(max_length=320, unique=True)
    name = models.CharField("文件名", max_length=120)
    suffix = models.CharField("类型", max_length=8)
    content_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField("大小")
    digest = models.CharField(max_length=64)
    stored = models.CharField(max_length=80, unique=True)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField("上传")

    def __str__(self) -> str:
        return self.name


class InboundMessage(models.Model):
    """What a person sent; committed before it is acknowledged."""

    class State(models.TextChoices):
        RECEIVED = "received", "待回答"
        ANSWERED = "answered", "已回答"
        HELD = "held", "由工作人员接待"
        GIVEN_UP = "given_up", "未能自动回答，已转人工"
        NOTED = "noted", "无需回答"

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="inbound")
    identity = models.ForeignKey(Identity, models.PROTECT, related_name="inbound")
    message_id = models.CharField(max_length=128)
    seq = models.PositiveIntegerField()
    kind = models.CharField("类型", max_length=16, choices=Kind.choices, default=Kind.TEXT)
    text = models.TextField("内容", blank=True)
    media = models.JSONField("附带信息", default=dict, blank=True)
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


class Fetch(models.Model):
    """The way of a person's file from their platform to us. Written by fetches.py alone.

    WAITING until its bytes are kept (the message's media then names the attachment) or given up
    for `reason`, which staff read.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "正在取"
        KEPT = "kept", "已取到"
        GIVEN_UP = "given_up", "没能取到"

    message = models.OneToOneField(InboundMessage, models.PROTECT, related_name="fetch")
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.WAITING)
    tries = models.PositiveIntegerField("次数", default=0)
    next_try_at = models.DateTimeField("下次尝试")
    reason = models.CharField("原因", max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state="given_up") | ~Q(reason=""), name="fetch_given_up_has_a_reason"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="fetch_is_due"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.state}"


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
    attachment = models.OneToOneField(
        Attachment, models.PROTECT, null=True, blank=True, related_name="message"
    )
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


class Delivery(models.Model):
    """The way of one outbox message to the person's platform.

    Written by deliveries.py and dead_letters.py alone.

    WAITING until sent. KEPT: outside the platform's window, until the person writes again. DEAD:
    refused, or tried too often; staff may retry or drop it. `parts` are the platform's ids of the
    parts it took of a message that was split. `carried_by` is the person's message in whose open
    request it went back: asked for again, that request gets the same.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "待发送"
        SENT = "sent", "已发送"
        KEPT = "kept", "暂存"
        DEAD = "dead", "发送失败"
        DROPPED = "dropped", "已放弃"

    message = models.OneToOneField(OutboundMessage, models.PROTECT, related_name="delivery")
    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="deliveries")
    channel = models.CharField("渠道", max_length=16, choices=Channel.choices)
    seq = models.PositiveIntegerField()
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.WAITING)
    tries = models.PositiveIntegerField("次数", default=0)
    next_try_at = models.DateTimeField("下次尝试")
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    way = models.CharField("方式", max_length=24, blank=True)
    reason = models.CharField("原因", max_length=200, blank=True)
    error_code = models.CharField("错误码", max_length=64, blank=True)
    last_error = models.CharField("最近错误", max_length=200, blank=True)
    parts = models.JSONField(default=list, blank=True)
    platform_message_id = models.CharField(max_length=128, blank=True)
    carried_by = models.ForeignKey(
        InboundMessage, models.PROTECT, null=True, blank=True, related_name="carried"
    )
    created_at = models.DateTimeField("写入")
    sent_at = models.DateTimeField("发出", null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="delivery_sent_has_its_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["channel", "next_try_at"],
                condition=Q(state="waiting"),
                name="delivery_is_due",
            ),
            models.Index(
                fields=["conversation", "seq"],
                condition=Q(state__in=["waiting", "kept"]),
                name="delivery_unsent",
            ),
            models.Index(
                fields=["state", "id"],
                condition=Q(state__in=["kept", "dead"]),
                name="delivery_stuck",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}#{self.seq} {self.state}"
