"""jambonz's signature: `Jambonz-Signature: t=<seconds>,v1=<HMAC-SHA256 of "t.body" in hex>`."""

import hashlib
import hmac
from datetime import datetime

from channels.messages import BadRequest

HEADER = "Jambonz-Signature"
TOLERANCE = 300  # seconds, as jambonz's own clients allow


def signed(body: bytes, secret: str, *, at: int) -> str:
    """The header for `body`, signed at `at` (Unix seconds)."""
    return f"t={at},v1={_digest(body, secret, str(at))}"


def check(header: str, body: bytes, secret: str, *, now: datetime) -> None:
    """Raises BadRequest unless one of the header's signatures is ours and fresh."""
    fields = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in fields if name == "t"]
    given = [value for name, _, value in fields if name == "v1"]
    # isascii: int() takes other digits too, and the digest is made of what was sent.
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit() and len(times[0]) < 13):
        raise BadRequest("bad_signature", "来源无法确认。", 401)
    right = _digest(body, secret, times[0])
    if not any(hmac.compare_digest(one.encode(), right.encode()) for one in given):
        raise BadRequest("bad_signature", "来源无法确认。", 401)
    if abs(now.timestamp() - int(times[0])) > TOLERANCE:
        raise BadRequest("stale_signature", "请求已经过期。", 401)


def _digest(body: bytes, secret: str, at: str) -> str:
    return hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
