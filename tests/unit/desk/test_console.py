"""The console's pages: who gets in, what they see, what their forms do."""

import re
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, reverse

from desk.accounts.models import Role, StaffMember
from desk.audit.models import AuditEntry
from desk.console import urls
from desk.console.entrance import csrf_failure
from desk.conversations import services as conversations
from desk.conversations.models import Conversation, OutboundMessage
from desk.tickets import services as tickets
from desk.tickets.models import Ticket
from tests.unit.desk.makers import ConversationMaker, RequestMaker, StaffMaker
from tests.unit.desk.pages import HTMX, seen_in, signed_in, text_of, ticket_page, version_of

pytestmark = pytest.mark.django_db

# The live stream answers 401: a script asks for it, no person.
OPEN_TO_ALL = {"login", "live"}
ARGUMENTS = {
    "number": "BZ2611230001",
    "name": "start",
    "notice_id": 1,
    "task_id": 1,
    "conversation_id": uuid4(),
    "rest": "somewhere/else",
    "delivery_id": 1,
    "staff_id": 1,
    "canned_id": 1,
    "attachment_id": uuid4(),
    "credit_code": "91510000000000000X",
    "kind": "csv",
    "code": "nowhere",
    "ordinal": 1,
}


def key_in(html: str) -> str:
    found = re.search(r'name="key" value="([0-9a-f-]{36})"', html)
    assert found
    return found[1]


def addresses() -> list[tuple[str, str]]:
    """Name and address of every page of the console."""
    patterns = [item for item in urls.urlpatterns if isinstance(item, URLPattern)]
    assert len(patterns) == len(urls.urlpatterns)
    named = []
    for item in patterns:
        needed = item.pattern.converters
        arguments = {name: ARGUMENTS[name] for name in needed}
        named.append((str(item.name), reverse(f"console:{item.name}", kwargs=arguments)))
    return named


@pytest.mark.parametrize(
    "address", [address for name, address in addresses() if name not in OPEN_TO_ALL]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_page_sends_strangers_to_the_sign_in(
    method: str, address: str, client: Client, ticket: Ticket
) -> None:
    answer = getattr(client, method)(address)

    # Signing out is by form only, and harms nobody who is not signed in.
    if address == reverse("console:logout") and method == "get":
        assert answer.status_code == 405
    else:
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("console:login"))


def test_a_part_asked_for_by_htmx_sends_the_whole_page_to_the_sign_in(client: Client) -> None:
    answer = client.get(reverse("console:waiting"), headers=HTMX)

    assert answer.status_code == 401
    assert answer["HX-Redirect"] == reverse("console:login")


def test_staff_sign_in_and_out(client: Client, handler: StaffMember) -> None:
    form = {"username": handler.username, "password": "correct horse"}
    answer = client.post(reverse("console:login"), form)
    assert answer["Location"] == reverse("console:queue")
    assert AuditEntry.objects.filter(action="staff.signed_in", actor=handler).count() == 1
    assert "李军" in text_of(client.get(reverse("console:queue")))

    client.post(reverse("console:logout"))

    assert client.get(reverse("console:queue")).status_code == 302


def test_a_wrong_password_is_told_without_telling_which_was_wrong(
    client: Client, handler: StaffMember
) -> None:
    for name in (handler.username, "nobody"):
        form = {"username": name, "password": "wrong"}
        assert "账号或密码不正确" in text_of(client.post(reverse("console:login"), form))
    assert not AuditEntry.objects.filter(action="staff.signed_in").exists()


def test_the_sign_in_does_not_lead_out_of_the_house(client: Client, handler: StaffMember) -> None:
    form = {
        "username": handler.username,
        "password": "correct horse",
        "next": "https://example.com/",
    }
    assert client.post(reverse("console:login"), form)["Location"] == reverse("console:queue")


def test_forms_without_their_token_are_refused(handler: StaffMember, ticket: Ticket) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(handler)
    for name in ("console:move", "console:ticket-reply", "console:logout"):
        arguments = {"console:move": [ticket.number, "start"], "console:logout": []}
        address = reverse(name, args=arguments.get(name, [ticket.number]))
        assert client.post(address).status_code == 403
    ticket.refresh_from_db()
    assert ticket.state == "assigned"


def test_a_form_without_its_token_is_refused_in_our_words(handler: StaffMember) -> None:
    request = RequestFactory().post("/console/")
    request.user = handler

    html = text_of(csrf_failure(request, "CSRF token missing."), status=403)

    assert "页面已经过期" in html
    assert "CSRF" not in html


def test_the_queue_shows_who_waits_and_the_tickets_of_my_department(
    ticket: Ticket,
    handler: StaffMember,
    make_conversation: ConversationMaker,
    now: datetime,
) -> None:
    waiting = make_conversation()
    conversations.request_staff(waiting, key="k", reason="要人工", now=now)

    html = text_of(signed_in(handler).get(reverse("console:queue")))

    assert reverse("console:conversation", args=[waiting]) in html
    assert ticket_page(ticket) in html
    assert "138****8000" in html
    assert "13800138000" not in html


def test_filters_are_kept_in_the_address(ticket: Ticket, handler: StaffMember) -> None:
    client = signed_in(handler)
    address = reverse("console:queue")

    assert ticket.number in text_of(client.get(address + "?scope=department&state=open"))
    assert ticket.number not in text_of(client.get(address + "?scope=mine&state=open"))
    closed = text_of(client.get(address + "?scope=department&state=closed"))
    assert ticket.number not in closed
    assert f'href="{address}?scope=department&amp;state=closed" aria-current="true"' in closed
    assert ticket.number in text_of(
        client.get(address + "?scope=%00&state=nonsense&after=999&before=x")
    )


def test_another_departments_ticket_is_not_in_the_queue_nor_under_its_address(
    ticket: Ticket, outsider: StaffMember
) -> None:
    client = signed_in(outsider)
    number = ticket.number

    assert number not in text_of(client.get(reverse("console:queue") + "?scope=all&state=all"))
    assert "其他部门" in text_of(client.get(ticket_page(ticket)), status=403)
    key = {"key": str(uuid4()), "text": "看看", "note": "看看"}
    for name, arguments in (
        ("console:move", [number, "start"]),
        ("console:ticket-reply", [number]),
        ("console:note", [number]),
    ):
        assert client.post(reverse(name, args=arguments), key).status_code == 403
    for name in ("conversation", "transcript"):
        address = reverse(f"console:{name}", args=[ticket.conversation_id])
        assert client.get(address).status_code == 403
    for name in ("take", "give-back", "conversation-reply"):
        address = reverse(f"console:{name}", args=[ticket.conversation_id])
        assert client.post(address, key).status_code == 403
    assert not OutboundMessage.objects.filter(author="staff").exists()
    assert ticket.events.count() == 2


def test_an_operator_sees_another_departments_ticket_but_not_the_number_to_call(
    ticket: Ticket, make_staff: StaffMaker
) -> None:
    html = text_of(signed_in(make_staff(Role.OPERATOR)).get(ticket_page(ticket)))

    assert "138****8000" in html
    assert "13800138000" not in html
    assert "您只能查看" in html


def test_the_ticket_page_shows_the_whole_conversation(
    ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    tickets.reply(ticket.pk, staff=handler, text="我是李军", key="k", now=now)
    tickets.transition(ticket.pk, "close", actor=handler, now=now, note="已退费")

    html = text_of(signed_in(handler).get(ticket_page(ticket)))

    for author in ("person", "bot", "staff", "system"):
        assert f'class="line {author}"' in html
    for part in ("楼下的店一直乱收费", "<strong>经过</strong>", "我是李军", "13800138000"):
        assert part in html
    assert 'href="/policies/rule#rule-3"' in html
    assert "转人工" in html


def test_what_a_person_wrote_is_shown_and_never_run(
    market: object,
    handler: StaffMember,
    make_conversation: ConversationMaker,
    request_of: RequestMaker,
    now: datetime,
) -> None:
    evil = "<script>alert(1)</script>\n**<img src=x onerror=alert(1)>**"
    conversation = make_conversation(evil)
    ticket = tickets.open_ticket(request_of(conversation, what=evil, who="<b>张三"), now=now)
    client = signed_in(handler)

    for address in (
        ticket_page(ticket),
        reverse("console:queue"),
        reverse("console:conversation", args=[conversation]),
        reverse("console:transcript", args=[conversation]),
    ):
        html = text_of(client.get(address))
        assert "&lt;script&gt;alert(1)" in html
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "<b>张三" not in html


def test_a_citation_that_leads_elsewhere_is_no_link(ticket: Ticket, handler: StaffMember) -> None:
    OutboundMessage.objects.update(citations=[{"title": "钓鱼", "link": "javascript:alert(1)"}])

    html = text_of(signed_in(handler).get(ticket_page(ticket)))

    assert "钓鱼" in html
    assert "javascript:" not in html


def test_a_reply_pressed_twice_is_sent_once(ticket: Ticket, handler: StaffMember) -> None:
    client = signed_in(handler)
    key = key_in(text_of(client.get(ticket_page(ticket))))
    address = reverse("console:ticket-reply", args=[ticket.number])
    form = {"key": key, "text": "您好，正在处理"}

    answers = [client.post(address, form, headers=HTMX) for _ in range(2)]

    assert OutboundMessage.objects.filter(author="staff").count() == 1
    for answer in answers:
        assert answer["HX-Trigger"] == "transcript-changed"
        assert key_in(text_of(answer)) != key
    assert Conversation.objects.get().holder == handler


def test_without_scripts_a_reply_leads_back_to_the_page(
    ticket: Ticket, handler: StaffMember
) -> None:
    address = reverse("console:ticket-reply", args=[ticket.number])
    answer = signed_in(handler).post(address, {"key": str(uuid4()), "text": "您好"})

    assert answer.status_code == 302
    assert answer["Location"] == ticket_page(ticket)


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"text": "您好"}, 400, "刷新"),
        ({"text": "您好", "key": "x"}, 400, "刷新"),
        ({"text": " ", "key": str(uuid4())}, 400, "写下内容"),
        ({"text": "长" * 4001, "key": str(uuid4())}, 413, "太长"),
    ],
)
def test_a_reply_that_cannot_be_sent_says_why(
    form: dict[str, str], status: int, said: str, ticket: Ticket, handler: StaffMember
) -> None:
    address = reverse("console:ticket-reply", args=[ticket.number])
    client = signed_in(handler)

    part = text_of(client.post(address, form, headers=HTMX), status=status)
    whole = text_of(client.post(address, form), status=status)

    assert said in part
    assert said in whole
    assert 'id="notice"' in part
    assert "<html" not in part
    assert not OutboundMessage.objects.filter(author="staff").exists()


def test_the_transcript_is_sent_again_when_it_or_its_holder_changed(
    ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    assert ticket.conversation_id is not None
    client = signed_in(handler)
    address = reverse("console:transcript", args=[ticket.conversation_id])

    def news(seen: str) -> str:
        html = text_of(client.get(address, {"seen": seen}))
        assert client.get(address, {"seen": seen_in(html)}).status_code == 204
        return html

    html = news("")
    conversations.request_staff(ticket.conversation_id, key="k", reason="要人工", now=now)
    html = news(seen_in(html))
    assert "等待人工" in html
    conversations.take(ticket.conversation_id, staff=handler, now=now)
    html = news(seen_in(html))
    assert "您在接待" in html
    tickets.reply(ticket.pk, staff=handler, text="我是李军", key="k", now=now)
    assert "我是李军" in news(seen_in(html))


def test_a_ticket_is_started_closed_and_reopened_from_its_page(
    ticket: Ticket, handler: StaffMember
) -> None:
    client = signed_in(handler)
    for name, state in (("start", "办理中"), ("close", "已办结"), ("reopen", "办理中")):
        address = reverse("console:move", args=[ticket.number, name])
        assert address in text_of(client.get(ticket_page(ticket)))
        html = text_of(client.post(address, {"note": "说明"} | version_of(ticket), follow=True))
        assert f"现在是“{state}”" in html


def test_a_move_pressed_twice_shows_how_the_ticket_stands(
    ticket: Ticket, handler: StaffMember
) -> None:
    client = signed_in(handler)
    address = reverse("console:move", args=[ticket.number, "start"])
    form = version_of(ticket)
    client.post(address, form)

    html = text_of(client.post(address, form), 409)

    assert "刚刚有变化" in html
    assert ticket.events.filter(move="start").count() == 1


@pytest.mark.parametrize(
    "version", [None, "", "xxxx", "-1", "1.0", "\u0661", "0x1", "9" * 30, "9" * 5000]
)
def test_a_move_that_does_not_say_which_ticket_it_saw_is_refused(
    version: str | None, ticket: Ticket, handler: StaffMember
) -> None:
    form = {"note": "已退费"} | ({} if version is None else {"version": version})
    address = reverse("console:move", args=[ticket.number, "close"])

    html = text_of(signed_in(handler).post(address, form), 400)

    assert "请刷新页面" in html
    ticket.refresh_from_db()
    assert ticket.state == "assigned"
    assert not ticket.events.filter(move="close").exists()


def test_a_move_with_another_version_than_the_tickets_changes_nothing(
    ticket: Ticket, handler: StaffMember
) -> None:
    address = reverse("console:move", args=[ticket.number, "close"])
    for version in (ticket.version - 1, ticket.version + 1, 999_999_999):
        form = {"note": "已退费", "version": str(version)}
        html = text_of(signed_in(handler).post(address, form), 409)
        assert "您的操作没有保存" in html
        # The form stands open with what was written.
        assert "required>已退费</textarea>" in html
    assert not ticket.events.filter(move="close").exists()


def test_a_note_stands_in_the_history(ticket: Ticket, handler: StaffMember) -> None:
    client = signed_in(handler)
    form = {"key": str(uuid4()), "text": "已电话核实<b>"}
    address = reverse("console:note", args=[ticket.number])

    html = [text_of(client.post(address, form, headers=HTMX)) for _ in range(2)][-1]

    assert html.count("已电话核实&lt;b&gt;") == 1


def test_a_waiting_conversation_is_taken_answered_and_given_back(
    conversation: UUID, outsider: StaffMember, handler: StaffMember, now: datetime
) -> None:
    conversations.request_staff(conversation, key="k", reason="要人工", now=now)
    client = signed_in(outsider)
    page = reverse("console:conversation", args=[conversation])
    assert "接入会话" in text_of(client.get(page))

    answer = client.post(reverse("console:take", args=[conversation]))
    assert answer["Location"] == page
    assert "您在接待" in text_of(client.get(page))
    assert signed_in(handler).get(page).status_code == 403

    form = {"key": str(uuid4()), "text": "您好，我来帮您"}
    client.post(reverse("console:conversation-reply", args=[conversation]), form)
    assert "您好，我来帮您" in text_of(client.get(page))

    html = text_of(client.post(reverse("console:give-back", args=[conversation]), follow=True))
    assert "交还陪跑员" in html
    assert Conversation.objects.get().holder is None
    actions = AuditEntry.objects.filter(actor=outsider).values_list("action", flat=True)
    assert set(actions) == {
        "conversation.taken",
        "conversation.replied",
        "conversation.given_back",
    }


def test_of_two_colleagues_one_takes_it(
    ticket: Ticket, handler: StaffMember, make_staff: StaffMaker, now: datetime
) -> None:
    head = make_staff(Role.HEAD, handler.department)
    tickets.reply(ticket.pk, staff=handler, text="我来", key="k", now=now)
    client = signed_in(head)

    html = text_of(client.get(ticket_page(ticket)))
    assert "这段会话正由李军接待" in html
    assert "接入会话" not in html
    answer = client.post(reverse("console:take", args=[ticket.conversation_id]))
    assert "这段会话正由李军接待中。" in text_of(answer, status=409)


@pytest.mark.parametrize(
    "address",
    ["/console/nothing/", "/console/tickets/BZ0000000000/", f"/console/conversations/{uuid4()}/"],
)
def test_what_is_not_there_is_a_page_of_the_console(address: str, handler: StaffMember) -> None:
    html = text_of(signed_in(handler).get(address), status=404)

    assert "回到队列" in html
    assert "李军" in html


def test_an_address_without_its_slash_is_led_to_the_one_with(handler: StaffMember) -> None:
    assert signed_in(handler).get("/console/nothing").status_code == 301


def test_pages_of_people_are_not_kept_by_caches(ticket: Ticket, handler: StaffMember) -> None:
    assert "no-store" in signed_in(handler).get(ticket_page(ticket))["Cache-Control"]


def test_the_number_of_queries_does_not_grow_with_the_queue(
    ticket: Ticket,
    handler: StaffMember,
    make_conversation: ConversationMaker,
    request_of: RequestMaker,
    now: datetime,
) -> None:
    client = signed_in(handler)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("console:queue"))
        return len(captured)

    queries()  # the first click writes into the session and notes who is at their desk
    before = queries()
    for _ in range(5):
        conversation = make_conversation()
        tickets.open_ticket(request_of(conversation), now=now)
        conversations.request_staff(conversation, key="k", reason="要人工", now=now)
        conversations.take(conversation, staff=handler, now=now)
    assert queries() == before
