"""`manage.py telegram_webhook`: tells Telegram where to send what people write."""

import asyncio
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from telegram import Bot
from telegram.error import TelegramError

from channels.telegram.settings import TelegramSettings, read, state


class Command(BaseCommand):
    help = "把 PUBLIC_URL 下的回调地址登记到 Telegram；--show 查看，--delete 取消。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--show", action="store_true", help="只看现在登记的地址")
        parser.add_argument("--delete", action="store_true", help="取消登记")

    def handle(self, *args: Any, **options: Any) -> None:
        settings = read()
        if settings is None:
            raise CommandError(f"Telegram 没有开通（{state()}），请先填好设置。")
        if not (options["show"] or options["delete"] or settings.public_url.startswith("https://")):
            raise CommandError("PUBLIC_URL 要写成 https:// 开头的地址，Telegram 才肯回调。")
        try:
            said = asyncio.run(arrange(settings, show=options["show"], delete=options["delete"]))
        except TelegramError as error:
            raise CommandError(f"Telegram 没有接受：{error.message}") from error
        self.stdout.write(said)


async def arrange(settings: TelegramSettings, *, show: bool, delete: bool) -> str:
    """Does what was asked, and says how it stands."""
    async with Bot(settings.token, base_url=f"{settings.api_base}/bot") as bot:
        if delete:
            await bot.delete_webhook()
        elif not show:
            await bot.set_webhook(
                settings.public_url + reverse("telegram:webhook"),
                secret_token=settings.secret,
                allowed_updates=["message", "my_chat_member"],
            )
        now = await bot.get_webhook_info()
    if not now.url:
        return "没有登记回调地址。"
    trouble = f"，最近错误：{now.last_error_message}" if now.last_error_message else ""
    return f"回调地址：{now.url}，待取 {now.pending_update_count} 条{trouble}。"
