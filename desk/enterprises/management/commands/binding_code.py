"""`manage.py binding_code`: a code with which a person binds themselves to a firm."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from desk.accounts.models import StaffMember
from desk.enterprises.binding import STAFF_CODE_AGE, issue_staff_code
from desk.enterprises.models import Enterprise
from desk.errors import DeskError


class Command(BaseCommand):
    help = "为一家企业发一个绑定码；对方在微信里回复“绑定 绑定码”。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("credit_code", help="统一社会信用代码")
        parser.add_argument("--staff", required=True, help="发码的工作人员的登录名")

    def handle(self, *args: Any, credit_code: str, staff: str, **options: Any) -> None:
        enterprise = Enterprise.objects.filter(credit_code=credit_code.strip().upper()).first()
        if enterprise is None:
            raise CommandError("企业库里没有这个统一社会信用代码。")
        member = StaffMember.objects.filter(username=staff).first()
        if member is None:
            raise CommandError(f"没有登录名为 {staff} 的工作人员。")
        try:
            code = issue_staff_code(enterprise, staff=member, now=timezone.now())
        except DeskError as error:
            raise CommandError(error.message) from error
        self.stdout.write(
            f"{enterprise.name}：绑定码 {code}，{STAFF_CODE_AGE.days}天内有效，用一次。"
        )
