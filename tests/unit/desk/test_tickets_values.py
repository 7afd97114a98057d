"""Telephone numbers as people write them, and as logs may show them."""

import pytest

from desk.tickets.numbers import read_number
from desk.tickets.values import masked_name, masked_phone, masked_text, read_phone

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


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("电话：13800138000，", "电话：138****8000，"),
        ("打我138 0013 8000吧", "打我138****8000吧"),
        ("+86 138-0013-8000", "138****8000"),
        ("138.00.13.8000".translate(WIDE), "138****8000"),
        ("8613800138000", "138****8000"),
        ("座机010-88886666转2", "座机0108*****66转2"),
        ("身份证330102199001011234", "身份证330102********1234"),
    ],
)
def test_a_number_is_masked_however_a_sentence_writes_it(said: str, shown: str) -> None:
    assert masked_text(said) == shown


@pytest.mark.parametrize(
    "said",
    [
        "工单BZ2611230001",
        "财政部公告2023年第12号",
        "91330100MA2H12345X",
        "2026.11.23 10:30",
        "¥13800138",
    ],
)
def test_other_figures_are_left_as_they_are(said: str) -> None:
    assert masked_text(said) == said


def test_a_ticket_number_is_read_however_it_is_typed() -> None:
    assert read_number(" bz2611 230001 ".translate(WIDE)) == "BZ2611230001"
