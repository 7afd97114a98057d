"""What one process's channels share: the gateway and the live streams, made at its first use."""

import os
import socket
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from channels.dialogue import Dialogue
from channels.gateway import Gateway
from channels.live import NewMessages


@dataclass(frozen=True, slots=True)
class Runtime:
    dialogue: Dialogue
    gateway: Gateway
    live: NewMessages

    async def close(self) -> None:
        """Lets the turns under way end, then closes."""
        await self.gateway.drain()
        await self.live.stop()
        await self.dialogue.aclose()


@cache
def runtime() -> Runtime:
    """This process's runtime; its parts belong to the process's one event loop."""
    dialogue = Dialogue(settings.RASA_URL)
    owner = f"{socket.gethostname()}:{os.getpid()}"
    return Runtime(dialogue, Gateway(dialogue, owner=owner), NewMessages())
