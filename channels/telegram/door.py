"""Telegram among the doors (channels/doors.py)."""

from channels.deliver import Sender
from channels.media import Files
from channels.telegram.files import TelegramFiles
from channels.telegram.sender import TelegramSender
from channels.telegram.settings import read


def sender() -> Sender | None:
    """The sender, while Telegram is on."""
    settings = read()
    return TelegramSender(settings) if settings else None


def files() -> Files | None:
    """What fetches people's files, while Telegram is on."""
    settings = read()
    return TelegramFiles(settings) if settings else None
