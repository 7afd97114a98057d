"""Files and typing in the web chat."""

import asyncio

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from channels.webchat import parse, views
from desk.accounts.models import Role, StaffMember
from desk.conversations import attachments, services
from desk.conversations.models import Attachment, Conversation, InboundMessage
from desk.conversations.typing import staff_types

pytestmark = pytest.mark.django_db(transaction=True)

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"


@pytest.fixture
def visitor():
    return {"Authorization": f"Bearer {parse.new_token()}"}


async def send(client, headers, content=PNG, name="照片.png", **fields):
    form = {"file": SimpleUploadedFile(name, content), **fields}
    response = await client.post("/api/chat/files", data=form, headers=headers)
    return response.status_code, response.json()


async def test_a_file_is_a_message_that_staff_and_the_person_may_fetch(async_client, rasa, visitor):
    status, body = await send(async_client, visitor, id="m1")
    assert status == 200
    assert "图片收到了" in body["replies"][0]["text"]
    message = await InboundMessage.objects.aget()
    assert (message.kind, message.media["name"]) == ("image", "照片.png")

    history = (await async_client.get("/api/chat/messages", headers=visitor)).json()["messages"]
    card = history[0]["attachment"]
    assert (card["name"], card["size"], card["picture"]) == ("照片.png", len(PNG), True)
    answer = await async_client.get(f"/api/chat/files/{card['id']}", headers=visitor)
    assert answer.content == PNG
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment")


async def test_words_with_a_file_are_asked_of_the_dialogue(async_client, rasa, visitor):
    _, body = await send(async_client, visitor, text="这个怎么办")
    assert body["replies"][0]["text"] == "您说：这个怎么办"


async def test_the_same_id_again_is_the_same_message_and_file(async_client, rasa, visitor):
    first = await send(async_client, visitor, id="m1")
    again = await send(async_client, visitor, id="m1")
    assert again == first
    assert await Attachment.objects.acount() == 1


async def test_nobody_fetches_the_files_of_others(async_client, rasa, visitor):
    _, body = await send(async_client, visitor)
    other = {"Authorization": f"Bearer {parse.new_token()}"}
    await send(async_client, other)
    for headers, status, code in (
        (other, 404, "attachment_not_found"),
        ({}, 401, "token_missing"),
        ({"Authorization": f"Bearer {parse.new_token()}"}, 404, "attachment_not_found"),
    ):
        address = f"/api/chat/files/{body['attachment']['id']}"
        answer = await async_client.get(address, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("content", "name", "fields", "status", "code"),
    [
        (b"MZ\x90\x00", "a.png", {}, 415, "attachment_refused"),
        (b"", "a.png", {}, 400, "attachment_empty"),
        (PNG + b"0" * attachments.MAX_BYTES, "a.png", {}, 413, "attachment_too_large"),
        (PNG, "a.png", {"id": "a b"}, 400, "bad_message_id"),
    ],
)
async def test_a_file_that_is_refused_has_a_code_and_stores_nothing(
    async_client, rasa, visitor, content, name, fields, status, code
):
    found, body = await send(async_client, visitor, content, name, **fields)
    assert (found, body["error"]["code"]) == (status, code)
    assert not await InboundMessage.objects.aexists()
    assert not await Attachment.objects.aexists()


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"{}", "application/json", "bad_form"),
        (b"nonsense", "multipart/form-data; boundary=x", "attachment_empty"),
        (b"nonsense", "multipart/form-data", "bad_form"),
        (b"--x\r\n\r\nno file\r\n--x--", "multipart/form-data; boundary=x", "attachment_empty"),
    ],
)
async def test_a_form_that_is_none_has_a_code(
    async_client, rasa, visitor, body, content_type, code
):
    answer = await async_client.post(
        "/api/chat/files", data=body, content_type=content_type, headers=visitor
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


async def test_a_body_without_an_end_is_cut_off_before_it_is_kept():
    from peipao.asgi import LARGEST_BODY, application

    sent = []

    async def receive():
        return {"type": "http.request", "body": b"0" * 2**20, "more_body": True}

    async def answer(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/api/chat/files", "headers": [],
        "query_string": b"", "http_version": "1.1", "scheme": "http",
    }  # fmt: skip
    await asyncio.wait_for(application(scope, receive, answer), 20)
    assert not sent
    stated = {**scope, "headers": [(b"content-length", str(LARGEST_BODY + 1).encode())]}
    await application(stated, receive, answer)
    assert sent[0]["status"] == 413


@pytest.fixture
def staff(transactional_db):
    return StaffMember.objects.create_user("wang", role=Role.OPERATOR)


async def test_writing_is_told_to_the_other_side(async_client, rasa, visitor, staff):
    await async_client.post(
        "/api/chat/messages",
        data='{"text": "你好"}',
        content_type="application/json",
        headers=visitor,
    )
    conversation = await Conversation.objects.aget()
    await asyncio.to_thread(services.take, conversation.id, staff=staff, now=timezone.now())
    assert (await async_client.post("/api/chat/typing", headers=visitor)).status_code == 204
    await conversation.arefresh_from_db()
    assert conversation.person_typing_at is not None

    token = visitor["Authorization"].removeprefix("Bearer ")
    from django.core import signing

    sender = signing.loads(token, salt=parse.SALT)
    stream = views.events(sender, 2)
    assert await anext(stream) == ": open\n\n"
    coming = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.7)
    await asyncio.to_thread(staff_types, conversation.id, staff=staff, now=timezone.now())
    assert "event: typing" in await asyncio.wait_for(coming, 5)
    await stream.aclose()
    await views.runtime().live.stop()


async def test_typing_needs_a_session_and_no_conversation(async_client, rasa, visitor):
    assert (await async_client.post("/api/chat/typing")).status_code == 401
    assert (await async_client.post("/api/chat/typing", headers=visitor)).status_code == 204
