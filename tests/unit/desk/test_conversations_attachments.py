"""Files of conversations: what is taken, how it is kept, how it is served."""

import zipfile
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import LazySettings, settings

from desk.conversations import attachments
from desk.conversations.errors import (
    AttachmentEmpty,
    AttachmentNotFound,
    AttachmentRefused,
    AttachmentTooLarge,
    NoRoomForAttachments,
    TooManyAttachments,
)
from desk.conversations.models import Attachment, Conversation
from desk.errors import DeskError
from tests.unit.desk.makers import ConversationMaker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    return tmp_path / "attachments"


def office(*names: str) -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return held.getvalue()


PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
DOCX = office("[Content_Types].xml", "word/document.xml")
XLSX = office("[Content_Types].xml", "xl/workbook.xml")
GOOD = [
    ("a.png", PNG, "png", "image/png"),
    ("照片.jpeg", b"\xff\xd8\xff\xe0" + b"0" * 40, "jpg", "image/jpeg"),
    ("a.webp", b"RIFF\x10\x00\x00\x00WEBPVP8 ", "webp", "image/webp"),
    ("a.pdf", b"%PDF-1.7\n...", "pdf", "application/pdf"),
    ("合同.docx", DOCX, "docx", attachments.DOCX.content_type),
    ("表.xlsx", XLSX, "xlsx", attachments.XLSX.content_type),
    ("a.txt", "说明：\t好\r\n".encode(), "txt", "text/plain; charset=utf-8"),
    ("a.txt", "说明".encode("gb18030"), "txt", "text/plain; charset=utf-8"),
    # The name is not believed: what it is, its content says.
    ("a.pdf", PNG, "png", "image/png"),
]


def store(content: bytes, name: str, now: datetime, key: str = "web:web:v1:m1") -> Attachment:
    return attachments.store(BytesIO(content), name=name, key=key, now=now)


@pytest.mark.parametrize(("name", "content", "suffix", "content_type"), GOOD)
def test_what_is_taken_is_known_by_its_content(
    name: str, content: bytes, suffix: str, content_type: str, now: datetime, folder: Path
) -> None:
    made = store(content, name, now)

    assert (made.suffix, made.content_type, made.size) == (suffix, content_type, len(content))
    assert made.name.endswith(f".{suffix}")
    assert attachments.path_of(made.stored).read_bytes() == content
    # Nothing of the sender's in its place on the disk.
    assert made.stored not in name
    assert len(made.stored) == 32


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.exe", b"MZ\x90\x00"),
        ("a.pdf", b"MZ\x90\x00"),
        ("a.png", b"<svg onload=alert(1)>"),
        ("a.svg", b"<svg onload=alert(1)>"),
        ("a.html", b"<script>alert(1)</script>"),
        ("a.txt", b"plain\x00binary"),
        ("a.txt", b"\x1b[31m"),
        ("a.txt", b"\xff\xff\xfe\x80"),
        ("a.zip", office("a.txt")),
        ("a.docx", b"PK\x03\x04 broken"),
        ("a.docx", office("[Content_Types].xml", "ppt/presentation.xml")),
        ("a.docx", office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")),
        ("a.gif", b"GIF89a"),
        (" ", b"%PD"),
    ],
)
def test_what_is_not_on_the_list_is_refused_and_nothing_is_kept(
    name: str, content: bytes, now: datetime, folder: Path
) -> None:
    with pytest.raises(AttachmentRefused):
        store(content, name, now)
    assert not Attachment.objects.exists()
    assert not list(folder.rglob("*"))


def test_macros_are_refused_in_words_that_help(now: datetime) -> None:
    macros = office("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin")
    with pytest.raises(AttachmentRefused, match="宏"):
        store(macros, "a.xlsx", now)


def test_an_empty_and_an_overlong_file_are_refused(now: datetime) -> None:
    with pytest.raises(AttachmentEmpty):
        store(b"", "a.txt", now)
    with pytest.raises(AttachmentTooLarge):
        store(PNG + b"0" * attachments.MAX_BYTES, "a.png", now)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("C:\\Users\\me\\合同.png", "合同.png"),
        ("a\x00\r\nb.png", "a_b.png"),
        ('x"; filename="evil.html', "x_; filename=_evil.png"),
        ("\u202egnp.exe", "gnp.png"),
        ("", "附件.png"),
        ("....", "附件.png"),
        ("长" * 300 + ".png", "长" * 80 + ".png"),
    ],
)
def test_a_name_is_shown_without_what_could_harm(name: str, shown: str) -> None:
    assert attachments.shown_name(name, attachments.PNG) == shown


def test_the_same_key_is_stored_once(now: datetime, folder: Path) -> None:
    first, again = store(PNG, "a.png", now), store(b"%PDF-", "b.pdf", now)

    assert first == again
    assert len([file for file in folder.rglob("*") if file.is_file()]) == 1


def test_a_sender_has_so_many_files_an_hour(now: datetime) -> None:
    for number in range(attachments.MOST_AN_HOUR):
        store(PNG, "a.png", now, f"web:web:v1:m{number}")
    with pytest.raises(TooManyAttachments):
        store(PNG, "a.png", now, "web:web:v1:more")

    store(PNG, "a.png", now, "web:web:v2:other")
    store(PNG, "a.png", now + timedelta(hours=1), "web:web:v1:later")


def test_a_full_disk_is_said_in_time(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "FREE_BYTES", 2**70)
    with pytest.raises(NoRoomForAttachments):
        store(PNG, "a.png", now)


def test_every_refusal_has_a_code_a_status_and_words() -> None:
    refusals: list[type[DeskError]] = [
        AttachmentRefused, AttachmentEmpty, AttachmentTooLarge, TooManyAttachments,
        NoRoomForAttachments, AttachmentNotFound,
    ]  # fmt: skip
    assert len({one.code for one in refusals}) == len(refusals)
    assert all(400 <= one.status < 600 and one.message for one in refusals)


def test_a_file_is_found_in_its_own_conversation_alone(
    make_conversation: ConversationMaker, now: datetime
) -> None:
    mine, other = (Conversation.objects.get(pk=make_conversation()) for _ in range(2))
    made = store(PNG, "a.png", now)
    with pytest.raises(AttachmentNotFound):
        attachments.attachment_of(mine, made.pk)

    attachments.bind(made, mine.pk)
    attachments.bind(made, other.pk)

    assert attachments.attachment_of(mine, made.pk) == made
    with pytest.raises(AttachmentNotFound):
        attachments.attachment_of(other, made.pk)
    attachments.path_of(made.stored).unlink()
    with pytest.raises(AttachmentNotFound):
        attachments.attachment_of(mine, made.pk)


def test_a_file_is_served_to_be_saved_and_never_run(now: datetime) -> None:
    headers = attachments.headers_of(store(PNG, "合同.png", now))

    assert headers["Content-Disposition"].startswith("attachment;")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "no-store" in headers["Cache-Control"]


def test_attachments_lie_outside_of_what_is_served() -> None:
    assert not Path(settings.ATTACHMENTS_DIR).is_relative_to(settings.STATIC_ROOT)
