"""Days and numbers in addresses and forms may be anything; none of them breaks a page."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from desk.accounts.models import Role
from desk.console.reading import read_day, whole
from tests.unit.desk.makers import StaffMaker
from tests.unit.desk.pages import signed_in

DAYS = ["0001-01-01", "1899-12-31", "9999-12-31", "2026-02-30", "heute", "９９９９-12-31", ""]


@pytest.fixture
def client(make_staff: StaffMaker) -> Client:
    return signed_in(make_staff(Role.ADMINISTRATOR, name="管理员甲"))


@pytest.mark.parametrize("text", DAYS)
def test_what_is_no_day_is_none(text: str) -> None:
    assert read_day(text) is None


def test_a_day_is_one() -> None:
    assert read_day("2026-11-28") == date(2026, 11, 28)


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "9" * 5000, "１２３４５６７"])
def test_what_is_no_small_number_is_none(text: str) -> None:
    assert whole(text) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize(
    ("page", "name"),
    [("audit", "first"), ("audit", "last"), ("queue", "since"), ("queue", "until")],
)
def test_no_day_breaks_a_list(client: Client, page: str, name: str, day: str) -> None:
    assert client.get(reverse(f"console:{page}"), {name: day}).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("day", DAYS)
def test_no_day_breaks_an_export(client: Client, day: str) -> None:
    address = reverse("console:export", args=["csv"])
    assert client.post(f"{address}?since={day}&until={day}").status_code == 200
