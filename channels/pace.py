"""How fast one channel may send: a token bucket that can be paused."""

import asyncio

LONGEST_WAIT = 2.0  # seconds; who would wait longer leaves it to the next look


class Pace:
    """`per_second` sends in the long run, `burst` at once; waiting sends take their turns."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second, self._burst = per_second, burst
        self._tokens, self._counted_at = float(burst), 0.0
        self._paused_until = 0.0

    @property
    def paused(self) -> bool:
        """Whether the platform asked for a pause that lasts yet."""
        return asyncio.get_running_loop().time() < self._paused_until

    def pause(self, seconds: float) -> None:
        """Nothing goes out for that long; a longer pause that stands already stays."""
        until = asyncio.get_running_loop().time() + seconds
        self._paused_until = max(self._paused_until, until)

    async def turn(self) -> bool:
        """Waits for its turn and takes it; False, at once, when that would be too long."""
        now = asyncio.get_running_loop().time()
        earned = (now - self._counted_at) * self._per_second
        self._tokens = min(float(self._burst), self._tokens + earned)
        self._counted_at = now
        wait = max(self._paused_until - now, (1 - self._tokens) / self._per_second)
        if wait > LONGEST_WAIT:
            return False
        # Taken before the wait, so that the next one waits behind.
        self._tokens -= 1
        if wait > 0:
            await asyncio.sleep(wait)
        return True

    def give_back(self) -> None:
        """A turn that was taken and not used."""
        self._tokens += 1
