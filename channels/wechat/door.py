"""WeChat among the doors (channels/doors.py)."""

from functools import lru_cache

from django.utils import timezone

from channels.deliver import Sender
from channels.media import Files
from channels.wechat import state
from channels.wechat.client import WeChatClient
from channels.wechat.files import WeChatFiles
from channels.wechat.sender import WeChatSender
from channels.wechat.settings import WeChatSettings, read


def sender() -> Sender | None:
    """The sender, while WeChat is on."""
    settings = read()
    return WeChatSender(settings, client_of(settings)) if settings else None


def files() -> Files | None:
    """What fetches people's files, while WeChat is on; its connections are its own, so that no
    answer waits for a video."""
    settings = read()
    return WeChatFiles(WeChatClient(settings)) if settings else None


def trouble() -> str:
    """What WeChat does not let us do now, for those who watch; empty when nothing."""
    settings = read()
    if settings is None:
        return ""
    account = state.account_state(settings.app_id, now=timezone.now())
    if account.paused_for:
        return f"nothing is pushed for {account.paused_for:.0f} s: {account.pause_code}"
    return "" if account.may_push else "no right to customer messages: wechat_48001"


@lru_cache(maxsize=4)
def client_of(settings: WeChatSettings) -> WeChatClient:
    """This process's client of the account: sender and door share its token and connections."""
    return WeChatClient(settings)
