"""Telegram's settings, read once from Django's."""

import re
from dataclasses import dataclass, field

from django.conf import settings

TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{10,}")
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # what Telegram takes


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """What the door and the sender need; the secrets stay out of logs."""

    token: str = field(repr=False)
    secret: str = field(repr=False)
    api_base: str
    public_url: str

    @property
    def account(self) -> str:
        """The bot's own id, the public part of its token."""
        return self.token.partition(":")[0]


def read() -> TelegramSettings | None:
    """The settings; None while Telegram is off (`state` says why)."""
    if state() != "on":
        return None
    return TelegramSettings(
        token=settings.TELEGRAM_TOKEN,
        secret=settings.TELEGRAM_SECRET,
        api_base=settings.TELEGRAM_API_BASE.rstrip("/"),
        public_url=settings.PUBLIC_URL,
    )


def state() -> str:
    """ "on", or "off: …" with the setting that is missing or wrong."""
    for name in ("TELEGRAM_TOKEN", "TELEGRAM_SECRET"):
        if not getattr(settings, name):
            return f"off: {name} is not set"
    if not TOKEN.fullmatch(settings.TELEGRAM_TOKEN):
        return "off: TELEGRAM_TOKEN is no bot token"
    if not SECRET.fullmatch(settings.TELEGRAM_SECRET):
        return "off: TELEGRAM_SECRET takes letters, digits, _ and - only"
    return "on"
