"""Contacts, their identities on channels, conversations, and the messages in both directions."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from desk.accounts.models import Department
from desk.audit.models import AppendOnlyModel


class Channel(models.TextChoices):
    WEB = "web", "网页"
    WECHAT = "wechat", "微信"
    TELEGRAM = "telegram", "Telegram"
    HOTLINE = "hotline", "热线"


# The web page pulls what we say; the others have it pushed: each message gets a Delivery.
PULLED = frozenset({Channel.WEB.value})


class Kind(models.TextChoices):
    """What a person's message is; voice with recognised words is still voice, with a text."""

    TEXT = "text", "文字"
    IMAGE = "image", "图片"
    VOICE = "voice", "语音"
    VIDEO = "video", "视频"
    LOCATION = "location", "位置"
    LINK = "link", "链接"
    FILE = "file", "文件"
    EVENT = "event", "动作"
    UNKNOWN = "unknown", "其他消息"


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
    `heard_at`, `heard_kind`: the person's last act that lets us write to them (platforms' windows).
    `person_typing_at`, `staff_typing_at`: when they were last heard writing; it fades by itself.
    `open_until`: till then a channel holds the platform's request open to carry the answer back, so
    nobody else delivers.
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
    heard_at = models.DateTimeField(null=True, blank=True)
    heard_kind = models.CharField(max_length=16, blank=True)
    open_until = models.DateTimeField(null=True, blank=True)
    person_typing_at = models.DateTimeField(null=True, blank=True)
    staff_typing_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField("开始", auto_now_add=True)
    last_message_at = models.DateTimeField("最近消息", null=True, blank=True, db_index=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["staff_typing_at"],
                condition=Q(staff_typing_at__isnull=False),
                name="conversation_staff_typing",
            ),
            models.Index(
                fields=["person_typing_at"],
                condition=Q(person_typing_at__isnull=False),
                name="conversation_person_typing",
            ),
        ]

    def __str__(self) -> str:
        return f"会话{str(self.id)[:8]}"


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


class StaffRequest(models.Model):
    """A person waits for a human; settled when somebody takes the conversation.

    `department`: whom a colleague passed it to; none: anybody. `told_at`: when the person was told
    that nobody is free.
    """

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="staff_requests")
    key = models.CharField(max_length=128)
    reason = models.CharField("原因", max_length=200)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="转给"
    )
    requested_at = models.DateTimeField("提出")
    told_at = models.DateTimeField("告知无人", null=True, blank=True)
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


class ConversationNote(AppendOnlyModel):
    """What staff tell each other about a conversation; never sent. It stands after `seq`."""

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="notes")
    seq = models.PositiveIntegerField()
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField("内容")
    key = models.CharField(max_length=64)
    at = models.DateTimeField("写下")

    class Meta(AppendOnlyModel.Meta):
        abstract = False
        ordering = ("seq", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation", "key"], name="note_key_is_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}#{self.seq}: {self.text[:20]}"


class CannedReply(models.Model):
    """Words staff need often, with {variables}; of one department, or of all."""

    title = models.CharField("名称", max_length=40)
    text = models.TextField("内容")
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="部门"
    )
    changed_at = models.DateTimeField("更改")

    class Meta:
        ordering = ("title", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["title", "department"], name="canned_title_is_unique_in_department"
            ),
            # NULLs are all different to a database, so what belongs to all has a rule of its own.
            models.UniqueConstraint(
                fields=["title"], condition=Q(department=None), name="canned_title_is_unique"
            ),
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(text=""), name="canned_has_title_and_text"
            ),
        ]

    def __str__(self) -> str:
        return self.title
