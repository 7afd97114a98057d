"""`manage.py demo_enterprises`: twelve firms that do not exist."""

from typing import Any

from django.core.management.base import BaseCommand

from desk.enterprises import demo, services


class Command(BaseCommand):
    help = "建立示例企业；已有的不改动，可以反复运行。"

    def handle(self, *args: Any, **options: Any) -> None:
        cards = demo.cards()
        made = sum(services.register(card)[1] for card in cards)
        self.stdout.write(f"示例企业：新建 {made} 家，共 {len(cards)} 家。")
