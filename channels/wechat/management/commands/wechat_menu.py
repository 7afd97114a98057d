"""`manage.py wechat_menu`: shows, compares and publishes the public account's menu."""

import asyncio
import difflib
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from channels.errors import NotDelivered
from channels.wechat.client import ApiError, WeChatClient
from channels.wechat.menu import BadMenu, path, read_menu
from channels.wechat.settings import WeChatSettings, read, state

NO_MENU = 46003
KEPT = ("name", "type", "key", "url", "sub_button")


class Command(BaseCommand):
    help = "公众号菜单：show 看线上的，diff 与菜单文件比较，publish 发布菜单文件。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["show", "diff", "publish"])

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        settings = read()
        if settings is None:
            raise CommandError(f"微信没有开通（{state()}），请先填好设置。")
        try:
            self.stdout.write(asyncio.run(arrange(settings, action)))
        except BadMenu as error:
            raise CommandError(str(error)) from error
        except ApiError as error:
            raise CommandError(f"微信没有接受：{error.code} {error.message}") from error
        except NotDelivered as error:
            raise CommandError(f"{error.reason}（{error.code}）。") from error


async def arrange(settings: WeChatSettings, action: str) -> str:
    """Does it, and says how it stands. Raises BadMenu, ApiError, NotDelivered."""
    client = WeChatClient(settings)
    try:
        if action == "show":
            return pretty(await online(client)) or "线上还没有菜单。"
        ours = read_menu(path(), public_url=settings.public_url).buttons
        if action == "diff":
            return compared(await online(client), ours) or "线上的菜单与文件一致。"
        if any(url.startswith("/") for url in urls(ours)):
            raise BadMenu("菜单里有本站页面，请先设置 PUBLIC_URL。")
        await client.call("/cgi-bin/menu/create", {"button": ours})
        return "菜单已发布；关注者最迟五分钟后看到，取消关注再关注可立即看到。"
    finally:
        await client.aclose()


async def online(client: WeChatClient) -> list[dict[str, Any]]:
    """The buttons of the menu that is published; none without one."""
    try:
        answer = await client.call("/cgi-bin/menu/get")
    except ApiError as error:
        if error.code == NO_MENU:
            return []
        raise
    menu = answer.get("menu")
    buttons = menu.get("button") if isinstance(menu, dict) else None
    return [plain(button) for button in buttons or [] if isinstance(button, dict)]


def plain(button: dict[str, Any]) -> dict[str, Any]:
    """A button without what the platform adds to it."""
    kept = {name: button[name] for name in KEPT if button.get(name)}
    if "sub_button" in kept:
        kept["sub_button"] = [plain(one) for one in kept["sub_button"]]
    return kept


def urls(buttons: list[dict[str, Any]]) -> list[str]:
    """The addresses in the menu."""
    every = [one for button in buttons for one in (button, *button.get("sub_button", []))]
    return [one["url"] for one in every if "url" in one]


def pretty(buttons: list[dict[str, Any]]) -> str:
    if not buttons:
        return ""
    return json.dumps(buttons, ensure_ascii=False, indent=2, sort_keys=True)


def compared(theirs: list[dict[str, Any]], ours: list[dict[str, Any]]) -> str:
    """The lines that differ; empty when none does."""
    before, after = pretty(theirs).splitlines(), pretty(ours).splitlines()
    return "\n".join(difflib.unified_diff(before, after, "线上", "文件", lineterm="", n=1))
