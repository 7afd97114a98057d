"""A process's channels in a test: the real gateway and deliverer, with a dialogue as told."""

import asyncio
import time
from contextlib import contextmanager

import httpx

from channels import runtime as runtime_module
from channels.deliver import Deliverer
from channels.dialogue import Dialogue
from channels.doors import senders
from channels.gateway import Gateway
from channels.runtime import Runtime
from desk.conversations.live import Changes
from desk.conversations.models import InboundMessage
from desk.threads import close_thread_connections
from tests.fakes.rasa import ScriptedRasa


@contextmanager
def scripted_rasa(monkeypatch):
    """The dialogue of the test's runtime, which is made at its first use, in the test's loop."""
    scripted = ScriptedRasa()

    def make():
        dialogue = Dialogue("http://rasa", transport=httpx.MockTransport(scripted))
        deliverer = Deliverer(senders(), owner="web:test")
        gateway = Gateway(dialogue, owner="web:test", deliverer=deliverer)
        return Runtime(dialogue, gateway, Changes(), deliverer)

    monkeypatch.setattr(runtime_module, "make", make)
    runtime_module.runtime.cache_clear()
    try:
        yield scripted
    finally:
        runtime_module.runtime.cache_clear()
        close_thread_connections()


async def answered_at_last(patience=30.0):
    """Asks the dialogue again, as the worker does, until every message has its answer."""
    waiting = InboundMessage.objects.filter(state=InboundMessage.State.RECEIVED)
    end = time.monotonic() + patience
    while (message := await waiting.afirst()) and time.monotonic() < end:
        await runtime_module.runtime().gateway.start(message.conversation_id)
        await asyncio.sleep(0.05)
