"""Conversations as Rasa hands them to an action."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

import actions
from actions import matching, own_notices
from actions.knowledge import shelf
from desk.conversations import turns
from desk.conversations.values import IncomingMessage
from desk.threads import close_thread_connections
from knowledge_base.__main__ import main as knowledge_base
from knowledge_base.search import KnowledgeBase

MakeTracker = Callable[..., Tracker]
TODAY = date(2026, 11, 24)
CORPUS = Path(actions.__file__).resolve().parent.parent / "knowledge_base" / "corpus"


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    """The whole corpus: how sure an answer is depends on how rare its words are there."""
    folder = tmp_path_factory.mktemp("corpus")
    assert knowledge_base(["ingest", str(CORPUS), "--index", str(folder)]) == 0
    return KnowledgeBase.open(folder)


@pytest.fixture(autouse=True)
def threads_end() -> Iterator[None]:
    """Services ran in threads, whose connections would keep the test's database."""
    yield
    close_thread_connections()


@pytest.fixture
def served(corpus: KnowledgeBase, monkeypatch: pytest.MonkeyPatch) -> KnowledgeBase:
    """What the actions search, on TODAY."""
    monkeypatch.setattr(shelf, "_knowledge", corpus)
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: TODAY)
    return corpus


@pytest.fixture(autouse=True)
def a_stranger(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a test has no database, nobody has a ticket or speaks for a firm."""
    if request.node.get_closest_marker("django_db") is None:
        monkeypatch.setattr(own_notices, "awaited_of", lambda message: None)
        monkeypatch.setattr(matching, "own_firm", lambda conversation: None)


@pytest.fixture
def dispatcher() -> CollectingDispatcher:
    return CollectingDispatcher()


@pytest.fixture
def conversation() -> UUID:
    """A visitor's conversation; the test must be allowed to use the database."""
    message = IncomingMessage("web", "site", uuid4().hex, "1", "你好", timezone.now())
    return turns.accept(message).conversation_id


@pytest.fixture
def make_tracker() -> MakeTracker:
    """A tracker after a person's message; `since` are the events that followed it."""

    def make(
        text: str,
        *,
        conversation: UUID | None = None,
        intent: str = "",
        confidence: float = 0.9,
        slots: dict[str, Any] | None = None,
        before: list[dict[str, Any]] | None = None,
        since: list[dict[str, Any]] | None = None,
        message_id: str = "42",
        entities: list[dict[str, Any]] | None = None,
    ) -> Tracker:
        said = {"event": "user", "text": text, "message_id": message_id}
        return Tracker(
            str(conversation or uuid4()),
            slots or {},
            {
                "text": text,
                "intent": {"name": intent, "confidence": confidence},
                "entities": entities or [],
            },
            [*(before or []), said, *(since or [])],
            False,
            None,
            {},
            "action_listen",
        )

    return make
