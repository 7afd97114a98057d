"""Makes the two environments. Runs under a bare Python 3.11, so: standard library only.

    python3.11 peipao/bootstrap.py            both environments
    python3.11 peipao/bootstrap.py --fresh    thrown away and made again

An environment is whole when its stamp holds the digest of its lock; the stamp is written last, so
an interrupted run is simply continued by the next.
"""

import argparse
import fcntl
import hashlib
import importlib.util
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

BASE = Path(__file__).resolve().parent.parent
STAMP = "peipao-lock.sha256"
NEEDED_GIB = 6


class SetupError(Exception):
    """Why the set-up cannot go on, in one sentence that says what to do."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment, the lock it is installed from, and pip's extra words for it."""

    folder: Path
    lock: Path
    pip_options: tuple[str, ...] = ()

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def digest(self) -> str:
        text = self.lock.read_bytes() + repr(self.pip_options).encode()
        return hashlib.sha256(text).hexdigest()

    @property
    def whole(self) -> bool:
        stamp = self.folder / STAMP
        return stamp.is_file() and stamp.read_text() == self.digest and self.python.exists()


RASA = Environment(
    BASE / ".venv-rasa",
    BASE / "requirements" / "rasa.lock",
    # Rasa's metadata forbids Python 3.11 and pins what has no wheel for it; the lock is whole.
    ("--no-deps", "--ignore-requires-python"),
)
APP = Environment(BASE / ".venv", BASE / "requirements" / "app.lock")


def check_machine(environments: list[Environment]) -> None:
    """Raises SetupError when an environment cannot be made here."""
    if sys.version_info[:2] != (3, 11):
        found = ".".join(map(str, sys.version_info[:3]))
        raise SetupError(
            f"Python 3.11 is needed, this is {found}: install python3.11 "
            "(Debian: apt-get install python3.11 python3.11-venv) or name yours: "
            "make run PYTHON=/path/to/python3.11."
        )
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupError(
            "This Python cannot make virtual environments: "
            "install python3.11-venv (Debian: apt-get install python3.11-venv)."
        )
    missing = [environment for environment in environments if not environment.python.exists()]
    free = shutil.disk_usage(BASE).free / 2**30
    if missing and free < NEEDED_GIB:
        raise SetupError(
            f"The disk has {free:.1f} GiB free at {BASE}, the set-up needs {NEEDED_GIB}: "
            "free some space and run the command again."
        )


def make(environment: Environment) -> None:
    """Installs `environment` from its lock and compiles it. Raises SetupError."""
    name = environment.folder.name
    log = BASE / "var" / "log" / f"setup{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    wanted = sum(1 for line in environment.lock.read_text().splitlines() if "==" in line)
    started = time.monotonic()
    with log.open("w", encoding="utf-8") as output:
        if not works(environment.python):
            shutil.rmtree(environment.folder, ignore_errors=True)
            step(name, [sys.executable, "-m", "venv", str(environment.folder)], output, log)
        python = str(environment.python)
        install = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-compile"]
        install += [*environment.pip_options, "-r", str(environment.lock)]
        say(f"{name}: installing {wanted} packages (a first time takes some minutes) …")
        step(name, install, output, log)
        say(f"{name}: compiling …")
        # Without bytecode Rasa's import takes three times as long; some packages carry templates
        # that are not valid Python, so the exit status says nothing.
        libraries = str(environment.folder / "lib")
        subprocess.run(
            [python, "-m", "compileall", "-q", "-j", "0", libraries],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    (environment.folder / STAMP).write_text(environment.digest)
    say(f"{name}: ready after {time.monotonic() - started:.0f} s")


def works(python: Path) -> bool:
    """Whether an interrupted run left an environment that can be gone on with."""
    if not python.exists():
        return False
    done = subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True, check=False)
    return done.returncode == 0


def step(name: str, command: list[str], output: IO[str], log: Path) -> None:
    """Runs one command into the log, with a sign of life every ten seconds. Raises SetupError."""
    process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    started = time.monotonic()
    try:
        while True:
            try:
                status = process.wait(timeout=10)
                break
            except subprocess.TimeoutExpired:
                last = last_line(log)
                say(f"{name}: {time.monotonic() - started:.0f} s  {last[:90]}")
    except BaseException:
        process.terminate()
        raise
    if status:
        raise SetupError(
            f"{name} could not be set up: {last_line(log)} "
            f"(all of it in {log.relative_to(BASE)}; run the command again to go on from here)"
        )


def last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or [""])[-1]


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two set-ups of one checkout at once would break each other's environments."""
    lock = BASE / "var" / "setup.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("another set-up of this folder is running; waiting for it …")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    print(f"[setup] {text}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes the two environments.")
    parser.add_argument("--fresh", action="store_true", help="throw both away first")
    fresh = parser.parse_args().fresh
    environments = [APP, RASA]
    try:
        with one_at_a_time():
            if fresh:
                for environment in environments:
                    shutil.rmtree(environment.folder, ignore_errors=True)
            missing = [environment for environment in environments if not environment.whole]
            if not missing:
                return 0
            check_machine(missing)
            with ThreadPoolExecutor(len(missing)) as pool:
                list(pool.map(make, missing))
    except SetupError as error:
        print(f"[setup] {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"[setup] The set-up stopped: {error.strerror or error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("[setup] Stopped; the next run goes on from here.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
