"""Partners and their tokens: made, rotated, revoked, checked at every call."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Count, F, Prefetch, QuerySet

from desk.accounts.models import Role, StaffMember
from desk.audit.services import record
from desk.errors import NotPermitted
from desk.partners.errors import (
    InvalidPartner,
    PartnerNotFound,
    ScopeMissing,
    TokenInvalid,
    TokenNotFound,
    TooManyCalls,
)
from desk.partners.models import Partner, PartnerMinute, PartnerToken, Scope
from knowledge_base.text import clean

PREFIX = "peipao_"
HINT = 12
# How long a rotated token goes on, so that the partner can change over without a gap.
OVERLAP = timedelta(days=1)
_CODE = re.compile(r"[a-z][a-z0-9-]{1,31}")
_MINUTE = timedelta(minutes=1)
_KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token as it is shown once."""

    token: str
    partner: Partner
    stored: PartnerToken


@dataclass(frozen=True, slots=True)
class Caller:
    """A partner that showed a good token."""

    partner: Partner
    scopes: frozenset[str]

    def require(self, scope: Scope) -> None:
        """Raises ScopeMissing unless the token has `scope`."""
        if scope.value not in self.scopes:
            raise ScopeMissing


@dataclass(frozen=True, slots=True)
class PartnerCard:
    """A partner as its page shows it: with the tokens that are good, and how much it handed in."""

    partner: Partner
    tokens: tuple[PartnerToken, ...]
    tickets: int


def partners(*, now: datetime) -> list[PartnerCard]:
    """All partners by code."""
    good = PartnerToken.objects.filter(revoked_at=None).exclude(expires_at__lte=now)
    rows = Partner.objects.annotate(handed_in=Count("tickets", distinct=True))
    found = rows.prefetch_related(Prefetch("tokens", good.select_related("created_by")))
    return [PartnerCard(each, tuple(each.tokens.all()), each.handed_in) for each in found]


def register(code: str, name: str, *, staff: StaffMember | None, now: datetime) -> Partner:
    """A new partner; without `staff` the command line made it.

    Raises InvalidPartner, NotPermitted.
    """
    _check(staff)
    name = clean(name)
    if not _CODE.fullmatch(code):
        raise InvalidPartner("代码以小写字母开头，只含小写字母、数字和 -，2到32个字符。")
    if not name or len(name) > 64:
        raise InvalidPartner("请写明伙伴的名称，不超过64个字。")
    if Partner.objects.filter(code=code).exists() or Partner.objects.filter(name=name).exists():
        raise InvalidPartner("已经有这个代码或名称的伙伴了。")
    with transaction.atomic():
        partner = Partner.objects.create(code=code, name=name, created_at=now)
        _record("partner.created", partner, staff, name=name)
        return partner


def make_token(
    code: str,
    *,
    scopes: frozenset[str] | None,
    staff: StaffMember | None,
    now: datetime,
    rotate: bool = False,
) -> NewToken:
    """A new token of the partner; with `rotate` the earlier ones end after OVERLAP.

    Without `scopes` it may do what the partner's good tokens may. Raises PartnerNotFound,
    InvalidPartner, TokenNotFound, NotPermitted.
    """
    _check(staff)
    if scopes is not None and (not scopes or not scopes <= set(Scope.values)):
        raise InvalidPartner(f"权限只能是：{'、'.join(Scope.values)}。")
    token = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        partner = _locked(code)
        if scopes is None:
            scopes = frozenset(name for each in _valid(partner, now) for name in each.scopes)
            if not scopes:
                raise TokenNotFound
        if rotate:
            _valid(partner, now).update(expires_at=now + OVERLAP)
        stored = PartnerToken.objects.create(
            partner=partner,
            digest=digest_of(token),
            hint=token[:HINT],
            scopes=sorted(scopes),
            created_at=now,
            created_by=staff,
        )
        _record(
            "partner.token_made",
            partner,
            staff,
            hint=stored.hint,
            scopes=stored.scopes,
            rotated=rotate,
        )
    return NewToken(token, partner, stored)


def revoke(code: str, *, hint: str, staff: StaffMember | None, now: datetime) -> int:
    """Ends the good tokens that begin with `hint` at once (empty: all); how many.

    Raises PartnerNotFound, TokenNotFound, NotPermitted.
    """
    _check(staff)
    with transaction.atomic():
        partner = _locked(code)
        ended = _valid(partner, now).filter(hint__startswith=hint[:HINT]).update(revoked_at=now)
        if not ended:
            raise TokenNotFound
        _record("partner.token_revoked", partner, staff, hint=hint[:HINT], count=ended)
        return ended


def switch(code: str, *, active: bool, staff: StaffMember | None, now: datetime) -> Partner:
    """Whether any token of the partner is taken. Raises PartnerNotFound, NotPermitted."""
    _check(staff)
    with transaction.atomic():
        partner = _locked(code)
        if partner.active != active:
            partner.active = active
            partner.save()
            action = "partner.switched_on" if active else "partner.switched_off"
            _record(action, partner, staff)
        return partner


def caller_of(token: str, *, now: datetime) -> Caller:
    """Who calls with this token; the call is counted. Raises TokenInvalid, TooManyCalls."""
    rows = PartnerToken.objects.select_related("partner")
    found = rows.filter(digest=digest_of(token), revoked_at=None, partner__active=True).first()
    if found is None or (found.expires_at is not None and found.expires_at <= now):
        raise TokenInvalid
    _count(found.partner, now)
    if found.used_at is None or now - found.used_at >= _MINUTE:
        PartnerToken.objects.filter(pk=found.pk).update(used_at=now)
    return Caller(found.partner, frozenset(found.scopes))


def digest_of(token: str) -> str:
    """What is stored of a token: 256 random bits need no salt."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _count(partner: Partner, now: datetime) -> None:
    """Raises TooManyCalls; counted by the database, since several processes answer."""
    minute = now.replace(second=0, microsecond=0)
    with transaction.atomic():
        row, new = PartnerMinute.objects.get_or_create(partner=partner, minute=minute)
        PartnerMinute.objects.filter(pk=row.pk).update(count=F("count") + 1)
        row.refresh_from_db()
        if new:
            PartnerMinute.objects.filter(minute__lt=minute - _KEPT).delete()
    if row.count > partner.per_minute:
        raise TooManyCalls(max(1, 60 - now.second))


def _valid(partner: Partner, now: datetime) -> QuerySet[PartnerToken]:
    rows = partner.tokens.filter(revoked_at=None)
    return rows.exclude(expires_at__lte=now)


def _locked(code: str) -> Partner:
    found = Partner.objects.select_for_update().filter(code=code).first()
    if found is None:
        raise PartnerNotFound
    return found


def _check(staff: StaffMember | None) -> None:
    if staff is not None and not (staff.is_active and staff.role == Role.ADMINISTRATOR):
        raise NotPermitted("接口伙伴由管理员维护。")


def _record(action: str, partner: Partner, staff: StaffMember | None, **details: object) -> None:
    record(actor=staff, action=action, target=f"partner:{partner.code}", details=details)
