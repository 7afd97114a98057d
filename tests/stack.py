"""The whole product, started for tests as `make run` starts it."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from peipao.processes import free_port
from tests.fakes import telegram as fake_telegram
from tests.fakes.telegram import FakeTelegram
from tests.fakes.wechat import FakeWeChat

BASE = Path(__file__).resolve().parent.parent
SIGN_IN = re.compile(r"^ {6}(\S+)\s+(\S+)\s+(\S+)")
PATIENCE = 300  # seconds for a first start, which trains the dialogue model


@dataclass
class Product:
    """A running product: where it is, who may sign in, and how to hurt it."""

    url: str
    data_dir: Path
    sign_ins: dict[str, str]
    process: "subprocess.Popen[str]"
    log: Path
    telegram: FakeTelegram | None = None
    wechat: FakeWeChat | None = None

    def pid(self, name: str) -> int | None:
        try:
            return int((self.data_dir / "run" / f"{name}.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def kill(self, name: str) -> None:
        """`kill -9` of one process; the supervisor starts it again."""
        os.kill(self.pid(name), signal.SIGKILL)

    def rows(self, query: str) -> list[tuple]:
        with sqlite3.connect(f"file:{self.data_dir / 'peipao.sqlite3'}?mode=ro", uri=True) as store:
            return store.execute(query).fetchall()

    def wait_ready(self, patience: float = 120) -> None:
        end = time.monotonic() + patience
        reason = ""
        while time.monotonic() < end:
            try:
                answer = httpx.get(f"{self.url}/readyz", timeout=5, trust_env=False)
                if answer.status_code == 200:
                    return
                reason = answer.text
            except httpx.HTTPError as error:
                reason = repr(error)
            time.sleep(0.5)
        raise AssertionError(f"not ready after {patience} s: {reason}\n{tail(self.log)}")


class Visitor:
    """One person on the web chat, through its API."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=20, trust_env=False)
        token = self._client.post("/api/chat/sessions").json()["token"]
        self._headers = {"Authorization": f"Bearer {token}"}

    def post(self, text: str, message_id: str | None = None) -> httpx.Response:
        body = {"text": text, **({"id": message_id} if message_id else {})}
        return self._client.post("/api/chat/messages", json=body, headers=self._headers)

    def say(self, text: str) -> list[dict]:
        """The replies to `text`, which must come at once."""
        body = self.post(text).json()
        assert not body["pending"], f"no answer to {text!r} in time"
        return body["replies"]

    def history(self) -> list[dict]:
        answer = self._client.get("/api/chat/messages", headers=self._headers)
        return answer.json()["messages"]


def tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-40:])


@contextmanager
def running_product(
    data_dir: Path, telegram: FakeTelegram | None = None, wechat: FakeWeChat | None = None
):
    """The product on a free port, ready; stopped afterwards, which is proved.

    With `telegram`, `wechat` that channel is on, and that server is at the other end.
    """
    port = free_port()
    log = data_dir / "product.log"
    data_dir.mkdir(parents=True, exist_ok=True)
    env = {
        key: value
        for key, value in os.environ.items()
        if key not in ("SECRET_KEY", "DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    }
    # Said outright: a developer's .env must not lead a test to the served data.
    env |= {
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": f"sqlite:///{data_dir / 'peipao.sqlite3'}",
        "ALLOWED_HOSTS": "127.0.0.1",
        "ENCODER": "",
        "PORT": str(port),
        "HOST": "127.0.0.1",
    }
    # A proxy of this machine must not stand between us and a server on loopback.
    env["NO_PROXY"] = "127.0.0.1"
    if telegram is not None:
        env |= {
            "TELEGRAM_TOKEN": fake_telegram.TOKEN,
            "TELEGRAM_SECRET": fake_telegram.SECRET,
            "TELEGRAM_API_BASE": telegram.url,
        }
    if wechat is not None:
        env |= {
            "WECHAT_TOKEN": wechat.token,
            "WECHAT_APP_ID": wechat.app_id,
            "WECHAT_APP_SECRET": wechat.secret,
            "WECHAT_AES_KEY": wechat.aes_key,
            "WECHAT_API_BASE": wechat.url,
        }
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "peipao"],
            cwd=BASE,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            wait_for_welcome(process, log)
            sign_ins = {
                found[1]: found[2]
                for line in log.read_text().splitlines()
                if (found := SIGN_IN.match(line))
            }
            url = f"http://127.0.0.1:{port}"
            product = Product(url, data_dir, sign_ins, process, log, telegram, wechat)
            product.wait_ready()
            yield product
        finally:
            process.send_signal(signal.SIGINT)
            try:
                status = process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise AssertionError("the product did not stop") from None
    assert status == 0, tail(log)
    with httpx.Client(trust_env=False) as client:
        try:
            client.get(product.url)
        except httpx.ConnectError:
            return
    raise AssertionError("the web process is still there")


def wait_for_welcome(process: "subprocess.Popen[str]", log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while "stops everything" not in log.read_text(errors="replace"):
        assert process.poll() is None, f"the product did not start:\n{tail(log)}"
        assert time.monotonic() < end, f"the product is not up after {PATIENCE} s:\n{tail(log)}"
        time.sleep(0.5)
