"""What comes with a message beside its words: the platform's ids, addresses, coordinates."""

import json
import math
from typing import Any

from knowledge_base.text import clean

MAX_MEDIA = 4096  # bytes of JSON
LONGEST_VALUE = 1000  # characters of one value


def bounded(media: dict[str, Any]) -> dict[str, Any]:
    """`media` as it is stored: flat, clean, no larger than MAX_MEDIA; "cut" tells of what is not.

    Infinity, which JSON columns refuse, and whatever is no plain value are left out.
    """
    kept: dict[str, Any] = {}
    cut = False
    for key, value in media.items():
        plain = clean(value)[:LONGEST_VALUE] if isinstance(value, str) else value
        fits = isinstance(plain, str | int | float) and (
            not isinstance(plain, float) or math.isfinite(plain)
        )
        grown = {**kept, key[:64]: plain}
        if fits and len(json.dumps(grown, ensure_ascii=False).encode()) < MAX_MEDIA - 20:
            kept = grown
        cut |= kept.get(key) != value
    return kept | ({"cut": True} if cut else {})
