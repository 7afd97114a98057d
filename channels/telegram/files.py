"""What people send on Telegram: getFile says where it lies, then it is downloaded from there."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import httpx
from telegram import Bot
from telegram.error import BadRequest, TelegramError
from telegram.request import HTTPXRequest

from channels.errors import NotDelivered, Refused, Unreachable
from channels.telegram.sender import mapped
from channels.telegram.settings import TelegramSettings
from desk.conversations.models import Channel

TOO_BIG = "file is too big"  # more than 20 MB: bots do not get it
PASSING = "temporarily unavailable"


class TelegramFiles:
    """The files of one bot's people; connections are made at the first."""

    channel = Channel.TELEGRAM.value

    def __init__(self, settings: TelegramSettings, *, patience: float = 10.0) -> None:
        self._request = HTTPXRequest(connect_timeout=patience, read_timeout=patience)
        self._bot = Bot(
            settings.token,
            base_url=f"{settings.api_base}/bot",
            base_file_url=f"{settings.api_base}/file/bot",
            request=self._request,
        )
        self._http = httpx.AsyncClient(timeout=patience)

    async def fetch(self, media: Mapping[str, Any]) -> AsyncGenerator[bytes, None]:
        """The file's bytes. Raises NotDelivered."""
        try:
            found = await self._bot.get_file(str(media.get("file_id", "")))
        except TelegramError as error:
            raise _not_given(error) from error
        try:
            async with self._http.stream("GET", found.file_path or "") as response:
                if response.status_code != httpx.codes.OK:
                    # Where it lies holds for an hour: the next try asks anew.
                    raise Unreachable(f"Telegram 答复 {response.status_code}", code="no_file")
                async for piece in response.aiter_bytes():
                    yield piece
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # Not the error's own words: they may hold the address, and with it the token.
            raise Unreachable(f"从 Telegram 取文件中断：{type(error).__name__}") from error

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._request.shutdown()
        await self._http.aclose()


def _not_given(error: TelegramError) -> NotDelivered:
    if isinstance(error, BadRequest):
        words = error.message.lower()
        if TOO_BIG in words:
            return Refused("too_big", "文件太大了，Telegram 不交给机器人（超过20MB）")
        if PASSING in words:
            return Unreachable("Telegram 暂时给不了这个文件", code="unavailable")
        return Refused("bad_request", "Telegram 上没有这个文件了")
    return mapped(error, ())
