"""Ready: each dependency ready or why not. (`/healthz`, alive, is answered in asgi.py.)"""

import asyncio
from collections.abc import Awaitable
from functools import lru_cache

import httpx
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from channels.doors import states, troubles
from desk.threads import in_thread
from knowledge_base.errors import KnowledgeError
from knowledge_base.storage import Mark, mark, open_version

PATIENCE = 2.0  # seconds


async def ready(request: HttpRequest) -> JsonResponse:
    """200 when a question can be answered end to end, else 503; the reasons in either case."""
    checks: dict[str, Awaitable[str]] = {
        "database": in_thread(database),
        "index": in_thread(index),
        "rasa": answers(f"{settings.RASA_URL}/webhooks/peipao/health"),
        "actions": answers(f"{settings.ACTIONS_URL}/ready"),
        "worker": answers(f"{settings.WORKER_URL}/health"),
    }
    results = dict(zip(checks, await asyncio.gather(*checks.values()), strict=True))
    whole = all(result == "ok" for result in results.values())
    body = {
        "status": "ok" if whole else "not_ready",
        "checks": results,
        "channels": states(),
        "troubles": await in_thread(channel_troubles),
    }
    answer = JsonResponse(body, status=200 if whole else 503)
    # It says so itself; Django would log each "not yet" of a start as an error.
    answer._has_been_logged = True  # type: ignore[attr-defined]  # Django's own mark
    return answer


def channel_troubles() -> dict[str, str]:
    """What platforms deny us now; nothing while the database is away."""
    try:
        return {channel: words for channel, words in troubles().items() if words}
    except DatabaseError:
        return {}


def database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as error:
        return f"not ready: {type(error).__name__}"
    return "ok"


def index() -> str:
    return checked_index(mark(settings.INDEX_DIR))


@lru_cache(maxsize=1)
def checked_index(found: Mark | None) -> str:
    """Whether the index is whole, read once for each index that is put in place."""
    try:
        open_version(settings.INDEX_DIR)
    except KnowledgeError as error:
        return f"not ready: {error.code}"
    return "ok"


async def answers(url: str) -> str:
    try:
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
            response = await client.get(url)
    except httpx.HTTPError as error:
        return f"not ready: {type(error).__name__}"
    return "ok" if response.status_code == httpx.codes.OK else f"not ready: {response.status_code}"
