"""Small things that addresses and forms name, read with care: anything may stand there."""

from datetime import date

EARLIEST = 1900
MOST_DIGITS = 6


def whole(given: str) -> int:
    """The small number that stands there; 0 when it is none."""
    return int(given) if given.isdecimal() and len(given) <= MOST_DIGITS else 0


def read_day(text: str) -> date | None:
    """The day that stands there; None when it is none.

    Nobody looks before 1900, and the first and the last years there are cannot be converted.
    """
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if EARLIEST <= found.year < date.max.year else None
