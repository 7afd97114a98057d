"""WeChat's protocol at the door: handshake, modes, keys, kinds, events, and whatever is none."""

import asyncio
import base64
import json
import os
import struct
import time
from urllib.parse import urlencode

import pytest
from django.core.asgi import get_asgi_application

from channels.wechat import settings as wechat_settings
from channels.wechat.events import REOPENING
from channels.wechat.markup import cdata, read_fields
from channels.wechat.models import SeenCall
from desk.conversations.models import InboundMessage
from tests.fakes import wechat as fake
from tests.unit.channels.wechat_help import FIXTURES, PERSON, captured, turn_on

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/webhooks/wechat"
HELLO = captured("text__plain")


@pytest.fixture(scope="module")
def server():
    with fake.running_wechat() as running:
        yield running


@pytest.fixture
def platform(server, settings):
    """The platform in secure mode; `mode` may be changed before `turn_on`."""
    server.mode, server.aes_key = fake.SECURE, fake.AES_KEY
    turn_on(settings, server)
    return server


@pytest.fixture(params=[fake.PLAIN, fake.COMPATIBLE, fake.SECURE])
def any_mode(request, platform, settings):
    platform.mode = request.param
    turn_on(settings, platform)
    return platform


@pytest.fixture
def post(async_client, rasa):
    async def send(query, body):
        return await async_client.post(
            f"{PATH}?{urlencode(query)}", data=body, content_type="text/xml"
        )

    return send


def code(response):
    return json.loads(response.content)["error"]["code"]


# --- Off ---


@pytest.mark.parametrize(
    ("name", "value", "state"),
    [
        ("WECHAT_TOKEN", "", "off: WECHAT_TOKEN is not set"),
        ("WECHAT_APP_ID", "", "off: WECHAT_APP_ID is not set"),
        ("WECHAT_APP_SECRET", "", "off: WECHAT_APP_SECRET is not set"),
        ("WECHAT_TOKEN", "a b", "off: WECHAT_TOKEN takes 3 to 32 letters and digits"),
        ("WECHAT_TOKEN", "字" * 5, "off: WECHAT_TOKEN takes 3 to 32 letters and digits"),
        ("WECHAT_APP_ID", "wx 1", "off: WECHAT_APP_ID is no AppID"),
        ("WECHAT_AES_KEY", "short", "off: WECHAT_AES_KEY has 43 letters and digits"),
        ("WECHAT_AES_KEY_PREVIOUS", "x" * 44, "off: WECHAT_AES_KEY_PREVIOUS has 43"),
    ],
)
async def test_a_wrong_setting_turns_the_door_off_and_is_named(
    platform, settings, post, name, value, state
):
    setattr(settings, name, value)
    assert wechat_settings.state().startswith(state)
    response = await post({}, b"")
    assert (response.status_code, code(response)) == (404, "channel_off")


def test_a_previous_key_alone_does_not_open_the_door_to_plain_messages(platform, settings):
    settings.WECHAT_AES_KEY, settings.WECHAT_AES_KEY_PREVIOUS = "", fake.OLD_AES_KEY
    assert wechat_settings.state().startswith("off: WECHAT_AES_KEY is not set")


def test_no_secret_shows_in_a_log(platform, settings):
    settings.WECHAT_AES_KEY_PREVIOUS = fake.OLD_AES_KEY
    shown = repr(wechat_settings.read())
    assert fake.APP_ID in shown
    for secret in (fake.TOKEN, fake.SECRET, fake.AES_KEY, fake.OLD_AES_KEY):
        assert secret not in shown


# --- The handshake ---


def shaken(platform, **words):
    query = {"timestamp": str(int(time.time())), "nonce": "42", "echostr": "5837397520665436492"}
    query |= words
    query.setdefault(
        "signature", fake.sha1(platform.token, str(query["timestamp"]), str(query["nonce"]))
    )
    return {name: value for name, value in query.items() if value is not None}


async def test_the_handshake_echoes(any_mode, async_client):
    response = await async_client.get(PATH, shaken(any_mode))
    assert (response.status_code, response.content) == (200, b"5837397520665436492")
    assert response["Content-Type"].startswith("text/plain")


async def test_an_echo_is_no_page(platform, async_client):
    response = await async_client.get(PATH, shaken(platform, echostr="<script>1</script>"))
    assert response["Content-Type"].startswith("text/plain")
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("words", "status", "wanted"),
    [
        ({"signature": None}, 401, "bad_signature"),
        ({"signature": ""}, 401, "bad_signature"),
        ({"signature": "0" * 40}, 401, "bad_signature"),
        ({"signature": "é" * 40}, 401, "bad_signature"),
        ({"signature": "0" * 5000}, 401, "bad_signature"),
        ({"timestamp": None, "signature": "x"}, 401, "bad_signature"),
        ({"nonce": None, "signature": "x"}, 401, "bad_signature"),
        ({"nonce": ""}, 401, "bad_signature"),
        ({"timestamp": "１２３"}, 401, "bad_signature"),
        ({"timestamp": "-5"}, 401, "bad_signature"),
        ({"timestamp": "1e9"}, 401, "bad_signature"),
        ({"timestamp": "9" * 40}, 401, "bad_signature"),
        ({"timestamp": "0"}, 401, "stale_signature"),
        ({"timestamp": str(int(time.time()) - 3600)}, 401, "stale_signature"),
        ({"timestamp": str(int(time.time()) + 3600)}, 401, "stale_signature"),
        ({"echostr": None}, 400, "echo_missing"),
        ({"echostr": ""}, 400, "echo_missing"),
        ({"echostr": "x" * 5000}, 400, "echo_missing"),
        ({"echostr": "a\x00b"}, 400, "echo_missing"),
    ],
)
async def test_a_wrong_handshake_is_refused(platform, async_client, words, status, wanted):
    query = shaken(platform, **{key: value for key, value in words.items() if value is not None})
    for name, value in words.items():
        if value is None:
            query.pop(name, None)
    response = await async_client.get(PATH, query)
    assert (response.status_code, code(response)) == (status, wanted)


# --- Modes and keys ---


async def test_a_message_is_stored_and_answered_in_every_mode(any_mode, post):
    response = await post(*any_mode.signed(HELLO))
    assert response.status_code == 200
    reply = any_mode.opened(response.content)
    assert (reply["ToUserName"], reply["FromUserName"]) == (PERSON, fake.ACCOUNT)
    assert reply["MsgType"] == "text"
    assert reply["Content"].startswith("您说：我要办营业执照")
    assert (await InboundMessage.objects.aget()).text == "我要办营业执照"


async def test_the_previous_key_is_good_while_the_new_one_spreads(platform, settings, post):
    settings.WECHAT_AES_KEY_PREVIOUS = fake.OLD_AES_KEY
    response = await post(*platform.signed(HELLO, key=fake.OLD_AES_KEY))
    assert response.status_code == 200
    # The reply is closed with the key that opened the message.
    sealed = fake.fields_of(response.content)["Encrypt"]
    assert "您说" in fake.decrypt(sealed, fake.OLD_AES_KEY, fake.APP_ID).decode()


async def test_a_key_that_is_neither_is_refused(platform, settings, post):
    settings.WECHAT_AES_KEY_PREVIOUS = fake.OLD_AES_KEY
    response = await post(*platform.signed(HELLO, key="0" * 43))
    assert (response.status_code, code(response)) == (400, "not_decryptable")


async def test_with_a_key_set_nothing_unencrypted_is_taken(platform, post):
    platform.mode = fake.PLAIN
    response = await post(*platform.signed(HELLO))
    assert (response.status_code, code(response)) == (401, "not_encrypted")
    assert not await InboundMessage.objects.aexists()


async def test_without_a_key_an_encrypted_message_tells_what_is_missing(platform, settings, post):
    settings.WECHAT_AES_KEY = ""
    response = await post(*platform.signed(HELLO))
    assert (response.status_code, code(response)) == (400, "no_aes_key")


async def test_compatible_mode_without_a_key_is_read_and_answered_in_plain(
    platform, settings, post
):
    platform.mode, settings.WECHAT_AES_KEY = fake.COMPATIBLE, ""
    response = await post(*platform.signed(HELLO))
    assert response.status_code == 200
    assert platform.opened(response.content)["Content"].startswith("您说：我要办营业执照")
    assert b"Encrypt" not in response.content


async def test_in_compatible_mode_only_what_is_sealed_counts(platform, post):
    """The plain fields beside it are signed by nobody."""
    platform.mode = fake.COMPATIBLE
    query, body = platform.signed(HELLO)
    response = await post(query, body.replace("营业执照".encode(), "食品证".encode()))
    assert response.status_code == 200
    assert (await InboundMessage.objects.aget()).text == "我要办营业执照"


async def test_a_message_for_another_account_is_refused(platform, post):
    platform.app_id = "wxsomebodyelse0000"
    try:
        response = await post(*platform.signed(HELLO))
    finally:
        platform.app_id = fake.APP_ID
    assert (response.status_code, code(response)) == (400, "wrong_app_id")


@pytest.mark.parametrize("name", ["signature", "msg_signature", "timestamp", "nonce"])
async def test_a_changed_word_of_the_query_is_refused(platform, post, name):
    query, body = platform.signed(HELLO)
    query[name] = query[name][:-1] + ("0" if query[name][-1] != "0" else "1")
    response = await post(query, body)
    assert response.status_code == 401
    assert not await InboundMessage.objects.aexists()


async def test_a_changed_body_is_refused(platform, post):
    query, _ = platform.signed(HELLO)
    _, other = platform.signed(HELLO.replace("营业执照", "食品证"))
    response = await post(query, other)
    assert (response.status_code, code(response)) == (401, "bad_signature")


@pytest.mark.parametrize("seconds", [-301, 301, -86400, 86400])
async def test_an_old_or_future_call_is_refused(any_mode, post, seconds):
    at = str(int(time.time()) + seconds + (1 if seconds > 0 else -1))
    response = await post(*any_mode.signed(HELLO, timestamp=at))
    assert (response.status_code, code(response)) == (401, "stale_signature")


@pytest.mark.parametrize("seconds", [-290, 290])
async def test_a_clock_that_is_off_by_minutes_is_borne(any_mode, post, seconds):
    at = str(int(time.time()) + seconds)
    assert (await post(*any_mode.signed(HELLO, timestamp=at))).status_code == 200


async def test_in_plain_mode_a_signature_signs_one_body_only(platform, settings, post):
    platform.mode = fake.PLAIN
    turn_on(settings, platform)
    query, body = platform.signed(HELLO)
    assert (await post(query, body)).status_code == 200
    # The platform's own second try may carry the same words.
    assert (await post(query, body)).status_code == 200
    response = await post(query, captured("text__emoji").encode())
    assert (response.status_code, code(response)) == (401, "replayed_signature")
    assert await InboundMessage.objects.acount() == 1
    assert await SeenCall.objects.acount() == 1


async def test_a_replayed_encrypted_call_is_the_same_message(platform, post, rasa):
    query, body = platform.signed(HELLO)
    first, second = await post(query, body), await post(query, body)
    assert (first.status_code, second.status_code) == (200, 200)
    assert platform.opened(first.content)["Content"] == platform.opened(second.content)["Content"]
    assert await InboundMessage.objects.acount() == 1
    assert len(rasa.asked) == 1


# --- Kinds and events ---

SAYS = {
    "text__plain": ("text", "我要办营业执照"),
    "text__emoji": ("text", "办照要几天👨👩👧🇨🇳[微笑]"),
    "text__cdata_end": ("text", "a]]>b"),
    "text__entities": ("text", "A&B <公司> 你"),
    "text__blank": ("unknown", ""),
    "text__slash_command": ("text", "/restart"),
    "text__menu_choice": ("text", "转人工"),
    "text__long": ("text", "政策" * 700),
    "text__control_character": ("text", "好的"),
    "text__extra_fields": ("text", "你好"),
    "image__photo": ("image", ""),
    "voice__recognised": ("voice", "小微企业有什么补贴"),
    "voice__without_recognition": ("voice", ""),
    "voice__16k": ("voice", ""),
    "video__clip": ("video", ""),
    "shortvideo__clip": ("video", ""),
    "location__labelled": ("location", "巴中市巴州区江北大道"),
    "location__without_label": ("location", ""),
    "link__page": ("link", "巴中市优化营商环境条例"),
    "file__pdf": ("file", ""),
    "unknown__miniprogrampage": ("unknown", ""),
    "unknown__invented": ("unknown", ""),
    "unknown__without_id": ("unknown", ""),
    "subscribe__search": ("event", "关注"),
    "subscribe__scene": ("event", "关注（来自二维码 hall_03）"),
    "unsubscribe__plain": ("event", "取消关注"),
    "scan__scene": ("event", "扫码（来自二维码 hall_03）"),
    "click__of_our_menu": ("text", "我要投诉"),
    "click__of_another_menu": ("event", "点了菜单：V1001_TODAY"),
    "view__page": ("event", ""),
    "view_miniprogram__page": ("event", ""),
    "location__reported": ("event", ""),
    "templatesendjobfinish__success": ("event", ""),
    "templatesendjobfinish__blocked": ("event", "模板消息没有送达：failed:user block"),
    "templatesendjobfinish__failed": ("event", "模板消息没有送达：failed: system failed"),
    "masssendjobfinish__success": ("event", ""),
    "subscribe_msg_popup_event__accepted": ("event", ""),
    "subscribe_msg_change_event__rejected": ("event", ""),
    "subscribe_msg_sent_event__success": ("event", ""),
    "subscribe_msg_sent_event__refused": ("event", "订阅通知没有送达：user refused"),
    "user_authorization_revoke__all": ("event", "撤回了个人信息授权"),
    "user_authorization_cancellation__closed": ("event", "注销了微信账号"),
    "user_info_modified__risk": ("event", ""),
    "kf_create_session__plain": ("event", "客服会话开始"),
    "kf_close_session__plain": ("event", "客服会话结束"),
    "kf_switch_session__plain": ("event", "客服会话转接"),
    "scancode_waitmsg__qr": ("event", ""),
    "scancode_push__qr": ("event", ""),
    "pic_sysphoto__album": ("event", ""),
    "location_select__place": ("event", ""),
    "verify__annual_renew": ("event", ""),
    "invented__event": ("event", ""),
    "device_event__bind": ("event", ""),
}


def test_every_fixture_has_its_line():
    assert {file.stem for file in FIXTURES.glob("*.xml")} == set(SAYS)


@pytest.mark.parametrize("name", sorted(SAYS))
async def test_every_kind_is_stored_once_however_often_it_comes(platform, post, name):
    kind, text = SAYS[name]
    for _ in range(3):
        response = await post(*platform.signed(captured(name)))
        assert response.status_code == 200, response.content
    stored = await InboundMessage.objects.select_related("identity", "conversation").aget()
    assert (stored.kind, stored.text) == (kind, text)
    assert (stored.identity.account, stored.identity.external_id) == (fake.ACCOUNT, PERSON)
    event = stored.media.get("event", "")
    assert (stored.conversation.heard_at is not None) == (not event or event in REOPENING)


@pytest.mark.parametrize("name", sorted(SAYS))
async def test_whatever_a_person_sends_is_answered_and_reports_are_not(platform, post, name):
    response = await post(*platform.signed(captured(name)))
    silent = SAYS[name][0] == "event" and not name.startswith(("subscribe__", "scan__", "click__"))
    if silent:
        assert response.content == b"success"
    else:
        assert platform.opened(response.content)["Content"]


@pytest.mark.parametrize(
    ("name", "media"),
    [
        ("image__photo", {"MediaId": "media_id_1"}),
        ("voice__16k", {"MediaId16K": "media_16k"}),
        ("shortvideo__clip", {"ThumbMediaId": "thumb_2", "short": "1"}),
        ("location__labelled", {"Location_X": "31.867903", "Location_Y": "106.747477"}),
        ("location__reported", {"Latitude": "31.867903", "Precision": "119.385040"}),
        ("link__page", {"Url": "https://mp.weixin.qq.com/s/abc"}),
        ("file__pdf", {"Title": "营业执照.pdf", "FileTotalLen": "20480"}),
        ("unknown__invented", {"type": "hologram", "HologramId": "h1"}),
        ("unknown__miniprogrampage", {"type": "miniprogrampage", "Title": "办事大厅"}),
        ("subscribe__scene", {"event": "subscribe", "EventKey": "qrscene_hall_03"}),
        ("scancode_waitmsg__qr", {"ScanCodeInfo.ScanResult": "BZ2611230001"}),
        ("kf_switch_session__plain", {"ToKfAccount": "test2@test"}),
        ("subscribe_msg_popup_event__accepted", {"event": "subscribe_msg_popup_event"}),
    ],
)
async def test_what_came_with_it_is_kept(platform, post, name, media):
    await post(*platform.signed(captured(name)))
    stored = (await InboundMessage.objects.aget()).media
    assert stored.items() >= media.items()


async def test_two_taps_of_different_menus_within_a_second_are_two(platform, post):
    await post(*platform.signed(captured("click__of_our_menu")))
    await post(*platform.signed(captured("click__of_another_menu")))
    assert await InboundMessage.objects.acount() == 2


@pytest.mark.parametrize("open_id", ["", "a b", "o" * 65])
async def test_a_revocation_without_a_proper_openid_is_its_sender_s(platform, post, open_id):
    xml = captured("user_authorization_revoke__all").replace(PERSON, open_id)
    assert (await post(*platform.signed(xml))).status_code == 200
    stored = await InboundMessage.objects.select_related("identity").aget()
    assert stored.identity.external_id == "oplatformSendsThis_in_its_ownName"


async def test_an_event_with_a_slash_or_odd_name_is_stored(platform, post):
    xml = captured("invented__event").replace("quantum_tunnel", "../../<b>量子" + "x" * 300)
    assert (await post(*platform.signed(xml))).status_code == 200
    assert len((await InboundMessage.objects.aget()).message_id) <= 128


async def test_a_device_s_event_without_a_name_is_stored(platform, post):
    xml = captured("device_event__bind").replace("<Event><![CDATA[bind]]></Event>", "")
    assert (await post(*platform.signed(xml))).status_code == 200


# --- Whatever is no message ---

HEAD = (
    f"<ToUserName>{fake.ACCOUNT}</ToUserName><FromUserName>{PERSON}</FromUserName>"
    "<CreateTime>1780000000</CreateTime>"
)
NONE_OF_OURS = {
    "nothing": (b"", "bad_xml"),
    "a word": (b"success", "bad_xml"),
    "json": (b'{"a": 1}', "bad_xml"),
    "half": (HELLO.encode()[:-20], "bad_xml"),
    "two roots": (HELLO.encode() + b"<xml/>", "bad_xml"),
    "another root": (b"<html></html>", "bad_xml"),
    "an empty root": (b"<xml/>", "bad_message"),
    "an unknown entity": (b"<xml><a>&nope;</a></xml>", "bad_xml"),
    "a nul reference": (b"<xml><a>&#0;</a></xml>", "bad_xml"),
    "a lone surrogate": (b"<xml>\xed\xa0\x80</xml>", "bad_encoding"),
    "latin-1": (b"<xml>\xff\xfe\xfa</xml>", "bad_encoding"),
    "utf-16": (HELLO.encode("utf-16"), "bad_encoding"),
    "a doctype": (b"<!DOCTYPE xml><xml/>", "doctype_refused"),
    "an odd doctype": (b"<!DOCTYPE\txml []><xml/>", "doctype_refused"),
    "an entity": (b'<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>', "doctype_refused"),
    "an outside entity": (
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml>&a;</xml>',
        "doctype_refused",
    ),
    "an outside doctype": (b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x"><xml/>', "doctype_refused"),
    "billion laughs": (
        b'<!DOCTYPE x [<!ENTITY a "a"><!ENTITY b "&a;&a;&a;&a;">]><xml>&b;</xml>',
        "doctype_refused",
    ),
    "very deep": (b"<xml>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</xml>", "bad_xml"),
    "very many": (b"<xml>" + b"<a/>" * 9000 + b"</xml>", "bad_xml"),
    "two senders": (
        HELLO.replace("<MsgType>", "<FromUserName>other</FromUserName><MsgType>").encode(),
        "bad_xml",
    ),
    "no type": (f"<xml>{HEAD}</xml>".encode(), "bad_message"),
    "a type inside": (f"<xml>{HEAD}<MsgType><a>text</a></MsgType></xml>".encode(), "bad_message"),
    "a type of blanks": (f"<xml>{HEAD}<MsgType> </MsgType></xml>".encode(), "bad_message"),
    "an endless type": (f"<xml>{HEAD}<MsgType>{'x' * 99}</MsgType></xml>".encode(), "bad_message"),
    "no sender": (HELLO.replace(PERSON, "").encode(), "bad_message"),
    "a sender of blanks": (HELLO.replace(PERSON, "a b").encode(), "bad_message"),
    "an endless sender": (HELLO.replace(PERSON, "o" * 65).encode(), "bad_message"),
    "a chinese sender": (HELLO.replace(PERSON, "张三").encode(), "bad_message"),
    "no account": (HELLO.replace(fake.ACCOUNT, "").encode(), "bad_message"),
    "no time": (HELLO.replace("1780000000", "").encode(), "bad_message"),
    "a time of words": (HELLO.replace("1780000000", "now").encode(), "bad_message"),
    "an endless time": (HELLO.replace("1780000000", "1" * 40).encode(), "bad_message"),
}


@pytest.mark.parametrize("name", sorted(NONE_OF_OURS))
async def test_signed_garbage_is_one_clear_refusal(platform, post, name, caplog):
    body, wanted = NONE_OF_OURS[name]
    if wanted == "bad_encoding":
        # What was sealed and is no UTF-8 was not sealed by WeChat.
        wanted = "not_decryptable"
    response = await post(*platform.signed(body))
    assert (response.status_code, code(response)) == (400, wanted)
    assert not await InboundMessage.objects.aexists()
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("name", sorted(NONE_OF_OURS))
async def test_garbage_in_plain_mode_is_the_same_refusal(platform, settings, post, name):
    platform.mode = fake.PLAIN
    turn_on(settings, platform)
    body, wanted = NONE_OF_OURS[name]
    response = await post(*platform.signed(body))
    assert (response.status_code, code(response)) == (400, wanted)


SEALED = {
    "nothing": "",
    "no base64": "！！！",
    "odd base64": "abc",
    "half a block": base64.b64encode(b"x" * 8).decode(),
    "one block of zeros": base64.b64encode(b"\0" * 16).decode(),
    "random": base64.b64encode(os.urandom(160)).decode(),
    "an endless length": fake.encrypt_raw(
        b"r" * 16 + struct.pack(">I", 2**32 - 1) + b"x" * 44, fake.AES_KEY
    ),
    "no length": fake.encrypt_raw(b"r" * 16, fake.AES_KEY),
    "a length of nothing": fake.encrypt_raw(
        b"r" * 16 + struct.pack(">I", 0) + fake.APP_ID.encode() + b"\x0a" * 10, fake.AES_KEY
    ),
    "a padding of 255": fake.encrypt_raw(b"r" * 79 + b"\xff", fake.AES_KEY),
    "broken utf-8": fake.encrypt(b"<xml>\xff\xfe</xml>", fake.AES_KEY, fake.APP_ID),
}


@pytest.mark.parametrize("name", sorted(SEALED))
async def test_a_sealed_body_that_cannot_be_opened_is_one_clear_refusal(platform, post, name):
    sealed = SEALED[name]
    query, _ = platform.signed(HELLO)
    query["msg_signature"] = fake.sha1(platform.token, query["timestamp"], query["nonce"], sealed)
    response = await post(query, f"<xml><Encrypt>{cdata(sealed)}</Encrypt></xml>".encode())
    assert response.status_code in (400, 401)
    assert code(response) in ("not_decryptable", "wrong_app_id", "bad_signature", "bad_xml")
    assert not await InboundMessage.objects.aexists()


@pytest.mark.parametrize("size", [64 * 1024 + 1, 1_100_000])
async def test_a_body_beyond_64_kb_is_refused_unread(platform, post, size):
    query, _ = platform.signed(HELLO)
    response = await post(query, b"<xml>" + b"<a>" * (size // 3))
    assert (response.status_code, code(response)) == (413, "body_too_large")


async def test_a_body_beyond_64_kb_that_tells_no_length_is_refused(platform, rasa):
    query, _ = platform.signed(HELLO)
    pieces = [b"<xml><Content>", *[b"x" * 2**14] * 5, b"</Content></xml>"]
    sent = []

    async def receive():
        body = pieces.pop(0) if pieces else b""
        return {"type": "http.request", "body": body, "more_body": bool(pieces)}

    async def answer(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": PATH, "headers": [(b"host", b"testserver")],
        "query_string": urlencode(query).encode(), "http_version": "1.1", "scheme": "http",
    }  # fmt: skip

    async def receive_once():
        # Then the connection stays open, and nothing more comes.
        return await (receive() if pieces else asyncio.sleep(60))

    await asyncio.wait_for(get_asgi_application()(scope, receive_once, answer), 20)
    assert sent[0]["status"] == 413
    assert "body_too_large" in sent[1]["body"].decode()


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
async def test_other_methods_are_refused(platform, async_client, method):
    response = await getattr(async_client, method)(PATH)
    assert (response.status_code, code(response)) == (405, "method_not_allowed")


# --- XML ---


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "a]]>b",
        "]]>",
        "]]]]>>",
        "<![CDATA[x]]>",
        "&lt;",
        "emoji 👨‍👩‍👧",
        "a\x00\x1fb\ufffe",
    ],
)
def test_what_is_written_is_read_again(text):
    legal = "".join(char for char in text if char not in "\x00\x1f\ufffe")
    assert read_fields(f"<xml><A>{cdata(text)}</A></xml>").top["A"] == legal
    assert fake.fields_of(f"<xml><A>{cdata(text)}</A></xml>".encode())["A"] == legal


# --- Tries of one message ---


async def test_the_second_and_third_try_get_the_same_answer(any_mode, post, rasa):
    answers = []
    for _ in range(3):
        response = await post(*any_mode.signed(HELLO))
        answers.append(any_mode.opened(response.content)["Content"])
    assert len(set(answers)) == 1
    assert await InboundMessage.objects.acount() == 1
    assert len(rasa.asked) == 1


async def test_three_tries_at_once_get_the_same_answer(any_mode, post, rasa):
    responses = await asyncio.gather(*(post(*any_mode.signed(HELLO)) for _ in range(3)))
    answers = {any_mode.opened(response.content)["Content"] for response in responses}
    assert len(answers) == 1
    assert await InboundMessage.objects.acount() == 1
    assert len(rasa.asked) == 1
