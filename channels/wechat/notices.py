"""Outside the window: 订阅通知 and template messages, with the consent and the mapping they need.

The mapping stands in a YAML file (WECHAT_NOTICES), because every account has templates of its own:

    - for: [staff, ticket-event]   # whose messages; `*` for all that we say of ourselves
      way: subscribe               # or template
      template: TEMPLATE_ID
      long_term: false             # 长期订阅: one consent is enough for all
      path: /                      # page of ours that a tap opens
      fields: {thing1: "{text}", time2: "{time}"}

A notice that cannot hold all the words calls the person back; the words are kept until they come.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

import yaml
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from channels.plain import unmarked
from channels.wechat.events import failures
from channels.wechat.markup import Fields
from channels.wechat.models import Consent, Follower
from desk.conversations import deliveries
from desk.conversations.values import IncomingMessage, Outgoing, Said

SUBSCRIBE, TEMPLATE = "subscribe", "template"
CALLING = "notice:"  # begins the id of a part that only called the person
# Most characters of a field, by the type its name begins with; others take 200.
LONGEST = {
    "thing": 20, "name": 10, "phrase": 5, "character_string": 32, "letter": 32, "short_thing": 10,
    "const": 20, "number": 32,
}  # fmt: skip
PLACES = {"text", "time", "title"}
TITLES = {
    "staff": "工作人员答复",
    "ticket-event": "诉求办理进度",
    "turn": "您的提问有了答复",
    "policy": "新政策提醒",
}


class BadNotices(Exception):
    """What is wrong with the file, in a sentence."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One mapping: for which topics, which template, what goes into its fields."""

    topics: frozenset[str]
    way: str
    template: str
    fields: dict[str, str] = field(default_factory=dict)
    long_term: bool = False
    path: str = ""


def read_notices(file: Path) -> tuple[Notice, ...]:
    """The mappings in `file`. Raises BadNotices."""
    try:
        rows = yaml.safe_load(file.read_text(encoding="utf-8")) or []
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadNotices(f"通知模板文件读不了：{type(error).__name__}。") from error
    if not isinstance(rows, list):
        raise BadNotices("通知模板文件应当是一个列表。")
    return tuple(read_notice(row, place) for place, row in enumerate(rows, 1))


def read_notice(row: object, place: int) -> Notice:
    if not isinstance(row, dict):
        raise BadNotices(f"第{place}项应当是一组设置。")
    topics, way, template = row.get("for"), row.get("way"), row.get("template")
    fields, path = row.get("fields", {}), row.get("path") or ""
    if not isinstance(topics, list) or not topics:
        raise BadNotices(f"第{place}项要写明 for，例如 [staff, ticket-event]。")
    if way not in (SUBSCRIBE, TEMPLATE):
        raise BadNotices(f"第{place}项的 way 只能是 subscribe 或 template。")
    if not isinstance(template, str) or not template:
        raise BadNotices(f"第{place}项缺少 template。")
    if not isinstance(fields, dict) or not isinstance(path, str):
        raise BadNotices(f"第{place}项的 fields 或 path 不对。")
    for value in fields.values():
        _check_places(str(value), place)
    return Notice(
        topics=frozenset(map(str, topics)),
        way=way,
        template=template,
        fields={str(key): str(value) for key, value in fields.items()},
        long_term=bool(row.get("long_term")),
        path=path,
    )


def _check_places(pattern: str, place: int) -> None:
    """Raises BadNotices unless `pattern` names nothing but PLACES, plainly."""
    try:
        parts = list(Formatter().parse(pattern))
    except ValueError as error:
        raise BadNotices(f"第{place}项里的“{pattern}”括号不成对。") from error
    for _, name, spec, conversion in parts:
        if name is None:
            continue
        if name not in PLACES:
            raise BadNotices(f"第{place}项里的 {{{name}}} 不认识。")
        # What is between the braces is a name and no more: "{text:}" would not count as {text}.
        if spec or conversion or f"{{{name}}}" not in pattern:
            raise BadNotices(f"第{place}项里的“{pattern}”：括号里只能写名字，例如 {{{name}}}。")


def configured() -> tuple[Notice, ...]:
    """The installation's mappings; none without WECHAT_NOTICES. Raises BadNotices."""
    return _read(settings.WECHAT_NOTICES) if settings.WECHAT_NOTICES else ()


@lru_cache(maxsize=4)
def _read(file: str) -> tuple[Notice, ...]:
    return read_notices(Path(file))


def topic_of(said: Said) -> str:
    """What a message is, by its key: staff, turn, or the desk's own word (ticket-event)."""
    words = said.key.split(":")
    return words[1] if words[0] == "notice" and len(words) > 1 else words[0]


def allowed(outgoing: Outgoing, notices: tuple[Notice, ...]) -> Notice | None:
    """The first mapping for the newest of the messages that the person agreed to."""
    topic = topic_of(outgoing.messages[-1])
    follower = Follower.objects.filter(
        identity__channel=outgoing.channel,
        identity__account=outgoing.account,
        identity__external_id=outgoing.recipient,
    ).first()
    if follower is not None and (not follower.follows or follower.revoked_at is not None):
        return None
    for notice in notices:
        if topic in notice.topics or "*" in notice.topics:
            consent = _consents(outgoing, notice.template).first()
            agreed = notice.way == TEMPLATE if consent is None else not consent.refused
            if notice.way == SUBSCRIBE and agreed and consent is not None:
                agreed = notice.long_term or consent.left > 0
            if agreed:
                return notice
    return None


def _consents(outgoing: Outgoing, template: str) -> Any:
    return Consent.objects.filter(
        identity__channel=outgoing.channel,
        identity__account=outgoing.account,
        identity__external_id=outgoing.recipient,
        template_id=template,
    )


def used(outgoing: Outgoing, notice: Notice, *, now: datetime) -> None:
    """One consent was used up."""
    with transaction.atomic():
        for row in _consents(outgoing, notice.template).select_for_update():
            row.left = max(row.left - 1, 0)
            row.changed_at = now
            row.save(update_fields=["left", "changed_at"])


def refused(outgoing: Outgoing, notice: Notice, *, now: datetime) -> None:
    """The platform says that the person does not agree (any more)."""
    _consents(outgoing, notice.template).update(left=0, changed_at=now)


def body(notice: Notice, outgoing: Outgoing, *, public_url: str) -> tuple[dict[str, Any], bool]:
    """The API's body, and whether it holds all that is said."""
    said = outgoing.messages[-1]
    text = " ".join(unmarked(said.text).split())
    # What a field's own words add to the message is not missed; what is cut off is.
    whole = len(outgoing.messages) == 1 and not said.citations and not said.buttons
    holds_text = False
    data = {}
    for name, pattern in notice.fields.items():
        value = pattern.format(
            text=text,
            time=timezone.localtime(said.said_at).strftime("%Y年%m月%d日 %H:%M"),
            title=TITLES.get(topic_of(said), "您有新消息"),
        )
        most = LONGEST.get(re.sub(r"\d+$", "", name), 200)
        if len(value) > most:
            whole = whole and "{text}" not in pattern
            value = value[: most - 1] + "…"
        holds_text = holds_text or "{text}" in pattern
        data[name] = {"value": value}
    made: dict[str, Any] = {
        "touser": outgoing.recipient,
        "template_id": notice.template,
        "data": data,
    }
    if notice.path and public_url:
        made["page" if notice.way == SUBSCRIBE else "url"] = f"{public_url}{notice.path}"
    return made, whole and holds_text


def note_failures(report: IncomingMessage, fields: Fields) -> None:
    """WeChat reports what became of notices: what it could not hand over is kept."""
    for message_id, why in failures(fields).items():
        if message_id:
            deliveries.came_back(
                report.channel,
                report.account,
                report.sender,
                platform_message_id=called(message_id),
                reason=f"通知没有送达（{why}），等对方发言后补发",
            )


def called(message_id: object) -> str:
    """The id under which the desk knows a notice that WeChat took."""
    return f"{CALLING}{message_id}"[:80]


ADDRESSES = {
    SUBSCRIBE: "/cgi-bin/message/subscribe/bizsend",
    TEMPLATE: "/cgi-bin/message/template/send",
}
