"""The set-up: whole or continued, and one clear sentence when it cannot go on."""

import importlib.util
import shutil
import subprocess
import sys
from collections import namedtuple

import pytest

from peipao import bootstrap
from peipao.bootstrap import Environment, SetupError, check_machine, make

Version = namedtuple("Version", "major minor micro")
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def environment(tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap, "BASE", tmp_path)
    lock = tmp_path / "test.lock"
    lock.write_text("# nothing is needed\n")
    return Environment(tmp_path / ".venv-test", lock, ("--no-index",))


def test_an_environment_is_made_once_and_again_when_its_lock_changes(environment):
    assert not environment.whole
    make(environment)
    assert environment.whole
    environment.lock.write_text("# something else\n")
    assert not environment.whole
    make(environment)
    assert environment.whole


def test_an_interrupted_set_up_is_gone_on_with(environment):
    environment.folder.joinpath("bin").mkdir(parents=True)
    environment.python.symlink_to(sys.executable + "-is-gone")
    assert not environment.whole
    make(environment)
    assert environment.whole


def test_what_was_installed_before_an_interruption_is_kept(environment):
    make(environment)
    mark = environment.folder / "kept"
    mark.touch()
    (environment.folder / bootstrap.STAMP).unlink()
    make(environment)
    assert mark.exists()


def test_a_package_that_cannot_be_had_is_named_and_the_next_run_recovers(environment):
    environment.lock.write_text("no-such-package-of-ours==1.0\n")
    with pytest.raises(SetupError, match=r"no-such-package-of-ours.*run the command again"):
        make(environment)
    assert not environment.whole
    environment.lock.write_text("# mended\n")
    make(environment)
    assert environment.whole


def test_another_python_is_refused_with_what_to_do(environment, monkeypatch):
    monkeypatch.setattr(sys, "version_info", Version(3, 13, 1))
    with pytest.raises(SetupError, match=r"Python 3\.11 is needed, this is 3\.13\.1: install"):
        check_machine([environment])


def test_a_python_without_venv_is_refused_with_what_to_do(environment, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SetupError, match=r"python3\.11-venv"):
        check_machine([environment])


def test_a_full_disk_is_seen_before_the_work_begins(environment, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(100, 99, 2**30))
    with pytest.raises(SetupError, match=r"1\.0 GiB free .* free some space"):
        check_machine([environment])


def test_a_missing_interpreter_is_one_clear_sentence():
    done = subprocess.run(
        ["make", "--no-print-directory", "setup", "PYTHON=python3.11-is-gone"],
        cwd=bootstrap.BASE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "python3.11-is-gone is missing: install Python 3.11" in done.stderr


def test_both_locks_pin_every_package_exactly():
    for environment in (bootstrap.APP, bootstrap.RASA):
        lines = [
            line
            for line in environment.lock.read_text().splitlines()
            if line and not line.startswith("#")
        ]
        assert len(lines) > 50
        assert all("==" in line and "@" not in line for line in lines)
