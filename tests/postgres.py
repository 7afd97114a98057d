"""A private PostgreSQL 15 for tests: made for one command, reached by a socket, thrown away.

    python -m tests.postgres COMMAND…    runs COMMAND with DATABASE_URL pointing at it

Where the server is not installed the command is not run: a failure under REQUIRE_SERVICES=1.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

BINARIES = Path("/usr/lib/postgresql/15/bin")
OWNER = "peipao"
# Nothing here outlives the tests, so nothing needs to reach the disk.
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=64MB")


class NoPostgres(Exception):
    """The server's programs are not on this machine."""


def _user() -> str | None:
    """Whom the server runs as: it refuses root. None: whoever we are."""
    return "postgres" if os.getuid() == 0 else None


@contextmanager
def running_postgres() -> Iterator[str]:
    """The address (DATABASE_URL) of a new, empty server; stopped and deleted afterwards.

    Raises NoPostgres.
    """
    if not (BINARIES / "initdb").exists():
        raise NoPostgres(
            "PostgreSQL 15 is not installed (Debian: apt-get install postgresql); "
            "the desk's tests did not run on it"
        )
    user = _user()
    # Short and in /tmp: a socket's path may have 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="peipao-pg-", dir="/tmp"))
    try:
        if user:
            owner = pwd.getpwnam(user)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        data = folder / "data"

        def call(program: str, *arguments: str) -> None:
            subprocess.run(
                [str(BINARIES / program), "-D", str(data), *arguments],
                check=True,
                stdout=subprocess.DEVNULL,
                user=user,
                cwd=folder,
            )

        call("initdb", "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = " ".join(f"-c {option}" for option in QUICK)
        # The socket's folder is ours alone, and no port is opened.
        options += f" -c listen_addresses='' -c unix_socket_directories={folder}"
        call("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgres://{OWNER}@{quote(str(folder), safe='')}/postgres"
        finally:
            call("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    # An interrupted run must not leave the server behind: it is stopped on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with running_postgres() as address:
            env = {**os.environ, "DATABASE_URL": address}
            return subprocess.run(sys.argv[1:], env=env, check=False).returncode
    except NoPostgres as error:
        print(f"[postgres] {error}", file=sys.stderr)
        return 1 if os.environ.get("REQUIRE_SERVICES") == "1" else 0


if __name__ == "__main__":
    sys.exit(main())
