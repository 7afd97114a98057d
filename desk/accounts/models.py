"""Departments and the staff who work in them."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models


class Role(models.TextChoices):
    """What a staff member does here.

    Which pages each may open stands in console/areas.py, what each may do with a ticket in
    tickets/moves.py.
    """

    OPERATOR = "operator", "话务员"
    HANDLER = "handler", "经办"
    HEAD = "head", "部门负责人"
    SPECIALIST = "specialist", "服务专员"
    SUPERVISOR = "supervisor", "督办"
    EDITOR = "editor", "知识编辑"
    DISCIPLINE = "discipline", "纪检员"
    ADMINISTRATOR = "administrator", "管理员"


# These work for one department; a row without one would see nothing and be nobody's.
DEPARTMENT_ROLES = (Role.HANDLER, Role.HEAD, Role.SPECIALIST)


class Department(models.Model):
    """A body of the city that works on tickets; `code` is the name other data use for it."""

    code = models.SlugField("代码", max_length=32, unique=True)
    name = models.CharField("名称", max_length=64, unique=True)

    class Meta:
        verbose_name = "部门"
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(code="") & ~models.Q(name=""), name="department_named"
            ),
        )

    def __str__(self) -> str:
        return self.name


class StaffManager(UserManager["StaffMember"]):
    """Django's manager; a superuser is an administrator here."""

    def create_superuser(
        self,
        username: str,
        email: str | None = None,
        password: str | None = None,
        **extra_fields: Any,
    ) -> "StaffMember":
        extra_fields.setdefault("role", Role.ADMINISTRATOR)
        return super().create_superuser(username, email, password, **extra_fields)


class StaffMember(AbstractUser):
    """Someone who signs in to the console.

    `temporary_until`: the password was given by an administrator; it signs in until then, once, and
    must be changed at once. `seen_at`: when the console last heard of them, to half a minute.
    """

    department = models.ForeignKey(
        Department,
        verbose_name="部门",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="staff",
    )
    display_name = models.CharField("姓名", max_length=32, blank=True)
    role = models.CharField("角色", max_length=16, choices=Role, default=Role.OPERATOR)
    temporary_until = models.DateTimeField("临时密码有效至", null=True, blank=True)
    seen_at = models.DateTimeField("最近在线", null=True, blank=True)

    objects: ClassVar[StaffManager] = StaffManager()

    class Meta:
        verbose_name = "工作人员"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="staff_role_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(role__in=DEPARTMENT_ROLES) | models.Q(department__isnull=False),
                name="staff_handler_has_department",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What colleagues and the public read: 王芳, else the name used to sign in."""
        return self.display_name or self.username
