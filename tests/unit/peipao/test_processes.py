"""The supervisor, with small processes of our own."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from peipao import processes
from peipao.processes import Child, Failed, Spec, free_port, port_is_free, supervise

SERVER = """
import http.server, sys, os, subprocess
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"ok")
    def log_message(self, *words): pass
print("serving", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
WITH_A_CHILD = (
    "import subprocess, sys\n"
    "grandchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "open(sys.argv[2], 'w').write(str(grandchild.pid))\n" + SERVER
)


def serving(name="web", code=SERVER, *words):
    port = free_port()
    command = [sys.executable, "-c", code, str(port), *words]
    return Spec(name, command, f"http://127.0.0.1:{port}/")


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(") ", 1)[1][0] != "Z"
    except FileNotFoundError:
        return False


async def until(condition, patience=10):
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        await asyncio.sleep(0.05)


@pytest.fixture
def folders(tmp_path):
    for name in ("run", "log"):
        (tmp_path / name).mkdir()
    return tmp_path


async def test_a_process_stands_as_far_back_as_its_spec_says(folders):
    own = os.nice(0)
    spec = replace(serving(), niceness=3)
    child = Child(spec, folders / "run", folders / "log")
    life = asyncio.create_task(child.supervise())
    await until(child.healthy.is_set)
    assert os.getpriority(os.PRIO_PROCESS, pid_of(folders, spec.name)) == own + 3
    await child.stop()
    await life


def pid_of(folders, name):
    file = folders / "run" / f"{name}.pid"
    return int(file.read_text()) if file.exists() and file.read_text() else None


async def test_a_killed_process_is_started_again(folders):
    child = Child(serving(), folders / "run", folders / "log")
    life = asyncio.create_task(child.supervise())
    await asyncio.wait_for(child.healthy.wait(), 10)
    first = pid_of(folders, "web")
    os.kill(first, signal.SIGKILL)
    await until(lambda: pid_of(folders, "web") not in (None, first))
    await asyncio.wait_for(child.healthy.wait(), 10)
    await child.stop()
    life.cancel()
    await asyncio.gather(life, return_exceptions=True)


async def test_what_a_killed_process_left_behind_dies_with_it(folders):
    note = folders / "grandchild"
    child = Child(serving("web", WITH_A_CHILD, str(note)), folders / "run", folders / "log")
    life = asyncio.create_task(child.supervise())
    await asyncio.wait_for(child.healthy.wait(), 10)
    grandchild = int(note.read_text())
    os.kill(pid_of(folders, "web"), signal.SIGKILL)
    await until(lambda: not alive(grandchild))
    await child.stop()
    life.cancel()
    await asyncio.gather(life, return_exceptions=True)


async def test_a_process_that_hangs_is_started_again(folders, monkeypatch):
    monkeypatch.setattr(processes, "HEALTH_EVERY", 0.1)
    monkeypatch.setattr(processes, "HEALTH_PATIENCE", 0.2)
    child = Child(serving(), folders / "run", folders / "log")
    life = asyncio.create_task(child.supervise())
    await asyncio.wait_for(child.healthy.wait(), 10)
    first = pid_of(folders, "web")
    os.kill(first, signal.SIGSTOP)
    await until(lambda: pid_of(folders, "web") not in (None, first))
    assert not alive(first)
    await child.stop()
    life.cancel()
    await asyncio.gather(life, return_exceptions=True)


async def test_five_failures_within_a_minute_are_a_failure_with_the_last_lines(folders):
    dying = Spec(
        "rasa", [sys.executable, "-c", "print('no model'); raise SystemExit(3)"], "http://x"
    )
    child = Child(dying, folders / "run", folders / "log")
    with pytest.raises(Failed) as failed:
        await asyncio.wait_for(child.supervise(), 40)
    assert failed.value.lines == ["no model"] * 5


async def test_a_process_that_is_never_well_is_given_up_however_slowly_it_dies(
    folders, monkeypatch
):
    monkeypatch.setattr(processes, "MOST_FAILURES", 2)
    monkeypatch.setattr(processes, "WITHIN", 0.1)
    dying = Spec("rasa", [sys.executable, "-c", "import time; time.sleep(1)"], "http://127.0.0.1:1")
    with pytest.raises(Failed):
        await asyncio.wait_for(Child(dying, folders / "run", folders / "log").supervise(), 20)


async def test_what_must_not_be_lost_is_shown_though_it_never_got_ready(
    tmp_path, capfd, monkeypatch
):
    monkeypatch.setattr(processes, "MOST_FAILURES", 1)
    dying = Spec("rasa", [sys.executable, "-c", "raise SystemExit(1)"], "http://127.0.0.1:1")
    words = {"ready": "http://127.0.0.1:1", "welcome": "READY", "unwelcomed": "lijun geheim"}
    assert await asyncio.wait_for(supervise([dying], tmp_path, **words), 20) == 1
    shown = capfd.readouterr().out
    assert "lijun geheim" in shown
    assert "READY" not in shown


async def test_when_one_gives_up_all_are_stopped(tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(processes, "MOST_FAILURES", 2)
    dying = Spec("rasa", [sys.executable, "-c", "raise SystemExit('broken model')"], "http://x")
    running = asyncio.create_task(
        supervise([serving(), dying], tmp_path, ready="http://x", welcome="ready")
    )
    await until(lambda: pid_of(tmp_path, "web"))
    web = pid_of(tmp_path, "web")
    assert await asyncio.wait_for(running, 20) == 1
    assert not alive(web)
    assert "broken model" in capfd.readouterr().err


def start_product(tmp_path, *specs):
    """The supervisor in a process of its own, as `make run` has it."""
    rows = [(spec.name, list(spec.command), spec.health) for spec in specs]
    code = (
        "import asyncio, sys\nfrom pathlib import Path\n"
        "from peipao.processes import Spec, supervise\n"
        f"specs = [Spec(*row) for row in {rows!r}]\n"
        f"sys.exit(asyncio.run(supervise(specs, Path({str(tmp_path)!r}), "
        "ready=specs[0].health, welcome='ALL READY')))\n"
    )
    return subprocess.Popen(
        [sys.executable, "-u", "-c", code], stdout=subprocess.PIPE, text=True, cwd=os.getcwd()
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_stop_stops_all_and_leaves_no_orphan(tmp_path, number):
    product = start_product(tmp_path, serving("web"), serving("rasa"))
    for line in product.stdout:
        if "ALL READY" in line:
            break
    pids = [pid_of(tmp_path, name) for name in ("web", "rasa")]
    product.send_signal(number)
    assert product.wait(15) == 0
    assert not any(alive(pid) for pid in pids)


async def test_a_killed_supervisor_leaves_no_orphan(tmp_path):
    product = start_product(tmp_path, serving("web"))
    for line in product.stdout:
        if "ALL READY" in line:
            break
    web = pid_of(tmp_path, "web")
    product.kill()
    product.wait()
    await until(lambda: not alive(web))


def test_a_busy_port_is_seen():
    import socket

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        assert not port_is_free("127.0.0.1", server.getsockname()[1])
    assert port_is_free("127.0.0.1", free_port())
