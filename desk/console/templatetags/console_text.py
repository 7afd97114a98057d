"""How the console writes words, times and citations."""

import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from desk.accounts.models import StaffMember
from desk.console import access, areas, deeds
from desk.console.talk import new_key
from desk.conversations import dead_letters
from desk.conversations import services as conversations
from desk.conversations.values import WAYS
from desk.tickets.values import masked_text

register = template.Library()

_BOLD = re.compile(r"\*\*(.+?)\*\*")
_POLICIES = "/policies/"
SELECTED = mark_safe(" selected")
# As tickets/telling.py and the dialogue write it.
_CODE = re.compile(r"查询码\s*\d{8}")


@register.filter
def said(text: str) -> SafeString:
    """`text` escaped, its lines kept, and **figures** in bold as answers mark them."""
    lines = ((_with_bold(line),) for line in text.splitlines())
    return format_html_join(mark_safe("<br>"), "{}", lines)


@register.filter
def masked(text: str) -> str:
    """`text` with its telephone and identity card numbers starred."""
    return masked_text(text)


@register.filter
def masked_unless(text: str, clear: bool) -> str:
    """`text` as it is for who may act on it, `masked` for who may only read it."""
    return text if clear else masked_text(text)


@register.filter
def without_code(text: str) -> str:
    """`text` without its 查询码: whoever knows it confirms and rates in the person's name."""
    return _CODE.sub("查询码（只给来访人）", text)


@register.filter
def waited(since: datetime) -> str:
    """How long ago `since` was: 不到1分钟, 12分钟, 3小时05分, 2天."""
    minutes = max(int((timezone.now() - since).total_seconds() // 60), 0)
    if minutes < 1:
        return "不到1分钟"
    if minutes < 60:
        return f"{minutes}分钟"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}小时{minutes:02d}分" if hours < 24 else f"{hours // 24}天"


@register.filter
def policy_link(citation: dict[str, Any]) -> str:
    """The citation's page in our policy library; empty when it names none."""
    link = str(citation.get("link", ""))
    return link if link.startswith(_POLICIES) else ""


@register.filter
def way(code: str) -> str:
    """How a message went out, in words: 客服消息."""
    return WAYS.get(code, code)


@register.filter
def deed(action: str) -> str:
    """What an audit entry says was done, in words: 办结工单."""
    return deeds.deed(action)


@register.filter
def as_json(value: object) -> str:
    """`value` as JSON, to be read by people."""
    return json.dumps(value, ensure_ascii=False)


@register.filter
def visits(user: object, page: str) -> bool:
    """Whether `user`'s role opens the page of this name."""
    return isinstance(user, StaffMember) and areas.may_visit(user, page)


@register.simple_tag
def options(choices: Iterable[tuple[str, str]], chosen: str) -> SafeString:
    """The lines of a select; made here, since some have hundreds and a template is slow at that."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, SELECTED if value == chosen else "", label) for value, label in choices),
    )


@register.simple_tag
def form_key() -> str:
    """A form's idempotency key: sent twice, it acts once."""
    return new_key()


@register.simple_tag
def waiting_count(user: object) -> int:
    """How many people wait for somebody like `user`, or for `user`'s own answer."""
    if not isinstance(user, StaffMember):
        return 0
    mine = conversations.unheard().filter(holder=user).count()
    return access.waiting_for(user).count() + mine


@register.filter
def sized(size: int) -> str:
    """A file's size: 812 KB, 3.4 MB."""
    return f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{max(round(size / 1024), 1)} KB"


@register.simple_tag
def dead_count() -> int:
    """How many messages are dead."""
    return dead_letters.dead()


def _with_bold(line: str) -> SafeString:
    """Odd pieces of the split are what stood between the stars."""
    pieces = enumerate(_BOLD.split(line))
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<strong>{}</strong>", piece) if odd % 2 else piece,)
            for odd, piece in pieces
        ),
    )
