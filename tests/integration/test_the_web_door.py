"""What a hostile or clumsy client gets from the web process: a clear answer, never a 500."""

import socket

import httpx
import pytest

pytestmark = pytest.mark.stack


def raw(product, request: bytes) -> bytes:
    """The first answer to exactly these bytes."""
    host, port = product.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(request)
        return connection.recv(4096)


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../secret_key",
        "/static/%2e%2e/%2e%2e/secret_key",
        "/static//etc/passwd",
        "/static/nothing.css",
        "/static/%00",
        "/policies/..%2f..%2fsecret_key",
    ],
)
def test_no_path_leads_out_of_the_static_files(product, path):
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    status = raw(product, request.encode()).split(b" ", 2)[1]
    assert status in (b"400", b"404"), status


def test_a_strange_host_is_refused_in_the_door_s_own_words(product):
    answer = httpx.post(
        f"{product.url}/api/chat/sessions", headers={"Host": "evil.example"}, trust_env=False
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


def test_garbage_on_the_wire_is_a_400(product):
    assert raw(product, b"\x16\x03\x01\x02\x00garbage\r\n\r\n").startswith(b"HTTP/1.1 400")


def test_the_pages_answer_head_too(product):
    assert httpx.head(f"{product.url}/", trust_env=False).status_code == 200


def test_health_and_metrics_say_how_it_stands(product):
    ready = httpx.get(f"{product.url}/readyz", trust_env=False).json()
    assert ready["status"] == "ok"
    assert set(ready["checks"]) == {"database", "index", "rasa", "actions", "worker"}
    assert set(ready["checks"].values()) == {"ok"}
    assert httpx.get(f"{product.url}/healthz", trust_env=False).json() == {"status": "ok"}
    metrics = httpx.get(f"{product.url}/metrics", trust_env=False)
    assert metrics.headers["content-type"].startswith("text/plain")
    for name in ("messages_in_total", "turns_total", "replies_out_total", "turn_failures_total"):
        assert f"# TYPE peipao_{name.removesuffix('_total')}" in metrics.text
    assert "peipao_messages_unanswered 0.0" in metrics.text
