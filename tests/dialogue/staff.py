"""What staff do with a ticket in the middle of a conversation, through the desk's own door.

`python -m tests.dialogue.staff NUMBER MOVE` does it in the product that the environment names.
"""

import os
import subprocess
import sys

from tests.stack import BASE, Product

NOTE = "已联系来访人，事情办完了。"


def move(product: Product, number: str, name: str) -> None:
    """Makes the move `name` with ticket `number`. Raises CalledProcessError."""
    env = os.environ | {
        "DATA_DIR": str(product.data_dir),
        "DATABASE_URL": f"sqlite:///{product.data_dir / 'peipao.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "peipao.settings",
        "SECRET_KEY": (product.data_dir / "secret_key").read_text(),
    }
    command = [sys.executable, "-m", "tests.dialogue.staff", number, name]
    subprocess.run(command, cwd=BASE, env=env, check=True, timeout=120)


def main(number: str, name: str) -> None:
    """In a process of its own: the product's settings are not the tests'."""
    import django

    django.setup()
    from django.utils import timezone

    from desk.accounts.models import StaffMember
    from desk.tickets import services as tickets
    from desk.tickets.models import Ticket

    ticket = Ticket.objects.get(number=number)
    theirs = StaffMember.objects.filter(department=ticket.department).order_by("pk")
    tickets.transition(ticket.pk, name, actor=theirs[0], now=timezone.now(), note=NOTE)


if __name__ == "__main__":
    main(*sys.argv[1:])
