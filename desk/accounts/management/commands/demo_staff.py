"""`manage.py demo_staff`: the demonstration's departments and staff."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from desk.accounts import demo, services


class Command(BaseCommand):
    help = "建立演示部门和演示账号；随机密码只在建立（或 --reset）时显示这一次。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reset", action="store_true", help="给所有演示账号换新密码")
        parser.add_argument("--json", action="store_true", help="以 JSON 输出，供程序读取")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        for code, name in demo.DEPARTMENTS.items():
            services.ensure_department(code, name)
        rows = [self._account(card, reset=options["reset"]) for card in demo.STAFF]
        if options["json"]:
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2))
            return
        told = [row for row in rows if row["password"]]
        if not told:
            self.stdout.write("演示账号都已存在，密码不再显示；要换新密码请加 --reset。")
            return
        self.stdout.write("演示账号（密码只显示这一次，请记下）：")
        for row in told:
            place = f"{row['department']} " if row["department"] else ""
            self.stdout.write(
                f"  {row['username']:<10} {row['password']}  "
                f"{row['display_name']}（{place}{row['role_name']}）"
            )

    @staticmethod
    def _account(card: services.StaffCard, *, reset: bool) -> dict[str, str | None]:
        """One account as a row; its password only when it was made or reset just now."""
        staff, password = services.ensure_staff(card)
        if reset and password is None:
            password = services.reset_password(staff)
        return {
            "username": staff.username,
            "password": password,
            "display_name": staff.name,
            "role": staff.role,
            "role_name": staff.get_role_display(),
            "department": staff.department.name if staff.department else "",
        }
