"""`manage.py recompute_clocks`: counts open clocks again after the calendar changed."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from desk.tickets import correction
from desk.worktime import services as worktime


class Command(BaseCommand):
    help = "按现在的工作日历重算未办结工单的期限，逐张写入经过和审计；可以反复运行。"

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        seen, changed = correction.recompute(now=now)
        self.stdout.write(f"核对未办结工单 {seen} 张，校正期限 {changed} 张。")
        for warning in worktime.warnings(now):
            self.stderr.write(self.style.WARNING(f"警告：{warning}"))
