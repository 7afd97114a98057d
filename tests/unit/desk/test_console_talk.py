"""What the console shows of a conversation, to whom, and which buttons it offers them."""

import re
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse

from desk.accounts.models import Department, Role, StaffMember
from desk.console.areas import WORKERS
from desk.conversations import reading
from desk.conversations import services as conversations
from desk.conversations.models import Conversation
from desk.tickets import services as tickets
from desk.tickets.models import Ticket
from tests.unit.desk.makers import ConversationMaker, RequestMaker, Speaker, StaffMaker
from tests.unit.desk.pages import HTMX, seen_in, signed_in, text_of, ticket_page, version_of

pytestmark = pytest.mark.django_db

NUMBER = "13800138000"
QUEUE = reverse("console:queue")


def conversation_page(conversation: UUID | None) -> str:
    return reverse("console:conversation", args=[conversation])


def live_part_of(client: Client, page: str) -> str:
    """What the page asks for every two seconds, as it would be sent when something changed."""
    found = re.search(r'hx-get="([^"]+/transcript/[^"]*)"', text_of(client.get(page)))
    assert found
    return text_of(client.get(re.sub("seen=[0-9a-f]+", "seen=", found[1].replace("&amp;", "&"))))


@pytest.fixture
def told(
    market: Department,
    make_conversation: ConversationMaker,
    request_of: RequestMaker,
    handler: StaffMember,
    now: datetime,
) -> Ticket:
    """A ticket whose person wrote their number wherever one can."""
    conversation = make_conversation(f"我的电话是{NUMBER}，也可以打138 0013 8000")
    conversations.notify(conversation, text=f"请核对：电话：{NUMBER}", key="k", now=now)
    what = f"请打{NUMBER}。乱收费"
    ticket = tickets.open_ticket(request_of(conversation, what=what), now=now)
    tickets.add_note(ticket.pk, staff=handler, text=f"已打{NUMBER}", key="k", now=now)
    return ticket


def has_number(html: str) -> bool:
    return NUMBER in html or "138 0013 8000" in html


def test_who_may_only_read_sees_no_number_anywhere(
    told: Ticket, make_staff: StaffMaker, hotline: Department
) -> None:
    client = signed_in(make_staff(Role.OPERATOR, hotline))

    for page in (ticket_page(told), conversation_page(told.conversation_id)):
        html = text_of(client.get(page))
        assert "138****8000" in html
        assert not has_number(html)
        assert not has_number(live_part_of(client, page))
    assert not has_number(text_of(client.get(QUEUE + "?scope=all")))


def test_who_works_on_the_ticket_sees_the_number_to_call(
    told: Ticket, handler: StaffMember, now: datetime
) -> None:
    client = signed_in(handler)
    for page in (ticket_page(told), conversation_page(told.conversation_id)):
        assert f"我的电话是{NUMBER}" in text_of(client.get(page))
        assert f"我的电话是{NUMBER}" in live_part_of(client, page)

    # A closed ticket is still theirs to act on; the person's conversation is no more.
    tickets.transition(told.pk, "close", actor=handler, now=now, note="已退费")
    assert f"我的电话是{NUMBER}" in live_part_of(client, ticket_page(told))
    assert not has_number(live_part_of(client, conversation_page(told.conversation_id)))


def test_one_ticket_does_not_open_another_conversation(
    told: Ticket,
    make_conversation: ConversationMaker,
    make_staff: StaffMaker,
    hotline: Department,
    request_of: RequestMaker,
    now: datetime,
) -> None:
    own = tickets.open_ticket(request_of(make_conversation(), category="consult"), now=now)
    client = signed_in(make_staff(Role.OPERATOR, hotline))
    address = reverse("console:transcript", args=[told.conversation_id])

    assert client.get(address, {"ticket": own.number}).status_code == 404


def test_the_queue_shows_who_waits_for_a_colleague_that_is_gone(
    ticket: Ticket,
    handler: StaffMember,
    outsider: StaffMember,
    make_staff: StaffMaker,
    person_says: Speaker,
    now: datetime,
) -> None:
    conversation = ticket.conversation_id
    assert conversation is not None
    tickets.reply(ticket.pk, staff=handler, text="您好", key="k", now=now)
    supervisor = signed_in(make_staff(Role.SUPERVISOR))
    quiet = text_of(supervisor.get(QUEUE))
    assert "等待接待人回复" not in quiet

    person_says(conversation, "还在吗", now)

    live = supervisor.get(reverse("console:waiting"), {"seen": seen_in(quiet)})
    html = text_of(live)
    card = html[html.index("等待接待人回复") : html.index("我接待的会话")]
    assert "李军在接待" in card
    assert "已等" in card
    assert conversation_page(conversation) in card
    assert "您在接待" in text_of(signed_in(handler).get(QUEUE))
    assert "等待接待人回复" not in text_of(signed_in(outsider).get(QUEUE))

    tickets.reply(ticket.pk, staff=handler, text="在的", key="k2", now=now)
    live = supervisor.get(reverse("console:waiting"), {"seen": seen_in(html)})
    assert "等待接待人回复" not in text_of(live)


def test_the_console_says_when_closing_gives_the_conversation_back(
    ticket: Ticket, handler: StaffMember, now: datetime
) -> None:
    client = signed_in(handler)
    address = reverse("console:move", args=[ticket.number, "close"])
    html = text_of(client.post(address, {"note": "已退费"} | version_of(ticket), follow=True))
    assert "交还陪跑员" not in html
    tickets.transition(ticket.pk, "reopen", actor=handler, now=now, note="再看")
    tickets.reply(ticket.pk, staff=handler, text="您好", key="k", now=now)

    html = text_of(client.post(address, {"note": "已退费"} | version_of(ticket), follow=True))

    assert "会话已交还陪跑员" in html
    assert "重新办理" in html
    assert 'id="reply-text"' not in html


def test_of_an_archived_ticket_the_page_offers_no_reopening_and_says_what_can_be_done(
    ticket: Ticket, market: Department, make_staff: StaffMaker, now: datetime
) -> None:
    head = make_staff(Role.HEAD, market)
    tickets.transition(ticket.pk, "close", actor=head, now=now, note="已退费")
    assert "请先“重新办理”" in text_of(signed_in(head).get(ticket_page(ticket)))
    tickets.transition(ticket.pk, "archive", actor=head, now=now, note="存档")

    html = text_of(signed_in(head).get(ticket_page(ticket)))

    assert "请先“重新办理”" not in html
    assert "工单已归档，不能再办理。来访人再说“转人工”或另提诉求后，可以在这里回复" in html


SITUATIONS = (
    "bot",
    "waiting",
    "held by a colleague",
    "held by one who left",
    "held by me",
    "closed",
)


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("role", sorted(WORKERS))
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("on_ticket", [True, False])
def test_the_pages_offer_what_may_be_done_and_nothing_else(
    situation: str,
    role: Role,
    own: bool,
    on_ticket: bool,
    ticket: Ticket,
    market: Department,
    tax: Department,
    make_staff: StaffMaker,
    person_says: Speaker,
    now: datetime,
) -> None:
    conversation = ticket.conversation_id
    assert conversation is not None
    staff, colleague = make_staff(role, market if own else tax), make_staff(Role.HEAD, market)
    if situation == "closed":
        tickets.transition(ticket.pk, "close", actor=colleague, now=now, note="已退费")
    elif situation == "waiting":
        conversations.request_staff(conversation, key="k", reason="要人工", now=now)
    elif situation != "bot":
        holder = staff if situation == "held by me" else colleague
        conversations.take(conversation, staff=holder, now=now)
        person_says(conversation, "有人吗")
        colleague.is_active = situation != "held by one who left"
        colleague.save()
    client = signed_in(staff)
    page = ticket_page(ticket) if on_ticket else conversation_page(conversation)
    if client.get(page).status_code == 403:
        assert not own
        return
    html = text_of(client.get(page))
    box = re.search(r'<form id="reply"[^>]* action="([^"]+)"', html)
    assert box
    form = {"key": str(uuid4()), "text": "您好", "ticket": ticket.number if on_ticket else ""}
    take = reverse("console:take", args=[conversation])
    back = reverse("console:give-back", args=[conversation])
    offered = {
        take: take in html or situation == "held by me",
        box[1]: 'id="reply-text"' in html,
        back: back in html,
    }

    for address, here in offered.items():
        before = Conversation.objects.values("holder").get()
        answer = client.post(address, form)
        assert (answer.status_code == 302) is here, address
        assert answer.status_code in (302, 403, 409)
        # Each is tried from the same start.
        Conversation.objects.update(**before)
        if situation == "waiting":
            conversations.request_staff(conversation, key=str(uuid4()), reason="要人工", now=now)
        elif before["holder"]:
            person_says(conversation, "有人吗")


def test_what_was_read_as_an_operator_is_not_answered_by_its_address(
    ticket: Ticket, make_staff: StaffMaker, hotline: Department
) -> None:
    client = signed_in(make_staff(Role.OPERATOR, hotline))
    form = {"key": str(uuid4()), "text": "您好"}

    for name in ("take", "conversation-reply", "give-back"):
        address = reverse(f"console:{name}", args=[ticket.conversation_id])
        assert "您只能查看" in text_of(client.post(address, form), status=403)
        assert 'id="notice"' in text_of(client.post(address, form, headers=HTMX), status=403)


def test_a_page_that_stays_open_does_not_read_the_transcript_for_nothing(
    ticket: Ticket, handler: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(handler)
    seen = seen_in(text_of(client.get(ticket_page(ticket))))
    address = reverse("console:transcript", args=[ticket.conversation_id])

    def fail(*args: object, **kwargs: object) -> None:
        raise AssertionError("read for nothing")

    monkeypatch.setattr(reading, "transcript", fail)
    answer = client.get(address, {"seen": seen, "ticket": ticket.number})

    assert answer.status_code == 204


def test_an_open_page_closes_and_opens_its_reply_form_as_others_come_and_go(
    ticket: Ticket,
    handler: StaffMember,
    make_staff: StaffMaker,
    person_says: Speaker,
    now: datetime,
) -> None:
    conversation = ticket.conversation_id
    assert conversation is not None
    client, head = signed_in(handler), make_staff(Role.HEAD, handler.department, "赵敏")
    html = text_of(client.get(ticket_page(ticket)))

    def look(html: str) -> str:
        found = re.search(r'hx-get="([^"]+/transcript/[^"]*)"', html)
        assert found
        return text_of(client.get(found[1].replace("&amp;", "&")))

    person_says(conversation, "还有一件事")
    html = look(html)
    # Nothing changed for the form, in which somebody may be writing.
    assert "还有一件事" in html
    assert 'id="reply"' not in html
    conversations.take(conversation, staff=head, now=now)
    html = look(html)
    assert "正由赵敏接待" in html
    assert "<fieldset disabled" in html
    # What was written stays, for when it opens again.
    assert "hx-preserve" in html
    conversations.give_back(conversation, staff=head, now=now)
    html = look(html)
    assert "发送</button>" in html
