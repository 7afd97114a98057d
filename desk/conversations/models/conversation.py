"""Contacts, their identities on channels, their conversations, and what staff keep beside them."""

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
