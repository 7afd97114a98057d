"""What one process's channels share: gateway, deliverer, live streams; made at its first use."""

import os
import socket
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from channels.deliver import Deliverer
from channels.dialogue import Dialogue
from channels.doors import senders
from channels.gateway import Gateway
from desk.conversations.live import Changes, changes


@dataclass(frozen=True, slots=True)
class Runtime:
    dialogue: Dialogue
    gateway: Gateway
    live: Changes
    deliverer: Deliverer

    async def close(self) -> None:
        """Lets the turns and the sends under way end, then closes."""
        await self.gateway.drain()
        await self.deliverer.drain()
        await self.live.stop()
        await self.dialogue.aclose()


def make() -> Runtime:
    """A runtime from the settings."""
    dialogue = Dialogue(settings.RASA_URL)
    owner = f"{socket.gethostname()}:{os.getpid()}"
    deliverer = Deliverer(senders(), owner=owner)
    gateway = Gateway(dialogue, owner=owner, deliverer=deliverer)
    return Runtime(dialogue, gateway, changes(), deliverer)


@cache
def runtime() -> Runtime:
    """This process's runtime; its parts belong to the process's one event loop."""
    return make()
