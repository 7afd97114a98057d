"""Who speaks for which firm: by a code from staff, or one sent to the firm's registered mobile."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from desk.accounts.models import Role, StaffMember
from desk.audit.services import record
from desk.conversations.models import Contact
from desk.enterprises.models import (
    BindingCode,
    BindingTry,
    BindingWay,
    Enterprise,
    EnterpriseContact,
)
from desk.errors import DeskError, NotPermitted

CONSENT = "2026-11-28"
"""The version of what people agree to (channels/wechat/binding.py); it changes with the text."""
STAFF_DIGITS, PHONE_DIGITS = 8, 6
STAFF_CODE_AGE, PHONE_CODE_AGE = timedelta(days=3), timedelta(minutes=10)
MOST_TRIES = 5
TRIES_WITHIN = timedelta(hours=1)
# These meet the firm in person or on the telephone and know whom they give a code to.
ISSUERS = frozenset(Role)


class WrongCode(DeskError):
    """No such code, or one that was used, has run out, or belongs to another person."""

    code = "binding_code_wrong"
    status = 422
    message = "这个绑定码不对或已过期。请核对后再发，或向工作人员要一个新的。"


class TooManyTries(DeskError):
    code = "binding_too_many_tries"
    status = 429
    message = "试的次数太多了，请一小时后再试，或者说“转人工”。"


class NotBound(DeskError):
    code = "not_bound"
    status = 409
    message = "您还没有绑定企业。"


@dataclass(frozen=True, slots=True)
class PhoneCode:
    """A code to be sent to `phone`, by whoever can."""

    phone: str
    code: str


def issue_staff_code(enterprise: Enterprise, *, staff: StaffMember, now: datetime) -> str:
    """A code that binds the first who says it to `enterprise`. Raises NotPermitted."""
    if not staff.is_active or staff.role not in ISSUERS:
        raise NotPermitted
    code = _new_code(STAFF_DIGITS)
    with transaction.atomic():
        BindingCode.objects.create(
            enterprise=enterprise,
            digest=_digest(code),
            way=BindingWay.STAFF_CODE,
            issued_by=staff,
            issued_at=now,
            expires_at=now + STAFF_CODE_AGE,
        )
        record(
            actor=staff,
            action="binding_code.issued",
            target=f"enterprise:{enterprise.credit_code}",
            details={},
        )
    return code


def request_phone_code(
    contact: Contact, *, credit_code: str, phone: str, now: datetime
) -> PhoneCode | None:
    """A code for the firm's registered mobile; None, and nobody is told, when `phone` is not it.

    Raises TooManyTries.
    """
    _count_try(contact, now)
    found = Enterprise.objects.filter(
        credit_code=credit_code.upper(), registered_phone__phone=phone
    ).first()
    if found is None:
        return None
    code = _new_code(PHONE_DIGITS)
    with transaction.atomic():
        # The newest alone counts.
        contact.binding_codes.filter(used_at__isnull=True).delete()
        BindingCode.objects.create(
            enterprise=found,
            digest=_digest(code, contact),
            way=BindingWay.PHONE_CODE,
            contact=contact,
            issued_at=now,
            expires_at=now + PHONE_CODE_AGE,
        )
    return PhoneCode(phone, code)


def bind(contact: Contact, *, code: str, now: datetime) -> EnterpriseContact:
    """`contact` speaks for the code's firm from now. The same person's used code again gives the
    same. Raises WrongCode, TooManyTries."""
    digests = [_digest(code), _digest(code, contact)]
    used = BindingCode.objects.filter(digest__in=digests, contact=contact, used_at__isnull=False)
    if again := used.first():
        standing = again.enterprise.contacts.filter(contact=contact, ended_at__isnull=True).first()
        if standing:
            return standing
    _count_try(contact, now)
    with transaction.atomic():
        rows = BindingCode.objects.select_for_update().filter(digest__in=digests)
        found = rows.filter(used_at__isnull=True, expires_at__gt=now).first()
        if found is None or (found.contact_id is not None and found.contact_id != contact.pk):
            raise WrongCode
        found.used_at, found.contact = now, contact
        found.save(update_fields=["used_at", "contact"])
        made, _ = EnterpriseContact.objects.get_or_create(
            enterprise=found.enterprise,
            contact=contact,
            ended_at=None,
            defaults={"way": found.way, "consent": CONSENT, "bound_at": now},
        )
        if made.consent != CONSENT:
            # Bound before, under an older text; now they agreed to today's.
            made.consent = CONSENT
            made.save(update_fields=["consent"])
        record(
            actor=found.issued_by,
            action="enterprise_contact.bound",
            target=f"enterprise:{found.enterprise.credit_code}",
            details={"contact": contact.pk, "way": found.way, "consent": CONSENT},
        )
    return made


def unbind(contact: Contact, *, now: datetime) -> list[str]:
    """`contact` speaks for no firm any more; the names of those it did. Raises NotBound."""
    with transaction.atomic():
        standing = list(
            EnterpriseContact.objects.select_for_update(of=("self",))
            .filter(contact=contact, ended_at__isnull=True)
            .select_related("enterprise")
        )
        if not standing:
            raise NotBound
        for row in standing:
            row.ended_at = now
            row.save(update_fields=["ended_at"])
            record(
                actor=None,
                action="enterprise_contact.unbound",
                target=f"enterprise:{row.enterprise.credit_code}",
                details={"contact": contact.pk},
            )
    return [row.enterprise.name for row in standing]


def enterprises_of(conversation_id: UUID) -> list[Enterprise]:
    """The firms that the person of this conversation speaks for, the newest binding first.

    Only where they agreed to today's text: an older one did not say what this is used for.
    """
    rows = EnterpriseContact.objects.filter(
        contact__identities__conversation=conversation_id,
        ended_at__isnull=True,
        consent__gte=CONSENT,
    )
    return [row.enterprise for row in rows.select_related("enterprise").order_by("-bound_at")]


def _count_try(contact: Contact, now: datetime) -> None:
    with transaction.atomic():
        # One after the other, or a hundred at once would all see none before them.
        Contact.objects.select_for_update().get(pk=contact.pk)
        tries = BindingTry.objects.filter(contact=contact)
        tries.filter(tried_at__lt=now - TRIES_WITHIN).delete()
        if tries.count() >= MOST_TRIES:
            raise TooManyTries
        BindingTry.objects.create(contact=contact, tried_at=now)


def _new_code(digits: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(digits))


def _digest(code: str, contact: Contact | None = None) -> str:
    """What is kept of a code. A phone code's holds its person: short codes of two may be equal."""
    text = code if contact is None else f"{contact.pk}:{code}"
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
