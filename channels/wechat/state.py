"""The account's row: the one place where processes agree on token, pause and rights."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from channels.messages import BadRequest
from channels.wechat.models import Account, SeenCall
from channels.wechat.signature import TOLERANCE
from desk.audit.services import record

REFRESH_LEASE = timedelta(seconds=20)  # longer than the client's patience with the platform
# The platform allows a forced renewal every 30 seconds, 20 a day.
FORCED_PAUSE = timedelta(seconds=60)
# An account may be given the right at any time: asked again after that long.
DENIED_FOR = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class AccountState:
    """What holds for the account now. `may_push`: customer messages are allowed, as far as known;
    `paused_for`: seconds."""

    may_push: bool = True
    paused_for: float = 0.0
    pause_code: str = ""


@dataclass(frozen=True, slots=True)
class StoredToken:
    token: str
    until: datetime


def account_state(app_id: str, *, now: datetime) -> AccountState:
    """The account's state; everything allowed before its first trouble."""
    row = Account.objects.filter(pk=app_id).first()
    if row is None:
        return AccountState()
    paused = (row.paused_until - now).total_seconds() if row.paused_until else 0.0
    return AccountState(
        may_push=row.denied_at is None or row.denied_at + DENIED_FOR < now,
        paused_for=max(paused, 0.0),
        pause_code=row.pause_code if paused > 0 else "",
    )


def stored_token(app_id: str) -> StoredToken | None:
    """The token all processes use, however old."""
    row = Account.objects.filter(pk=app_id).exclude(token="").first()
    if row is None or row.token_until is None:
        return None
    return StoredToken(row.token, row.token_until)


def claim_refresh(app_id: str, *, owner: str, now: datetime, seen: str = "") -> bool:
    """Whether `owner`, who read the token `seen`, is the one that renews it now: not when somebody
    else has meanwhile."""
    Account.objects.get_or_create(pk=app_id)
    free = Q(refresh_until__isnull=True) | Q(refresh_until__lte=now)
    rows = Account.objects.filter(free, pk=app_id, token=seen)
    return rows.update(refresh_owner=owner, refresh_until=now + REFRESH_LEASE) == 1


def claim_force(app_id: str, *, owner: str, now: datetime) -> bool:
    """Whether the renewing `owner` may ask for a forced one: the platform counts them."""
    free = Q(forced_at__isnull=True) | Q(forced_at__lte=now - FORCED_PAUSE)
    rows = Account.objects.filter(free, pk=app_id, refresh_owner=owner)
    return rows.update(forced_at=now) == 1


def store_token(app_id: str, token: str, *, until: datetime, owner: str) -> None:
    """Puts the new token in place and ends the renewal."""
    rows = Account.objects.filter(pk=app_id, refresh_owner=owner)
    rows.update(token=token, token_until=until, refresh_owner="", refresh_until=None)


def end_refresh(app_id: str, *, owner: str) -> None:
    """The renewal failed: the next may try."""
    rows = Account.objects.filter(pk=app_id, refresh_owner=owner)
    rows.update(refresh_owner="", refresh_until=None)


def pause(app_id: str, *, until: datetime, code: str) -> None:
    """Nothing is pushed until then, by any process; written down for those who watch."""
    with transaction.atomic():
        Account.objects.update_or_create(
            pk=app_id, defaults={"paused_until": until, "pause_code": code}
        )
        record(
            actor=None,
            action="wechat.paused",
            target=f"wechat:{app_id}",
            details={"code": code, "until": until.isoformat()},
        )


def deny(app_id: str, *, now: datetime) -> None:
    """The platform said that the account has no right to customer messages."""
    with transaction.atomic():
        Account.objects.update_or_create(pk=app_id, defaults={"denied_at": now})
        record(actor=None, action="wechat.denied", target=f"wechat:{app_id}", details={})


def first_use(signature: str, digest: str, *, now: datetime) -> None:
    """Notes that `signature` signed the body `digest`. Raises BadRequest for another body."""
    SeenCall.objects.filter(seen_at__lt=now - timedelta(seconds=2 * TOLERANCE)).delete()
    seen, _ = SeenCall.objects.get_or_create(
        pk=signature, defaults={"digest": digest, "seen_at": now}
    )
    if seen.digest != digest:
        raise BadRequest("replayed_signature", "这个签名已经用过了。", 401)
