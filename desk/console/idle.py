"""How long a session has been without a click; pages that refresh themselves do not count."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest

ACTIVE_AT = "active_at"
# The session is written at most this often, in seconds.
EVERY = 20


def left(request: HttpRequest, now: datetime) -> int:
    """Seconds until the session ends, if nothing is clicked; never below 0."""
    return seconds_left(request.session.get(ACTIVE_AT), now)


def seconds_left(active_at: int | None, now: datetime) -> int:
    """The same, for a session whose last click was `active_at` (seconds since 1970)."""
    if active_at is None:
        return int(settings.IDLE_SECONDS)
    return max(int(active_at + settings.IDLE_SECONDS - now.timestamp()), 0)


def note(request: HttpRequest, now: datetime) -> None:
    """Something was clicked."""
    if now.timestamp() - request.session.get(ACTIVE_AT, 0) >= EVERY:
        request.session[ACTIVE_AT] = int(now.timestamp())
