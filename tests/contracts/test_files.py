"""What holds on every channel whose platform keeps what people send till it is fetched."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels.doors import all_files
from channels.media import Fetcher
from desk.audit.models import AuditEntry
from desk.conversations import attachments, reading
from desk.conversations.attachments import MAX_BYTES, MOST_AN_HOUR
from desk.conversations.errors import AttachmentNotFound
from desk.conversations.fetches import LASTS, MOST_TRIES
from desk.conversations.models import Attachment, Conversation, Fetch, InboundMessage
from desk.threads import in_thread
from tests.contracts.harness import DOORS

pytestmark = pytest.mark.django_db(transaction=True)

CONTENTS = {
    "image": (b"\xff\xd8\xff\xe0" + b"0" * 3000, "jpg"),
    "voice": (b"#!AMR\n" + b"0" * 3000, "amr"),
    "video": (b"\x00\x00\x00\x18ftypmp42" + b"0" * 300_000, "mp4"),
    "file": (b"%PDF-1.7\n" + b"0" * 3000, "pdf"),
}
FILES = sorted((name, kind) for name, door in DOORS.items() for kind in door.files)
JPG = CONTENTS["image"][0]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    return settings.ATTACHMENTS_DIR


async def look(fetcher=None):
    """What the worker does: a look, by a process of its own when none is named."""
    mine = fetcher or Fetcher(all_files())
    await mine.look()
    await mine.rest()
    if fetcher is None:
        await mine.drain()


async def line(conversation_id=None):
    """The person's line in the transcript."""
    wanted = conversation_id or (await Conversation.objects.aget()).pk
    return (await in_thread(reading.transcript, wanted))[0]


async def due_again():
    """The pause till the next try has passed."""
    await Fetch.objects.filter(state="waiting").aupdate(next_try_at=timezone.now())


@pytest.mark.parametrize(("channel", "kind"), FILES)
async def test_what_people_send_becomes_an_attachment_of_their_conversation(opened, channel, kind):
    content, suffix = CONTENTS[kind]
    with opened(channel) as door:
        door.has_file(kind, content)
        assert (await door.send_kind(1, kind)).status == 200
        before = await line()
        version = await in_thread(reading.version, (await Conversation.objects.aget()).pk)
        await look()
    shown = await line()
    assert (before.attachment, before.file_state) == (None, "waiting")
    assert shown.file_state == ""
    assert (shown.attachment.name.endswith(f".{suffix}"), shown.attachment.size) == (
        True,
        len(content),
    )
    assert shown.attachment.picture == (kind == "image")
    stored = await Attachment.objects.aget()
    conversation = await Conversation.objects.aget()
    assert stored.conversation_id == conversation.pk
    assert await in_thread(attachments.path_of(stored.stored).read_bytes) == content
    # An open page asks again: the version is another, and the audit row wakes it.
    assert await in_thread(reading.version, conversation.pk) != version
    entry = await AuditEntry.objects.aget(action="conversation.file_kept")
    assert entry.target == f"conversation:{conversation.pk}"


async def test_people_are_answered_before_anything_is_fetched(pushing):
    """A platform that gives out no file delays nobody's answer."""
    pushing.has_file("image", JPG)
    assert (await pushing.send_kind(1, "image")).status == 200
    assert any("图片收到了" in text for text in await pushing.reaches(1, 1))
    assert not await Attachment.objects.aexists()
    assert (await Fetch.objects.aget()).tries == 0


async def test_a_file_survives_trouble_and_a_restart(pushing):
    pushing.has_file("image", JPG)
    await pushing.send_kind(1, "image")
    await pushing.reaches(1, 1)
    pushing.files_fail()
    await look()
    fetch = await Fetch.objects.aget()
    assert (fetch.state, fetch.tries) == ("waiting", 1)
    assert fetch.next_try_at > timezone.now() + timedelta(seconds=10)
    assert (await line()).file_reason == fetch.reason != ""
    pushing.heal()
    await look()
    assert not await Attachment.objects.aexists()  # not before its time
    await due_again()
    await look()
    assert (await line()).attachment is not None
    await look()
    assert await Attachment.objects.acount() == 1


async def test_a_process_that_died_over_a_file_leaves_it_to_the_next(pushing):
    pushing.has_file("image", JPG)
    await pushing.send_kind(1, "image")
    dying = Fetcher(all_files())
    await dying.look()
    await dying.drain()
    fetch = await Fetch.objects.aget()
    assert (fetch.state, fetch.tries) == ("waiting", 1)
    await due_again()
    await look()
    assert (await line()).attachment is not None


async def test_what_is_gone_is_given_up_with_the_reason(pushing):
    await pushing.send_kind(1, "image")
    await look()
    fetch = await Fetch.objects.aget()
    assert (fetch.state, fetch.tries) == ("given_up", 1)
    assert "没有这个文件了" in fetch.reason
    assert (await line()).file_reason == fetch.reason
    assert await AuditEntry.objects.filter(action="conversation.file_given_up").aexists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"MZ\x90\x00" + b"0" * 300, "只能发送"),
        (b"<html><script>alert(1)</script>", "只能发送"),
        (JPG + b"0" * MAX_BYTES, "文件太大了"),
        (b"", "文件是空的"),
    ],
    ids=["program", "page", "too large", "empty"],
)
async def test_what_is_not_taken_is_refused_and_staff_see_why(pushing, folder, content, why):
    pushing.has_file("image", content)
    await pushing.send_kind(1, "image")
    await look()
    shown = await line()
    assert shown.attachment is None
    assert why in shown.file_reason
    assert not [path for path in folder.rglob("*") if path.is_file()]


async def test_nobody_else_s_conversation_gives_the_file_out(pushing):
    pushing.has_file("image", JPG)
    await pushing.send_kind(1, "image")
    await pushing.send(2, "我要办营业执照")
    await look()
    mine, other = [one async for one in Conversation.objects.order_by("created_at")]
    file = (await line(mine.pk)).attachment
    assert await in_thread(attachments.attachment_of, mine, file.id)
    with pytest.raises(AttachmentNotFound):
        await in_thread(attachments.attachment_of, other, file.id)


@pytest.mark.parametrize("channels_on", [True, False], ids=["on", "off"])
async def test_after_three_days_a_file_is_given_up_even_when_its_channel_is_off(
    pushing, channels_on
):
    pushing.has_file("image", JPG)
    await pushing.send_kind(1, "image")
    await InboundMessage.objects.aupdate(received_at=timezone.now() - LASTS)
    await look(None if channels_on else Fetcher({}))
    assert "三天内没能从平台取到" in (await line()).file_reason


async def test_tries_are_counted_and_end(pushing):
    pushing.has_file("image", JPG)
    await pushing.send_kind(1, "image")
    await pushing.reaches(1, 1)
    pushing.files_fail()
    await Fetch.objects.aupdate(tries=MOST_TRIES - 1)
    await look()
    fetch = await Fetch.objects.aget()
    assert (fetch.state, fetch.tries) == ("given_up", MOST_TRIES)


async def test_many_pictures_at_once_all_come_in_time(pushing):
    """The hourly bound on one sender's files makes the rest wait, it loses none."""
    pushing.has_file("image", JPG)
    for _ in range(MOST_AN_HOUR + 2):
        await pushing.send_kind(1, "image")
    fetcher = Fetcher(all_files())
    for _ in range(MOST_AN_HOUR):
        await look(fetcher)
    assert await Attachment.objects.acount() == MOST_AN_HOUR
    assert await Fetch.objects.filter(state="waiting").acount() == 2
    await Attachment.objects.aupdate(created_at=timezone.now() - timedelta(hours=2))
    await due_again()
    await look(fetcher)
    await fetcher.drain()
    assert await Attachment.objects.acount() == MOST_AN_HOUR + 2


def test_every_channel_that_pushes_says_which_kinds_have_files():
    assert {channel for channel, _ in FILES} == {
        name for name, door in DOORS.items() if door.pushes
    }
