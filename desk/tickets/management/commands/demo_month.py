"""`manage.py demo_month`: tickets as a real month leaves them behind."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from desk.tickets import demo
from desk.tickets.models import Ticket

MOST = 200_000


class Command(BaseCommand):
    help = "生成一个月的示例工单（人和事都是虚构的）；已有工单时不做任何事，除非加 --more。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="随机种子，相同则结果相同")
        parser.add_argument("--tickets", type=int, default=40, help="工单数（默认40）")
        parser.add_argument("--until", help="到何时为止，如 2026-11-23T17:00；默认现在")
        parser.add_argument("--more", action="store_true", help="已有工单时也生成")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["tickets"] <= MOST:
            raise CommandError(f"工单数要在1到{MOST}之间。")
        if Ticket.objects.exists() and not options["more"]:
            self.stdout.write("已有工单，不再生成示例；确实要再生成请加 --more 和新的 --seed。")
            return
        if Ticket.objects.filter(idempotency_key=f"demo:{options['seed']}-0").exists():
            raise CommandError("这个种子的示例已经生成过，请换一个 --seed。")
        try:
            with transaction.atomic():
                made = demo.make(
                    seed=options["seed"],
                    tickets=options["tickets"],
                    until=self._until(options["until"]),
                )
        except LookupError as error:
            raise CommandError("还没有演示账号，请先执行 manage.py demo_staff。") from error
        self.stdout.write(f"示例工单：新建 {made} 张。")

    @staticmethod
    def _until(text: str | None) -> datetime:
        if not text:
            return timezone.now()
        try:
            return timezone.make_aware(datetime.fromisoformat(text).replace(tzinfo=None))
        except ValueError as error:
            raise CommandError(f"时间要写成 2026-11-23T17:00，不是 {text}") from error
