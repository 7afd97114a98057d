"""Files that platforms keep: claimed by one, kept once, given up with a reason, shown by right."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction
from django.urls import reverse

from desk.accounts.models import Department, StaffMember
from desk.conversations import fetches, services, turns
from desk.conversations.errors import AttachmentRefused
from desk.conversations.fetches import FIRST_PAUSE, LASTS, LEASE, LONGEST_PAUSE, MOST_TRIES
from desk.conversations.models import Attachment, Fetch, InboundMessage
from desk.conversations.values import IncomingMessage, WantedFile
from desk.tickets import services as tickets
from tests.unit.desk.makers import RequestMaker
from tests.unit.desk.pages import signed_in, text_of

pytestmark = pytest.mark.django_db

JPG = b"\xff\xd8\xff\xe0" + b"0" * 40
CHANNELS = ("telegram",)


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"


@pytest.fixture
def pictured(now: datetime) -> UUID:
    """A conversation whose person sent a picture."""
    media = {"file_id": "p1", "file_name": "执照.jpg"}
    message = IncomingMessage("telegram", "1", "77", "m1", "", now, "image", media, fetched=True)
    return turns.accept(message).conversation_id


def claimed(now: datetime) -> list[WantedFile]:
    return fetches.claim(now, channels=CHANNELS, most=4)


def test_a_message_sent_twice_has_one_file(pictured: UUID, now: datetime) -> None:
    again = IncomingMessage("telegram", "1", "77", "m1", "", now, "image", {}, fetched=True)
    assert turns.accept(again).conversation_id == pictured
    assert Fetch.objects.count() == 1


def test_a_claim_is_one_s_own_till_it_ends(pictured: UUID, now: datetime) -> None:
    [wanted] = claimed(now)
    assert (wanted.conversation_id, wanted.name) == (pictured, "执照.jpg")
    assert claimed(now + LEASE - timedelta(seconds=1)) == []
    assert claimed(now + LEASE) == [wanted]


def test_a_claim_taken_twice_keeps_one_file(pictured: UUID, now: datetime) -> None:
    [first] = claimed(now)
    [second] = claimed(now + LEASE)
    fetches.keep(second, JPG, now=now)
    fetches.keep(first, JPG, now=now)
    assert not fetches.failed(first, reason="迟了", now=now, final=True)

    assert Attachment.objects.count() == 1
    assert Fetch.objects.get().state == "kept"
    media = InboundMessage.objects.get().media
    assert (media["file_id"], media["name"], media["size"]) == ("p1", "执照.jpg", len(JPG))


def test_pauses_grow_to_a_longest_and_the_tries_end(pictured: UUID, now: datetime) -> None:
    pauses = []
    for _ in range(MOST_TRIES):
        # Three days are another bound than the tries: here the message stays young.
        InboundMessage.objects.update(received_at=now)
        [wanted] = claimed(now)
        if fetches.failed(wanted, reason="连不上", now=now):
            break
        at = Fetch.objects.get().next_try_at
        pauses.append(at - now)
        now = at
    assert pauses[:3] == [FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4]
    assert pauses[-1] == LONGEST_PAUSE
    assert len(pauses) == MOST_TRIES - 1
    found = Fetch.objects.get()
    assert (found.state, found.reason) == ("given_up", "三天内没能从平台取到：连不上")


def test_no_try_is_planned_for_when_it_is_gone(pictured: UUID, now: datetime) -> None:
    [wanted] = claimed(now)
    late = now + LASTS - timedelta(seconds=5)
    assert fetches.failed(wanted, reason="连不上", now=late)


def test_a_platform_that_asks_for_a_pause_gets_it(pictured: UUID, now: datetime) -> None:
    [wanted] = claimed(now)
    fetches.failed(wanted, reason="x", now=now, retry_after=timedelta(minutes=10))
    assert claimed(now + timedelta(minutes=10) - timedelta(seconds=1)) == []
    assert claimed(now + timedelta(minutes=10)) == [wanted]


def test_a_claim_that_killed_each_process_is_given_up_too(pictured: UUID, now: datetime) -> None:
    Fetch.objects.update(tries=MOST_TRIES)
    assert claimed(now) == []
    assert Fetch.objects.get().state == "given_up"


def test_what_is_given_up_has_a_reason(pictured: UUID) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Fetch.objects.update(state="given_up")


def test_sound_is_taken_from_a_messenger_and_a_page_is_not(pictured: UUID, now: datetime) -> None:
    [wanted] = claimed(now)
    with pytest.raises(AttachmentRefused):
        fetches.keep(wanted, b"<svg onload=alert(1)>", now=now)
    fetches.keep(wanted, b"OggS" + b"0" * 40, now=now)
    assert Attachment.objects.get().content_type == "audio/ogg"


def test_staff_see_where_the_file_is_and_only_who_may_read_gets_it(
    pictured: UUID,
    handler: StaffMember,
    outsider: StaffMember,
    market: Department,
    request_of: RequestMaker,
    now: datetime,
) -> None:
    report = tickets.open_ticket(request_of(pictured, category="report"), now=now)
    report.department = market
    report.save()
    services.request_staff(pictured, key="k", reason="要人工", now=now)
    page, client = reverse("console:conversation", args=[pictured]), signed_in(handler)
    assert "正在取文件" in text_of(client.get(page))

    [wanted] = claimed(now)
    fetches.failed(wanted, reason="<b>连不上", now=now)
    assert "正在取文件，上次没取到：&lt;b&gt;连不上" in text_of(client.get(page))
    Fetch.objects.update(state="given_up", reason="没有了")
    assert "文件没有存下来：没有了" in text_of(client.get(page))

    Fetch.objects.update(state="waiting")
    [wanted] = claimed(now + timedelta(hours=1))
    fetches.keep(wanted, JPG, now=now)
    html = text_of(client.get(page))
    assert "正在取文件" not in html
    file = reverse("console:file", args=[pictured, Attachment.objects.get().pk])
    assert f'<img src="{file}" alt="执照.jpg"' in html
    assert client.get(file).content == JPG
    assert signed_in(outsider).get(file).status_code == 403
