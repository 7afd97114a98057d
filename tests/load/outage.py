"""Processes that are killed and stay away for a while, as after a fault mended only later."""

import os
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.stack import Product

LOOK = 0.05  # seconds
PATIENCE = 120.0  # seconds until it must be back


@dataclass(slots=True)
class Outage:
    """One process's absence; `away`: seconds from the kill to its first healthy answer."""

    product: Product
    name: str
    seconds: float
    away: float = 0.0
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        """Kills the process; what the supervisor starts instead is held before it can serve."""
        health = self._health()
        killed = self.product.pid(self.name)
        self.product.kill(self.name)
        self._thread = threading.Thread(target=self._last, args=(killed, health), daemon=True)
        self._thread.start()

    def end(self) -> float:
        """Waits until it is back; `away`."""
        if self._thread is not None:
            self._thread.join(PATIENCE)
        return self.away

    def _health(self) -> str:
        if self.name == "web":
            return f"{self.product.url}/healthz"
        port = environment_of(self.product.pid(self.name))["RASA_PORT"]
        return f"http://127.0.0.1:{port}/webhooks/peipao/health"

    def _last(self, killed: int | None, health: str) -> None:
        begun = time.monotonic()
        held = None
        while time.monotonic() - begun < self.seconds:
            pid = self.product.pid(self.name)
            if held is None and pid not in (None, killed):
                os.kill(pid, signal.SIGSTOP)
                held = pid
            time.sleep(LOOK)
        if held is not None:
            os.kill(held, signal.SIGCONT)
        with httpx.Client(timeout=2, trust_env=False) as client:
            while time.monotonic() - begun < PATIENCE:
                try:
                    if client.get(health).status_code == httpx.codes.OK:
                        break
                except httpx.HTTPError:
                    pass
                time.sleep(LOOK)
        self.away = time.monotonic() - begun


def environment_of(pid: int | None) -> dict[str, str]:
    """What a running process was given."""
    words = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return dict(word.split("=", 1) for word in words if "=" in word)
