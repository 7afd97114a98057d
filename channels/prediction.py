"""How long a message that came now would wait for its answer, by what was measured lately."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from channels.dialogue import DialogueUnavailable

WEIGHT = 0.2  # of the newest turn in the moving average
AT_FIRST = 0.3  # seconds a turn, until one was measured
WHILE_DOWN = 60.0  # seconds; nobody knows, but an open request need not wait for it


class Prediction:
    """A moving average of what a turn adds to the queue: its time over those under way with it."""

    def __init__(self) -> None:
        self._share = AT_FIRST
        self._down = False

    @contextmanager
    def measured(self, *, queued: int) -> Iterator[None]:
        """Times a turn made while `queued` conversations were worked on, its own included."""
        begun = time.monotonic()
        try:
            yield
        except DialogueUnavailable:
            self._down = True
            raise
        self._down = False
        share = (time.monotonic() - begun) / max(queued, 1)
        self._share += WEIGHT * (share - self._share)

    def wait(self, *, queued: int) -> float:
        """Seconds until the turn of a message that came now, behind `queued` others, is made."""
        return WHILE_DOWN if self._down else self._share * (queued + 1)
