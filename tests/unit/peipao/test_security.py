"""What every answer tells the browser."""

import re
from pathlib import Path

import pytest
from django.test import AsyncClient, Client, override_settings

from peipao.security import POLICY

BASE = Path(__file__).resolve().parents[3]
TEMPLATES = [
    file
    for room in ("desk", "channels", "peipao")
    for file in (BASE / room).rglob("templates/**/*.html")
]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/console/login/", "/policies/", "/nothing", "/metrics"])
def test_pages_may_load_and_send_nothing_elsewhere(address: str) -> None:
    answer = Client().get(address)

    assert answer["Content-Security-Policy"] == POLICY
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]


async def test_asynchronous_answers_have_the_headers_too() -> None:
    answer = await AsyncClient().post("/api/chat/sessions")

    assert answer["Content-Security-Policy"] == POLICY


def test_the_policy_lets_no_inline_script_or_style_through() -> None:
    assert "unsafe" not in POLICY
    assert "*" not in POLICY


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_no_page_holds_what_the_policy_would_stop(file: Path) -> None:
    text = file.read_text(encoding="utf-8")

    assert not re.findall(r"\son\w+=|\sstyle=|<style|hx-on|javascript:", text)
    for attributes in re.findall(r"<script([^>]*)>", text):
        assert "src=" in attributes or 'type="application/json"' in attributes


@pytest.mark.django_db
def test_cookies_of_staff_are_out_of_reach_of_scripts_and_other_sites(client: Client) -> None:
    client.get("/console/login/")

    cookie = client.cookies["csrftoken"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.django_db
@override_settings(
    SECURE_HSTS_SECONDS=60, SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")
)
def test_behind_tls_browsers_are_told_to_stay_there(client: Client) -> None:
    answer = client.get("/console/login/", headers={"X-Forwarded-Proto": "https"})

    assert answer["Strict-Transport-Security"] == "max-age=60"


async def test_a_platform_s_request_meets_its_door_and_nothing_that_pages_need() -> None:
    answer = await AsyncClient().post("/webhooks/wechat", "<xml/>", content_type="text/xml")

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "channel_off"
    assert answer["Content-Security-Policy"] == POLICY
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Length"] == str(len(answer.content))
    assert "X-Frame-Options" not in answer  # of the middleware that was passed over


async def test_a_door_that_is_none_is_not_found() -> None:
    answer = await AsyncClient().post("/webhooks/nobody")

    assert answer.status_code == 404


async def test_a_platform_must_use_a_name_of_ours() -> None:
    answer = await AsyncClient().post("/webhooks/wechat", headers={"Host": "elsewhere.example"})

    assert answer.status_code == 400
