"""`manage.py worktime`: the calendar in force, with its sources and what it lacks."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from desk.worktime import services
from desk.worktime.calendar import InvalidHours
from desk.worktime.clocks import ServiceClock, Unit, due_at
from desk.worktime.published import InvalidOverlay

SHOWN_YEARS = 4


class Command(BaseCommand):
    help = "显示工作时间、各年放假安排的来源；--from 试算期限。没有录入的年份会告警。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="start", help="从何时起算，如 2026-12-25T10:30")
        parser.add_argument("--days", type=int, default=15, help="试算几个工作日（默认15）")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            calendar, years = services.calendar(), services.years()
        except (InvalidHours, InvalidOverlay) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"工作时间：{settings.WORK_HOURS}（{settings.TIME_ZONE}）")
        last = max(*years, now.year + 1)
        for year in range(last - SHOWN_YEARS + 1, last + 1):
            known = years.get(year)
            if known is None:
                self.stdout.write(f"{year}年：没有录入，按周一至周五")
                continue
            off = sum(1 for worked in known.exceptions.values() if not worked)
            moved = len(known.exceptions) - off
            self.stdout.write(f"{year}年：放假{off}天，调休上班{moved}天，来源：{known.source}")
        if options["start"]:
            opened = self._moment(options["start"])
            clock = ServiceClock(max(options["days"], 1), Unit.DAYS)
            due = due_at(opened, clock, calendar)
            self.stdout.write(f"{clock}：{services.said_moment(due, opened)}")
        for warning in services.warnings(now):
            self.stderr.write(self.style.WARNING(f"警告：{warning}"))

    @staticmethod
    def _moment(text: str) -> datetime:
        try:
            return timezone.make_aware(datetime.fromisoformat(text).replace(tzinfo=None))
        except ValueError as error:
            raise CommandError(f"时间要写成 2026-12-25T10:30，不是 {text}") from error
