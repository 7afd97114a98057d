"""The console's stream says within a second what changed, and ends with the session."""

import asyncio
from datetime import timedelta

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from desk.accounts import presence
from desk.accounts.models import Role, StaffMember
from desk.console import live_views
from desk.conversations import notes, services, turns, typing
from desk.conversations.live import Changes, look
from desk.conversations.values import IncomingMessage
from desk.threads import close_thread_connections

pytestmark = pytest.mark.django_db(transaction=True)

WITHIN = 1.0  # seconds


@pytest.fixture
def staff(transactional_db: None) -> StaffMember:
    return StaffMember.objects.create_user("wang", password="correct horse", role=Role.OPERATOR)


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> Changes:
    made = Changes()
    monkeypatch.setattr(live_views, "changes", lambda: made)
    yield made
    close_thread_connections()


def say(text: str, number: int) -> object:
    message = IncomingMessage("web", "site", "visitor", f"m{number}", text, timezone.now())
    return turns.accept(message).conversation_id


def request_of(staff: StaffMember) -> object:
    client = Client()
    client.force_login(staff)
    request = RequestFactory().get("/console/live/")
    request.session = client.session
    return request


async def test_what_happens_in_a_conversation_is_told_within_a_second(
    staff: StaffMember, changes: Changes
) -> None:
    conversation = await asyncio.to_thread(say, "你好", 1)
    request = await asyncio.to_thread(request_of, staff)
    stream = live_views.events(request, conversation)
    told: asyncio.Queue[str] = asyncio.Queue()

    async def read() -> None:
        async for text in stream:
            await told.put(text)

    reading = asyncio.create_task(read())
    assert "retry" in await told.get()
    await asyncio.sleep(0.5)

    async def expect(word: str) -> None:
        async with asyncio.timeout(WITHIN):
            while word not in await told.get():
                pass

    now = timezone.now()
    await asyncio.to_thread(say, "在吗", 2)
    await expect("event: talk")
    await asyncio.to_thread(services.take, conversation, staff=staff, now=now)
    await expect("event: talk")
    await asyncio.to_thread(
        notes.add_note, conversation, staff=staff, text="备注", key="k", now=now
    )
    await expect("event: talk")
    await asyncio.to_thread(typing.person_types, conversation, now=timezone.now())
    await expect("event: typing")
    await asyncio.sleep(WITHIN)
    await asyncio.to_thread(
        services.reply_as_staff, conversation, staff=staff, text="在", key="k", now=now
    )
    await expect("event: desk")
    reading.cancel()
    await changes.stop()


async def test_another_conversation_wakes_the_desk_alone(
    staff: StaffMember, changes: Changes
) -> None:
    mine = await asyncio.to_thread(say, "你好", 1)
    async with changes.watch(mine) as talk:
        with changes.watch_desk() as desk:
            await asyncio.sleep(0.5)
            other = IncomingMessage("web", "site", "other", "m1", "你好", timezone.now())
            await asyncio.to_thread(turns.accept, other)
            await asyncio.wait_for(desk.wait(), WITHIN)
            assert not talk.is_set()
    await changes.stop()


def test_a_stream_is_let_in_as_the_pages_are(staff: StaffMember, changes: Changes) -> None:
    conversation = say("你好", 1)
    request = request_of(staff)
    assert live_views.admitted(request, None)
    assert live_views.admitted(request, conversation)
    handler = StaffMember.objects.create_user("li", role=Role.OPERATOR)
    handler.role = Role.EDITOR
    handler.save()
    assert not live_views.admitted(request_of(handler), conversation)

    staff.is_active = False
    staff.save()
    assert not live_views.admitted(request, None)


@pytest.mark.parametrize("change", ["password", "temporary", "idle", "flushed"])
def test_a_stream_ends_when_the_session_does(
    change: str, staff: StaffMember, changes: Changes
) -> None:
    request = request_of(staff)
    assert live_views.admitted(request, None)
    if change == "password":
        staff.set_password("another one")
        staff.save()
    elif change == "temporary":
        StaffMember.objects.update(temporary_until=timezone.now())
    elif change == "idle":
        request.session["active_at"] = 1
        request.session.save()
    else:
        request.session.flush()
    assert not live_views.admitted(request, None)


def test_a_stranger_is_answered_401() -> None:
    async def ask() -> int:
        from django.test import AsyncClient

        return (await AsyncClient().get("/console/live/?conversation=nonsense")).status_code

    assert asyncio.run(ask()) == 401
    close_thread_connections()


def test_an_open_page_is_presence_and_fades(staff: StaffMember, changes: Changes) -> None:
    now = timezone.now()
    live_views.admitted(request_of(staff), None)
    assert list(presence.present(now)) == [staff]
    assert not presence.present(now + presence.GONE + timedelta(seconds=5)).exists()


def test_a_row_that_commits_late_is_found(staff: StaffMember, changes: Changes) -> None:
    say("你好", 1)
    first = look(None)
    say("又来", 2)
    second = look(first)
    assert len(second.rows - first.rows) == 1
    assert second.newest["inbound"] > first.newest["inbound"]
