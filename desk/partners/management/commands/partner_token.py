"""`manage.py partner_token`: partners and their tokens, as the console's page keeps them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from desk.errors import DeskError
from desk.partners import services
from desk.partners.models import Partner, Scope


class Command(BaseCommand):
    help = "建立接口伙伴，发放、换发、作废令牌；令牌只显示一次。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["create", "rotate", "revoke", "on", "off", "list"])
        parser.add_argument("code", nargs="?", default="", help="伙伴的代码，如 sc-platform")
        parser.add_argument("--name", default="", help="伙伴的名称；给出时先建立伙伴")
        parser.add_argument(
            "--scope",
            action="append",
            choices=Scope.values,
            help="权限，可以多次给出；不给出时全部都有，换发时与原来的相同",
        )
        parser.add_argument("--hint", default="", help="作废哪个令牌：它的开头；不给出时全部作废")

    def handle(self, *args: Any, **options: Any) -> None:
        action, code, now = options["action"], options["code"], timezone.now()
        try:
            if action == "list":
                self._list()
            elif action in ("on", "off"):
                services.switch(code, active=action == "on", staff=None, now=now)
            elif action == "revoke":
                ended = services.revoke(code, hint=options["hint"], staff=None, now=now)
                self.stdout.write(f"已作废 {ended} 个令牌。")
            else:
                if options["name"]:
                    services.register(code, options["name"], staff=None, now=now)
                rotate = action == "rotate"
                wanted = options["scope"] or (None if rotate else Scope.values)
                scopes = None if wanted is None else frozenset(wanted)
                made = services.make_token(code, scopes=scopes, staff=None, now=now, rotate=rotate)
                self.stdout.write(made.token)
                self.stderr.write("令牌只显示这一次，请马上交给对方。")
                if rotate:
                    self.stderr.write("原来的令牌一天以后失效。")
        except DeskError as error:
            raise CommandError(f"{error.code}: {error.message}") from error

    def _list(self) -> None:
        for partner in Partner.objects.prefetch_related("tokens"):
            self.stdout.write(
                f"{partner.code}  {partner.name}{'' if partner.active else '（已停用）'}"
            )
            for token in partner.tokens.all():
                ended = token.revoked_at or token.expires_at
                until = f"，{timezone.localtime(ended):%Y-%m-%d %H:%M} 止" if ended else ""
                self.stdout.write(f"  {token}  {'、'.join(token.scopes)}{until}")
