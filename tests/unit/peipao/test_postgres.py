"""The private PostgreSQL that the desk's tests run on a second time."""

import os
import subprocess
import sys
from pathlib import Path

import dj_database_url
import psycopg
import pytest

from tests import postgres


@pytest.fixture
def server():
    try:
        with postgres.running_postgres() as address:
            yield address
    except postgres.NoPostgres as error:
        pytest.skip(str(error))


def test_it_is_reached_by_its_socket_alone_and_gone_afterwards(server: str) -> None:
    parts = dj_database_url.parse(server)
    folder = Path(parts["HOST"])
    with psycopg.connect(host=parts["HOST"], user=parts["USER"], dbname=parts["NAME"]) as store:
        assert store.info.server_version // 10_000 == 15
        assert store.execute("SHOW listen_addresses").fetchone() == ("",)
    assert folder.is_dir()


@pytest.mark.parametrize(("required", "status"), [("1", 1), ("0", 0)])
def test_without_it_a_run_that_requires_services_fails(
    required: str, status: int, tmp_path: Path
) -> None:
    script = (
        "import sys; from pathlib import Path; from tests import postgres;"
        f"postgres.BINARIES = Path({str(tmp_path)!r}); sys.exit(postgres.main())"
    )
    env = {**os.environ, "REQUIRE_SERVICES": required}
    done = subprocess.run([sys.executable, "-c", script, "true"], env=env, capture_output=True)
    assert done.returncode == status
    assert b"apt-get install postgresql" in done.stderr
