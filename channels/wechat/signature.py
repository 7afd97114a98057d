"""Who calls: WeChat's signatures, compared in constant time, and fresh."""

import hmac
import re
from datetime import datetime

from django.http import HttpRequest
from wechatpy.utils import WeChatSigner

from channels.messages import BadRequest

TOLERANCE = 300  # seconds, either way; the platform's three tries take fifteen
TIMESTAMP = re.compile(r"[0-9]{1,12}")
LONGEST_WORD = 256


def digest(*words: str) -> str:
    """SHA-1 of the sorted `words`, as WeChat signs."""
    signer = WeChatSigner()
    signer.add_data(*words)
    return str(signer.signature)


def matches(given: str, right: str) -> bool:
    """Whether the signatures are the same, in constant time, whatever characters came."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())


def word(request: HttpRequest, name: str) -> str:
    """The query's word `name`; empty when it is missing or longer than WeChat's ever are."""
    value = request.GET.get(name, "")
    # A lone surrogate could not be signed by anybody.
    fits = len(value) <= LONGEST_WORD and value.isprintable()
    return value if fits else ""


def check(request: HttpRequest, token: str, *, now: datetime) -> None:
    """Raises BadRequest unless the query is signed with `token`, within TOLERANCE of `now`."""
    timestamp, nonce = word(request, "timestamp"), word(request, "nonce")
    right = digest(token, timestamp, nonce)
    if not (timestamp and nonce and matches(word(request, "signature"), right)):
        raise BadRequest("bad_signature", "来源无法确认。", 401)
    fresh(timestamp, now=now)


def fresh(timestamp: str, *, now: datetime) -> None:
    """Raises BadRequest unless `timestamp` (Unix seconds) lies within TOLERANCE of `now`."""
    if not TIMESTAMP.fullmatch(timestamp):
        raise BadRequest("bad_signature", "来源无法确认。", 401)
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE:
        raise BadRequest("stale_signature", "请求已经过期。", 401)
