"""The one way into the audit log, and the way to find something in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from desk.audit.models import AuditEntry

ACTION = re.compile(r"[a-z]+(?:_[a-z]+)*\.[a-z]+(?:_[a-z]+)*")
SYSTEM = "系统"


class OutsideTransaction(RuntimeError):
    """An audit row that does not share the fate of the change it records is worth nothing."""


def record(
    *,
    actor: AbstractBaseUser | None,
    action: str,
    target: str,
    details: Mapping[str, object] | None = None,
) -> AuditEntry:
    """Writes that `actor` did `action` ("ticket.closed") to `target` ("ticket:BZ2611230001").

    Call it inside the transaction of the change; raises `OutsideTransaction` elsewhere.
    `details` is JSON and holds no personal data. The time is the moment of writing.
    """
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransaction(action)
    if not ACTION.fullmatch(action):
        raise ValueError(f"an audit action is named noun.verb, not {action!r}")
    return AuditEntry.objects.create(
        actor_id=None if actor is None else actor.pk,
        action=action,
        target=target,
        details=dict(details or {}),
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for in the log: everything left empty fits all.

    `actor` is part of a name, or 系统 for what nobody did; `action` begins the action's name
    ("ticket" or "ticket.closed"); `target` is part of the target's; both days are included.
    """

    actor: str = ""
    action: str = ""
    target: str = ""
    first: date | None = None
    last: date | None = None


def search(wanted: Wanted) -> QuerySet[AuditEntry]:
    """The entries that fit, the newest first."""
    rows = AuditEntry.objects.select_related("actor")
    if wanted.actor == SYSTEM:
        rows = rows.filter(actor__isnull=True)
    elif wanted.actor:
        name = Q(actor__username__icontains=wanted.actor)
        rows = rows.filter(name | Q(actor__display_name__icontains=wanted.actor))
    if wanted.action:
        rows = rows.filter(action__startswith=wanted.action)
    if wanted.target:
        rows = rows.filter(target__icontains=wanted.target)
    if wanted.first:
        rows = rows.filter(at__gte=_midnight(wanted.first))
    if wanted.last:
        rows = rows.filter(at__lt=_midnight(wanted.last + timedelta(days=1)))
    return rows


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
