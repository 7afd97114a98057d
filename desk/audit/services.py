"""The one way into the audit log."""

import re
from collections.abc import Mapping

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from desk.audit.models import AuditEntry

ACTION = re.compile(r"[a-z]+(?:_[a-z]+)*\.[a-z]+(?:_[a-z]+)*")


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
