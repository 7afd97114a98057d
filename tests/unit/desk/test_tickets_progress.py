"""The private progress page: number and code, nothing personal, tries counted."""

import re
from datetime import datetime
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from desk.accounts.models import StaffMember
from desk.tickets import progress, services
from desk.tickets.errors import TooManyTries, WrongCode
from desk.tickets.models import ProgressTry, Ticket
from desk.tickets.values import State
from tests.unit.desk.lives import Lives
from tests.unit.desk.makers import RequestMaker
from tests.unit.desk.pages import text_of

pytestmark = pytest.mark.django_db
PAGE = reverse("tickets:progress")


def wrong_code(ticket: Ticket) -> str:
    return "00000000" if ticket.progress_code != "00000000" else "11111111"


def asked(ticket: Ticket, **more: str) -> dict[str, str]:
    return {"number": ticket.number, "code": ticket.progress_code, "key": str(uuid4()), **more}


def test_number_and_code_show_how_far_it_is_and_nothing_personal(
    ticket: Ticket, handler: StaffMember, client: Client, now: datetime
) -> None:
    services.transition(ticket.pk, "start", actor=handler, now=now)
    services.transition(ticket.pk, "interim", actor=handler, now=now, note="已联系张三 13800138000")

    html = text_of(client.post(PAGE, asked(ticket)))

    for part in (ticket.number, "办理中", "市场监管局", "2026年12月14日 17:00", "阶段答复"):
        assert part in html
    for secret in ("张", "138", "乱收费", "李军", handler.username):
        assert secret not in html
    assert "no-store" in client.post(PAGE, asked(ticket))["Cache-Control"]


def test_the_code_is_eight_digits_and_differs_from_ticket_to_ticket(
    ticket: Ticket, request_of: RequestMaker, now: datetime
) -> None:
    codes = {
        services.open_ticket(request_of(None, key=f"k{place}"), now=now).progress_code
        for place in range(20)
    }
    assert all(re.fullmatch(r"\d{8}", code) for code in codes)
    assert len(codes) > 15


def test_number_and_code_are_read_however_they_are_typed(ticket: Ticket, now: datetime) -> None:
    wide = str.maketrans({digit: chr(ord(digit) + 0xFEE0) for digit in "0123456789"})
    number = f" {ticket.number.lower()} ".translate(wide)
    code = f"{ticket.progress_code[:4]} {ticket.progress_code[4:]}".translate(wide)

    assert progress.look_up(number, code, address="1.2.3.4", now=now) == ticket


@pytest.mark.parametrize("code", ["", "x", "0" * 5000, "' OR 1=1", "\x00", "√"])
def test_a_wrong_code_and_an_unknown_number_are_told_alike(
    code: str, ticket: Ticket, client: Client
) -> None:
    known = text_of(client.post(PAGE, {"number": ticket.number, "code": code}), status=404)
    unknown = text_of(client.post(PAGE, {"number": "BZ0000000000", "code": code}), status=404)

    assert "编号或查询码不正确" in known
    assert "办理中" not in known + unknown


def test_who_guesses_at_a_number_locks_nobody_but_themselves_out(
    ticket: Ticket, now: datetime
) -> None:
    wrong = wrong_code(ticket)
    for _ in range(progress.MOST_TOGETHER):
        with pytest.raises(WrongCode):
            progress.look_up(ticket.number, wrong, address="6.6.6.6", now=now)
    with pytest.raises(TooManyTries):
        progress.look_up(ticket.number, ticket.progress_code, address="6.6.6.6", now=now)
    assert progress.look_up(ticket.number, ticket.progress_code, address="9.9.9.9", now=now)


def test_guessing_from_many_addresses_is_stopped_for_the_number_and_then_for_an_address(
    ticket: Ticket, now: datetime
) -> None:
    wrong = wrong_code(ticket)
    for place in range(progress.MOST_PER_NUMBER):
        with pytest.raises(WrongCode):
            progress.look_up(ticket.number, wrong, address=f"1.1.{place // 250}.{place}", now=now)
    with pytest.raises(TooManyTries):
        progress.look_up(ticket.number, ticket.progress_code, address="9.9.9.9", now=now)
    assert progress.look_up(
        ticket.number, ticket.progress_code, address="9.9.9.9", now=now + progress.WINDOW
    )

    for place in range(progress.MOST_PER_ADDRESS):
        with pytest.raises(WrongCode):
            progress.look_up(f"BZ{place:010d}", wrong, address="6.6.6.6", now=now)
    with pytest.raises(TooManyTries):
        progress.look_up("BZ9999999999", wrong, address="6.6.6.6", now=now)
    later = now + 5 * progress.WINDOW
    with pytest.raises(WrongCode):
        progress.look_up("BZ1", wrong, address="6.6.6.6", now=later)
    # What is long past is not kept.
    assert set(ProgressTry.objects.values_list("who", flat=True)) == {
        "both:BZ1:6.6.6.6",
        "address:6.6.6.6",
        "number:BZ1",
    }


def test_behind_the_proxy_the_address_is_what_the_proxy_saw(
    ticket: Ticket, client: Client, settings: Settings
) -> None:
    form = {"number": "BZ0000000000", "code": "1"}
    client.post(PAGE, form, headers={"X-Forwarded-For": "6.6.6.6"})
    settings.BEHIND_TLS = True
    client.post(PAGE, form, headers={"X-Forwarded-For": "7.7.7.7, 8.8.8.8"})

    counted = set(ProgressTry.objects.values_list("who", flat=True))
    assert {each for each in counted if each.startswith("address:")} == {
        "address:127.0.0.1",
        "address:8.8.8.8",
    }


def test_the_person_confirms_rates_urges_adds_and_withdraws_there(
    ticket: Ticket, lives: Lives, client: Client
) -> None:
    assert "已催办" in text_of(client.post(PAGE, asked(ticket, wanted="urge")))
    added = client.post(PAGE, asked(ticket, wanted="add", words="还有一张发票"))
    assert "转给经办人" in text_of(added)
    lives.bring(ticket, State.CLOSED)
    form = asked(ticket, wanted="rate", rating="4", words="可以")
    for _ in range(2):
        assert "谢谢您的评价" in text_of(client.post(PAGE, form))
    assert "谢谢您的确认" in text_of(client.post(PAGE, asked(ticket, wanted="solved")))

    ticket.refresh_from_db()
    assert (ticket.state, ticket.rating, ticket.urged) == (State.VISITED, 4, 1)
    assert ticket.events.filter(move="rate").count() == 1


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"wanted": "add", "words": " "}, 422, "写下要补充"),
        ({"wanted": "rate", "rating": "9"}, 409, "不能“评价”"),
        ({"wanted": "solved"}, 409, "不能“记录回访”"),
        ({"wanted": "burn"}, 422, "没有这个操作"),
        ({"wanted": "urge", "key": "x"}, 422, "过期"),
    ],
)
def test_what_cannot_be_done_now_says_why_and_shows_the_ticket(
    form: dict[str, str], status: int, said: str, ticket: Ticket, client: Client
) -> None:
    html = text_of(client.post(PAGE, asked(ticket) | form), status=status)

    assert said in html
    assert ticket.number in html
    ticket.refresh_from_db()
    assert (ticket.state, ticket.version) == (State.ASSIGNED, 1)


def test_withdrawn_there_it_is_withdrawn(ticket: Ticket, client: Client) -> None:
    assert "已撤回" in text_of(client.post(PAGE, asked(ticket, wanted="withdraw")))


def test_forms_of_other_sites_do_nothing(ticket: Ticket) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(PAGE, asked(ticket, wanted="withdraw")).status_code == 403
