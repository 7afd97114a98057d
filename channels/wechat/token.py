"""The access token: one for all processes, renewed by one of them, five minutes early.

`POST /cgi-bin/stable_token` (normal mode gives the same token while it is valid; forced mode makes
a new one and is rationed). Each process remembers what it read; a token the platform calls invalid
is renewed once, by whoever comes first.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from channels.errors import NotDelivered, Unreachable
from channels.wechat import state
from channels.wechat.state import StoredToken
from desk.threads import in_thread

logger = logging.getLogger(__name__)

EARLY = timedelta(minutes=5)
PATIENCE = 8.0  # seconds to wait for another process's renewal
LOOK = 0.2  # seconds


@dataclass(frozen=True, slots=True)
class Fresh:
    """What stable_token gave: the token and its seconds."""

    token: str
    seconds: float


Fetch = Callable[[bool], Awaitable[Fresh]]


class TokenStore:
    """One process's view of the account's token; `fetch(force)` asks the platform."""

    def __init__(self, app_id: str, fetch: Fetch) -> None:
        self._app_id, self._fetch = app_id, fetch
        self._owner = uuid4().hex
        self._known: StoredToken | None = None
        self._lock = asyncio.Lock()

    async def get(self) -> str:
        """A token that is good for some minutes yet. Raises NotDelivered."""
        known = self._known
        if known and known.until - EARLY > timezone.now():
            return known.token
        async with self._lock:
            return await self._renewed(bad="")

    async def after(self, bad: str) -> str:
        """Another token than `bad`, which the platform refused. Raises NotDelivered."""
        async with self._lock:
            return await self._renewed(bad=bad)

    async def _renewed(self, *, bad: str) -> str:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE
        while True:
            now = timezone.now()
            stored = await in_thread(state.stored_token, self._app_id)
            usable = stored is not None and stored.token != bad and stored.until > now
            if stored and usable and stored.until - EARLY > now:
                self._known = stored
                return stored.token
            seen = stored.token if stored else ""
            if await in_thread(
                state.claim_refresh, self._app_id, owner=self._owner, now=now, seen=seen
            ):
                return await self._renew(bad, stored if usable else None)
            if stored and usable:
                # Somebody renews it; the old one holds for minutes yet.
                return stored.token
            if loop.time() > deadline:
                raise Unreachable("正在更新微信的访问凭证", code="token")
            await asyncio.sleep(LOOK)

    async def _renew(self, bad: str, old: StoredToken | None) -> str:
        """Asks the platform, in our name alone; `old` helps out while it is away."""
        try:
            fresh = await self._fetch(False)
            if fresh.token == bad:
                # Normal mode insists on the token it believes in: only a forced one helps.
                now = timezone.now()
                if not await in_thread(state.claim_force, self._app_id, owner=self._owner, now=now):
                    raise Unreachable("微信的访问凭证无效，稍后再换", code="token")
                fresh = await self._fetch(True)
        except BaseException as error:
            await in_thread(state.end_refresh, self._app_id, owner=self._owner)
            if old is not None and isinstance(error, NotDelivered):
                logger.warning("the old token is used on: %s", error)
                return old.token
            raise
        until = timezone.now() + timedelta(seconds=fresh.seconds)
        await in_thread(
            state.store_token, self._app_id, fresh.token, until=until, owner=self._owner
        )
        self._known = StoredToken(fresh.token, until)
        return fresh.token
