"""A small city: two departments, their staff, and people who talk to it."""

from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from pytest_django import Settings

from desk.accounts.models import Department, Role, StaffMember
from desk.conversations import turns
from desk.conversations.models import Conversation
from desk.conversations.values import IncomingMessage, Reply
from desk.tickets import services as tickets
from desk.tickets.models import Ticket
from desk.tickets.values import TicketRequest
from tests.unit.desk.lives import Lives
from tests.unit.desk.makers import ConversationMaker, RequestMaker, Speaker, StaffMaker
from tests.unit.desk.policy_makers import library_in

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)  # 10:30 in the city


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def market(db: None) -> Department:
    return Department.objects.create(code="market", name="市场监管局")


@pytest.fixture
def hotline(db: None) -> Department:
    return Department.objects.create(code="hotline", name="12345热线中心")


@pytest.fixture
def tax(db: None) -> Department:
    return Department.objects.create(code="tax", name="税务局")


@pytest.fixture
def make_staff(db: None) -> StaffMaker:
    """Staff of a role and department, each with a name of its own."""
    numbers = count(1)

    def make(role: Role, department: Department | None = None, name: str = "") -> StaffMember:
        username = f"{role.value}{next(numbers)}"
        return StaffMember.objects.create_user(
            username=username,
            password="correct horse",
            role=role,
            department=department,
            display_name=name or username,
        )

    return make


@pytest.fixture
def handler(make_staff: StaffMaker, market: Department) -> StaffMember:
    return make_staff(Role.HANDLER, market, "李军")


@pytest.fixture
def outsider(make_staff: StaffMaker, tax: Department) -> StaffMember:
    return make_staff(Role.HANDLER, tax, "陈洁")


@pytest.fixture
def editor(make_staff: StaffMaker) -> StaffMember:
    return make_staff(Role.EDITOR, name="何编辑")


@pytest.fixture
def colleague(make_staff: StaffMaker) -> StaffMember:
    """Another editor."""
    return make_staff(Role.EDITOR, name="文编辑")


@pytest.fixture
def policy_library(tmp_path: Path, settings: Settings) -> None:
    """Two policies as files in a folder of the test's own, and the index of them."""
    library_in(tmp_path, settings)


@pytest.fixture
def make_conversation(db: None) -> ConversationMaker:
    """A person who said something and was answered by the bot."""
    numbers = count(1)

    def make(text: str = "楼下的店一直乱收费", sender: str = "") -> UUID:
        number = next(numbers)
        accepted = turns.accept(
            IncomingMessage("web", "site", sender or f"visitor{number}", f"m{number}", text, NOW)
        )
        turn = turns.begin(accepted.conversation_id, owner="test", now=NOW)
        assert turn is not None
        citation = {
            "title": "某某规定",
            "number": "示例2026年第1号",
            "article": "第三条",
            "link": "/policies/rule#rule-3",
            "sample": True,
        }
        button = {"title": "转人工", "payload": "转人工"}
        turns.finish(turn, [Reply("请说说**经过**。", [button], [citation])], now=NOW)
        return accepted.conversation_id

    return make


@pytest.fixture
def conversation(make_conversation: ConversationMaker) -> UUID:
    return make_conversation()


@pytest.fixture
def person_says(db: None) -> Speaker:
    """The person of a conversation says something more; the bot does not get to it."""
    numbers = count(1)

    def say(conversation_id: UUID, text: str, at: datetime = NOW) -> None:
        identity = Conversation.objects.get(pk=conversation_id).identity
        key = (identity.channel, identity.account, identity.external_id)
        turns.accept(IncomingMessage(*key, f"more{next(numbers)}", text, at))
        turns.begin(conversation_id, owner="test", now=at)

    return say


@pytest.fixture
def request_of() -> RequestMaker:
    """A complaint as a person would state it; any part may be given otherwise."""

    def make(conversation_id: UUID | None, **parts: str) -> TicketRequest:
        stated = {
            "category": "complain",
            "what": "楼下的店乱收费。找过他们两次，没有用。",
            "who": "张三",
            "contact": "138 0013 8000",
            "key": f"form:{conversation_id}",
        }
        return TicketRequest(conversation_id=conversation_id, **(stated | parts))

    return make


@pytest.fixture
def lives(
    handler: StaffMember, make_staff: StaffMaker, market: Department, tax: Department
) -> Lives:
    """Brings tickets into any state, through the one door."""
    return Lives(handler, make_staff(Role.ADMINISTRATOR, market), tax, NOW)


@pytest.fixture
def ticket(market: Department, conversation: UUID, request_of: RequestMaker) -> Ticket:
    """A complaint that the market department has to deal with."""
    return tickets.open_ticket(request_of(conversation), now=NOW)
