"""How firms enter the register."""

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from desk.accounts.models import StaffMember
from desk.audit import services as audit
from desk.enterprises.models import District, Enterprise, Scale
from desk.errors import DeskError


class InvalidEnterprise(DeskError):
    """A firm's data break a rule; the message says which."""

    code = "invalid_enterprise"
    status = 422
    message = "企业信息不完整或不正确。"


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


def register(card: EnterpriseCard) -> tuple[Enterprise, bool]:
    """The firm with the card's credit code and whether it is new; an existing one stays as it is.

    Raises InvalidEnterprise when the code's checksum, a choice or a name is wrong.
    """
    with transaction.atomic():
        existing = Enterprise.objects.filter(credit_code=card.credit_code).first()
        if existing is not None:
            return existing, False
        enterprise = Enterprise(
            name=card.name.strip(),
            credit_code=card.credit_code,
            industry=card.industry.strip(),
            district=card.district,
            scale=card.scale,
            registered_on=card.registered_on,
            sample=card.sample,
        )
        try:
            enterprise.full_clean()
        except ValidationError as error:
            raise InvalidEnterprise(" ".join(error.messages)) from error
        enterprise.save()
        audit.record(
            actor=None,
            action="enterprise.registered",
            target=f"enterprise:{enterprise.credit_code}",
            details={"sample": enterprise.sample},
        )
    return enterprise, True


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


def find(*, credit_code: str = "", name: str = "") -> Enterprise | None:
    """The firm with this credit code, else with exactly this name; None when there is none."""
    firms = Enterprise.objects.select_related("specialist__department")
    if credit_code:
        return firms.filter(credit_code=credit_code.upper()).first()
    return firms.filter(name=name).first() if name else None
