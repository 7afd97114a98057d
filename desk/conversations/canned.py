"""Canned replies: words staff need often, with {variables} filled in when they are shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from desk.accounts.models import Department, Role, StaffMember
from desk.audit.services import record
from desk.conversations.errors import CannedNotFound, InvalidCanned
from desk.conversations.models import CannedReply
from desk.errors import NotPermitted
from knowledge_base.text import clean

# What may stand between braces, and what it becomes.
VARIABLES = {
    "来访人": "来访人的称呼",
    "姓名": "您的姓名",
    "部门": "您的部门",
    "今天": "今天的日期",
}
LONGEST_TITLE, LONGEST_TEXT = 40, 1000
# These keep the replies of all departments; a head keeps their department's.
KEEPERS = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})

_VARIABLE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class CannedCard:
    """A canned reply as it is entered; `department` is a code, empty for all."""

    title: str
    text: str
    department: str = ""


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with its variables replaced; what has no value stays as it stands."""
    return _VARIABLE.sub(lambda found: values.get(found[1]) or found[0], text)


def values_for(staff: StaffMember, *, person: str, now: datetime) -> dict[str, str]:
    """What the variables are for `staff` in a conversation with `person`; `now` in local time."""
    return {
        "来访人": person,
        "姓名": staff.name,
        "部门": staff.department.name if staff.department else "12345热线",
        "今天": f"{now.year}年{now.month}月{now.day}日",
    }


def canned_for(staff: StaffMember) -> list[CannedReply]:
    """Those of `staff`'s department and those of all, by title."""
    theirs = Q(department=None) | Q(department=staff.department_id)
    return list(CannedReply.objects.filter(theirs).select_related("department"))


def kept_by(staff: StaffMember) -> list[CannedReply]:
    """Those `staff` may change. Raises NotPermitted."""
    rows = CannedReply.objects.select_related("department")
    if staff.role in KEEPERS:
        return list(rows)
    _check(staff, staff.department)
    return list(rows.filter(department=staff.department_id))


def save(
    card: CannedCard, *, staff: StaffMember, now: datetime, canned_id: int | None = None
) -> CannedReply:
    """A new canned reply, or the one with `canned_id` as `card` says.

    Raises NotPermitted, InvalidCanned, CannedNotFound.
    """
    title, text, department = _checked(card)
    _check(staff, department)
    try:
        with transaction.atomic():
            canned = CannedReply() if canned_id is None else _kept(canned_id, staff)
            canned.title, canned.text, canned.department = title, text, department
            canned.changed_at = now
            canned.save()
            record(
                actor=staff,
                action="canned.created" if canned_id is None else "canned.changed",
                target=f"canned:{canned.pk}",
                details={"title": title, "department": card.department},
            )
    except IntegrityError as error:
        raise InvalidCanned("已经有同名的常用语了，请换个名称。") from error
    return canned


def remove(canned_id: int, *, staff: StaffMember) -> None:
    """Deletes it; what was sent with it stays. Raises NotPermitted, CannedNotFound."""
    with transaction.atomic():
        canned = _kept(canned_id, staff)
        record(
            actor=staff,
            action="canned.removed",
            target=f"canned:{canned.pk}",
            details={"title": canned.title, "text": canned.text},
        )
        canned.delete()


def one(canned_id: int, *, staff: StaffMember) -> CannedReply:
    """The one to be changed. Raises NotPermitted, CannedNotFound."""
    canned = CannedReply.objects.select_related("department").filter(pk=canned_id).first()
    if canned is None:
        raise CannedNotFound
    _check(staff, canned.department)
    return canned


def _kept(canned_id: int, staff: StaffMember) -> CannedReply:
    canned = CannedReply.objects.select_for_update().filter(pk=canned_id).first()
    if canned is None:
        raise CannedNotFound
    _check(staff, canned.department)
    return canned


def _check(staff: StaffMember, department: Department | None) -> None:
    """Raises NotPermitted unless `staff` keeps the replies of `department` (None: of all)."""
    if not staff.is_active:
        raise NotPermitted
    theirs = staff.role == Role.HEAD and department is not None and department == staff.department
    if not (staff.role in KEEPERS or theirs):
        raise NotPermitted("通用的常用语由督办和管理员维护，部门的由部门负责人维护。")


def _checked(card: CannedCard) -> tuple[str, str, Department | None]:
    title, text = clean(card.title), clean(card.text)
    if not title or len(title) > LONGEST_TITLE or "\n" in title:
        raise InvalidCanned(f"请填写名称（不超过{LONGEST_TITLE}个字）。")
    if not text or len(text) > LONGEST_TEXT:
        raise InvalidCanned(f"请填写内容（不超过{LONGEST_TEXT}个字）。")
    unknown = [name for name in _VARIABLE.findall(text) if name not in VARIABLES]
    if unknown:
        known = "、".join(f"{{{name}}}" for name in VARIABLES)
        raise InvalidCanned(f"没有“{{{unknown[0]}}}”这个变量，可以用的有{known}。")
    department = Department.objects.filter(code=card.department).first()
    if card.department and department is None:
        raise InvalidCanned("没有这个部门，请重新选择。")
    return title, text, department
