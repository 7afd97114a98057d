"""`make run` on a machine where it cannot start: one clear sentence, nothing left running."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from peipao.__main__ import (
    EVERY_ADDRESS,
    CannotStart,
    demo,
    make_key,
    only_one,
    own_address,
    read_port,
    welcome,
)
from peipao.bootstrap import BASE
from peipao.processes import free_port


def start(**environment):
    return subprocess.run(
        [sys.executable, "-m", "peipao"],
        cwd=BASE,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("port", ["", "0", "65536", "-1", "80a", "８０００x"])
def test_a_port_that_is_none_is_refused(port):
    with pytest.raises(CannotStart, match="PORT must be a number"):
        read_port(port)


def test_a_busy_port_is_named_with_a_way_out(tmp_path):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = str(server.getsockname()[1])
        done = start(PORT=port, DATA_DIR=str(tmp_path / "data"))
    assert done.returncode == 1
    assert f"Port {port} is busy" in done.stderr
    assert "make run PORT=8001" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_data_folder_that_cannot_be_is_named(tmp_path):
    (tmp_path / "file").touch()
    done = start(PORT="0x1", DATA_DIR=str(tmp_path / "file"))
    assert done.returncode == 1
    done = start(PORT="18431", DATA_DIR=str(tmp_path / "file" / "data"))
    assert done.returncode == 1
    assert "Cannot start" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_welcome_shows_passwords_only_when_they_are_new():
    row = {"username": "lijun", "password": "geheim", "display_name": "李军", "department": "局"}
    assert "geheim" in welcome("127.0.0.1", 8000, [row])
    again = welcome("127.0.0.1", 8000, [])
    assert "密码只显示这一次" not in again
    assert "make passwords" in again


def test_a_second_product_on_the_same_data_is_refused(tmp_path):
    with only_one(tmp_path), pytest.raises(CannotStart, match="runs already"), only_one(tmp_path):
        pass
    with only_one(tmp_path):
        pass


def test_half_a_key_is_made_anew(tmp_path, monkeypatch):
    (tmp_path / "secret_key").touch()
    monkeypatch.delenv("SECRET_KEY")
    make_key(tmp_path)
    key = (tmp_path / "secret_key").read_text()
    assert len(key) > 40
    make_key(tmp_path)
    assert (tmp_path / "secret_key").read_text() == key


def test_an_ipv6_host_is_written_as_an_address():
    assert own_address("::1", 8000) == "http://[::1]:8000"
    assert own_address(EVERY_ADDRESS, 8000) == "http://127.0.0.1:8000"


# --- DEMO ---


def test_without_a_demonstration_nothing_is_added():
    shared = {}
    assert demo("", "127.0.0.1", 8000, shared) is None
    assert shared == {}


def test_a_fake_wechat_gets_an_account_of_its_own(monkeypatch):
    monkeypatch.delenv("WECHAT_APP_ID", raising=False)
    monkeypatch.delenv("PUBLIC_URL", raising=False)
    shared, again = {}, {}
    phone = demo("wechat", EVERY_ADDRESS, 8000, shared)
    demo("wechat", EVERY_ADDRESS, 8000, again)
    assert phone.health == f"{shared['WECHAT_API_BASE']}/health"
    assert "http://127.0.0.1:8000/webhooks/wechat" in phone.command
    assert len(shared["WECHAT_AES_KEY"]) == 43
    assert shared["WECHAT_APP_SECRET"] != again["WECHAT_APP_SECRET"]
    assert f"假微信 phone   {phone.health[:-7]}/" in welcome(
        "127.0.0.1", 8000, [], phone.health[:-7]
    )


def test_a_demonstration_never_replaces_a_real_account(monkeypatch):
    monkeypatch.setenv("WECHAT_APP_ID", "wx1234567890abcdef")
    with pytest.raises(CannotStart, match="unset WECHAT_APP_ID"):
        demo("wechat", "127.0.0.1", 8000, {})


def test_a_demonstration_that_does_not_exist_is_named():
    with pytest.raises(CannotStart, match="'bird'"):
        demo("bird", "127.0.0.1", 8000, {})


def test_stopped_while_it_prepares_it_leaves_nothing_running(tmp_path):
    environment = {**os.environ, "PORT": str(free_port()), "DATA_DIR": str(tmp_path / "data")}
    starting = subprocess.Popen(
        [sys.executable, "-m", "peipao"],
        cwd=BASE,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    line = starting.stdout.readline()
    assert "manage.py migrate" in line
    [training] = children_of(starting.pid, "bot")
    starting.terminate()
    assert starting.wait(60) == 130
    end = time.monotonic() + 30
    while os.path.exists(f"/proc/{training}") and time.monotonic() < end:
        time.sleep(0.1)
    assert not os.path.exists(f"/proc/{training}")


def children_of(pid, module):
    """The children that run `python -m module`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            parent = (folder / "stat").read_text().rsplit(") ", 1)[1].split()[1]
            if int(parent) == pid and module.encode() in words:
                found.append(int(folder.name))
    return found
