"""Rows that are written once, and the audit log made of them."""

from collections.abc import Iterable
from typing import Any, NoReturn, Self, TypeVar

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

ModelT = TypeVar("ModelT", bound=models.Model)


class AppendOnlyError(TypeError):
    """A row that is written once was to be changed or deleted: a programming error."""

    def __init__(self) -> None:
        super().__init__("append-only rows are never changed or deleted")


class AppendOnlyQuerySet(models.QuerySet[ModelT]):
    """Reads and adds; every way of changing or deleting rows raises `AppendOnlyError`."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError

    def delete(self) -> NoReturn:
        raise AppendOnlyError

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError

    def update_or_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError

    def bulk_create(self, objs: Iterable[ModelT], *args: Any, **kwargs: Any) -> list[ModelT]:
        if len(args) > 2 or kwargs.get("update_conflicts"):
            raise AppendOnlyError
        return super().bulk_create(objs, *args, **kwargs)

    # Django's own save() goes through here with an UPDATE for a row that has a key.
    def _update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError


class AppendOnlyModel(models.Model):
    """A row that can be added and read, and nothing else."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True
        # Related managers and save() use the base manager: it must be the strict one too.
        base_manager_name = "objects"

    def save(self: Self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError


class AuditEntry(AppendOnlyModel):
    """One change: `actor` (none: the system or the person themselves) did `action` to `target`."""

    at = models.DateTimeField("时间", default=timezone.now, editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="操作人",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    action = models.CharField("动作", max_length=64)
    target = models.CharField("对象", max_length=128)
    details = models.JSONField("详情", default=dict, encoder=DjangoJSONEncoder)

    class Meta(AppendOnlyModel.Meta):
        abstract = False
        verbose_name = "审计记录"
        ordering = ("-at", "-id")
        indexes = (
            models.Index(fields=["target", "at"], name="audit_target_at"),
            models.Index(fields=["action", "at"], name="audit_action_at"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(action__contains=".") & ~models.Q(target=""),
                name="audit_action_and_target_named",
            ),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action} {self.target}"
