"""The console's page of what did not reach people."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from desk.accounts.models import Department, Role
from desk.audit.models import AuditEntry
from desk.conversations import deliveries, turns
from desk.conversations.models import Delivery
from desk.conversations.values import IncomingMessage, Outgoing, Receipt, Reply
from tests.unit.desk.conftest import NOW
from tests.unit.desk.makers import StaffMaker
from tests.unit.desk.pages import HTMX, signed_in, text_of

pytestmark = pytest.mark.django_db
PAGE = "/console/deliveries/"


def said_on_telegram(text: str, sender: str = "42") -> UUID:
    key = ("telegram", "bot", sender)
    accepted = turns.accept(IncomingMessage(*key, f"m:{text}", "你好", NOW))
    turn = turns.begin(accepted.conversation_id, owner="test", now=NOW)
    assert turn is not None
    turns.finish(turn, [Reply(text)], now=NOW)
    return accepted.conversation_id


def claimed(conversation_id: UUID) -> Outgoing:
    outgoing = deliveries.claim(conversation_id, owner="test", now=NOW)
    assert outgoing is not None
    return outgoing


@pytest.fixture
def dead(db: None) -> Delivery:
    outgoing = claimed(said_on_telegram("您的补贴到账了", "dead"))
    deliveries.failed(outgoing, code="blocked", error="对方停用了机器人", now=NOW, final=True)
    return Delivery.objects.get(state="dead")


@pytest.fixture
def kept(db: None) -> Delivery:
    outgoing = claimed(said_on_telegram("请补材料", "kept"))
    deliveries.keep(outgoing, reason="超过48小时", now=NOW)
    return Delivery.objects.get(state="kept")


@pytest.fixture
def chief(make_staff: StaffMaker) -> Client:
    return signed_in(make_staff(Role.SUPERVISOR, None, "王督办"))


def test_dead_and_kept_messages_stand_there_with_way_reason_and_error(
    chief: Client, dead: Delivery, kept: Delivery
) -> None:
    html = text_of(chief.get(PAGE))
    for words in ("您的补贴到账了", "对方停用了机器人", "blocked", "请补材料", "超过48小时"):
        assert words in html
    assert "发送失败 1" in html
    assert "暂存 1" in html


@pytest.mark.parametrize(
    ("state", "seen", "unseen"),
    [("dead", "您的补贴到账了", "请补材料"), ("kept", "请补材料", "您的补贴到账了")],
)
def test_the_page_shows_one_state_alone_when_asked(
    chief: Client, dead: Delivery, kept: Delivery, state: str, seen: str, unseen: str
) -> None:
    html = text_of(chief.get(PAGE, {"state": state}))
    assert seen in html
    assert unseen not in html


@pytest.mark.parametrize("query", ["?state=nonsense", "?page=99", "?page=x", "?state=sent"])
def test_an_odd_address_shows_everything(chief: Client, dead: Delivery, query: str) -> None:
    assert "您的补贴到账了" in text_of(chief.get(PAGE + query))


def test_retry_makes_it_due_and_is_audited(chief: Client, dead: Delivery) -> None:
    address = reverse("console:delivery-retry", args=[dead.pk])
    html = text_of(chief.post(address, headers=HTMX))
    assert "没有未送达的消息" in html
    dead.refresh_from_db()
    assert (dead.state, dead.tries) == ("waiting", 0)
    assert AuditEntry.objects.filter(action="delivery.retried").exists()


def test_drop_gives_it_up_and_leads_back_without_scripts(chief: Client, kept: Delivery) -> None:
    answer = chief.post(reverse("console:delivery-drop", args=[kept.pk]))
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    kept.refresh_from_db()
    assert kept.state == "dropped"


def test_a_second_click_is_told_that_it_is_done(chief: Client, dead: Delivery) -> None:
    address = reverse("console:delivery-drop", args=[dead.pk])
    chief.post(address, headers=HTMX)
    assert "已经发出或处理过了" in text_of(chief.post(address, headers=HTMX), 409)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.HANDLER, Role.HEAD])
def test_others_have_neither_page_nor_buttons(
    make_staff: StaffMaker, market: Department, dead: Delivery, role: Role
) -> None:
    client = signed_in(make_staff(role, market))
    assert "您的角色不能打开" in text_of(client.get(PAGE), 403)
    assert text_of(client.post(reverse("console:delivery-drop", args=[dead.pk])), 403)
    assert "未送达" not in text_of(client.get(reverse("console:queue")))


def test_the_bar_counts_the_dead_for_those_who_decide(chief: Client, dead: Delivery) -> None:
    assert '未送达 <span class="count hot">1</span>' in text_of(chief.get(reverse("console:queue")))


def test_the_conversation_tells_how_each_message_went(
    make_staff: StaffMaker, dead: Delivery, kept: Delivery
) -> None:
    client = signed_in(make_staff(Role.ADMINISTRATOR))
    conversation = said_on_telegram("在路上", "kept")
    for expected in ("请补材料", "在路上"):
        outgoing = claimed(conversation)
        assert outgoing.messages[0].text == expected
        deliveries.sent(outgoing, Receipt("customer_service", "超过5秒"), now=NOW)
    page = text_of(client.get(reverse("console:conversation", args=[conversation])))
    assert "客服消息：超过5秒" in page
    gone = text_of(client.get(reverse("console:conversation", args=[dead.conversation_id])))
    assert f"发送失败（{dead.last_error}），督办可在“未送达”里重发" in gone
