"""`python -m peipao`: prepares the data folder, then runs the whole product (`make run`)."""

import asyncio
import fcntl
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from peipao.environment import read_env_file
from peipao.processes import Spec, free_port, free_ports, port_is_free, supervise

BASE = Path(__file__).resolve().parent.parent
APP = str(BASE / ".venv" / "bin" / "python")
DEMO_NOTICES = BASE / "tests" / "fakes" / "wechat_notices.yml"
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - compared with, never chosen by us
# When the cores are short, what people send is stored and acknowledged first; the answers wait. Not
# the worker: standing back in the middle of a transaction it would keep the door from writing.
BEHIND_THE_DOOR = 5
RASA = str(BASE / ".venv-rasa" / "bin" / "python")


class CannotStart(Exception):
    """Why the product cannot start, in one sentence that says what to do."""


def environment(data_dir: Path) -> dict[str, str]:
    """What every process gets beside our own environment."""
    names = ("RASA_PORT", "ACTIONS_PORT", "WORKER_PORT")
    ports = dict(zip(names, map(str, free_ports(len(names))), strict=True))
    return {
        "DJANGO_SETTINGS_MODULE": "peipao.settings",
        "DATA_DIR": str(data_dir),
        "PYTHONUNBUFFERED": "1",
        # One clock in all logs, Rasa's too.
        "TZ": "Asia/Shanghai",
        # One thread each for the numeric libraries: with more, turns fight for the cores.
        "OMP_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        **ports,
    }


def specs(shared: dict[str, str], host: str, port: int) -> list[Spec]:
    """The four processes."""
    loopback = "http://127.0.0.1:{}"
    web = [APP, "-m", "uvicorn", "peipao.asgi:application", "--host", host, "--port", str(port)]
    web += ["--no-access-log", "--timeout-graceful-shutdown", "3"]
    rasa, worker = [RASA, "-m", "bot", "serve"], [APP, "-m", "peipao.worker"]
    rasa_url = loopback.format(shared["RASA_PORT"])
    actions_url = loopback.format(shared["ACTIONS_PORT"])
    worker_url = loopback.format(shared["WORKER_PORT"])
    return [
        Spec("rasa", rasa, f"{rasa_url}/webhooks/peipao/health", shared, BEHIND_THE_DOOR),
        Spec("actions", [APP, "-m", "actions"], f"{actions_url}/health", shared, BEHIND_THE_DOOR),
        Spec("web", web, f"{own_address(host, port)}/healthz", shared),
        Spec("worker", worker, f"{worker_url}/health", shared),
    ]


def demo(name: str, host: str, port: int, shared: dict[str, str]) -> Spec | None:
    """The process of a demonstration: `wechat` is a fake WeChat with a phone in the browser.

    Its account's settings go into `shared`. None without a name. Raises CannotStart.
    """
    if not name:
        return None
    if name != "wechat":
        raise CannotStart(f"DEMO knows `wechat` only, not {name!r}.")
    if os.environ.get("WECHAT_APP_ID"):
        raise CannotStart("DEMO=wechat is for installations without WeChat: unset WECHAT_APP_ID.")
    place = f"http://127.0.0.1:{free_port()}"
    shared |= {
        "WECHAT_TOKEN": secrets.token_hex(12),
        "WECHAT_APP_ID": f"wx{secrets.token_hex(8)}",
        "WECHAT_APP_SECRET": secrets.token_hex(16),
        "WECHAT_AES_KEY": secrets.token_hex(22)[:43],
        "WECHAT_API_BASE": place,
        "WECHAT_NOTICES": os.environ.get("WECHAT_NOTICES") or str(DEMO_NOTICES),
        "PUBLIC_URL": os.environ.get("PUBLIC_URL") or own_address(host, port),
    }
    command = [APP, "-m", "tests.fakes.wechat_phone", "--port", place.rpartition(":")[2]]
    command += ["--webhook", f"{own_address(host, port)}/webhooks/wechat"]
    return Spec("phone", command, f"{place}/health", shared)


def make_key(data_dir: Path) -> None:
    """The key that signs sessions, unless the environment has one or it was made before."""
    key_file = data_dir / "secret_key"
    if os.environ.get("SECRET_KEY") or (key_file.exists() and key_file.stat().st_size):
        return
    # Whole or not at all: half a key from a full disk would be believed at the next start.
    half = key_file.with_suffix(".new")
    half.write_text(secrets.token_urlsafe(50))
    half.replace(key_file)


def own_address(host: str, port: int) -> str:
    """Where this machine reaches the web process that listens on `host`."""
    name = "127.0.0.1" if host == EVERY_ADDRESS else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"


def prepare(data_dir: Path, shared: dict[str, str]) -> list[dict[str, str]]:
    """Database, demo data, index and dialogue model, each only where something is missing.

    The demo staff made just now, with their passwords. Raises CannotStart.
    """
    make_key(data_dir)
    full = {**os.environ, **shared}
    # Training takes the longest and needs nothing of the rest.
    training = subprocess.Popen([RASA, "-m", "bot", "train", "--if-changed"], env=full)
    try:
        manage(full, "migrate", "--verbosity", "0")
        manage(full, "collectstatic", "--noinput", "--verbosity", "0")
        manage(full, "demo_enterprises")
        manage(full, "policy_index", "--if-changed")
        if training.wait() != 0:
            raise CannotStart("The dialogue model could not be trained; the reason stands above.")
        # Last: what fails before leaves no account whose password nobody saw.
        staff = json.loads(manage(full, "demo_staff", "--json"))
        if any(row["password"] for row in staff):
            live_a_month(full)
    finally:
        if training.poll() is None:
            training.terminate()
    return [row for row in staff if row["password"]]


def live_a_month(env: dict[str, str]) -> None:
    """Demonstration tickets beside new demonstration staff; without them the product still runs."""
    try:
        manage(env, "demo_month")
    except CannotStart as error:
        say(f"no demonstration tickets: {error}")


def manage(env: dict[str, str], *words: str) -> str:
    say(f"manage.py {words[0]} …")
    return run([APP, "manage.py", *words], env)


def run(command: list[str], env: dict[str, str]) -> str:
    """The command's standard output. Raises CannotStart with its last words."""
    done = subprocess.run(command, env=env, cwd=BASE, capture_output=True, text=True, check=False)
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise CannotStart(f"`{' '.join(command[1:4])}` failed: {words[-1]}")
    return done.stdout


@contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Two products on one data folder would answer the same messages. Raises CannotStart."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "running").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotStart(
                f"The product runs already on {data_dir}: stop it, "
                "or give this one its own data: make run PORT=8001 DATA_DIR=var2."
            ) from error
        yield


def sign_ins(staff: list[dict[str, str]]) -> str:
    """The new accounts and their passwords; empty when there are none."""
    rows = [
        f"      {row['username']:<14}{row['password']:<24}{row['display_name']} "
        f"{' '.join(filter(None, (row.get('department'), row.get('role_name'))))}"
        for row in staff
    ]
    return "\n".join(rows)


def welcome(host: str, port: int, staff: list[dict[str, str]], phone: str = "") -> str:
    """What stands on the screen when all is ready; `phone`: a demonstration's page."""
    shown = "localhost" if host in ("127.0.0.1", EVERY_ADDRESS) else host
    address = f"http://{shown}:{port}"
    lines = ["", "  营商陪跑员已就绪 · ready", f"    聊天 chat     {address}/"]
    lines.append(f"    控制台 console {address}/console/")
    if phone:
        lines.append(f"    假微信 phone   {phone}/")
    if staff:
        lines.append("    新建的登录账号（密码只显示这一次） · sign-ins, shown this once:")
        lines.append(sign_ins(staff))
    else:
        lines.append("    账号已在首次启动时建好 · new passwords: make passwords")
    lines += ["    Ctrl-C 停止 · stops everything", ""]
    return "\n".join(lines)


def main() -> int:
    # While things are prepared it ends like Ctrl-C: what was started is stopped with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # What is set wins over the file; what is not set and empty there counts as not set.
    for name, value in read_env_file(BASE / ".env").items():
        if value:
            os.environ.setdefault(name, value)
    host = os.environ.get("HOST", "127.0.0.1")
    data_dir = Path(os.environ.get("DATA_DIR") or BASE / "var").resolve()
    try:
        port = read_port(os.environ.get("PORT") or "8000")
        if not port_is_free(host, port):
            raise CannotStart(
                f"Port {port} is busy: stop what uses it, or choose another: make run PORT=8001."
            )
        shared = environment(data_dir)
        os.chdir(BASE)
        # What people wrote, and the key, are nobody else's on this machine.
        os.umask(0o077)
        with only_one(data_dir):
            phone = demo(os.environ.get("DEMO", ""), host, port, shared)
            staff = prepare(data_dir, shared)
            text = welcome(host, port, staff, shared["WECHAT_API_BASE"] if phone else "")
            ready = f"{own_address(host, port)}/readyz"
            product = specs(shared, host, port) + ([phone] if phone else [])
            return asyncio.run(
                supervise(product, data_dir, ready=ready, welcome=text, unwelcomed=sign_ins(staff))
            )
    except CannotStart as error:
        print(f"[peipao] {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"[peipao] Cannot start: {error.strerror} ({error.filename}).", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def read_port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CannotStart(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def say(text: str) -> None:
    print(f"[peipao] {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
