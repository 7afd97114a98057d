"""What the tests of WeChat share."""

from pathlib import Path

from channels.wechat import answering, effects
from channels.wechat.door import client_of
from tests.fakes import wechat as fake

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "wechat"
PERSON = "oia2TjjewbmiOUlr6X-1crbLOvLw"


def captured(name: str) -> str:
    return (FIXTURES / f"{name}.xml").read_text(encoding="utf-8")


def turn_on(settings, platform):
    """The product's settings for this platform."""
    settings.WECHAT_TOKEN, settings.WECHAT_APP_ID = platform.token, platform.app_id
    settings.WECHAT_APP_SECRET = platform.secret
    settings.WECHAT_AES_KEY = "" if platform.mode == fake.PLAIN else platform.aes_key
    settings.WECHAT_AES_KEY_PREVIOUS = ""
    settings.WECHAT_API_BASE = platform.url
    settings.PUBLIC_URL = "https://chat.example.gov.cn"
    # Its connections belong to the event loop of the test before.
    client_of.cache_clear()
    answering._experience.vain_at = float("-inf")
    effects.acquaintances = effects.Acquaintances()
