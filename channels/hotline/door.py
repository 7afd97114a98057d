"""The hotline among the doors (channels/doors.py)."""

from channels.deliver import Sender
from channels.hotline.sender import HotlineSender
from channels.hotline.settings import read


def sender() -> Sender | None:
    """The sender, while the hotline is on."""
    return HotlineSender() if read() else None
