"""Files in conversations: checked by what they hold, kept out of the web's reach, served by right.

The one place for every channel and the console. What a file is, its content says; its name and the
sender's word for it are not believed. Nothing here opens a file further than to recognise it.
"""

import re
import secrets
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.http import content_disposition_header

from desk.accounts.models import StaffMember
from desk.conversations.errors import (
    AttachmentEmpty,
    AttachmentNotFound,
    AttachmentRefused,
    AttachmentTooLarge,
    NoRoomForAttachments,
    TooManyAttachments,
)
from desk.conversations.models import Attachment, Conversation
from knowledge_base.text import clean

MAX_BYTES = 10 * 1024 * 1024
LONGEST_NAME = 80
# One sender's files within an hour, and what must stay free on the disk.
MOST_AN_HOUR = 20
FREE_BYTES = 1024**3
PICTURES = frozenset({"png", "jpg", "webp", "gif"})
CHUNK = 64 * 1024

_PATH = re.compile(r"[\\/:*?\"<>|\x00-\x1f]+")
_ZIP = b"PK\x03\x04"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file that is taken: its suffix, and how it is served."""

    suffix: str
    content_type: str


PNG = FileKind("png", "image/png")
JPG = FileKind("jpg", "image/jpeg")
WEBP = FileKind("webp", "image/webp")
PDF = FileKind("pdf", "application/pdf")
DOCX = FileKind("docx", _DOCX)
XLSX = FileKind("xlsx", _XLSX)
TXT = FileKind("txt", "text/plain; charset=utf-8")
GIF = FileKind("gif", "image/gif")
AMR = FileKind("amr", "audio/amr")
OGG = FileKind("ogg", "audio/ogg")
MP3 = FileKind("mp3", "audio/mpeg")
MP4 = FileKind("mp4", "video/mp4")
KINDS = (PNG, JPG, WEBP, PDF, DOCX, XLSX, TXT)


def _begins(*magic: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(magic)


_MAGIC: tuple[tuple[FileKind, Callable[[bytes], bool]], ...] = (
    (PNG, _begins(b"\x89PNG\r\n\x1a\n")),
    (JPG, _begins(b"\xff\xd8\xff")),
    (WEBP, lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP"),
    (PDF, _begins(b"%PDF-")),
)
# What people speak and film into a messenger; nobody chooses such a file in a form of ours.
_SPOKEN_AND_FILMED: tuple[tuple[FileKind, Callable[[bytes], bool]], ...] = (
    (GIF, _begins(b"GIF87a", b"GIF89a")),
    (AMR, _begins(b"#!AMR")),
    (OGG, _begins(b"OggS")),
    (MP3, _begins(b"ID3", b"\xff\xfb", b"\xff\xf3")),
    (MP4, lambda head: head[4:8] == b"ftyp"),
)


def recognise(file: BinaryIO, name: str, *, from_messenger: bool = False) -> FileKind:
    """What the seekable `file` holds. Raises AttachmentRefused for what is not taken."""
    file.seek(0)
    head = file.read(16)
    for kind, fits in _MAGIC + (_SPOKEN_AND_FILMED if from_messenger else ()):
        if fits(head):
            return kind
    if head.startswith(_ZIP):
        return _office(file)
    # Plain text has no mark of its own, so here alone the name has a say.
    if name.lower().endswith(".txt") and _is_text(file):
        return TXT
    raise AttachmentRefused


def _office(file: BinaryIO) -> FileKind:
    """Word or Excel, told by their inner names. Raises AttachmentRefused, for macros too."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise AttachmentRefused from error
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise AttachmentRefused("这个文件里有宏，为了安全不能接收。请另存为不带宏的文件再发。")
    if "[Content_Types].xml" in names:
        if "word/document.xml" in names:
            return DOCX
        if "xl/workbook.xml" in names:
            return XLSX
    raise AttachmentRefused


def _is_text(file: BinaryIO) -> bool:
    file.seek(0)
    data = file.read(MAX_BYTES + 1)
    if any(byte < 32 and byte not in b"\t\n\r\f" for byte in data):
        return False
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def shown_name(name: str, kind: FileKind) -> str:
    """`name` without path and invisible characters, ending as its content says."""
    bare = clean(name.replace("\\", "/").rsplit("/", 1)[-1])
    stem = _PATH.sub("_", bare.rsplit(".", 1)[0]).strip(" .")[:LONGEST_NAME]
    return f"{stem or '附件'}.{kind.suffix}"


def store(
    file: BinaryIO,
    *,
    name: str,
    key: str,
    now: datetime,
    conversation_id: UUID | None = None,
    staff: StaffMember | None = None,
    from_messenger: bool = False,
) -> Attachment:
    """`file` (seekable), checked and kept; the same `key` again gives what was stored first.

    `key` begins with who sends, up to its last colon. A new person's file comes before their
    conversation: `bind` it later. `from_messenger`: sound and film are taken too. Raises
    AttachmentEmpty, AttachmentTooLarge, AttachmentRefused, TooManyAttachments,
    NoRoomForAttachments.
    """
    known = Attachment.objects.filter(key=key).first()
    if known is not None:
        return known
    size = file.seek(0, 2)
    if size == 0:
        raise AttachmentEmpty
    if size > MAX_BYTES:
        raise AttachmentTooLarge
    kind = recognise(file, name, from_messenger=from_messenger)
    _check_room(key, size, now)
    stored, digest = _write(file)
    try:
        with transaction.atomic():
            return Attachment.objects.create(
                conversation_id=conversation_id,
                key=key,
                name=shown_name(name, kind),
                suffix=kind.suffix,
                content_type=kind.content_type,
                size=size,
                digest=digest,
                stored=stored,
                staff=staff,
                created_at=now,
            )
    except IntegrityError:
        # The same upload came twice at once; the first is kept.
        path_of(stored).unlink(missing_ok=True)
        return Attachment.objects.get(key=key)


def bind(attachment: Attachment, conversation_id: UUID) -> None:
    """The upload belongs to this conversation from now on; a bound one stays where it is."""
    Attachment.objects.filter(pk=attachment.pk, conversation=None).update(
        conversation_id=conversation_id
    )


def attachment_of(conversation: Conversation, attachment_id: UUID) -> Attachment:
    """The file, if it belongs to the conversation. Raises AttachmentNotFound."""
    found = Attachment.objects.filter(pk=attachment_id, conversation=conversation).first()
    if found is None or not path_of(found.stored).is_file():
        raise AttachmentNotFound
    return found


def media_of(attachment: Attachment) -> dict[str, str | int]:
    """What a person's message says of its file (InboundMessage.media)."""
    return {
        "attachment": str(attachment.pk),
        "name": attachment.name,
        "size": attachment.size,
        "suffix": attachment.suffix,
    }


def headers_of(attachment: Attachment) -> dict[str, str]:
    """How a file is served: to be saved, never run in a page of ours, kept by no cache."""
    return {
        "Content-Type": attachment.content_type,
        "Content-Disposition": content_disposition_header(True, attachment.name) or "attachment",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }


def path_of(stored: str) -> Path:
    """Where a stored file lies."""
    return Path(settings.ATTACHMENTS_DIR) / stored[:2] / stored


def _check_room(key: str, size: int, now: datetime) -> None:
    sender = key.rsplit(":", 1)[0] + ":"
    since = now - timedelta(hours=1)
    sent = Attachment.objects.filter(key__startswith=sender, created_at__gt=since).count()
    if sent >= MOST_AN_HOUR:
        raise TooManyAttachments
    root = Path(settings.ATTACHMENTS_DIR)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    if shutil.disk_usage(root).free - size < FREE_BYTES:
        raise NoRoomForAttachments


def _write(file: BinaryIO) -> tuple[str, str]:
    """The file under a random name, whole or not at all; that name and its SHA-256."""
    stored = secrets.token_hex(16)
    path = path_of(stored)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = sha256()
    file.seek(0)
    with NamedTemporaryFile(dir=path.parent, delete=False) as half:
        try:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                half.write(chunk)
            half.flush()
            Path(half.name).replace(path)
        except BaseException:
            Path(half.name).unlink(missing_ok=True)
            raise
    return stored, digest.hexdigest()
