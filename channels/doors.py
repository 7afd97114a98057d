"""The doors of this installation: which channels are on, why the others are off, what sends."""

from collections.abc import Callable
from dataclasses import dataclass

from channels.deliver import Sender
from channels.hotline import door as hotline_door
from channels.hotline import settings as hotline_settings
from channels.media import Files
from channels.telegram import door as telegram_door
from channels.telegram import settings as telegram_settings
from channels.wechat import door as wechat_door
from channels.wechat import settings as wechat_settings

ON = "on"


@dataclass(frozen=True, slots=True)
class Door:
    """A channel: `state` is "on", or "off: …" with what is missing; `sender` None where pulled;
    `files` fetches what people send there, None where files come with the message or never;
    `trouble` what its platform denies us for now, from the database, empty when nothing.

    All are asked for when they are needed, not at import.
    """

    channel: str
    state: Callable[[], str]
    sender: Callable[[], Sender | None]
    trouble: Callable[[], str] = str
    files: Callable[[], Files | None] = lambda: None


def doors() -> list[Door]:
    """Every door there is."""
    return [
        Door("web", lambda: ON, lambda: None),
        Door(
            "wechat",
            wechat_settings.state,
            wechat_door.sender,
            wechat_door.trouble,
            wechat_door.files,
        ),
        Door("telegram", telegram_settings.state, telegram_door.sender, files=telegram_door.files),
        Door("hotline", hotline_settings.state, hotline_door.sender),
    ]


def states() -> dict[str, str]:
    """Each channel's state, as `/readyz` says it."""
    return {door.channel: door.state() for door in doors()}


def troubles() -> dict[str, str]:
    """What is wrong with each channel that is on; empty words for those that are well."""
    return {door.channel: door.trouble() for door in doors() if door.state() == ON}


def senders() -> dict[str, Sender]:
    """The senders of the channels that are on."""
    made = {door.channel: door.sender() for door in doors() if door.state() == ON}
    return {channel: sender for channel, sender in made.items() if sender is not None}


def all_files() -> dict[str, Files]:
    """What fetches people's files, of the channels that are on."""
    made = {door.channel: door.files() for door in doors() if door.state() == ON}
    return {channel: files for channel, files in made.items() if files is not None}
