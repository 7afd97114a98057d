"""WeChat among the doors (channels/doors.py)."""

from functools import lru_cache

from channels.deliver import Sender
from channels.wechat.client import WeChatClient
from channels.wechat.sender import WeChatSender
from channels.wechat.settings import WeChatSettings, read


def sender() -> Sender | None:
    """The sender, while WeChat is on."""
    settings = read()
    return WeChatSender(settings, client_of(settings)) if settings else None


@lru_cache(maxsize=4)
def client_of(settings: WeChatSettings) -> WeChatClient:
    """This process's client of the account: sender and door share its token and connections."""
    return WeChatClient(settings)
