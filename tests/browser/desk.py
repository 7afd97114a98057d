"""The web process alone on demonstration data: no dialogue, so it stands in seconds."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core import signing

from channels.webchat import parse
from peipao.processes import free_ports
from tests.browser.scenery import VISITOR
from tests.stack import tail

BASE = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds
BUILD = "import django; django.setup(); from tests.browser import scenery; scenery.main()"


@dataclass
class Desk:
    """A running desk: where it is, who may sign in, and what is found where."""

    url: str
    data_dir: Path
    passwords: dict[str, str]
    roles: dict[str, str]
    places: dict[str, str]

    def visitor_token(self) -> str:
        """What the chat page of the scenery's visitor has in its pocket."""
        return signing.dumps(VISITOR, salt=parse.SALT, compress=False)

    def rows(self, query: str, *values: str) -> list[tuple]:
        with self._store() as store:
            return store.execute(query, values).fetchall()

    def age_session(self, key: str, seconds: int) -> None:
        """As if the last click of this session had been `seconds` ago."""
        with self._store() as store:
            table = "django_session"
            (data,) = store.execute(
                f"SELECT session_data FROM {table} WHERE session_key = ?",  # noqa: S608 - a constant
                (key,),
            ).fetchone()
            session = SessionStore()
            held = session.decode(data)
            held["active_at"] = int(time.time()) - seconds
            store.execute(
                f"UPDATE {table} SET session_data = ? WHERE session_key = ?",  # noqa: S608 - a constant
                (session.encode(held), key),
            )

    @contextmanager
    def _store(self) -> Iterator[sqlite3.Connection]:
        store = sqlite3.connect(self.data_dir / "peipao.sqlite3", timeout=20)
        try:
            with store:
                yield store
        finally:
            store.close()


@contextmanager
def running_desk(data_dir: Path) -> Iterator[Desk]:
    """The scenery in `data_dir`, served on a free port; stopped afterwards."""
    web, *elsewhere = map(str, free_ports(4))
    # The same key as ours, so that we can make a visitor's token and age a session. Nobody listens
    # on the other processes' ports.
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "SECRET_KEY": settings.SECRET_KEY,
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": f"sqlite:///{data_dir / 'peipao.sqlite3'}",
        "ALLOWED_HOSTS": "127.0.0.1",
        "OMP_NUM_THREADS": "1",
        **dict(zip(("RASA_PORT", "ACTIONS_PORT", "WORKER_PORT"), elsewhere, strict=True)),
    }
    built = subprocess.run(
        [sys.executable, "-c", BUILD],
        cwd=BASE,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    scenery = json.loads(built.stdout)
    log = data_dir / "web.log"
    command = [sys.executable, "-m", "uvicorn", "peipao.asgi:application"]
    command += ["--host", "127.0.0.1", "--port", web, "--timeout-graceful-shutdown", "1"]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=BASE, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            url = f"http://127.0.0.1:{web}"
            _wait(process, f"{url}/healthz", log)
            yield Desk(url, data_dir, **scenery)
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    with httpx.Client(trust_env=False) as client:
        while time.monotonic() < end:
            assert process.poll() is None, f"the web process ended:\n{tail(log)}"
            try:
                if client.get(address).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.2)
    raise AssertionError(f"the web process is not up after {PATIENCE} s:\n{tail(log)}")
