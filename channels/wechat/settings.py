"""WeChat's settings, read once from Django's."""

import re
from dataclasses import dataclass, field

from django.conf import settings

TOKEN = re.compile(r"[A-Za-z0-9]{3,32}")
APP_ID = re.compile(r"[A-Za-z0-9_-]{6,64}")
AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")


@dataclass(frozen=True, slots=True)
class WeChatSettings:
    """What the door and the sender need; the secrets stay out of logs.

    `aes_keys`: the present key, then the one before it; none: plain mode.
    """

    token: str = field(repr=False)
    app_id: str
    app_secret: str = field(repr=False)
    aes_keys: tuple[str, ...] = field(repr=False)
    api_base: str
    public_url: str

    @property
    def secure(self) -> bool:
        """Whether only encrypted messages are taken."""
        return bool(self.aes_keys)


def read() -> WeChatSettings | None:
    """The settings; None while WeChat is off (`state` says why)."""
    if state() != "on":
        return None
    keys = (settings.WECHAT_AES_KEY, settings.WECHAT_AES_KEY_PREVIOUS)
    return WeChatSettings(
        token=settings.WECHAT_TOKEN,
        app_id=settings.WECHAT_APP_ID,
        app_secret=settings.WECHAT_APP_SECRET,
        aes_keys=tuple(key for key in keys if key),
        api_base=settings.WECHAT_API_BASE.rstrip("/"),
        public_url=settings.PUBLIC_URL,
    )


def state() -> str:
    """ "on", or "off: …" with the setting that is missing or wrong."""
    for name in ("WECHAT_TOKEN", "WECHAT_APP_ID", "WECHAT_APP_SECRET"):
        if not getattr(settings, name):
            return f"off: {name} is not set"
    if not TOKEN.fullmatch(settings.WECHAT_TOKEN):
        return "off: WECHAT_TOKEN takes 3 to 32 letters and digits"
    if not APP_ID.fullmatch(settings.WECHAT_APP_ID):
        return "off: WECHAT_APP_ID is no AppID"
    for name in ("WECHAT_AES_KEY", "WECHAT_AES_KEY_PREVIOUS"):
        key = getattr(settings, name)
        if key and not AES_KEY.fullmatch(key):
            return f"off: {name} has 43 letters and digits"
    if settings.WECHAT_AES_KEY_PREVIOUS and not settings.WECHAT_AES_KEY:
        # Else a forgotten new key would silently open the door to unencrypted messages.
        return "off: WECHAT_AES_KEY is not set, but the previous one is"
    return "on"
