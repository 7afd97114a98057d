"""Telephone numbers as people write them, and as logs may show them."""

import pytest

from desk.tickets.numbers import read_number
from desk.tickets.values import masked_name, masked_phone, read_phone

# Full-width digits, as Chinese input methods give them.
WIDE = str.maketrans({digit: chr(ord(digit) + 0xFEE0) for digit in "0123456789"})


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("13800138000", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("13800138000".translate(WIDE), "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("0827-5261234", "08275261234"),
        ("（0827）5261234", "08275261234"),
    ],
)
def test_a_number_is_read_however_it_is_written(written: str, read: str) -> None:
    assert read_phone(written) == read


@pytest.mark.parametrize("written", ["", "1380013800", "23800138000", "打我手机", "12345", "0827"])
def test_what_cannot_be_called_is_no_number(written: str) -> None:
    assert read_phone(written) is None


def test_masks_leave_enough_to_recognise_and_no_more() -> None:
    assert masked_phone("13800138000") == "138****8000"
    assert masked_phone("08275261234") == "0827*****34"
    assert masked_phone("") == ""
    assert masked_name("张三丰") == "张**"


def test_a_ticket_number_is_read_however_it_is_typed() -> None:
    assert read_number(" bz2611 230001 ".translate(WIDE)) == "BZ2611230001"
