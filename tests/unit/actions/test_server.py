"""The action server as its own process: alive at once, ready only with an index, gone when told."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 60
STOP_SECONDS = 4


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`python -m actions` on an empty data folder, and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "peipao.settings",
        "DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "SECRET_KEY": "only for this test",
        "ACTIONS_PORT": str(port),
    }
    process = subprocess.Popen([sys.executable, "-m", "actions"], cwd=ROOT, env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert process.poll() is None, "the action server ended while starting"
            try:
                httpx.get(f"{address}/health", trust_env=False).raise_for_status()
            except httpx.HTTPError:
                time.sleep(0.2)
            else:
                break
        yield process, address
    finally:
        process.kill()
        process.wait()


def test_it_is_alive_but_not_ready_without_an_index(
    server: tuple[subprocess.Popen[bytes], str],
) -> None:
    _, address = server
    assert httpx.get(f"{address}/health", trust_env=False).json() == {"status": "ok"}
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        answer = httpx.get(f"{address}/ready", trust_env=False)
        if answer.json()["reason"] != "loading":
            break
        time.sleep(0.2)
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert answer.json() == {"status": "not_ready", "reason": "index_missing"}


def test_it_serves_the_actions_of_the_domain(server: tuple[subprocess.Popen[bytes], str]) -> None:
    _, address = server
    names = {action["name"] for action in httpx.get(f"{address}/actions", trust_env=False).json()}
    assert {"action_answer_policy", "validate_ticket_form", "action_ask_human"} <= names


def test_it_ends_soon_when_told(server: tuple[subprocess.Popen[bytes], str]) -> None:
    process, _ = server
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(10)
    assert time.monotonic() - started < STOP_SECONDS
