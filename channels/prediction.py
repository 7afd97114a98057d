"""How long a message that came now would wait for its answer, by what was measured lately."""

WEIGHT = 0.2  # of the newest turn in the moving average
AT_FIRST = 0.3  # seconds a turn, until one was measured
WHILE_DOWN = 60.0  # seconds; nobody knows, but an open request need not wait for it


class Prediction:
    """A moving average of what a turn adds to the queue: its time over those made beside it."""

    def __init__(self) -> None:
        self._share = AT_FIRST
        self._down = False

    def took(self, seconds: float, *, at_once: int) -> None:
        """A turn was made, from its beginning to its stored answer, `at_once` at the same time,
        itself among them: not those that wait for a place."""
        self._down = False
        self._share += WEIGHT * (seconds / max(at_once, 1) - self._share)

    def unavailable(self) -> None:
        """The dialogue did not answer; until it does, nobody need wait for it."""
        self._down = True

    def wait(self, *, queued: int) -> float:
        """Seconds until the turn of a message that came now, behind `queued` others, is made."""
        return WHILE_DOWN if self._down else self._share * (queued + 1)
