"""The launcher's server, as its own process: what it opens, what it answers, how it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import CONVERSATION
from rasa.core.agent import Agent

from bot import paths

START_SECONDS = 90
# Two seconds by its own deadline (bot/server.py), and what a busy machine adds.
STOP_SECONDS = 8.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """`python -m bot serve` without an action server behind it."""

    def __init__(self) -> None:
        self.port = free_port()
        environment = {"RASA_PORT": str(self.port), "ACTIONS_PORT": str(free_port())}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"],
            cwd=paths.ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def call(self, path: str, body: bytes | None = None) -> tuple[int, Any]:
        url = f"http://127.0.0.1:{self.port}{path}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(urllib.request.Request(url, data=body), timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            read = error.read()
            return error.code, json.loads(read) if read.startswith(b"{") else None

    def turn(self, text: str, message_id: str) -> tuple[int, Any]:
        turn = {"conversation": CONVERSATION, "message_id": message_id, "text": text}
        return self.call("/webhooks/peipao/turn", json.dumps(turn).encode())

    def wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "the server ended while starting"
            try:
                if self.call("/webhooks/peipao/health")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.2)
        pytest.fail("the server never became healthy")

    def stop(self) -> float:
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        return time.monotonic() - started


@pytest.fixture(scope="module")
def server(agent: Agent, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("served")
    models = Path(os.environ["DATA_DIR"]) / "models"
    (data / "models").symlink_to(models)
    before = os.environ["DATA_DIR"]
    os.environ["DATA_DIR"] = str(data)
    made = Server()
    os.environ["DATA_DIR"] = before
    try:
        made.wait()
        yield made
    finally:
        made.process.kill()
        made.process.wait()


def test_a_turn_is_answered_once_per_message_id(server: Server) -> None:
    status, first = server.turn("你好", "1")
    assert (status, first["repeated"]) == (200, False)
    status, second = server.turn("你好", "1")
    assert second == {"replies": first["replies"], "repeated": True}


def test_without_the_action_server_a_turn_is_aborted_not_lost(server: Server) -> None:
    for _ in range(2):
        status, body = server.turn("残保金怎么减免", "2")
        assert (status, body["error"]["code"]) == (503, "turn_aborted")


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'{"text": "x"}', b"\xff\xfe"])
def test_a_body_that_is_no_turn_gets_400(server: Server, body: bytes) -> None:
    status, answer = server.call("/webhooks/peipao/turn", body)
    assert (status, answer["error"]["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    "path",
    ["/webhooks/rest/webhook", "/model/parse", f"/conversations/{CONVERSATION}/tracker", "/domain"],
)
def test_rasa_s_own_doors_are_shut(server: Server, path: str) -> None:
    assert server.call(path)[0] == 404
    assert server.call(path, b"{}")[0] == 404


def test_only_loopback_is_listened_on(server: Server) -> None:
    listening = {
        line.split()[1]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[1].endswith(f":{server.port:04X}")
    }
    assert listening == {f"0100007F:{server.port:04X}"}


def test_it_ends_soon_when_told(server: Server) -> None:
    assert server.stop() < STOP_SECONDS
    assert server.process.returncode in (0, -signal.SIGTERM)
