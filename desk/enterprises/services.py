"""The register of firms: how they enter it, change, are found, and who looks after them."""

import re
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet

from desk.accounts.models import Role, StaffMember
from desk.audit import services as audit
from desk.enterprises.models import District, Enterprise, RegisteredPhone, Scale
from desk.errors import DeskError, NotPermitted

# The register is the administrators'; who looks after whom the supervisors decide as well.
KEEPERS = frozenset({Role.ADMINISTRATOR})
ASSIGNERS = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
_MOBILE = re.compile(r"1[3-9]\d{9}")


class InvalidEnterprise(DeskError):
    """A firm's data break a rule; the message says which."""

    code = "invalid_enterprise"
    status = 422
    message = "企业信息不完整或不正确。"


class EnterpriseNotFound(DeskError):
    """No firm has this credit code."""

    code = "enterprise_not_found"
    status = 404
    message = "没有找到这家企业。"


@dataclass(frozen=True, slots=True)
class EnterpriseCard:
    """A firm's data as they come in."""

    name: str
    credit_code: str
    industry: str
    district: District
    scale: Scale
    registered_on: date
    sample: bool = False


def register(card: EnterpriseCard, *, actor: StaffMember | None = None) -> tuple[Enterprise, bool]:
    """The firm with the card's credit code and whether it is new; an existing one stays as it is.

    Without an `actor` it comes from a list of the city's. Raises NotPermitted, InvalidEnterprise
    when the code's checksum, a choice or a name is wrong.
    """
    if actor is not None:
        _check(actor, KEEPERS)
    with transaction.atomic():
        existing = Enterprise.objects.filter(credit_code=card.credit_code).first()
        if existing is not None:
            return existing, False
        enterprise = Enterprise(credit_code=card.credit_code, sample=card.sample)
        _fill(enterprise, card)
        enterprise.save()
        audit.record(
            actor=actor,
            action="enterprise.registered",
            target=f"enterprise:{enterprise.credit_code}",
            details={"sample": enterprise.sample},
        )
    return enterprise, True


def change(credit_code: str, card: EnterpriseCard, *, actor: StaffMember) -> Enterprise:
    """The firm's data are those of `card` from now on, its credit code aside: that is who it is.

    Raises EnterpriseNotFound, NotPermitted, InvalidEnterprise.
    """
    _check(actor, KEEPERS)
    with transaction.atomic():
        enterprise = _locked(credit_code)
        before = _facts(enterprise)
        _fill(enterprise, card)
        changed = sorted(
            name for name, value in _facts(enterprise).items() if before[name] != value
        )
        if changed:
            enterprise.save()
            audit.record(
                actor=actor,
                action="enterprise.changed",
                target=f"enterprise:{enterprise.credit_code}",
                details={"fields": changed},
            )
    return enterprise


def set_phone(credit_code: str, phone: str, *, actor: StaffMember) -> None:
    """Codes for the firm go to this mobile number from now on; empty: to none.

    Raises EnterpriseNotFound, NotPermitted, InvalidEnterprise.
    """
    _check(actor, KEEPERS)
    phone = "".join(phone.split())
    if phone and not _MOBILE.fullmatch(phone):
        raise InvalidEnterprise("登记手机要是11位手机号。")
    with transaction.atomic():
        enterprise = _locked(credit_code)
        if phone == phone_of(enterprise):
            return
        if phone:
            RegisteredPhone.objects.update_or_create(
                enterprise=enterprise, defaults={"phone": phone}
            )
        else:
            RegisteredPhone.objects.filter(enterprise=enterprise).delete()
        audit.record(
            actor=actor,
            action="enterprise.phone_set",
            target=f"enterprise:{enterprise.credit_code}",
            details={"given": bool(phone)},
        )


def phone_of(enterprise: Enterprise) -> str:
    """The firm's registered mobile number; empty: it has none."""
    rows = RegisteredPhone.objects.filter(enterprise=enterprise)
    return rows.values_list("phone", flat=True).first() or ""


def assign_specialist(credit_code: str, username: str, *, actor: StaffMember) -> Enterprise:
    """The specialist of this username looks after the firm from now on; empty: nobody does.

    Raises EnterpriseNotFound, NotPermitted, InvalidEnterprise.
    """
    _check(actor, ASSIGNERS)
    with transaction.atomic():
        enterprise = _locked(credit_code)
        specialist = specialists().filter(username=username).first() if username else None
        if username and specialist is None:
            raise InvalidEnterprise("请选择在岗的服务专员。")
        set_specialist(enterprise, specialist, actor=actor)
    return enterprise


def set_specialist(
    enterprise: Enterprise, specialist: StaffMember | None, *, actor: StaffMember | None = None
) -> None:
    """`specialist` looks after the firm from now on; None: nobody does."""
    with transaction.atomic():
        enterprise.specialist = specialist
        enterprise.save(update_fields=["specialist"])
        audit.record(
            actor=actor,
            action="enterprise.specialist_set",
            target=f"enterprise:{enterprise.credit_code}",
            details={"specialist": specialist.username if specialist else ""},
        )


def specialists() -> QuerySet[StaffMember]:
    """Who may look after firms."""
    people = StaffMember.objects.filter(role=Role.SPECIALIST, is_active=True)
    return people.select_related("department").order_by("department__code", "pk")


def find(*, credit_code: str = "", name: str = "") -> Enterprise | None:
    """The firm with this credit code, else with exactly this name; None when there is none."""
    firms = Enterprise.objects.select_related("specialist__department")
    if credit_code:
        return firms.filter(credit_code=credit_code.upper()).first()
    return firms.filter(name=name).first() if name else None


def enterprise_of(credit_code: str) -> Enterprise:
    """The firm with this credit code. Raises EnterpriseNotFound."""
    found = find(credit_code=credit_code) if credit_code else None
    if found is None:
        raise EnterpriseNotFound
    return found


def search(*, words: str = "", district: str = "", specialist: str = "") -> QuerySet[Enterprise]:
    """The firms that fit, by name; `words` stand in the name or are the credit code, `specialist`
    is a username. What is empty fits all."""
    firms = Enterprise.objects.select_related("specialist__department").order_by("name")
    if words:
        firms = firms.filter(Q(name__icontains=words) | Q(credit_code=words.upper()))
    if district:
        firms = firms.filter(district=district)
    if specialist:
        firms = firms.filter(specialist__username=specialist)
    return firms


def _fill(enterprise: Enterprise, card: EnterpriseCard) -> None:
    enterprise.name, enterprise.industry = card.name.strip(), card.industry.strip()
    enterprise.district, enterprise.scale = card.district, card.scale
    enterprise.registered_on = card.registered_on
    try:
        enterprise.full_clean()
    except ValidationError as error:
        raise InvalidEnterprise(" ".join(error.messages)) from error


def _facts(enterprise: Enterprise) -> dict[str, object]:
    names = ("name", "industry", "district", "scale", "registered_on")
    return {name: getattr(enterprise, name) for name in names}


def _locked(credit_code: str) -> Enterprise:
    found = Enterprise.objects.select_for_update(of=("self",)).filter(credit_code=credit_code)
    enterprise = found.first()
    if enterprise is None:
        raise EnterpriseNotFound
    return enterprise


def _check(actor: StaffMember, roles: frozenset[Role]) -> None:
    if not (actor.is_active and actor.role in roles):
        raise NotPermitted
