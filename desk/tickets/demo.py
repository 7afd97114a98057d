"""A month of tickets as a city might have had it; the same seed gives the same month.

Nobody in it exists. Every change goes through the same services as real ones, at its own time.
"""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import Q

from desk.accounts.models import Role, StaffMember
from desk.conversations import turns
from desk.conversations.models import Channel
from desk.conversations.values import IncomingMessage, Reply
from desk.enterprises.models import Enterprise
from desk.tickets import person, services
from desk.tickets.models.ticket import Ticket
from desk.tickets.values import Particulars, State, TicketRequest
from desk.worktime import services as worktime
from desk.worktime.clocks import after

DAYS = 30
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
PLACES = ("巴州区", "恩阳区", "南江县", "通江县", "平昌县", "经开区")


# {place}, {firm} and {sum} are filled in.
MATTERS = Path(__file__).with_name("demo.csv")


@dataclass(frozen=True, slots=True)
class Matter:
    """What somebody may want of their city, and how it ended."""

    category: str
    what: str
    result: str


@dataclass
class Month:
    """What is needed to live through a month."""

    luck: random.Random
    until: datetime
    staff: dict[int, list[StaffMember]]
    boss: StaffMember
    reviewer: StaffMember
    firms: list[Enterprise]
    matters: list[Matter]


def make(*, seed: int, tickets: int, until: datetime) -> int:
    """`tickets` tickets of the DAYS before `until`, each as far as it would be by then.

    How many were made. Raises LookupError without the demonstration's staff.
    """
    active = StaffMember.objects.filter(is_active=True).order_by("pk")
    boss = active.filter(role=Role.ADMINISTRATOR).first()
    reviewer = active.filter(role=Role.SUPERVISOR).first()
    workers = active.filter(Q(role=Role.HANDLER) | Q(role=Role.OPERATOR, department__isnull=False))
    staff: dict[int, list[StaffMember]] = {}
    for one in workers:
        staff.setdefault(one.department_id or 0, []).append(one)
    if boss is None or reviewer is None or not staff:
        raise LookupError("no staff")
    luck = random.Random(seed)  # noqa: S311 - a month, not a secret
    with MATTERS.open(encoding="utf-8", newline="") as rows:
        matters = [Matter(**row) for row in csv.DictReader(rows)]
    firms = list(Enterprise.objects.order_by("pk"))
    month = Month(luck, until, staff, boss, reviewer, firms, matters)
    for place, opened in enumerate(_moments(month, tickets)):
        _live(month, f"{seed}-{place}", opened)
    return tickets


def _moments(month: Month, tickets: int) -> list[datetime]:
    """When people write: mostly in office hours of working days, in the order of the month."""
    calendar, luck = worktime.calendar(), month.luck
    start = month.until - timedelta(days=DAYS)
    moments = []
    for _ in range(tickets):
        moment = start + timedelta(seconds=luck.uniform(0, DAYS * 86400 - 3600))
        if luck.random() < 0.85 and not calendar.is_working(moment):
            moment = calendar.opens_next(moment) + timedelta(seconds=luck.uniform(60, 9000))
        moments.append(min(moment, month.until - timedelta(minutes=5)).replace(microsecond=0))
    return sorted(moments)


def _live(month: Month, name: str, opened: datetime) -> None:
    luck = month.luck
    matter = luck.choice(month.matters)
    firm = luck.choice(month.firms) if month.firms and luck.random() < 0.5 else None
    facts = {
        "place": luck.choice(PLACES),
        "firm": firm.name if firm else "我们店",
        "sum": str(luck.randint(3, 260)),
    }
    text = matter.what.format(**facts)
    who = firm.name if firm else luck.choice(SURNAMES) + luck.choice(("先生", "女士", "师傅"))
    # 1390000…: a number range of examples, nobody's here.
    phone = f"1390000{luck.randint(0, 9999):04d}"
    conversation = _talk(name, text, opened)
    request = TicketRequest(conversation, matter.category, text, who, phone, f"demo:{name}")
    ticket = services.open_ticket(request, now=opened)
    # A code of its own draw, so that the same seed gives the same month to the last digit.
    Ticket.objects.filter(pk=ticket.pk).update(progress_code=f"{luck.randrange(10**8):08d}")
    for move in _plan(month, ticket, matter.result.format(**facts), name, opened):
        if move > month.until:
            return


def _talk(name: str, text: str, opened: datetime) -> UUID:
    """The conversation the ticket was told in; the bot's answer is the usual one."""
    before = opened - timedelta(minutes=2)
    accepted = turns.accept(
        IncomingMessage(Channel.WEB, "site", f"demo-{name}", f"demo-{name}", text, before)
    )
    if turn := turns.begin(accepted.conversation_id, owner="demo", now=before):
        turns.finish(turn, [Reply("这件事我来登记，转给对口部门办理。")], now=before)
    return accepted.conversation_id


def _plan(
    month: Month, ticket: Ticket, result: str, name: str, opened: datetime
) -> Iterator[datetime]:
    """Moves `ticket` on, step by step; yields the time of each next step before making it."""
    luck, calendar = month.luck, worktime.calendar()
    moment = opened

    def later(least: float, most: float) -> datetime:
        hours = luck.uniform(least, most)
        return after(moment, timedelta(hours=hours), calendar).replace(microsecond=0)

    def go(move: str, note: str = "", actor: StaffMember | None = None, **given: Any) -> None:
        services.transition(
            ticket.pk,
            move,
            actor=actor or worker,
            now=moment,
            note=note,
            given=Particulars(**given),
        )

    team = month.staff.get(ticket.department_id or 0) or [month.boss]
    worker = luck.choice(team)
    fate = luck.random()
    if fate < 0.04:
        moment = later(0.5, 6)
        yield moment
        person.withdraw(ticket, key=f"demo:{name}", now=moment, words="已经自己解决了")
        return
    if ticket.state == State.RECEIVED:
        moment = later(0.3, 4)
        yield moment
        go("dispatch", actor=month.boss, department="hotline")
    moment = later(0.2, 9 if fate > 0.9 else 5)
    yield moment
    go("start")
    if fate > 0.93:
        return  # It lies there: these turn amber and red.
    if luck.random() < 0.3:
        moment = later(0.5, 3)
        yield moment
        go("contact", "已电话联系，核实了情况。")
    if luck.random() < 0.2:
        moment = later(1, 8)
        yield moment
        go("suspend", "请提供合同或转账记录的照片。")
        moment = later(2, 20)
        yield moment
        person.add(ticket, text="材料已经准备好了。", key=f"demo:{name}:add", now=moment)
    if luck.random() < 0.15:
        moment = later(3, 20)
        yield moment
        person.urge(ticket, key=f"demo:{name}:urge", now=moment)
    if luck.random() < 0.25:
        moment = later(4, 20)
        yield moment
        go("interim", "已到现场核查，正在协调有关单位。")
    if luck.random() < 0.08:
        moment = later(2, 10)
        yield moment
        go("ask_extension", "等待第三方检测报告。", days=3)
        moment = later(1, 6)
        yield moment
        go("approve_extension", actor=month.reviewer)
    moment = later(3, {"consult": 14, "help": 40}.get(ticket.category, 80))
    yield moment
    go("close", result)
    moment = later(2, 30)
    yield moment
    happy = luck.random()
    if happy < 0.08:
        person.confirm(
            ticket, solved=False, words="还没有真正解决", key=f"demo:{name}:no", now=moment
        )
        return
    if happy < 0.7:
        rating = luck.choice((3, 4, 5, 5, 5))
        person.rate(ticket, rating=rating, key=f"demo:{name}:rate", now=moment)
        person.confirm(ticket, solved=True, key=f"demo:{name}:yes", now=moment)
        moment = later(5, 30)
        yield moment
        go("archive", "回访满意，归档。", actor=month.boss)
