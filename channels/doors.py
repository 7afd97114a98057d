"""The doors of this installation: which channels are on, why the others are off, what sends."""

from collections.abc import Callable
from dataclasses import dataclass

from channels.deliver import Sender
from channels.hotline import door as hotline_door
from channels.hotline import settings as hotline_settings
from channels.telegram import door as telegram_door
from channels.telegram import settings as telegram_settings
from channels.wechat import door as wechat_door
from channels.wechat import settings as wechat_settings

ON = "on"


@dataclass(frozen=True, slots=True)
class Door:
    """A channel: `state` is "on", or "off: …" with what is missing; `sender` None where pulled.

    Both are asked for when the process starts its runtime, not at import.
    """

    channel: str
    state: Callable[[], str]
    sender: Callable[[], Sender | None]


def doors() -> list[Door]:
    """Every door there is."""
    return [
        Door("web", lambda: ON, lambda: None),
        Door("wechat", wechat_settings.state, wechat_door.sender),
        Door("telegram", telegram_settings.state, telegram_door.sender),
        Door("hotline", hotline_settings.state, hotline_door.sender),
    ]


def states() -> dict[str, str]:
    """Each channel's state, as `/readyz` says it."""
    return {door.channel: door.state() for door in doors()}


def senders() -> dict[str, Sender]:
    """The senders of the channels that are on."""
    made = {door.channel: door.sender() for door in doors() if door.state() == ON}
    return {channel: sender for channel, sender in made.items() if sender is not None}
