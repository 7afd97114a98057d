"""The public account's menu: read from YAML, as WeChat takes it, and what a tap on it says."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

OURS = Path(__file__).with_name("menu.yml")
MOST_ENTRIES = 3
MOST_BELOW = 5
LONGEST_NAME, LONGEST_NAME_BELOW = 16, 60  # bytes, as the platform counts
LONGEST_KEY = 128  # bytes


class BadMenu(Exception):
    """What is wrong with the menu's file, in a sentence."""


@dataclass(frozen=True, slots=True)
class Menu:
    """`buttons`: as WeChat's menu/create takes them; `words`: key → what a tap says."""

    buttons: list[dict[str, Any]]
    words: dict[str, str]


def path() -> Path:
    """The installation's own file, else ours."""
    return Path(settings.WECHAT_MENU) if settings.WECHAT_MENU else OURS


def read_menu(file: Path, *, public_url: str = "") -> Menu:
    """The menu in `file`. Raises BadMenu."""
    try:
        rows = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadMenu(f"菜单文件读不了：{type(error).__name__}。") from error
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_ENTRIES:
        raise BadMenu(f"菜单应当有1到{MOST_ENTRIES}个一级菜单。")
    words: dict[str, str] = {}
    buttons = [button(row, words, public_url=public_url) for row in rows]
    return Menu(buttons, words)


def button(
    row: object, words: dict[str, str], *, public_url: str, below: bool = False
) -> dict[str, Any]:
    """One entry as WeChat takes it; what it says is added to `words`."""
    if not isinstance(row, dict) or not isinstance(row.get("name"), str) or not row["name"].strip():
        raise BadMenu("每个菜单项都要有 name。")
    name = row["name"].strip()
    if len(name.encode()) > (LONGEST_NAME_BELOW if below else LONGEST_NAME):
        raise BadMenu(f"菜单名“{name}”太长了。")
    entries = row.get("entries")
    if entries is not None:
        if below or not isinstance(entries, list) or not 0 < len(entries) <= MOST_BELOW:
            raise BadMenu(f"“{name}”下面应当有1到{MOST_BELOW}个菜单项，最多两级。")
        made = [button(one, words, public_url=public_url, below=True) for one in entries]
        return {"name": name, "sub_button": made}
    says, place, url = (row.get(key) for key in ("says", "path", "url"))
    if isinstance(says, str) and says.strip():
        key = says.strip()
        if len(key.encode()) > LONGEST_KEY:
            raise BadMenu(f"“{name}”要说的话太长了。")
        words[key] = key
        return {"type": "click", "name": name, "key": key}
    if isinstance(place, str) and place.startswith("/"):
        # Without PUBLIC_URL it cannot be published; reading what taps say needs no address.
        return {"type": "view", "name": name, "url": f"{public_url}{place}"}
    if isinstance(url, str) and url.startswith(("https://", "http://")):
        return {"type": "view", "name": name, "url": url}
    raise BadMenu(f"“{name}”要写明 says、path 或 url。")


def said_by(key: str) -> str:
    """What a tap on the entry with this key says; empty when the menu has none."""
    try:
        return _words(path()).get(key, "")
    except BadMenu:
        return ""


@lru_cache(maxsize=4)
def _words(file: Path) -> dict[str, str]:
    return read_menu(file).words
