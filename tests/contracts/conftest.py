"""Every test here runs once for each channel."""

from contextlib import contextmanager

import pytest

from tests.contracts.harness import DOORS
from tests.fakes.runtime import scripted_rasa

PUSHING = [name for name, door in DOORS.items() if door.pushes]


@pytest.fixture
def rasa(monkeypatch):
    with scripted_rasa(monkeypatch) as scripted:
        yield scripted


@pytest.fixture
def opened(settings, async_client, rasa, monkeypatch):
    """Opens a channel, with its platform at the other end."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)

    @contextmanager
    def open_door(name):
        with DOORS[name].platform() as platform:
            yield DOORS[name](async_client, settings, platform)

    return open_door


@pytest.fixture(params=sorted(DOORS))
def door(request, opened):
    """A channel that is on."""
    with opened(request.param) as found:
        yield found


@pytest.fixture(params=sorted(PUSHING))
def pushing(request, opened):
    """A channel whose messages we send to its platform."""
    with opened(request.param) as found:
        yield found
