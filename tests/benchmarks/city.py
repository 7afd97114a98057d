"""A city's year on the desk, written in bulk: tickets, messages, clocks, history, staff, firms.

Shaped like what the services leave behind, but past them: at 100,000 tickets they would take an
hour. The same seed gives the same city; nobody in it exists.
"""

import csv
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count

from django.utils import timezone

from desk.accounts.models import Department, Role, StaffMember
from desk.audit.models import AuditEntry
from desk.conversations.models import (
    Contact,
    Conversation,
    Identity,
    InboundMessage,
    OutboundMessage,
    StaffRequest,
)
from desk.enterprises.models import District, Enterprise, Scale
from desk.tickets.demo import MATTERS, PLACES, SURNAMES
from desk.tickets.models import (
    DailySequence,
    FollowUp,
    Notice,
    Ticket,
    TicketClock,
    TicketEvent,
    TicketWords,
)
from desk.tickets.moves import MOVES, OPENED
from desk.tickets.values import DONE_STATES, PAUSED_STATES, Kind, Party, State
from desk.tickets.words import indexed
from tests.benchmarks.pour import Row, pour

TALKS_PER_TICKET = 0.6
FIRMS = 500
DEPARTMENTS = 36
YEAR = timedelta(days=300)
BLOCK = 2000
BATCH = 500  # rows a statement; SQLite binds at most 32,766 values
CHANNELS = ("web", "web", "web", "wechat", "wechat", "wechat", "hotline", "telegram")
CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# How far tickets have come; what is open was opened lately.
FATES = {
    State.ARCHIVED: 60,
    State.VISITED: 12,
    State.CLOSED: 17,
    State.WITHDRAWN: 3,
    State.RECEIVED: 0.5,
    State.ASSIGNED: 2,
    State.IN_PROGRESS: 4.3,
    State.SUSPENDED: 0.9,
    State.MERGED: 0.3,
}
PATHS: dict[State, tuple[str, ...]] = {
    State.RECEIVED: (),
    State.ASSIGNED: ("dispatch",),
    State.IN_PROGRESS: ("dispatch", "start", "contact"),
    State.SUSPENDED: ("dispatch", "start", "suspend"),
    State.CLOSED: ("dispatch", "start", "contact", "close"),
    State.VISITED: ("dispatch", "start", "close", "visit"),
    State.ARCHIVED: ("dispatch", "start", "contact", "close", "visit", "archive"),
    State.MERGED: ("dispatch", "merge"),
    State.WITHDRAWN: ("dispatch", "withdraw"),
}
TAILS = (
    "找过{place}有关单位三次，一直没有结果。",
    "希望尽快协调解决，我们等着开工。",
    "合同、发票和聊天记录都还在，可以随时提供。",
    "去年{place}也有一家遇到同样的事，后来办好了。",
    "请不要公开我的名字，谢谢。",
    "经办人说要等系统升级，已经等了{sum}天。",
    "我们是{firm}，员工有{sum}人，影响很大。",
    "窗口和电话说的不一样，不知道听谁的。",
)
SAID = (
    "你好",
    "请问这个怎么办",
    "我想反映一个情况",
    "材料都准备好了",
    "大概要等多久？",
    "好的谢谢",
)


@dataclass
class City:
    """What a block of tickets is made of."""

    luck: random.Random
    now: datetime
    departments: list[Department]
    workers: dict[int, list[StaffMember]]
    firms: list[Enterprise]
    matters: list[tuple[str, str]]
    days: Counter[date] = field(default_factory=Counter)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))


def build(*, tickets: int, messages: int, staff: int, seed: int, now: datetime) -> None:
    """A city with so many of each, in an empty database."""
    luck = random.Random(seed)
    city = City(luck, now, *_people(staff, luck), _firms(luck), _matters())
    per_talk = messages / (tickets * TALKS_PER_TICKET)
    numbers = count()
    for first in range(0, tickets, BLOCK):
        places = range(first, min(first + BLOCK, tickets))
        times = sorted(
            now - YEAR * (1 - (place + luck.random()) / tickets) - timedelta(minutes=1)
            for place in places
        )
        talks = _talks(city, round(len(places) * TALKS_PER_TICKET), per_talk, times, numbers)
        _tickets(city, times, talks)
    DailySequence.objects.bulk_create(
        DailySequence(day=day, last=last) for day, last in city.days.items()
    )
    _today(city)


def _people(
    staff: int, luck: random.Random
) -> tuple[list[Department], dict[int, list[StaffMember]]]:
    departments = Department.objects.bulk_create(
        Department(code=f"dept{place}", name=f"示例{place}局") for place in range(DEPARTMENTS)
    )
    few = max(staff // 25, 2)
    roles = [(Role.OPERATOR, None)] * few + [(Role.SUPERVISOR, None)] * max(few // 3, 1)
    roles += [(Role.ADMINISTRATOR, None)]
    roles += [(Role.HEAD, department) for department in departments]
    rest = max(staff - len(roles), DEPARTMENTS)
    roles += [(Role.HANDLER, departments[place % DEPARTMENTS]) for place in range(rest)]
    made = StaffMember.objects.bulk_create(
        StaffMember(
            username=f"{role.value}{place}",
            display_name=luck.choice(SURNAMES) + luck.choice("军芳敏伟静磊洁"),
            role=role,
            department=department,
            password="!",
        )
        for place, (role, department) in enumerate(roles)
    )
    workers: dict[int, list[StaffMember]] = {}
    for one in made:
        if one.role == Role.HANDLER:
            workers.setdefault(one.department_id or 0, []).append(one)
    return departments, workers


def _firms(luck: random.Random) -> list[Enterprise]:
    # The body of a code nobody has, and the check sign the standard computes for it.
    return Enterprise.objects.bulk_create(
        Enterprise(
            name=f"{luck.choice(PLACES)}示例{place}号有限公司",
            credit_code=_code(f"91999999DEM{place:06d}"),
            industry="批发业",
            district=luck.choice(District.values),
            scale=luck.choice(Scale.values),
            registered_on="2015-03-02",
            sample=True,
        )
        for place in range(FIRMS)
    )


def _code(body: str) -> str:
    total = sum(CODE.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return body + CODE[(31 - total % 31) % 31]


def _matters() -> list[tuple[str, str]]:
    with MATTERS.open(encoding="utf-8", newline="") as rows:
        return [(row["category"], row["what"]) for row in csv.DictReader(rows)]


def _talks(
    city: City, many: int, per_talk: float, times: list[datetime], numbers: Iterator[int]
) -> list[Conversation]:
    """Conversations with all their messages, begun while the block's tickets were opened."""
    luck = city.luck
    names = [next(numbers) + 1 for _ in range(many)]
    begun = min(times)
    pour(
        Contact,
        ({"id": name, "display_name": f"访客{name}", "created_at": begun} for name in names),
        numbered=True,
    )
    identities = [
        Identity(
            pk=name,
            contact_id=name,
            channel=luck.choice(CHANNELS),
            account="a",
            external_id=f"p{name}",
        )
        for name in names
    ]
    pour(Identity, (one.__dict__ for one in identities), numbered=True)
    talks, heard, said = [], [], []
    for identity in identities:
        begun = luck.choice(times) - timedelta(minutes=20)
        lines = max(round(luck.gauss(per_talk, per_talk / 4)), 2)
        talk = Conversation(
            identity=identity,
            last_seq=lines,
            last_message_at=begun + timedelta(seconds=20 * lines),
            heard_at=begun,
            created_at=begun,
        )
        talks.append(talk)
        for seq in range(1, lines + 1):
            at = begun + timedelta(seconds=20 * seq)
            if seq % 2:
                heard.append(_heard(talk, identity, seq, at, luck))
            else:
                said.append(_said(talk, seq, at))
    pour(Conversation, (one.__dict__ for one in talks))
    pour(InboundMessage, heard)
    pour(OutboundMessage, said)
    return talks


def _heard(
    talk: Conversation, identity: Identity, seq: int, at: datetime, luck: random.Random
) -> Row:
    return {
        "conversation_id": talk.pk,
        "identity_id": identity.pk,
        "message_id": str(seq),
        "seq": seq,
        "text": luck.choice(SAID),
        "received_at": at,
        "state": "answered",
        "settled_at": at,
        "next_try_at": at,
    }


def _said(talk: Conversation, seq: int, at: datetime) -> Row:
    citation = {"title": f"示例政策{seq % 5}", "article": "第三条", "link": "/policies/a#b"}
    return {
        "conversation_id": talk.pk,
        "key": f"turn:{seq}",
        "seq": seq,
        "author": "bot",
        "text": "这件事我来登记，转给对口部门办理。",
        "citations": [citation] if seq % 4 == 0 else [],
        "created_at": at,
    }


def _tickets(city: City, times: list[datetime], talks: list[Conversation]) -> None:
    made = [_ticket(city, at, city.luck.choice(talks)) for at in times]
    pour(Ticket, (one.__dict__ for one in made), numbered=True)
    pour(TicketWords, ({"ticket_id": one.pk, "pairs": indexed(one)} for one in made))
    pour(TicketClock, (_clock(one, kind) for one in made for kind in (Kind.CLOSING, Kind.CONTACT)))
    events = [event for one in made for event in _history(city, one)]
    pour(TicketEvent, (event for _, event in events))
    pour(AuditEntry, (_audited(number, event) for number, event in events))


def _ticket(city: City, at: datetime, talk: Conversation) -> Ticket:
    luck, now = city.luck, city.now
    department = luck.choice(city.departments)
    state = _state(luck, now - at)
    firm = luck.choice(city.firms) if luck.random() < 0.4 else None
    facts = {
        "place": luck.choice(PLACES),
        "firm": firm.name if firm else "我们店",
        "sum": luck.randint(3, 260),
    }
    category, what = luck.choice(city.matters)
    tail = "".join(luck.sample(TAILS, luck.randint(1, 4)))
    body = (what + tail).format(**facts)
    due = at + timedelta(days=luck.uniform(5, 21))
    ticking = state not in (*DONE_STATES, *PAUSED_STATES, State.WITHDRAWN)
    handled = state not in (State.RECEIVED, State.ASSIGNED)
    day = timezone.localtime(at).date()
    city.days[day] += 1
    return Ticket(
        pk=next(city.numbers),
        number=f"BZ{day:%y%m%d}{city.days[day]:04d}",
        conversation=talk,
        channel=talk.identity.channel,
        category=category,
        department=None if state is State.RECEIVED else department,
        handler=luck.choice(city.workers[department.pk]) if handled else None,
        state=state,
        enterprise=firm,
        district=luck.choice(District.values),
        main_id=None,
        suspended_at=at if state is State.SUSPENDED else None,
        urged=luck.choice((0, 0, 0, 1)),
        solved=True if state in (State.VISITED, State.ARCHIVED) else None,
        rating=luck.randint(3, 5) if state is State.ARCHIVED else None,
        person_name=firm.name if firm else luck.choice(SURNAMES) + luck.choice("明丽强娟"),
        person_phone=f"1390000{luck.randint(0, 9999):04d}",
        subject=body[:39],
        body=body,
        opened_at=at,
        closed_at=at + (now - at) * luck.random() if state in DONE_STATES else None,
        amber_at=at + (due - at) * 0.8 if ticking else None,
        due_at=due if ticking else None,
        idempotency_key=f"bench:{day}:{city.days[day]}",
    )


def _state(luck: random.Random, age: timedelta) -> State:
    """How far a ticket of this age has come: the older ones are done."""
    state = luck.choices(list(FATES), list(FATES.values()))[0]
    if state is State.MERGED:  # Needs its main ticket; such are few, and lists treat them alike.
        return State.CLOSED
    old = age > timedelta(days=60)
    return (
        State.ARCHIVED
        if old and state not in (*DONE_STATES, State.WITHDRAWN)
        else (
            luck.choice((State.IN_PROGRESS, State.ASSIGNED))
            if age < timedelta(days=20) and luck.random() < 0.45
            else state
        )
    )


def _clock(ticket: Ticket, kind: Kind) -> Row:
    stopped = ticket.opened_at if ticket.state == State.WITHDRAWN else None
    kept = kind is Kind.CONTACT and not stopped
    due = ticket.due_at or ticket.opened_at + timedelta(days=15)
    return {
        "ticket_id": ticket.pk,
        "kind": kind.value,
        "started_at": ticket.opened_at,
        "amount": 15,
        "unit": "days",
        "amber_at": ticket.amber_at or ticket.opened_at + timedelta(days=12),
        "due_at": due,
        "met_at": ticket.closed_at or (ticket.opened_at if kept else None),
        "stopped_at": stopped,
        "paused_since": None if kept else ticket.suspended_at,
        "escalate_at": due,
    }


def _history(city: City, ticket: Ticket) -> Iterator[tuple[str, Row]]:
    """The events of a ticket's way, each with its number."""
    at, before = ticket.opened_at, State.RECEIVED
    yield (
        ticket.number,
        {
            "ticket_id": ticket.pk,
            "at": at,
            "party": Party.PERSON.value,
            "move": OPENED,
            "to_state": State.RECEIVED.value,
        },
    )
    for name in PATHS[State(ticket.state)]:
        at += (city.now - at) * 0.2
        after = MOVES[name].target or before
        actor = None if name == "withdraw" else ticket.handler_id
        party = Party.PERSON if name == "withdraw" else Party.SYSTEM
        yield (
            ticket.number,
            {
                "ticket_id": ticket.pk,
                "at": at,
                "actor_id": actor,
                "party": "" if actor else party.value,
                "move": name,
                "from_state": before.value,
                "to_state": after.value,
                "note": "已电话联系，核实了情况。",
            },
        )
        before = after


def _audited(number: str, event: Row) -> Row:
    move = MOVES.get(event["move"])
    return {
        "at": event["at"],
        "actor_id": event.get("actor_id"),
        "action": move.audit_action if move else "ticket.opened",
        "target": f"ticket:{number}",
        "details": {"from": event.get("from_state", ""), "to": event["to_state"]},
    }


def _today(city: City) -> None:
    """Who waits, whom staff look after, what they have been told."""
    luck, now = city.luck, city.now
    newest = list(Conversation.objects.order_by("-last_message_at")[:340])
    StaffRequest.objects.bulk_create(
        StaffRequest(conversation=one, key="k", reason="要人工", requested_at=now)
        for one in newest[:40]
    )
    everybody = [one for team in city.workers.values() for one in team]
    for one in newest[40:]:
        one.holder = luck.choice(everybody)
    Conversation.objects.bulk_update(newest[40:], ["holder"], BATCH)
    open_ones = list(Ticket.objects.filter(state=State.IN_PROGRESS).order_by("-pk")[:3000])
    Notice.objects.bulk_create(
        [
            Notice(
                ticket=one,
                about=Notice.About.OVERDUE,
                text=f"{one.number} 办结已超期",
                role=Role.HEAD,
                department_id=one.department_id,
                at=now,
            )
            for one in open_ones
        ],
        BATCH,
    )
    done = Ticket.objects.filter(state=State.CLOSED).order_by("-pk")[:200]
    FollowUp.objects.bulk_create(
        FollowUp(ticket=one, reason="来访人认为没有解决", opened_at=now) for one in done
    )
