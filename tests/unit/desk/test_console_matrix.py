"""Every role on every page of the console, on a record of its own department and on another's.

A page that does not stand in MATRIX fails: who adds one says here who may open it.
"""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from django.test import Client, RequestFactory
from django.urls import URLPattern, reverse

from desk.accounts.models import Department, Role, StaffMember
from desk.console import areas, live_views, urls
from desk.conversations import attachments
from desk.conversations.models import CannedReply, Delivery
from desk.enterprises import demo
from desk.enterprises import services as enterprises
from desk.tickets import services as tickets
from desk.tickets.models import Notice, Ticket
from tests.unit.desk.makers import ConversationMaker, RequestMaker, StaffMaker
from tests.unit.desk.pages import signed_in

pytestmark = pytest.mark.django_db

# Operator, handler, head, specialist, supervisor, editor, discipline officer, administrator.
LETTERS = {
    "o": Role.OPERATOR,
    "h": Role.HANDLER,
    "H": Role.HEAD,
    "s": Role.SPECIALIST,
    "S": Role.SUPERVISOR,
    "e": Role.EDITOR,
    "d": Role.DISCIPLINE,
    "a": Role.ADMINISTRATOR,
}
ALL = "ohHsSeda"
WORKERS = "ohHsSa"

# Page: who may on a record of market, the department of h, H and s · who may on one of tax.
# Pages without a record have the same in both. An operator reads every ticket and acts on none but
# the hotline's; they are of the hotline, so neither record is theirs.
MATRIX = {
    "queue": (WORKERS, WORKERS),
    "waiting": (WORKERS, WORKERS),
    "fresh": (WORKERS, WORKERS),
    # Each ticket of it is asked for by itself.
    "give": ("oHSa", "oHSa"),
    "export": (WORKERS, WORKERS),
    "ticket": (WORKERS, "oSa"),
    "ticket-reply": ("hHsSa", "Sa"),
    "note": ("hHsSa", "Sa"),
    "move": ("hHa", "a"),
    "conversation": (WORKERS, "oSa"),
    "transcript": (WORKERS, "oSa"),
    "take": ("hHsSa", "Sa"),
    "give-back": ("hHsSa", "Sa"),
    "conversation-reply": ("hHsSa", "Sa"),
    "older": (WORKERS, "oSa"),
    "attach": ("hHsSa", "Sa"),
    "conversation-note": ("hHsSa", "Sa"),
    "pass": ("hHsSa", "Sa"),
    "pass-on": ("hHsSa", "Sa"),
    "typing": (WORKERS, WORKERS),
    "file": (WORKERS, "oSa"),
    "live": (WORKERS, "oSa"),
    "counts": (WORKERS, WORKERS),
    "canned": ("HSa", "HSa"),
    "canned-new": ("HSa", "HSa"),
    "canned-one": ("HSa", "Sa"),
    "canned-remove": ("HSa", "Sa"),
    # One notice is the handler's, the other nobody's of these.
    "notice-seen": ("h", ""),
    "follow-up-done": (WORKERS, WORKERS),
    # A firm is no department's; its people and telephone are another matter.
    "enterprises": (WORKERS, WORKERS),
    "enterprise": (WORKERS, WORKERS),
    "enterprise-new": ("a", "a"),
    "enterprise-edit": ("a", "a"),
    "enterprise-specialist": ("Sa", "Sa"),
    "binding-code": (WORKERS, WORKERS),
    "rules": ("a", "a"),
    "level-set": ("a", "a"),
    "rule-set": ("a", "a"),
    "rule-drop": ("a", "a"),
    "deliveries": ("Sa", "Sa"),
    "delivery-retry": ("Sa", "Sa"),
    "delivery-drop": ("Sa", "Sa"),
    "password": (ALL, ALL),
    "left": (ALL, ALL),
    "stay": (ALL, ALL),
    "staff": ("a", "a"),
    "staff-new": ("a", "a"),
    "staff-one": ("a", "a"),
    "staff-active": ("a", "a"),
    "staff-reset": ("a", "a"),
    "audit": ("Sda", "Sda"),
    "partners": ("a", "a"),
    "partner-token": ("a", "a"),
    "partner-revoke": ("a", "a"),
    "partner-switch": ("a", "a"),
    "policies": ("ea", "ea"),
    "policy-new": ("ea", "ea"),
    "policy-upload": ("ea", "ea"),
    "policy": ("ea", "ea"),
    "policy-edit": ("ea", "ea"),
    "policy-upload-new": ("ea", "ea"),
    "policy-try": ("ea", "ea"),
    "policy-compare": ("ea", "ea"),
    "policy-version": ("ea", "ea"),
    "policy-publish": ("ea", "ea"),
    "policy-withdraw": ("ea", "ea"),
    "policy-drop": ("ea", "ea"),
    "policy-roll-back": ("ea", "ea"),
    "policy-repeal": ("ea", "ea"),
    "policy-file-seen": ("ea", "ea"),
    "missing": (ALL, ALL),
}
POSTED = {
    *("ticket-reply", "note", "move", "notice-seen", "follow-up-done"),
    *("take", "give-back", "conversation-reply", "attach", "conversation-note", "pass-on"),
    *("give", "export", "enterprise-specialist", "binding-code"),
    *("typing", "canned-remove", "delivery-retry", "delivery-drop", "stay"),
    *("staff-active", "staff-reset", "level-set", "rule-set", "rule-drop"),
    *("partner-token", "partner-revoke", "partner-switch"),
    *("policy-publish", "policy-withdraw", "policy-drop", "policy-roll-back"),
    "policy-file-seen",
}
DOORS = {"login", "logout"}


@dataclass(frozen=True)
class Record:
    """What an address can be about, of one department."""

    arguments: dict[str, object]


def patterns() -> dict[str, URLPattern]:
    found = [item for item in urls.urlpatterns if isinstance(item, URLPattern)]
    assert len(found) == len(urls.urlpatterns), "an include() would hide its pages from the matrix"
    return {str(item.name): item for item in found}


def test_every_page_stands_in_the_matrix_and_in_the_areas() -> None:
    assert set(patterns()) - DOORS == set(MATRIX)
    assert set(patterns()) - DOORS == set(areas.PAGES)
    assert set(LETTERS.values()) == set(Role)


@pytest.fixture
def city(
    market: Department, tax: Department, hotline: Department, make_staff: StaffMaker
) -> dict[str, StaffMember]:
    """One of each role."""
    homes = {"o": hotline, "h": market, "H": market, "s": market}
    return {letter: make_staff(role, homes.get(letter)) for letter, role in LETTERS.items()}


@pytest.fixture
def records(
    city: dict[str, StaffMember],
    tax: Department,
    make_conversation: ConversationMaker,
    request_of: RequestMaker,
    make_staff: StaffMaker,
    now: datetime,
) -> tuple[Record, Record]:
    """A record of market and one of tax: a ticket with its conversation, and what hangs on it."""

    firm, _ = enterprises.register(demo.cards()[0])

    def record(department: Department | None) -> Record:
        conversation = make_conversation()
        ticket = tickets.open_ticket(request_of(conversation), now=now)
        if department:
            ticket.department = department
            ticket.save()
        return Record(
            {
                "number": ticket.number,
                "name": "start",
                "conversation_id": conversation,
                "delivery_id": delivery_of(conversation, now),
                "staff_id": make_staff(Role.OPERATOR).pk,
                "canned_id": canned_of(department or ticket.department, now),
                "attachment_id": attachment_of(conversation, city["S"], now),
                "notice_id": Notice.objects.create(
                    ticket=ticket,
                    about=Notice.About.ASSIGNED,
                    text="新工单",
                    staff=make_staff(Role.OPERATOR) if department else city["h"],
                    at=now,
                ).pk,
                "task_id": 1,
                "code": "nowhere",
                "ordinal": 1,
                "rest": "somewhere",
                "credit_code": firm.credit_code,
                "kind": "csv",
            }
        )

    return record(None), record(tax)


def canned_of(department: Department | None, now: datetime) -> int:
    made = CannedReply.objects.create(
        title="您好", text="您好", department=department, changed_at=now
    )
    return made.pk


def attachment_of(conversation: UUID, staff: StaffMember, now: datetime) -> UUID:
    key = f"staff:{staff.pk}:{conversation}"
    made = attachments.store(
        BytesIO("好".encode()), name="a.txt", key=key, now=now, conversation_id=conversation
    )
    return made.pk


def delivery_of(conversation: UUID, now: datetime) -> int:
    from desk.conversations.models import OutboundMessage

    message = OutboundMessage.objects.filter(conversation=conversation).first()
    assert message is not None
    made = Delivery.objects.create(
        message=message,
        conversation_id=conversation,
        channel="telegram",
        seq=message.seq,
        state=Delivery.State.DEAD,
        next_try_at=now,
        created_at=now,
    )
    return made.pk


def status(client: Client, name: str, record: Record) -> int:
    """What the page answers; 403 also where it leads elsewhere because of the role."""
    needed = patterns()[name].pattern.converters
    arguments = {key: record.arguments[key] for key in needed}
    address = reverse(f"console:{name}", kwargs=arguments)
    if name == "live":
        return 200 if streams(client, record) else 403
    form: dict[str, object] = {"key": str(uuid4()), "text": "看看", "note": "看看", "why": "看看"}
    form |= {"to": "department:1", "file": BytesIO(b"")}
    seen = Ticket.objects.filter(number=record.arguments.get("number")).first()
    form |= {"version": seen.version} if seen else {}
    answer = client.post(address, form) if name in POSTED else client.get(address)
    assert not answer.headers.get("Location", "").startswith("/console/login")
    led_home = name == "queue" and answer.status_code == 302
    return 403 if led_home else answer.status_code


def streams(client: Client, record: Record) -> bool:
    """Whether the live stream of the record's conversation opens; not read, it has no end."""
    request = RequestFactory().get("/console/live/")
    request.session = client.session
    return live_views.admitted(request, record.arguments["conversation_id"])


@pytest.mark.parametrize("name", sorted(MATRIX))
@pytest.mark.parametrize("letter", LETTERS)
def test_a_role_opens_what_the_matrix_says(
    letter: str,
    name: str,
    city: dict[str, StaffMember],
    records: tuple[Record, Record],
) -> None:
    client = signed_in(city[letter])
    for record, allowed in zip(records, MATRIX[name], strict=True):
        found = status(client, name, record)
        # What is refused for another reason than the role (409, 404) was opened all the same.
        assert (found != 403) == (letter in allowed), (found, record.arguments["number"])
        assert found < 500


def test_a_page_that_stands_nowhere_opens_to_nobody(city: dict[str, StaffMember]) -> None:
    assert not any(areas.may_visit(staff, "brand-new") for staff in city.values())


def test_each_role_begins_on_a_page_it_may_open(city: dict[str, StaffMember]) -> None:
    for staff in city.values():
        answer = signed_in(staff).get(reverse("console:queue"), follow=True)
        assert answer.status_code == 200
