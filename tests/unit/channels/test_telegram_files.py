"""getFile and the download as Telegram answers them."""

from contextlib import aclosing

import pytest

from channels.errors import ChannelBusy, Refused, Unreachable
from channels.telegram.files import TelegramFiles
from channels.telegram.settings import read
from tests.fakes import telegram as fake
from tests.fakes.telegram import HANGS_UP, RATE_LIMITED, SERVER_ERROR, Step

PICTURE = b"\xff\xd8\xff\xe0" + b"0" * 100_000
UNAVAILABLE = "Bad Request: wrong file_id or the file is temporarily unavailable"


@pytest.fixture
def platform(settings, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with fake.running_telegram() as running:
        settings.TELEGRAM_TOKEN, settings.TELEGRAM_SECRET = fake.TOKEN, fake.SECRET
        settings.TELEGRAM_API_BASE = running.url
        running.files["p1"] = PICTURE
        yield running


@pytest.fixture
async def files(platform):
    made = TelegramFiles(read())
    yield made
    await made.aclose()


async def fetched(files, file_id="p1"):
    async with aclosing(files.fetch({"file_id": file_id})) as pieces:
        return b"".join([piece async for piece in pieces])


async def test_a_picture_comes_whole(files):
    assert await fetched(files) == PICTURE


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        ([RATE_LIMITED], ChannelBusy),
        ([SERVER_ERROR], Unreachable),
        ([HANGS_UP], Unreachable),
        ([Step(400, UNAVAILABLE)], Unreachable),
        ([Step(400, "Bad Request: file is too big")], Refused),
        ([Step(), HANGS_UP], Unreachable),
        ([Step(), SERVER_ERROR], Unreachable),
    ],
    ids=["429", "502", "hangs up", "unavailable", "too big", "breaks off", "file 502"],
)
async def test_trouble_is_told_apart(platform, files, steps, error):
    platform.script.extend(steps)
    with pytest.raises(error):
        await fetched(files)
    assert await fetched(files) == PICTURE


async def test_what_is_unknown_is_gone(files):
    with pytest.raises(Refused):
        await fetched(files, "p2")


async def test_the_token_stands_in_no_error(platform, files):
    platform.script.extend([Step(), HANGS_UP])
    with pytest.raises(Unreachable) as broken:
        await fetched(files)
    assert fake.TOKEN not in str(broken.value)
