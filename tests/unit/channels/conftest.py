"""What the channels' tests share."""

import pytest

from tests.fakes.runtime import scripted_rasa


@pytest.fixture
def rasa(monkeypatch):
    with scripted_rasa(monkeypatch) as scripted:
        yield scripted
