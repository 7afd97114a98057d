"""Sends to Telegram through its Bot API."""

import asyncio
from datetime import timedelta

from telegram import (
    Bot,
    LinkPreviewOptions,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from channels.deliver import ENOUGH, Rate
from channels.errors import ChannelBusy, NotDelivered, Refused, Unreachable
from channels.plain import split, written
from channels.telegram.settings import TelegramSettings
from desk.conversations.models import Channel
from desk.conversations.values import Outgoing, Receipt, Said

LONGEST = 4096  # UTF-16 units, as Telegram counts
WAY = "bot_api"


class TelegramSender:
    """The Bot API of one bot; connections are made at the first send."""

    channel = Channel.TELEGRAM.value
    rate = Rate(per_second=14.0, burst=14)  # Telegram allows 30 a second, and two processes send
    most = 1

    def __init__(self, settings: TelegramSettings, *, patience: float = 10.0) -> None:
        self._settings = settings
        self._request = HTTPXRequest(
            connection_pool_size=32,
            connect_timeout=patience,
            read_timeout=patience,
            write_timeout=patience,
            pool_timeout=patience,
        )
        self._bot = Bot(settings.token, base_url=f"{settings.api_base}/bot", request=self._request)

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Sends the one message, in parts if it is long; quick replies come with the last."""
        [said] = outgoing.messages
        parts = split(written(said, base_url=self._settings.public_url), LONGEST, size=units)
        taken = list(outgoing.parts)
        loop = asyncio.get_running_loop()
        enough = loop.time() + ENOUGH
        while len(taken) < len(parts):
            if len(taken) > len(outgoing.parts) and loop.time() > enough:
                return Receipt(WAY, parts=tuple(taken), whole=False)
            last = len(taken) == len(parts) - 1
            try:
                message = await self._one(
                    outgoing.recipient, parts[len(taken)], keyboard(said) if last else None
                )
            except TelegramError as error:
                raise mapped(error, tuple(taken)) from error
            taken.append(str(message.message_id))
        return Receipt(WAY, platform_message_id=taken[-1] if taken else "", parts=tuple(taken))

    async def _one(
        self, chat: str, text: str, markup: ReplyKeyboardMarkup | ReplyKeyboardRemove | None
    ) -> Message:
        return await self._bot.send_message(
            chat_id=int(chat),
            text=text,
            reply_markup=markup,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )

    async def aclose(self) -> None:
        await self._request.shutdown()


def keyboard(said: Said) -> ReplyKeyboardMarkup | ReplyKeyboardRemove:
    """The quick replies: what is tapped comes back as the person's own words."""
    rows = [[str(button.get("payload") or button.get("title"))] for button in said.buttons]
    if not rows:
        return ReplyKeyboardRemove()
    return ReplyKeyboardMarkup(rows, resize_keyboard=True, one_time_keyboard=True)


def units(text: str) -> int:
    """The length of `text` as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def mapped(error: TelegramError, taken: tuple[str, ...]) -> NotDelivered:
    """Telegram's error as one of ours. BadRequest and TimedOut are NetworkErrors there."""
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        seconds = wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
        return ChannelBusy(seconds, "Telegram 要求放慢发送", parts=taken)
    if isinstance(error, Forbidden):
        return Refused("blocked", f"对方停用了机器人：{error.message}", parts=taken)
    if isinstance(error, BadRequest | ChatMigrated):
        return Refused("bad_request", f"Telegram 不接受这条消息：{error.message}", parts=taken)
    if isinstance(error, InvalidToken):
        return Unreachable("Telegram 不认 TELEGRAM_TOKEN", code="bad_token", parts=taken)
    if isinstance(error, TimedOut):
        return Unreachable("Telegram 没有按时回应", code="timeout", parts=taken)
    if isinstance(error, NetworkError):
        return Unreachable(f"连不上 Telegram：{error.message}", parts=taken)
    return Unreachable(f"Telegram 出错：{error.message}", code="platform_error", parts=taken)
