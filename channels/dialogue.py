"""Asks the dialogue core (Rasa) for the answer to one stored message, over loopback HTTP."""

import asyncio
from typing import Any

import httpx

from desk.conversations.values import Reply, Turn

# Longer than any honest turn, shorter than the turn's lease; from the first wait to the last byte.
PATIENCE = 15.0  # seconds


# No answer in time, or one that is none of ours.
UNUSABLE = (httpx.HTTPError, TimeoutError, ValueError, KeyError, TypeError, AttributeError)


class DialogueUnavailable(Exception):
    """Nothing was decided: the same message may be asked again later."""


class DialogueSilent(Exception):
    """The dialogue made a turn without a word; asking again would give the same."""


class Dialogue:
    """A client of `bot/input_channel.py`; safe for many turns at once."""

    def __init__(self, url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=32)
        self._client = httpx.AsyncClient(
            base_url=url, timeout=PATIENCE, limits=limits, transport=transport, trust_env=False
        )

    async def ask(self, turn: Turn) -> list[Reply]:
        """The replies to `turn`, at least one. The same turn again gives the same replies.

        Raises DialogueUnavailable, DialogueSilent.
        """
        body = {
            "conversation": str(turn.conversation_id),
            "message_id": turn.key,
            "text": neutral(turn.text),
        }
        try:
            async with asyncio.timeout(PATIENCE):
                response = await self._client.post("/webhooks/peipao/turn", json=body)
            response.raise_for_status()
            replies = read_replies(response.json())
        except UNUSABLE as error:
            raise DialogueUnavailable(f"{type(error).__name__}: {error}") from error
        if not replies:
            raise DialogueSilent("a turn without a reply")
        return replies

    async def aclose(self) -> None:
        await self._client.aclose()


def neutral(text: str) -> str:
    """`text` as plain words: a leading "/" would be parsed by Rasa as an intent."""
    stripped = text.lstrip()
    return "／" + stripped[1:] if stripped.startswith("/") else text


def read_replies(body: dict[str, Any]) -> list[Reply]:
    """The replies in a turn's answer; those without text are left out."""
    return [
        Reply(
            text=str(reply["text"]),
            buttons=list(reply.get("buttons") or []),
            citations=list(reply.get("citations") or []),
        )
        for reply in body["replies"]
        if reply.get("text")
    ]
