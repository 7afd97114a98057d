"""A list of tickets as a table to take away: who may, how much, and what of persons is in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from desk.accounts.models import StaffMember
from desk.audit import services as audit
from desk.errors import DeskError
from desk.tickets import permissions
from desk.tickets.models.ticket import Ticket
from desk.tickets.queues import Wanted, queue
from desk.tickets.values import State, masked_name, masked_text

MOST = 10_000
BATCH = 500
HEADINGS = (
    *("工单号", "类别", "状态", "渠道", "区县", "来访人", "联系电话", "企业", "统一社会信用代码"),
    *("诉求", "承办部门", "经办人", "受理时间", "最近到期", "时限", "办结时间", "来访人认为已解决"),
    *("评分", "督办", "催办次数", "重办次数"),
)


class TooMuch(DeskError):
    """The list is longer than a table may be."""

    code = "export_too_much"
    status = 422
    message = f"筛选结果超过{MOST}张，请先缩小范围（如时间、部门）再导出。"


@dataclass(frozen=True, slots=True)
class Table:
    """What is taken away: one row a ticket, under HEADINGS."""

    rows: list[list[str]]


def export(
    staff: StaffMember,
    wanted: Wanted,
    *,
    kind: str,
    filters: Mapping[str, str],
    now: datetime,
) -> Table:
    """The tickets of `wanted` that `staff` may see, oldest first; the audit log says who took what.

    Name, telephone and identity numbers are whole only where `staff` may act on the ticket.
    `filters` is what the audit row says of `wanted`, without personal data. Raises TooMuch.
    """
    found = queue(staff, wanted, now=now).order_by("opened_at", "pk")
    tickets = list(found[: MOST + 1].iterator(BATCH))
    if len(tickets) > MOST:
        raise TooMuch
    with transaction.atomic():
        audit.record(
            actor=staff,
            action="ticket.exported",
            target="tickets",
            details={"kind": kind, "rows": len(tickets), "filters": dict(filters)},
        )
    return Table([_row(staff, ticket, now) for ticket in tickets])


def _row(staff: StaffMember, ticket: Ticket, now: datetime) -> list[str]:
    clear = permissions.may_act(staff, ticket)
    firm, handler = ticket.enterprise, ticket.handler
    return [
        ticket.number,
        ticket.get_category_display(),
        ticket.get_state_display(),
        ticket.get_channel_display() or "登记",
        ticket.get_district_display(),
        ticket.person_name if clear else masked_name(ticket.person_name),
        ticket.person_phone if clear else ticket.masked_phone,
        firm.name if firm else "",
        firm.credit_code if firm else "",
        ticket.body if clear else masked_text(ticket.body),
        ticket.department.name if ticket.department else "",
        handler.name if handler else "",
        _moment(ticket.opened_at),
        _moment(ticket.due_at),
        _clock(ticket, now),
        _moment(ticket.closed_at),
        {True: "是", False: "否", None: ""}[ticket.solved],
        str(ticket.rating or ""),
        "是" if ticket.pressed_at else "",
        str(ticket.urged or ""),
        str(ticket.redone or ""),
    ]


def _clock(ticket: Ticket, now: datetime) -> str:
    if ticket.due_at is None or ticket.amber_at is None:
        return "已暂停" if ticket.state == State.SUSPENDED else ""
    if ticket.due_at < now:
        return "已超期"
    return "即将超期" if ticket.amber_at <= now else "期限内"


def _moment(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""
