"""Departments and staff are made and changed here; passwords are random and told once."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from desk.accounts.errors import (
    InvalidStaff,
    LastAdministrator,
    NotYourself,
    PasswordRefused,
    StaffNotFound,
    UsernameTaken,
)
from desk.accounts.models import DEPARTMENT_ROLES, Department, Role, StaffMember
from desk.audit import services as audit
from desk.errors import NotPermitted
from knowledge_base.text import clean

PASSWORD_BYTES = 12  # 96 bits: 16 characters
# How long a password given by an administrator waits for its first use.
TEMPORARY = timedelta(days=3)
USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")
LONGEST_NAME = 32


@dataclass(frozen=True, slots=True)
class StaffCard:
    """A staff account to be made; `role` is a value of Role, `department` a code or empty."""

    username: str
    display_name: str
    role: str
    department: str = ""


def ensure_department(code: str, name: str) -> Department:
    """The department `code`, made if there is none; an existing one keeps its name."""
    with transaction.atomic():
        department, made = Department.objects.get_or_create(code=code, defaults={"name": name})
        if made:
            audit.record(actor=None, action="department.created", target=f"department:{code}")
    return department


def ensure_staff(card: StaffCard) -> tuple[StaffMember, str | None]:
    """The account `card` names and its new password; the password is None for one that existed.

    Raises Department.DoesNotExist when the card names an unknown department.
    """
    with transaction.atomic():
        existing = StaffMember.objects.filter(username=card.username).first()
        if existing is not None:
            return existing, None
        department = Department.objects.get(code=card.department) if card.department else None
        return _make(card, department, actor=None, until=None)


def create_staff(card: StaffCard, *, actor: StaffMember, now: datetime) -> tuple[StaffMember, str]:
    """A new account and its one-time password, which must be changed at the first sign-in.

    Raises NotPermitted, InvalidStaff, UsernameTaken.
    """
    _check(actor)
    with transaction.atomic():
        checked, department = _checked(card)
        if StaffMember.objects.filter(username=checked.username).exists():
            raise UsernameTaken
        return _make(checked, department, actor=actor, until=now + TEMPORARY)


def change_staff(staff_id: int, card: StaffCard, *, actor: StaffMember) -> StaffMember:
    """Name, role and department as `card` says; its username is not looked at.

    Raises NotPermitted, StaffNotFound, InvalidStaff, NotYourself, LastAdministrator.
    """
    _check(actor)
    with transaction.atomic():
        staff = _locked(staff_id)
        checked, department = _checked(card, username=staff.username)
        if staff.pk == actor.pk and checked.role != staff.role:
            raise NotYourself
        if checked.role != Role.ADMINISTRATOR:
            _keep_one_administrator(staff)
        before = {"role": staff.role, "department": _code(staff.department)}
        staff.display_name, staff.role = checked.display_name, checked.role
        staff.department = department
        staff.save(update_fields=["display_name", "role", "department"])
        audit.record(
            actor=actor,
            action="staff.changed",
            target=_target(staff),
            details={"from": before, "to": {"role": staff.role, "department": checked.department}},
        )
    return staff


def set_active(staff_id: int, active: bool, *, actor: StaffMember) -> StaffMember:
    """Switches an account on or off; one that is off is signed out with its next click.

    Raises NotPermitted, StaffNotFound, NotYourself, LastAdministrator.
    """
    _check(actor)
    with transaction.atomic():
        staff = _locked(staff_id)
        if staff.pk == actor.pk:
            raise NotYourself
        if staff.is_active == active:
            return staff
        if not active:
            _keep_one_administrator(staff)
        staff.is_active = active
        staff.save(update_fields=["is_active"])
        audit.record(
            actor=actor,
            action="staff.activated" if active else "staff.deactivated",
            target=_target(staff),
        )
    return staff


def reset_password(staff: StaffMember, *, actor: StaffMember | None = None) -> str:
    """A new random password for `staff`; every session of theirs ends with the old one."""
    with transaction.atomic():
        password = _give_password(staff, None)
        audit.record(actor=actor, action="staff.password_reset", target=_target(staff))
    return password


def give_one_time_password(
    staff_id: int, *, actor: StaffMember, now: datetime
) -> tuple[StaffMember, str]:
    """A one-time password for who forgot theirs; every session of theirs ends.

    Raises NotPermitted, StaffNotFound.
    """
    _check(actor)
    with transaction.atomic():
        staff = _locked(staff_id)
        password = _give_password(staff, now + TEMPORARY)
        audit.record(actor=actor, action="staff.password_reset", target=_target(staff))
    return staff, password


def change_password(staff: StaffMember, *, old: str, new: str, again: str) -> None:
    """`staff`'s own choice instead of the old password. Raises PasswordRefused with why."""
    if not staff.check_password(old):
        raise PasswordRefused("原密码不正确，请重新输入。")
    if new != again:
        raise PasswordRefused("两次输入的新密码不一致，请重新输入。")
    if new == old:
        raise PasswordRefused("新密码不能和原密码相同。")
    try:
        validate_password(new, staff)
    except ValidationError as error:
        raise PasswordRefused("".join(error.messages)) from error
    with transaction.atomic():
        staff.set_password(new)
        staff.temporary_until = None
        staff.save(update_fields=["password", "temporary_until"])
        audit.record(actor=staff, action="staff.password_changed", target=_target(staff))


def password_expired(staff: StaffMember, now: datetime) -> bool:
    """Whether `staff` has a one-time password whose time is over."""
    return staff.temporary_until is not None and staff.temporary_until < now


def everybody() -> QuerySet[StaffMember]:
    """All accounts, those in use first, by department and name."""
    rows = StaffMember.objects.select_related("department")
    return rows.order_by("-is_active", "department__code", "username")


def staff_member(staff_id: int) -> StaffMember:
    """The account. Raises StaffNotFound."""
    found = everybody().filter(pk=staff_id).first()
    if found is None:
        raise StaffNotFound
    return found


def record_sign_in(staff: StaffMember) -> None:
    """Notes in the audit log that `staff` signed in to the console."""
    with transaction.atomic():
        audit.record(actor=staff, action="staff.signed_in", target=_target(staff))


def record_lockout(username: str) -> None:
    """Notes in the audit log that the sign-in was locked for `username` at one address."""
    with transaction.atomic():
        known = StaffMember.objects.filter(username=username).exists()
        # What strangers type may be a password; only names of accounts are written down.
        audit.record(
            actor=None,
            action="staff.locked_out",
            target=f"staff:{username}" if known else "staff:unknown",
        )


def _make(
    card: StaffCard,
    department: Department | None,
    *,
    actor: StaffMember | None,
    until: datetime | None,
) -> tuple[StaffMember, str]:
    staff = StaffMember(
        username=card.username,
        display_name=card.display_name,
        role=card.role,
        department=department,
    )
    password = _give_password(staff, until)
    audit.record(
        actor=actor,
        action="staff.created",
        target=_target(staff),
        details={"role": staff.role, "department": card.department},
    )
    return staff, password


def _checked(card: StaffCard, username: str = "") -> tuple[StaffCard, Department | None]:
    """`card` cleaned, with its department. Raises InvalidStaff."""
    username = username or card.username.strip().lower()
    if not USERNAME.fullmatch(username):
        raise InvalidStaff("账号名用小写字母开头，只含字母、数字和 . _ -，2 到 32 个字符。")
    name = clean(card.display_name)
    if not name or len(name) > LONGEST_NAME:
        raise InvalidStaff(f"请填写姓名（不超过{LONGEST_NAME}个字）。")
    if card.role not in Role.values:
        raise InvalidStaff("请选择角色。")
    department = Department.objects.filter(code=card.department).first()
    if card.department and department is None:
        raise InvalidStaff("没有这个部门，请重新选择。")
    role = Role(card.role)
    if role in DEPARTMENT_ROLES and department is None:
        raise InvalidStaff(f"{role.label}要有所属部门，请选择部门。")
    return StaffCard(username, name, role, card.department), department


def _check(actor: StaffMember) -> None:
    if not (actor.is_active and actor.role == Role.ADMINISTRATOR):
        raise NotPermitted("账号由管理员管理。")


def _locked(staff_id: int) -> StaffMember:
    staff = StaffMember.objects.select_for_update().filter(pk=staff_id).first()
    if staff is None:
        raise StaffNotFound
    return staff


def _keep_one_administrator(staff: StaffMember) -> None:
    """Raises LastAdministrator if `staff` is the only one in use."""
    if staff.role != Role.ADMINISTRATOR or not staff.is_active:
        return
    # Locked, so that two who leave at the same time do not each count the other.
    active = StaffMember.objects.select_for_update().filter(role=Role.ADMINISTRATOR, is_active=True)
    if not [one for one in active if one.pk != staff.pk]:
        raise LastAdministrator


def _code(department: Department | None) -> str:
    return department.code if department else ""


def _target(staff: StaffMember) -> str:
    return f"staff:{staff.username}"


def _give_password(staff: StaffMember, until: datetime | None) -> str:
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    staff.set_password(password)
    staff.temporary_until = until
    staff.save()
    return password
