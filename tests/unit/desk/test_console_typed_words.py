"""What staff wrote in a form that was refused is never lost, and they read what is wrong."""

import re
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse

from desk.accounts.models import Role, StaffMember
from desk.conversations import services as conversations
from desk.conversations.models import Conversation, OutboundMessage
from desk.tickets import person, services
from desk.tickets.models import FollowUp, Ticket
from tests.unit.desk.makers import StaffMaker
from tests.unit.desk.pages import HTMX, signed_in, text_of, ticket_page, version_of

pytestmark = pytest.mark.django_db

LONG = "查过了，" * 1100


@pytest.fixture
def client(handler: StaffMember) -> Client:
    return signed_in(handler)


def sent_again(client: Client, html: str, words: str) -> str:
    """What comes of the refusal's form with its words put right."""
    form = html[: html.index("改好再提交")].split("<form")[-1]
    address = re.search(r'action="([^"]+)"', form)
    assert address
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
    name = re.search(r'<textarea id="kept" name="(\w+)"', form)
    assert name
    return text_of(client.post(address[1], fields | {name[1]: words}, follow=True))


def test_a_note_that_is_too_long_is_shown_again_and_sent_when_it_was_shortened(
    client: Client, ticket: Ticket
) -> None:
    address = reverse("console:note", args=[ticket.number])

    html = text_of(client.post(address, {"key": str(uuid4()), "text": LONG}), 413)

    assert "内容太长了，请控制在2000字以内" in html
    assert f">{LONG}</textarea>" in html
    assert "查过了。" in sent_again(client, html, "查过了。")
    assert ticket.events.filter(move="note").count() == 1


def test_an_empty_note_says_so_and_offers_to_write_it(client: Client, ticket: Ticket) -> None:
    address = reverse("console:note", args=[ticket.number])

    html = text_of(client.post(address, {"key": str(uuid4()), "text": "  "}), 422)

    assert "请先填写内容" in html
    assert "查过了。" in sent_again(client, html, "查过了。")


@pytest.mark.parametrize("where", ["ticket-reply", "conversation-reply", "conversation-note"])
def test_a_message_that_is_too_long_is_shown_again(
    where: str, client: Client, ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    assert ticket.conversation_id
    conversations.take(ticket.conversation_id, staff=handler, now=now)
    about = ticket.number if where == "ticket-reply" else ticket.conversation_id

    form = {"key": str(uuid4()), "text": LONG}
    html = text_of(client.post(reverse(f"console:{where}", args=[about]), form), 413)

    assert f">{LONG}</textarea>" in html
    assert "已经查过" in sent_again(client, html, "已经查过")


def test_a_page_of_htmx_gets_one_line_and_keeps_its_form(client: Client, ticket: Ticket) -> None:
    address = reverse("console:note", args=[ticket.number])

    answer = client.post(address, {"key": str(uuid4()), "text": LONG}, headers=HTMX)

    html = text_of(answer, 413)
    assert html.startswith('<div id="notice">')
    assert "<form" not in html


def test_what_may_not_be_sent_again_can_be_copied(
    client: Client, outsider: StaffMember, ticket: Ticket
) -> None:
    form = {"key": str(uuid4()), "text": "写了<b>很久"}
    address = reverse("console:note", args=[ticket.number])

    html = text_of(signed_in(outsider).post(address, form), 403)
    stale = text_of(client.post(address, {"text": "写了很久"}), 400)

    assert "写了&lt;b&gt;很久</textarea>" in html
    assert "写了很久</textarea>" in stale
    for page in (html, stale):
        assert "readonly" in page
        assert "改好再提交" not in page


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"note": LONG}, 413, "内容太长了"),
        ({"note": " "}, 422, "请先填写内容"),
        ({"note": "等检测", "days": "99"}, 422, "延期要在1到15个工作日之间"),
    ],
)
def test_a_moves_form_stands_open_with_what_it_held(
    form: dict[str, str], status: int, said: str, client: Client, ticket: Ticket
) -> None:
    address = reverse("console:move", args=[ticket.number, "ask_extension"])

    given = {"days": "3"} | form | version_of(ticket)
    html = text_of(client.post(address, given), status)

    assert said in html
    opened = re.search(r"<details open>(.*?)</details>", html, re.DOTALL)
    assert opened
    assert f'value="{given["days"]}"' in opened[1]
    assert f">{form['note'].strip()}</textarea>" in opened[1]
    assert not ticket.reviews.exists()


def test_a_moves_words_are_kept_when_the_move_is_gone(
    client: Client, ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    form = {"note": "写了很久的结果"} | version_of(ticket)
    services.transition(ticket.pk, "close", actor=handler, now=now, note="已退费")

    html = text_of(client.post(reverse("console:move", args=[ticket.number, "close"]), form), 409)

    assert "刚刚有变化" in html
    assert "您写的内容没有保存" in html
    assert "readonly>写了很久的结果</textarea>" in html


def test_a_choice_is_kept_with_the_words(client: Client, ticket: Ticket) -> None:
    address = reverse("console:move", args=[ticket.number, "merge"])

    form = {"note": "同一件事", "main": "BZ2611230099"} | version_of(ticket)
    html = text_of(client.post(address, form), 422)

    assert "没有找到要并入的主单" in html
    assert 'name="main" value="BZ2611230099"' in html
    assert ">同一件事</textarea>" in html


def test_what_is_told_the_next_colleague_is_kept(
    client: Client,
    conversation: UUID,
    handler: StaffMember,
    outsider: StaffMember,
    now: datetime,
) -> None:
    conversations.request_staff(conversation, key="k", reason="要人工", now=now)
    conversations.take(conversation, staff=handler, now=now)
    address = reverse("console:pass-on", args=[conversation])

    form = {"key": str(uuid4()), "to": f"staff:{outsider.pk}", "why": LONG}
    html = text_of(client.post(address, form), 413)

    assert "备注太长了" in html
    assert f">{LONG}</textarea>" in html
    assert f'<option value="staff:{outsider.pk}" selected>' in html
    assert Conversation.objects.get(pk=conversation).holder == handler


@pytest.mark.parametrize("to", ["", "staff:", "staff:0", f"staff:{'9' * 5000}", "nobody:1"])
def test_a_receiver_who_is_none_is_asked_for_again(
    client: Client, conversation: UUID, handler: StaffMember, now: datetime, to: str
) -> None:
    conversations.request_staff(conversation, key="k", reason="要人工", now=now)
    conversations.take(conversation, staff=handler, now=now)
    form = {"key": str(uuid4()), "to": to, "why": "请接着办"}

    answer = client.post(reverse("console:pass-on", args=[conversation]), form)

    assert 400 <= answer.status_code < 500
    assert "请选择转给哪位同事" in answer.content.decode()
    assert "请接着办</textarea>" in answer.content.decode()


def test_a_summary_that_is_too_long_is_shown_again(
    client: Client, conversation: UUID, handler: StaffMember, now: datetime
) -> None:
    conversations.request_staff(conversation, key="k", reason="要人工", now=now)
    conversations.take(conversation, staff=handler, now=now)
    address = reverse("console:give-back", args=[conversation])

    html = text_of(client.post(address, {"summary": "好" * 201}), 413)
    sent_again(client, html, "已登记")

    last = OutboundMessage.objects.filter(conversation=conversation).order_by("seq").last()
    assert last is not None
    assert "小结：已登记" in last.text


def test_an_empty_follow_up_offers_to_write_it(
    ticket: Ticket, handler: StaffMember, make_staff: StaffMaker, now: datetime
) -> None:
    services.transition(ticket.pk, "close", actor=handler, now=now, note="已退费")
    person.confirm(Ticket.objects.get(), solved=False, words="没退", key="c", now=now)
    head = signed_in(make_staff(Role.HEAD, handler.department))
    task = FollowUp.objects.get()
    assert "待跟进" in text_of(head.get(ticket_page(ticket)))

    html = text_of(head.post(reverse("console:follow-up-done", args=[task.pk]), {"note": ""}), 422)

    assert "跟进已完成" in sent_again(head, html, "已上门")
