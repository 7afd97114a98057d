"""Pages without a record cost the same however much they list."""

from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from desk.accounts.models import Department, Role, StaffMember
from desk.conversations import canned
from desk.conversations.canned import CannedCard
from desk.conversations.models import Delivery, OutboundMessage
from desk.partners import services as partners
from desk.partners.models import Scope
from tests.unit.desk.makers import ConversationMaker, StaffMaker
from tests.unit.desk.pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(make_staff: StaffMaker) -> StaffMember:
    return make_staff(Role.ADMINISTRATOR)


@pytest.mark.parametrize(
    "name", ["audit", "staff", "canned", "deliveries", "partners", "rules", "pass"]
)
def test_a_page_costs_the_same_however_much_it_lists(
    name: str,
    boss: StaffMember,
    make_staff: StaffMaker,
    make_conversation: ConversationMaker,
    market: Department,
    now: datetime,
) -> None:
    client = signed_in(boss)
    held = make_conversation()

    def add(place: int) -> None:
        """One more of everything, and the audit rows that come with it."""
        make_staff(Role.HANDLER, Department.objects.create(code=f"d{place}", name=f"局{place}"))
        canned.save(CannedCard(f"常用{place}", "您好", "market"), staff=boss, now=now)
        partners.register(f"partner-{place}", f"伙伴{place}", staff=boss, now=now)
        partners.make_token(f"partner-{place}", scopes=frozenset(Scope.values), staff=boss, now=now)
        talk = make_conversation()
        message = OutboundMessage.objects.filter(conversation=talk).first()
        assert message is not None
        Delivery.objects.create(
            message=message,
            conversation_id=talk,
            channel="telegram",
            seq=message.seq,
            state=Delivery.State.DEAD,
            next_try_at=now,
            created_at=now,
        )

    def queries() -> int:
        address = reverse(f"console:{name}", args=[held] if name == "pass" else [])
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    add(0)
    queries()
    before = queries()
    for place in range(1, 5):
        add(place)
    assert queries() == before
