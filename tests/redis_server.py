"""A private Redis for tests: reached by a socket, kept in memory, thrown away."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = "redis-server"
PATIENCE = 10.0


class NoRedis(Exception):
    """The server's program is not on this machine."""


@contextmanager
def running_redis() -> Iterator[str]:
    """The address of a new, empty server; stopped and deleted afterwards. Raises NoRedis."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise NoRedis("Redis is not installed (Debian: apt-get install redis-server)")
    # Short and in /tmp: a socket's path may have 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="peipao-redis-", dir="/tmp"))
    socket = folder / "socket"
    options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no"]
    server = subprocess.Popen([program, *options], cwd=folder, stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE
        while not socket.exists():
            if server.poll() is not None or time.monotonic() > end:
                raise AssertionError("redis-server did not start")
            time.sleep(0.05)
        yield f"unix://{socket}"
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)
