"""The web chat's API, with a dialogue that answers as told."""

import asyncio
import json

import httpx
import pytest
from django.conf import settings
from django.core import signing

from channels.webchat import parse, views
from desk.accounts.models import StaffMember
from desk.conversations import services, turns
from desk.conversations.models import Conversation, InboundMessage
from tests.fakes.runtime import answered_at_last

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def visitor():
    return {"Authorization": f"Bearer {parse.new_token()}"}


async def post(client, body, headers, raw=None):
    content = raw if raw is not None else json.dumps(body)
    response = await client.post(
        "/api/chat/messages", data=content, content_type="application/json", headers=headers
    )
    return response.status_code, response.json()


async def test_a_session_then_a_turn(async_client, rasa):
    token = (await async_client.post("/api/chat/sessions")).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    status, body = await post(async_client, {"text": " 你好 ", "id": "m1"}, headers)
    assert status == 200
    assert body["pending"] is False
    [reply] = body["replies"]
    assert reply["text"] == "您说：你好"
    assert reply["id"] == 2
    assert reply["buttons"] == [{"title": "转人工", "payload": "转人工"}]
    assert reply["citations"][0]["number"] == "2023年第12号"


async def test_the_same_id_again_is_the_same_turn(async_client, rasa, visitor):
    first = await post(async_client, {"text": "你好", "id": "m1"}, visitor)
    again = await post(async_client, {"text": "你好", "id": "m1"}, visitor)
    assert again == first
    assert len(rasa.asked) == 1


async def test_the_same_id_at_once_joins_the_running_turn(async_client, rasa, visitor):
    answers = await asyncio.gather(
        *(post(async_client, {"text": "你好", "id": "m1"}, visitor) for _ in range(5))
    )
    assert all(answer == answers[0] for answer in answers)
    assert len(rasa.asked) == 1


async def test_many_messages_at_once_are_all_answered_in_order(async_client, rasa, visitor):
    answers = await asyncio.gather(
        *(post(async_client, {"text": f"第{n}条", "id": f"m{n}"}, visitor) for n in range(10))
    )
    assert all(not body["pending"] for _, body in answers)
    history = (await async_client.get("/api/chat/messages", headers=visitor)).json()["messages"]
    theirs = [line["text"] for line in history if line["author"] == "person"]
    ours = [line["text"] for line in history if line["author"] == "bot"]
    assert ours == [f"您说：{text}" for text in theirs]


async def test_a_command_to_rasa_is_only_words(async_client, rasa, visitor):
    await post(async_client, {"text": " /EXTERNAL_reminder"}, visitor)
    assert rasa.asked[0]["text"] == "／EXTERNAL_reminder"


async def test_control_characters_do_not_reach_the_store(async_client, rasa, visitor):
    await post(async_client, {"text": "好\x00\x1b[31m的\ud800"}, visitor)
    assert rasa.asked[0]["text"] == "好[31m的"


async def test_a_turn_that_fails_is_stored_pending_and_answered_later(
    async_client, rasa, visitor, monkeypatch
):
    monkeypatch.setattr(views, "WAIT", 0.2)
    rasa.script = [httpx.ConnectError("down"), httpx.Response(503, json={})]
    status, body = await post(async_client, {"text": "你好", "id": "m1"}, visitor)
    assert (status, body) == (200, {"replies": [], "pending": True})
    await answered_at_last()
    status, body = await post(async_client, {"text": "你好", "id": "m1"}, visitor)
    assert body["replies"][0]["text"] == "您说：你好"
    assert len({ask["message_id"] for ask in rasa.asked}) == 1


async def test_a_turn_without_a_word_is_handed_to_staff(async_client, rasa, visitor):
    rasa.script = [httpx.Response(200, json={"replies": []})]
    _, body = await post(async_client, {"text": "你好"}, visitor)
    assert "转给工作人员" in body["replies"][0]["text"]
    assert await asyncio.to_thread(services.waiting().count) == 1


@pytest.mark.parametrize("answer", [{"nonsense": 1}, {"replies": [1]}, []])
async def test_nonsense_from_the_dialogue_is_a_failed_try(
    async_client, rasa, visitor, monkeypatch, answer
):
    monkeypatch.setattr(views, "WAIT", 0.1)
    rasa.script = [httpx.Response(200, json=answer)]
    _, body = await post(async_client, {"text": "你好"}, visitor)
    assert body["pending"]
    row = await InboundMessage.objects.select_related("conversation").aget()
    assert (row.failures, row.conversation.lease_owner) == (1, "")


async def test_a_fault_of_our_own_is_counted_too(async_client, rasa, visitor, monkeypatch):
    monkeypatch.setattr(views, "WAIT", 0.1)
    monkeypatch.setattr(turns, "finish", lambda *words, **more: 1 / 0)
    _, body = await post(async_client, {"text": "你好"}, visitor)
    assert body["pending"]
    assert (await InboundMessage.objects.aget()).failures == 1


BAD = [
    ({"text": ""}, None, 400, "empty_text"),
    ({"text": " \n "}, None, 400, "empty_text"),
    ({"text": "\x00"}, None, 400, "empty_text"),
    ({"text": 5}, None, 400, "text_missing"),
    ({}, None, 400, "text_missing"),
    ({"text": "好", "id": 7}, None, 400, "bad_message_id"),
    ({"text": "好", "id": ""}, None, 400, "bad_message_id"),
    ({"text": "好", "id": "x" * 65}, None, 400, "bad_message_id"),
    ({"text": "好", "id": "a b"}, None, 400, "bad_message_id"),
    ({"text": "字" * 4001}, None, 413, "text_too_long"),
    (None, "[]", 400, "bad_json"),
    (None, "not json", 400, "bad_json"),
    (None, "[" * 60000, 400, "bad_json"),
    (None, b"\xff\xfe\xfa", 400, "bad_json"),
    (None, " " * 70000, 413, "body_too_large"),
]


@pytest.mark.parametrize(("body", "raw", "status", "code"), BAD)
async def test_bad_input_is_refused_with_a_code_and_stores_nothing(
    async_client, rasa, visitor, body, raw, status, code
):
    found, answer = await post(async_client, body, visitor, raw=raw)
    assert (found, answer["error"]["code"]) == (status, code)
    assert answer["error"]["message"]
    assert not await InboundMessage.objects.aexists()
    assert not rasa.asked


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        ("", "token_missing"),
        ("Basic abc", "token_missing"),
        ("Bearer ", "token_missing"),
        ("Bearer nonsense", "token_invalid"),
        ("Bearer " + signing.dumps("x", salt="another"), "token_invalid"),
    ],
)
async def test_without_a_valid_token_nothing_is_told(async_client, rasa, authorization, code):
    headers = {"Authorization": authorization}
    for call in (
        async_client.get("/api/chat/messages", headers=headers),
        async_client.get("/api/chat/stream", headers=headers),
        async_client.post(
            "/api/chat/messages",
            data='{"text": "x"}',
            content_type="application/json",
            headers=headers,
        ),
    ):
        response = await call
        assert response.status_code == 401
        assert response.json()["error"]["code"] == code


async def test_an_old_token_asks_for_a_new_session(async_client, rasa, visitor, monkeypatch):
    monkeypatch.setattr(parse, "TOKEN_AGE", -1)
    response = await async_client.get("/api/chat/messages", headers=visitor)
    assert response.json()["error"]["code"] == "token_expired"


async def test_one_visitor_never_sees_another(async_client, rasa, visitor):
    await post(async_client, {"text": "我的电话13900001111"}, visitor)
    other = {"Authorization": f"Bearer {parse.new_token()}"}
    response = await async_client.get("/api/chat/messages", headers=other)
    assert response.json() == {"messages": []}


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 10])
async def test_a_bad_after_is_refused(async_client, rasa, visitor, after):
    response = await async_client.get(f"/api/chat/messages?after={after}", headers=visitor)
    assert response.json()["error"]["code"] == "bad_after"


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "sessions"), ("put", "messages"), ("delete", "messages"), ("post", "stream")],
)
async def test_other_methods_are_refused_in_json(async_client, method, path):
    response = await getattr(async_client, method)(f"/api/chat/{path}")
    assert response.status_code == 405
    assert response.json()["error"]["code"] == "method_not_allowed"
    assert response["Allow"]


async def test_an_unknown_api_address_is_json_and_an_unknown_page_is_a_page(async_client):
    api = await async_client.get("/api/nothing")
    assert (api.status_code, api.json()["error"]["code"]) == (404, "not_found")
    page = await async_client.get("/nothing")
    assert page.status_code == 404
    assert "去聊天页" in page.content.decode()


async def test_the_stream_brings_a_staff_reply_live(async_client, rasa, visitor):
    await post(async_client, {"text": "你好"}, visitor)
    conversation = await Conversation.objects.aget()
    member = await asyncio.to_thread(StaffMember.objects.create_user, "li", display_name="李同志")
    response = await async_client.get("/api/chat/stream?after=2", headers=visitor)
    events = response.streaming_content.__aiter__()
    assert await anext(events) == b": open\n\n"

    async def reply_soon():
        await asyncio.sleep(0.4)
        await asyncio.to_thread(
            services.reply_as_staff,
            conversation.id,
            staff=member,
            text="我来处理",
            key="k",
            now=conversation.created_at,
        )

    replying = asyncio.create_task(reply_soon())
    event = (await asyncio.wait_for(anext(events), 3)).decode()
    await replying
    assert event.startswith("id: 3\nevent: message\ndata: ")
    assert json.loads(event.split("data: ")[1])["name"] == "李同志"
    await events.aclose()
    await views.runtime().live.stop()


async def test_the_page_is_there_and_names_what_it_loads(async_client):
    page = (await async_client.get("/")).content.decode()
    assert "营商陪跑员" in page
    for name in ("chat.js", "chat.css", "icon.svg"):
        assert f"{settings.STATIC_URL}webchat/{name}" in page
