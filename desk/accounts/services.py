"""Departments and staff are made here; passwords are random and told once."""

import secrets
from dataclasses import dataclass

from django.db import transaction

from desk.accounts.models import Department, Role, StaffMember
from desk.audit import services as audit

PASSWORD_BYTES = 12  # 96 bits: 16 characters


@dataclass(frozen=True, slots=True)
class StaffCard:
    """A staff account to be made; `department` is a department's code or empty."""

    username: str
    display_name: str
    role: Role
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
        staff = StaffMember(
            username=card.username,
            display_name=card.display_name,
            role=card.role,
            department=department,
        )
        password = _give_password(staff)
        audit.record(
            actor=None,
            action="staff.created",
            target=f"staff:{staff.username}",
            details={"role": staff.role, "department": card.department},
        )
    return staff, password


def reset_password(staff: StaffMember, *, actor: StaffMember | None = None) -> str:
    """A new random password for `staff`; every session of theirs ends with the old one."""
    with transaction.atomic():
        password = _give_password(staff)
        audit.record(actor=actor, action="staff.password_reset", target=f"staff:{staff.username}")
    return password


def record_sign_in(staff: StaffMember) -> None:
    """Notes in the audit log that `staff` signed in to the console."""
    with transaction.atomic():
        audit.record(actor=staff, action="staff.signed_in", target=f"staff:{staff.username}")


def _give_password(staff: StaffMember) -> str:
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    staff.set_password(password)
    staff.save()
    return password
