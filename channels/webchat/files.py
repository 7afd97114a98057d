"""Files in the web chat: a person sends one, and fetches those of their own conversation."""

import uuid
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.utils import timezone

from channels.http import api
from channels.messages import BadRequest
from channels.runtime import runtime
from channels.webchat import parse, views
from desk.conversations import attachments, reading
from desk.conversations.errors import AttachmentEmpty, AttachmentNotFound
from desk.conversations.models import Attachment, Channel, Kind
from desk.conversations.values import IncomingMessage
from desk.threads import in_thread
from knowledge_base.text import clean

WAIT = 10.0  # seconds, as for words


@api("POST")
async def upload(request: HttpRequest) -> HttpResponseBase:
    """One file as one message; the same `id` again is the same message. `text`: words with it."""
    visitor = parse.read_visitor(request)
    fields, file = await in_thread(_read, request)
    message_id = fields.get("id") or uuid.uuid4().hex
    if not parse.MESSAGE_ID.fullmatch(message_id):
        raise BadRequest("bad_message_id", "消息编号只能用1到64个字母、数字和 _ . : - 。")
    now = timezone.now()
    stored = await in_thread(
        attachments.store,
        cast("BinaryIO", file),
        name=file.name or "",
        key=f"{Channel.WEB.value}:{parse.ACCOUNT}:{visitor}:{message_id}",
        now=now,
    )
    gateway = runtime().gateway
    accepted = await gateway.receive(
        IncomingMessage(
            channel=Channel.WEB,
            account=parse.ACCOUNT,
            sender=visitor,
            message_id=message_id,
            text=clean(fields.get("text", "")),
            received_at=now,
            kind=Kind.IMAGE if stored.suffix in attachments.PICTURES else Kind.FILE,
            media=dict(attachments.media_of(stored)),
        )
    )
    await in_thread(attachments.bind, stored, accepted.conversation_id)
    said = await gateway.answer(accepted.inbound_id, wait=WAIT)
    replies = [views.line_json(reading.entry(reply)) for reply in said or []]
    card = {"id": str(stored.pk), **attachments.media_of(stored)}
    return JsonResponse({"replies": replies, "pending": said is None, "attachment": card})


@api("GET")
async def download(request: HttpRequest, attachment_id: UUID) -> HttpResponseBase:
    """A file of the visitor's own conversation, whoever sent it."""
    visitor = parse.read_visitor(request)
    found, content = await in_thread(_load, visitor, attachment_id)
    return HttpResponse(content, headers=attachments.headers_of(found))


def _load(visitor: str, attachment_id: UUID) -> tuple[Attachment, bytes]:
    conversation = views.find(visitor)
    if conversation is None:
        raise AttachmentNotFound
    found = attachments.attachment_of(conversation, attachment_id)
    return found, attachments.path_of(found.stored).read_bytes()


def _read(request: HttpRequest) -> "tuple[dict[str, str], UploadedFile[Any]]":
    """The form's words and its file. Raises BadRequest, AttachmentEmpty."""
    if request.content_type != "multipart/form-data":
        raise BadRequest("bad_form", "请用 multipart/form-data 上传文件。")
    try:
        fields: dict[str, Any] = request.POST.dict()
        file = request.FILES.get("file")
    except (MultiPartParserError, SuspiciousOperation) as error:
        raise BadRequest("bad_form", "上传的内容不完整，请重新选择文件再发。") from error
    if not isinstance(file, UploadedFile):
        raise AttachmentEmpty
    return fields, file
