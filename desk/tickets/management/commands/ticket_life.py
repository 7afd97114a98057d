"""`manage.py ticket_life`: the diagram of a ticket's life, from the data that rules it."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from desk.tickets import drawing


class Command(BaseCommand):
    help = "画出工单的流转图（Markdown）；--write 写入 docs/ticket-life.md。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true", help="写入 docs/ticket-life.md")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["write"]:
            path = settings.BASE_DIR / "docs" / "ticket-life.md"
            path.write_text(drawing.page(), encoding="utf-8")
            self.stdout.write(f"已写入 docs/{path.name}。")
        else:
            self.stdout.write(drawing.page())
