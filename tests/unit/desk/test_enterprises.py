"""Firms enter the register whole and right, or not at all."""

from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from desk.enterprises import demo, services
from desk.enterprises.models import District, Enterprise
from knowledge_base.text import valid_credit_code

pytestmark = pytest.mark.django_db


def test_demo_enterprises_are_twelve_however_often_made() -> None:
    for _ in range(2):
        call_command("demo_enterprises", stdout=StringIO())

    firms = Enterprise.objects.all()
    assert len(firms) == 12
    assert {firm.district for firm in firms} == set(District.values)
    assert all(firm.sample for firm in firms)


def test_demo_credit_codes_are_valid_but_belong_to_no_registry() -> None:
    for card in demo.cards():
        assert valid_credit_code(card.credit_code)
        assert card.credit_code.startswith("91999999DEM0")


def test_a_wrong_checksum_is_refused() -> None:
    card = replace(demo.cards()[0], credit_code="91999999DEM000014H")

    with pytest.raises(services.InvalidEnterprise, match="统一社会信用代码"):
        services.register(card)


@pytest.mark.parametrize(
    "wrong",
    [
        {"credit_code": "91999999dem000014g"},
        {"credit_code": "9199"},
        {"district": "beijing"},
        {"scale": "huge"},
        {"name": ""},
    ],
)
def test_a_wrong_firm_cannot_be_stored_past_the_service(wrong: dict[str, Any]) -> None:
    services.register(demo.cards()[0])

    with pytest.raises(IntegrityError), transaction.atomic():
        Enterprise.objects.update(**wrong)
