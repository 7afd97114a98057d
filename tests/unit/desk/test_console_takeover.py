"""Staff in a conversation: notes, files, passing on, giving back, and who may read what waits."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from desk.accounts.models import Department, Role, StaffMember
from desk.audit.models import AuditEntry
from desk.console import access
from desk.conversations import canned, handing, reading
from desk.conversations import services as conversations
from desk.conversations.canned import CannedCard
from desk.conversations.errors import AlreadyHeld, CannotReceive, InvalidCanned, NotHolding
from desk.conversations.models import Attachment, CannedReply, Conversation, OutboundMessage
from desk.conversations.typing import FADES, is_fresh, person_types, staff_types
from desk.errors import NotPermitted
from desk.tickets import services as tickets
from desk.tickets.models import Ticket
from tests.unit.desk.makers import ConversationMaker, RequestMaker, Speaker, StaffMaker
from tests.unit.desk.pages import HTMX, signed_in, text_of

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"


@pytest.fixture
def held(conversation: UUID, handler: StaffMember, now: datetime) -> UUID:
    """A conversation that the handler holds."""
    conversations.request_staff(conversation, key="k", reason="要人工", now=now)
    conversations.take(conversation, staff=handler, now=now)
    return conversation


def address(name: str, conversation: UUID, *more: object) -> str:
    return reverse(f"console:{name}", args=[conversation, *more])


def key() -> dict[str, str]:
    return {"key": str(uuid4())}


def told(conversation: UUID) -> list[str]:
    """What the person got to read from us, in order."""
    rows = OutboundMessage.objects.filter(conversation=conversation).order_by("seq")
    return list(rows.values_list("text", flat=True))


# --- Notes ---


def test_a_note_stands_between_the_lines_and_the_person_never_gets_it(
    held: UUID, handler: StaffMember, person_says: Speaker
) -> None:
    client = signed_in(handler)
    before = told(held)
    form = key() | {"text": "已核实<b>，等回电"}
    for _ in range(2):
        answer = client.post(address("conversation-note", held), form, headers=HTMX)
        assert answer["HX-Trigger"] == "transcript-changed"
    person_says(held, "还在吗")

    html = text_of(client.get(address("conversation", held)))

    assert html.count("已核实&lt;b&gt;，等回电") == 1
    assert html.index("已核实") < html.index("还在吗")
    assert told(held) == before
    assert not any("已核实" in line.text for line in reading.transcript(held))
    assert AuditEntry.objects.filter(action="conversation.noted").count() == 1


@pytest.mark.parametrize(("text", "status"), [("", 400), (" \n", 400), ("长" * 2001, 413)])
def test_a_note_that_cannot_be_says_why(
    text: str, status: int, held: UUID, handler: StaffMember
) -> None:
    answer = signed_in(handler).post(address("conversation-note", held), key() | {"text": text})
    assert answer.status_code == status


# --- Files ---


def post_file(
    client: Client, conversation: UUID, content: bytes, name: str, key: str = ""
) -> object:
    file = BytesIO(content)
    file.name = name
    form = {"key": key or str(uuid4()), "file": file}
    return client.post(address("attach", conversation), form, headers=HTMX)


def test_staff_send_a_file_once_and_both_sides_may_fetch_it(
    held: UUID, handler: StaffMember, outsider: StaffMember
) -> None:
    client, once = signed_in(handler), str(uuid4())
    for _ in range(2):
        assert post_file(client, held, PNG, "../表.png", once).status_code == 200

    [made] = Attachment.objects.all()
    [line] = [line for line in reading.transcript(held) if line.attachment]
    assert (line.author, line.attachment.name) == ("staff", "表.png")
    page = address("file", held, made.pk)
    assert page in text_of(client.get(address("conversation", held)))
    answer = client.get(page)
    assert answer.content == PNG
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment")
    assert signed_in(outsider).get(page).status_code == 403
    assert client.get(address("file", held, uuid4())).status_code == 404


def test_a_file_that_is_refused_says_why_and_sends_nothing(
    held: UUID, handler: StaffMember
) -> None:
    client = signed_in(handler)
    for content, name, status, said in (
        (b"MZ\x90", "a.exe", 415, "只能发送"),
        (b"", "a.png", 400, "没有收到文件"),
        (PNG + b"0" * 10 * 2**20, "a.png", 413, "10MB"),
    ):
        assert said in text_of(post_file(client, held, content, name), status=status)
    assert client.post(address("attach", held), key(), headers=HTMX).status_code == 400
    assert not Attachment.objects.exists()


def test_a_file_takes_the_conversation_and_a_colleagues_hold_stops_it(
    held: UUID, make_staff: StaffMaker, market: Department, now: datetime, conversation: UUID
) -> None:
    supervisor = make_staff(Role.SUPERVISOR)
    assert post_file(signed_in(supervisor), held, PNG, "a.png").status_code == 200
    assert Conversation.objects.get(pk=held).holder == supervisor
    made = Attachment.objects.get()
    other = make_staff(Role.HEAD, market)
    with pytest.raises(AlreadyHeld):
        conversations.send_file_as_staff(held, made, staff=other, key="k", now=now)


def test_a_channel_that_carries_words_only_gets_no_file(held: UUID, handler: StaffMember) -> None:
    identity = Conversation.objects.get(pk=held).identity
    identity.channel = "hotline"
    identity.save()

    answer = post_file(signed_in(handler), held, PNG, "a.png")

    assert "用文字说明" in text_of(answer, status=409)
    assert not Attachment.objects.exists()
    assert "发文件" not in text_of(signed_in(handler).get(address("conversation", held)))


# --- Passing on and giving back ---


def test_a_colleague_it_is_passed_to_holds_it_and_reads_why(
    held: UUID, handler: StaffMember, outsider: StaffMember
) -> None:
    client = signed_in(handler)
    assert "陈洁" in text_of(client.get(address("pass", held)))
    form = key() | {"to": f"staff:{outsider.pk}", "why": "是税务的事，已核实身份"}
    html = text_of(client.post(address("pass-on", held), form, follow=True))

    assert "已转给陈洁" in html
    assert Conversation.objects.get(pk=held).holder == outsider
    assert "接下来由陈洁为您服务" in told(held)[-1]
    assert not any("已核实身份" in text for text in told(held))
    theirs = text_of(signed_in(outsider).get(address("conversation", held)))
    assert "转给陈洁：是税务的事，已核实身份" in theirs
    assert signed_in(handler).get(address("conversation", held)).status_code == 403
    entry = AuditEntry.objects.get(action="conversation.transferred")
    assert (entry.actor, entry.details) == (handler, {"to": outsider.username})


def test_a_department_it_is_passed_to_finds_it_waiting_and_others_do_not(
    held: UUID, handler: StaffMember, outsider: StaffMember, tax: Department, make_staff: StaffMaker
) -> None:
    form = key() | {"to": f"department:{tax.pk}", "why": "是税务的事"}
    signed_in(handler).post(address("pass-on", held), form)

    assert Conversation.objects.get(pk=held).holder is None
    assert "转给税务局" in told(held)[-1]
    page = address("conversation", held)
    assert "接入会话" in text_of(signed_in(outsider).get(page))
    assert page in text_of(signed_in(outsider).get(reverse("console:queue")))
    assert signed_in(handler).get(page).status_code == 403
    assert page not in text_of(signed_in(handler).get(reverse("console:queue")))
    assert signed_in(make_staff(Role.SUPERVISOR)).get(page).status_code == 200


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"to": "", "why": "x"}, 400),
        ({"to": "staff:", "why": "x"}, 400),
        ({"to": "king:1", "why": "x"}, 400),
        ({"to": "staff:999999", "why": "x"}, 409),
        ({"to": "department:999999", "why": "x"}, 409),
        ({"to": "department:{tax}", "why": "x" * 3000}, 413),
        ({"to": "department:{tax}", "why": "x", "key": "no key"}, 400),
    ],
)
def test_what_cannot_be_passed_on_stays(
    form: dict[str, str], status: int, held: UUID, handler: StaffMember, tax: Department
) -> None:
    given = key() | {name: value.format(tax=tax.pk) for name, value in form.items()}
    answer = signed_in(handler).post(address("pass-on", held), given)

    assert answer.status_code == status
    assert Conversation.objects.get(pk=held).holder == handler


def test_nobody_is_told_of_a_report_that_is_not_there(held: UUID, handler: StaffMember) -> None:
    form = key() | {"to": "staff:999999", "why": "x"}
    html = text_of(signed_in(handler).post(address("pass-on", held), form), status=409)

    assert "请选择其他同事或部门" in html
    assert "举报" not in html


def test_only_who_holds_it_passes_it_on(
    held: UUID, outsider: StaffMember, tax: Department, now: datetime
) -> None:
    for call in (
        lambda: handing.to_colleague(held, outsider.pk, staff=outsider, why="x", key="k", now=now),
        lambda: handing.to_department(held, tax.pk, staff=outsider, why="x", key="k", now=now),
    ):
        with pytest.raises(NotHolding):
            call()


@pytest.mark.parametrize("role", [Role.EDITOR, Role.DISCIPLINE])
def test_nobody_is_given_a_conversation_they_could_not_open(
    role: Role, held: UUID, handler: StaffMember, make_staff: StaffMaker, now: datetime
) -> None:
    other = make_staff(role)
    with pytest.raises(CannotReceive):
        handing.to_colleague(held, other.pk, staff=handler, why="x", key="k", now=now)


def test_giving_back_tells_the_person_a_summary_in_a_line(held: UUID, handler: StaffMember) -> None:
    form = {"summary": "已为您登记，周三前回电"}
    signed_in(handler).post(address("give-back", held), form)

    assert "小结：已为您登记，周三前回电" in told(held)[-1]
    assert Conversation.objects.get(pk=held).holder is None


def test_an_overlong_summary_gives_nothing_back(held: UUID, handler: StaffMember) -> None:
    answer = signed_in(handler).post(address("give-back", held), {"summary": "长" * 201})

    assert "小结太长" in text_of(answer, status=413)
    assert Conversation.objects.get(pk=held).holder == handler


# --- What waits and holds a report ---


@pytest.fixture
def report(
    market: Department,
    make_conversation: ConversationMaker,
    request_of: RequestMaker,
    now: datetime,
) -> Ticket:
    """A 举报 of market's whose person waits for staff."""
    conversation = make_conversation("我要举报税务局的陈某")
    found = tickets.open_ticket(request_of(conversation, category="report"), now=now)
    found.department = market
    found.save()
    conversations.request_staff(conversation, key="k", reason="要人工", now=now)
    return found


def test_a_waiting_report_is_read_by_who_may_see_its_ticket_and_no_others(
    report: Ticket,
    handler: StaffMember,
    outsider: StaffMember,
    make_staff: StaffMaker,
) -> None:
    assert report.conversation_id
    page = address("conversation", report.conversation_id)
    for staff, seen in (
        (handler, True),
        (make_staff(Role.SUPERVISOR), True),
        (outsider, False),
    ):
        client = signed_in(staff)
        assert client.get(page).status_code == (200 if seen else 403)
        assert (page in text_of(client.get(reverse("console:queue")))) == seen
        assert ("人在等" in text_of(client.get(reverse("console:counts")))) == seen
    for name in ("take", "conversation-reply", "conversation-note", "attach"):
        form = key() | {"text": "x"}
        answer = signed_in(outsider).post(address(name, report.conversation_id), form)
        assert answer.status_code == 403
    assert Conversation.objects.get(pk=report.conversation_id).holder is None


def test_a_report_is_not_passed_to_who_may_not_see_it(
    report: Ticket, handler: StaffMember, outsider: StaffMember, now: datetime
) -> None:
    assert report.conversation_id
    conversations.take(report.conversation_id, staff=handler, now=now)
    form = key() | {"to": f"staff:{outsider.pk}", "why": "x"}
    answer = signed_in(handler).post(address("pass-on", report.conversation_id), form)

    assert "会话里有举报" in text_of(answer, status=409)
    assert Conversation.objects.get(pk=report.conversation_id).holder == handler


def test_a_waiting_complaint_may_be_answered_by_anybody(
    ticket: Ticket, outsider: StaffMember, now: datetime
) -> None:
    assert ticket.conversation_id
    conversations.request_staff(ticket.conversation_id, key="k", reason="要人工", now=now)

    assert access.may_answer(outsider, Conversation.objects.get(pk=ticket.conversation_id))


# --- Nobody free ---


def test_who_waits_while_nobody_is_there_is_told_once_and_goes_on_waiting(
    conversation: UUID, handler: StaffMember, now: datetime
) -> None:
    conversations.request_staff(conversation, key="k", reason="要人工", now=now)

    assert handing.tell_who_waits(now + timedelta(seconds=1)) == 0
    assert handing.tell_who_waits(now + timedelta(seconds=6)) == 1
    assert handing.tell_who_waits(now + timedelta(hours=1)) == 0

    last = OutboundMessage.objects.filter(conversation=conversation).order_by("seq").last()
    assert last is not None
    assert "现在没有空闲的工作人员" in last.text
    assert last.buttons == [handing.LEAVE_WORD]
    assert conversations.waiting().filter(pk=conversation).exists()


def test_who_waits_on_a_day_off_is_told_when_the_offices_open(conversation: UUID) -> None:
    saturday = datetime(2026, 11, 28, 3, tzinfo=UTC)
    conversations.request_staff(conversation, key="k", reason="要人工", now=saturday)

    assert handing.tell_who_waits(saturday + timedelta(seconds=6)) == 1

    said = told(conversation)[-1]
    assert said.startswith("现在是休息日，11月30日（周一）")
    assert "您可以留下诉求和电话" in said


def test_who_waits_while_somebody_is_there_is_told_after_three_minutes(
    conversation: UUID, handler: StaffMember, now: datetime
) -> None:
    conversations.request_staff(conversation, key="k", reason="要人工", now=now)
    StaffMember.objects.filter(pk=handler.pk).update(seen_at=now + timedelta(minutes=2))

    assert handing.tell_who_waits(now + timedelta(minutes=2)) == 0
    StaffMember.objects.filter(pk=handler.pk).update(seen_at=now + timedelta(minutes=3))
    assert handing.tell_who_waits(now + timedelta(minutes=3)) == 1
    assert "让您久等了" in told(conversation)[-1]


def test_who_holds_too_many_is_not_free(
    handler: StaffMember, make_conversation: ConversationMaker, now: datetime
) -> None:
    StaffMember.objects.filter(pk=handler.pk).update(seen_at=now)
    assert list(handing.free(now)) == [handler]
    for _ in range(handing.MOST_HELD):
        conversations.take(make_conversation(), staff=handler, now=now)
    assert not handing.free(now).exists()


def test_who_was_taken_meanwhile_is_told_nothing(
    conversation: UUID, handler: StaffMember, now: datetime
) -> None:
    conversations.request_staff(conversation, key="k", reason="要人工", now=now)
    conversations.take(conversation, staff=handler, now=now)

    assert handing.tell_who_waits(now + timedelta(hours=1)) == 0


# --- Typing ---


def test_writing_is_shown_while_it_is_fresh_and_only_the_holders(
    held: UUID, handler: StaffMember, outsider: StaffMember, now: datetime
) -> None:
    staff_types(held, staff=outsider, now=now)
    assert Conversation.objects.get(pk=held).staff_typing_at is None
    assert signed_in(handler).post(address("typing", held)).status_code == 204
    assert Conversation.objects.get(pk=held).staff_typing_at is not None
    person_types(held, now=now)
    typed_at = Conversation.objects.get(pk=held).person_typing_at

    assert is_fresh(typed_at, now + timedelta(seconds=1))
    assert not is_fresh(typed_at, now + FADES)
    assert not is_fresh(None, now)


def test_a_persons_writing_is_not_kept_while_the_bot_answers(
    conversation: UUID, now: datetime
) -> None:
    person_types(conversation, now=now)
    assert Conversation.objects.get(pk=conversation).person_typing_at is None


# --- History ---


def test_a_long_talk_is_read_page_by_page(
    held: UUID, handler: StaffMember, person_says: Speaker
) -> None:
    for number in range(3, 121):
        person_says(held, f"第{number:03d}条")
    client = signed_in(handler)
    page = text_of(client.get(address("conversation", held)))
    assert "第071条" in page
    assert "第070条" not in page
    assert "更早的消息" in page

    older = text_of(client.get(address("older", held), {"before": 71}, headers=HTMX))
    assert "第021条" in older
    assert "第070条" in older
    assert "第071条" not in older
    oldest = text_of(client.get(address("older", held), {"before": 21}, headers=HTMX))
    assert "楼下的店一直乱收费" in oldest
    assert "更早的消息" not in oldest

    # The part that renews itself begins where it began: no line falls between the two.
    person_says(held, "第121条")
    live = text_of(client.get(address("transcript", held), {"first": 71}, headers=HTMX))
    assert "第071条" in live
    assert "第121条" in live


@pytest.mark.parametrize("first", ["x", "-1", "0", "99999999999999", "%00"])
def test_a_page_that_is_none_is_the_newest(first: str, held: UUID, handler: StaffMember) -> None:
    answer = signed_in(handler).get(address("transcript", held), {"first": first})
    assert "楼下的店一直乱收费" in text_of(answer)
    assert signed_in(handler).get(address("older", held), {"before": first}).status_code == 200


# --- Canned replies ---


def test_a_canned_reply_is_offered_with_its_variables_filled(
    held: UUID, handler: StaffMember, make_staff: StaffMaker, tax: Department, now: datetime
) -> None:
    boss = make_staff(Role.SUPERVISOR)
    card = CannedCard("问候", "{来访人}您好，我是{部门}{姓名}。{今天}")
    canned.save(card, staff=boss, now=now)
    canned.save(CannedCard("税务", "去大厅", "tax"), staff=boss, now=now)
    person = str(Conversation.objects.get(pk=held).identity.contact)

    html = text_of(signed_in(handler).get(address("conversation", held)))

    assert f'data-text="{person}您好，我是市场监管局李军。20' in html
    assert "去大厅" not in html


@pytest.mark.parametrize(
    ("title", "text", "said"),
    [
        ("", "好", "请填写名称"),
        ("长" * 41, "好", "不超过40个字"),
        ("好", " ", "请填写内容"),
        ("好", "长" * 1001, "不超过1000个字"),
        ("好", "{密码}", "没有“{密码}”这个变量"),
        ("已有", "好", "已经有同名"),
    ],
)
def test_a_canned_reply_that_is_none_says_why(
    title: str, text: str, said: str, make_staff: StaffMaker, now: datetime
) -> None:
    boss = make_staff(Role.SUPERVISOR)
    canned.save(CannedCard("已有", "好"), staff=boss, now=now)

    with pytest.raises(InvalidCanned, match=said.replace("{", r"\{")):
        canned.save(CannedCard(title, text), staff=boss, now=now)
    answer = signed_in(boss).post(reverse("console:canned-new"), {"title": title, "text": text})
    assert said in text_of(answer, status=422)


def test_a_head_keeps_their_departments_and_no_others(
    make_staff: StaffMaker, market: Department, tax: Department, now: datetime
) -> None:
    head = make_staff(Role.HEAD, market)
    client = signed_in(head)
    made = canned.save(CannedCard("本部门", "好", "market"), staff=head, now=now)
    for department in ("", "tax"):
        with pytest.raises(NotPermitted):
            canned.save(CannedCard("别的", "好", department), staff=head, now=now)
    page = reverse("console:canned-one", args=[made.pk])
    client.post(page, {"title": "改了", "text": "好", "department": "market"})
    assert "改了" in text_of(client.get(reverse("console:canned")))
    with pytest.raises(NotPermitted):
        canned.save(CannedCard("x", "x", "tax"), staff=head, now=now, canned_id=made.pk)

    client.post(reverse("console:canned-remove", args=[made.pk]))

    assert not CannedReply.objects.exists()
    assert client.get(page).status_code == 404
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {
        "canned.created",
        "canned.changed",
        "canned.removed",
    }
