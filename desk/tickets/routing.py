"""Which department a new ticket goes to, and why: rules that are data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.db.models import Count, Q

from desk.accounts.models import Department, Role, StaffMember
from desk.audit import services as audit
from desk.enterprises.models import District, Enterprise
from desk.errors import NotPermitted
from desk.tickets.errors import InvalidParticulars
from desk.tickets.models.rules import RoutingRule
from desk.tickets.values import OPEN_STATES, Category

DEFAULTS = Path(__file__).with_name("routing.yml")
ANY = ""


@dataclass(frozen=True, slots=True)
class Key:
    """What a rule asks of a matter; empty: anything."""

    category: str = ANY
    topic: str = ANY
    district: str = ANY

    @property
    def exactness(self) -> tuple[int, bool, bool, bool]:
        """How much the rule asks; with equal counts the topic says more than the district."""
        topic, district, category = bool(self.topic), bool(self.district), bool(self.category)
        return (topic + district + category, topic, district, category)

    def covers(self, category: str, topic: str, district: str) -> bool:
        """Whether the rule is about such a matter."""
        pairs = ((self.category, category), (self.topic, topic), (self.district, district))
        return all(asked in (ANY, given) for asked, given in pairs)


@dataclass(frozen=True, slots=True)
class Topic:
    """What a matter is about, and the words that tell."""

    code: str
    name: str
    words: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class Route:
    """Where a matter goes and why; without a department somebody must dispatch it."""

    department: Department | None
    handler: StaffMember | None
    topic: str
    district: str
    reason: str


@cache
def _defaults() -> dict[str, Any]:
    return dict(yaml.safe_load(DEFAULTS.read_text(encoding="utf-8")))


@cache
def topics() -> dict[str, Topic]:
    """Every topic by its code, in the order of the file."""
    listed: dict[str, dict[str, list[str] | str]] = _defaults()["topics"]
    return {
        code: Topic(code, str(said["name"]), tuple(re.compile(words) for words in said["words"]))
        for code, said in listed.items()
    }


def topic_name(code: str) -> str:
    """The topic in words; empty for none."""
    return topics()[code].name if code in topics() else code


def read_topic(text: str) -> str:
    """The code of the topic `text` is about; empty when no word tells."""
    hits = {
        topic.code: sum(1 for words in topic.words if words.search(text))
        for topic in topics().values()
    }
    best = max(hits, key=lambda code: hits[code])
    return best if hits[best] else ""


def read_district(text: str) -> str:
    """The district `text` names; empty when it names none or several."""
    names: dict[str, list[str]] = _defaults()["districts"]
    found = [code for code, words in names.items() if any(word in text for word in words)]
    return found[0] if len(found) == 1 else ""


def rules() -> dict[Key, str]:
    """Every rule in force with its department's code: the defaults, over them the city's own."""
    listed: list[dict[str, str]] = _defaults()["rules"]
    in_force = {
        Key(rule.get("category", ANY), rule.get("topic", ANY), rule.get("district", ANY)): rule[
            "department"
        ]
        for rule in listed
    }
    for row in RoutingRule.objects.select_related("department"):
        in_force[Key(row.category, row.topic, row.district)] = row.department.code
    return in_force


def route(
    category: Category, text: str, *, district: str = "", enterprise: Enterprise | None = None
) -> Route:
    """Where a demand of `category` goes that says `text`.

    The firm's specialist first; else the most exact rule whose department exists.
    """
    topic = read_topic(text)
    district = district or (enterprise.district if enterprise else "") or read_district(text)
    specialist = enterprise.specialist if enterprise else None
    if specialist is not None and specialist.is_active and specialist.department is not None:
        reason = f"企业服务专员{specialist.name}优先"
        return Route(specialist.department, specialist, topic, district, reason)
    departments = {department.code: department for department in Department.objects.all()}
    in_force = rules()
    fitting = [key for key in in_force if key.covers(category.value, topic, district)]
    for key in sorted(fitting, key=lambda key: key.exactness, reverse=True):
        if department := departments.get(in_force[key]):
            return Route(department, None, topic, district, f"按分派规则：{said(key)}")
    return Route(None, None, topic, district, "")


def said(key: Key) -> str:
    """A rule's conditions in words."""
    words = [
        topic_name(key.topic),
        Category(key.category).label if key.category else "",
        District(key.district).label if key.district else "",
    ]
    return "、".join(filter(None, words)) or "其他"


def set_rule(key: Key, department: str, *, actor: StaffMember) -> RoutingRule:
    """Matters of `key` go to the department with this code from now on.

    Raises NotPermitted, InvalidParticulars.
    """
    _check_administrator(actor)
    known = (
        key.category in ("", *Category.values)
        and key.topic in ("", *topics())
        and key.district in ("", *District.values)
    )
    found = Department.objects.filter(code=department).first()
    if not known or found is None:
        raise InvalidParticulars("请从列表里选择类别、事项、区县和部门。")
    with transaction.atomic():
        row, _ = RoutingRule.objects.update_or_create(
            category=key.category,
            topic=key.topic,
            district=key.district,
            defaults={"department": found},
        )
        _record(actor, "routing_rule.set", key, department)
    return row


def drop_rule(key: Key, *, actor: StaffMember) -> None:
    """The city's own rule of `key` goes; the default, if there is one, holds again."""
    _check_administrator(actor)
    with transaction.atomic():
        own = RoutingRule.objects.filter(
            category=key.category, topic=key.topic, district=key.district
        )
        if not own.delete()[0]:
            raise InvalidParticulars("没有这条自定义规则。")
        _record(actor, "routing_rule.dropped", key, "")


def least_loaded(department: Department) -> StaffMember | None:
    """Who of the department's handlers has the fewest open tickets; None without a handler."""
    return (
        StaffMember.objects.filter(department=department, role=Role.HANDLER, is_active=True)
        .annotate(load=Count("handled_tickets", Q(handled_tickets__state__in=OPEN_STATES)))
        .order_by("load", "pk")
        .first()
    )


def _check_administrator(actor: StaffMember) -> None:
    if not (actor.is_active and actor.role == Role.ADMINISTRATOR):
        raise NotPermitted("只有管理员可以修改分派规则。")


def _record(actor: StaffMember, action: str, key: Key, department: str) -> None:
    target = f"routing_rule:{key.category}/{key.topic}/{key.district}"
    details: Mapping[str, object] = {"department": department}
    audit.record(actor=actor, action=action, target=target, details=details)
