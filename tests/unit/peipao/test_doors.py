"""The doors' own way into Django: no signals, no threads, and a platform that hangs up is heard."""

import asyncio
import logging
import threading
from typing import Any

import httpx
import pytest
from django.core.signals import request_started
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from peipao.asgi import LARGEST_BODY, application
from peipao.security import POLICY

gone = asyncio.Event()


async def fails(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a fault of ours")


async def waits(request: HttpRequest) -> HttpResponse:
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        gone.set()
        raise
    return HttpResponse()


async def echo(request: HttpRequest, word: str) -> HttpResponse:
    return HttpResponse(f"{word}: {request.body.decode()} {request.GET['a']}")


urlpatterns = [
    path("webhooks/fails", fails),
    path("webhooks/waits", waits),
    path("webhooks/<str:word>/echo", echo),
]
ours = override_settings(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["city.example"])


def client() -> httpx.AsyncClient:
    # httpx writes ASGI's types otherwise than Starlette does.
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://city.example")


@ours
async def test_a_request_reaches_its_view_without_signals_and_threads() -> None:
    heard: list[Any] = []
    request_started.connect(heard.append)
    before = threading.active_count()
    try:
        async with client() as http:
            answer = await http.post("/webhooks/巴中/echo?a=1", content="你好".encode())
    finally:
        request_started.disconnect(heard.append)

    assert (answer.status_code, answer.text) == (200, "巴中: 你好 1")
    assert answer.headers["Content-Length"] == str(len(answer.content))
    assert "Content-Security-Policy" in answer.headers
    assert heard == []
    assert threading.active_count() == before


@ours
async def test_a_fault_of_ours_is_a_500_that_tells_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        async with client() as http:
            answer = await http.post("/webhooks/fails")

    assert answer.status_code == 500
    assert "a fault of ours" not in answer.text
    assert "a fault of ours" in caplog.text


@ours
async def test_a_name_that_is_not_ours_is_refused() -> None:
    async with client() as http:
        answer = await http.post("/webhooks/a/echo?a=1", headers={"Host": "elsewhere.example"})

    assert answer.status_code == 400


@ours
async def test_a_view_hears_that_the_platform_hung_up() -> None:
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": "/webhooks/waits",
        "query_string": b"", "headers": [(b"host", b"city.example")],
    }  # fmt: skip
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": b"", "more_body": False}]
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        await asyncio.sleep(0.05)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await asyncio.wait_for(application(scope, receive, send), 10)

    assert gone.is_set()
    assert sent == []


# --- More than anything we take ---

HUGE = {"content-length": str(LARGEST_BODY + 1), "referer": "http://city.example/console/policies/"}


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://city.example/console/policies/upload/?a=1", "/console/policies/upload/"),
        ("http://elsewhere.example/trap", "/"),
        ("http://city.example//elsewhere.example", "/"),
        ("http://[", "/"),
        ('http://city.example/"><b>', "/&quot;&gt;&lt;b&gt;"),
    ],
)
async def test_a_file_too_large_is_refused_with_a_page_and_a_way_back(
    referer: str, back: str
) -> None:
    asked = HUGE | {"accept": "text/html,*/*;q=0.8", "referer": referer}
    async with client() as caller:
        answer = await caller.post("/console/policies/upload/", headers=asked)

    assert (answer.status_code, "内容太大了，每个文件不超过10MB。" in answer.text) == (413, True)
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"] == POLICY
    assert f'<a href="{back}">返回重新上传</a>' in answer.text


async def test_a_program_hears_that_the_body_is_too_large_as_json_and_htmx_as_a_line() -> None:
    async with client() as caller:
        answer = await caller.post("/api/chat/files", headers=HUGE)
        line = await caller.post("/console/", headers=HUGE | {"HX-Request": "true"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")
    assert (line.status_code, line.text[:17]) == (413, '<div id="notice">')
