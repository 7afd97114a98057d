"""What the tests of bot/ share. Run by .venv-rasa: `python -m pytest -c tests/rasa/pytest.ini`."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import structlog
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event
from rasa.shared.core.trackers import DialogueStateTracker

from bot import rasa_patches, training
from bot.input_channel import Turns
from bot.tracker_store import BoundedTrackerStore

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
# Unconfigured, structlog prints every debug line of Rasa.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))

T = TypeVar("T")
CONVERSATION = "7f1d5c9e-1111-4222-8333-123456789abc"


def run(made: Awaitable[T]) -> T:
    """What `made` gives, awaited to its end."""

    async def wait() -> T:
        return await made

    return asyncio.run(wait())


class Actions:
    """Stands in for the action server: counts calls, answers or fails, may be slow."""

    def __init__(self) -> None:
        self.called: list[str] = []
        self.failure: Exception | None = None
        self.seconds = 0.0

    async def run(
        self,
        name: str,
        output: OutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[Event]:
        self.called.append(name)
        await asyncio.sleep(self.seconds)
        if self.failure is not None:
            raise self.failure
        said = tracker.latest_message.text if tracker.latest_message else ""
        return [BotUttered(f"{name}:{said}", {"custom": {"citations": [{"passage": "p1"}]}})]


@pytest.fixture(scope="session")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Agent:
    """The dialogue of the present files, trained once per change into DATA_DIR."""
    os.environ.setdefault("DATA_DIR", str(tmp_path_factory.mktemp("data")))
    rasa_patches.apply()
    return Agent.load(str(training.train(only_if_changed=True)))


@pytest.fixture
def actions(monkeypatch: pytest.MonkeyPatch) -> Actions:
    """Custom actions without a server."""
    fake = Actions()

    async def remote(self: Any, *args: Any) -> list[Event]:
        return await fake.run(self.name(), *args)

    monkeypatch.setattr("rasa.core.actions.action.RemoteAction.run", remote)
    return fake


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where this test's trackers lie."""
    return tmp_path / "trackers.sqlite"


@pytest.fixture
def open_door(agent: Agent, path: Path) -> Iterator[Callable[[], Turns]]:
    """A door as after a start of Rasa; called again, as after a restart."""
    stores: list[BoundedTrackerStore] = []

    def start() -> Turns:
        store = BoundedTrackerStore(agent.domain, address=f"sqlite:///{path}")
        stores.append(store)
        agent.tracker_store = agent.processor.tracker_store = store
        return Turns(agent, store)

    yield start
    for store in stores:
        store.close()
