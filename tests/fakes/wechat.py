"""WeChat as a server on loopback: signs, encrypts, gives up after 5 s and tries three times, counts
quotas and windows, issues and expires tokens, and fails on a script.

Beside tests it serves `make run DEMO=wechat`: `python -m tests.fakes.wechat` shows a page that
looks like a phone (wechat_phone.py).
"""

import asyncio
import base64
import hashlib
import json
import secrets
import struct
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

TOKEN = "peipaotest"
APP_ID = "wx1234567890abcdef"
SECRET = "0123456789abcdef0123456789abcdef"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OLD_AES_KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefg"
ACCOUNT = "gh_1234567890ab"

PLAIN, COMPATIBLE, SECURE = "plain", "compatible", "secure"
PATIENCE = 5.0  # seconds the platform waits for an answer
TRIES = 3
LONGEST_TEXT = 2048  # bytes
TOKEN_LIFE = 7200
NEVER = 10**12

SEND = "/cgi-bin/message/custom/send"
TYPING = "/cgi-bin/message/custom/typing"
TEMPLATE = "/cgi-bin/message/template/send"
SUBSCRIBE = "/cgi-bin/message/subscribe/bizsend"
STABLE_TOKEN = "/cgi-bin/stable_token"
USER_INFO = "/cgi-bin/user/info"
MENU_GET, MENU_CREATE = "/cgi-bin/menu/get", "/cgi-bin/menu/create"

WORDS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40003: "invalid openid",
    40008: "invalid message type",
    40013: "invalid appid",
    40125: "invalid appsecret",
    42001: "access_token expired",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    44004: "empty content",
    45002: "content size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    45072: "invalid command",
    46003: "menu no exist",
    48001: "api unauthorized",
}


@dataclass
class Step:
    """What the server does with one call of `path` (any path when empty) instead of its duty."""

    code: int = 0
    path: str = ""
    status: int = 200
    body: bytes | None = None
    delay: float = 0.0
    hangs_up: bool = False


@dataclass
class Grant:
    """A right to send `left` customer messages until then."""

    left: int
    until: float


@dataclass
class Shown:
    """A bubble on the person's phone; `way`: passive, custom, menu, template, subscribe."""

    text: str
    way: str
    at: float
    choices: list[str] = field(default_factory=list)
    answers: str = ""


@dataclass
class Person:
    """A follower's phone."""

    openid: str
    follows: bool = True
    union_id: str = ""
    shown: list[Shown] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    consents: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    typing: int = 0
    troubles: list[str] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.shown]


@dataclass
class FakeWeChat:
    """The platform: its rules, its people, and what it was asked."""

    url: str = ""
    mode: str = SECURE
    token: str = TOKEN
    app_id: str = APP_ID
    secret: str = SECRET
    aes_key: str = AES_KEY
    may_push: bool = True
    knows_menus: bool = True
    quota: int = 500_000
    token_life: float = TOKEN_LIFE
    patience: float = PATIENCE
    calls: list[tuple[str, dict]] = field(default_factory=list)
    script: list[Step] = field(default_factory=list)
    always: Step | None = None
    tokens: dict[str, float] = field(default_factory=dict)
    current: str = ""
    menu: dict = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)  # of each request, those given up included
    success_times: list[float] = field(default_factory=list)  # of those that carried no words
    posts: int = 0
    numbers: count = field(default_factory=lambda: count(10**15 + int(time.time() * 1000) * 100))
    clock: float = 0.0  # seconds by which this platform's time runs ahead
    lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> float:
        return time.time() + self.clock

    def person(self, openid: str) -> Person:
        with self.lock:
            return self.people.setdefault(openid, Person(openid))

    def asked(self, path: str) -> list[dict]:
        """The bodies of all calls of `path`."""
        return [body for called, body in self.calls if called == path]

    # --- What the platform sends ---

    def message(self, openid: str, kind: str = "text", **fields) -> str:
        """A message's XML; it opens the window of 48 hours when it is sent (`post`)."""
        return xml_of(
            {
                "ToUserName": ACCOUNT,
                "FromUserName": openid,
                "CreateTime": int(self.now()),
                "MsgType": kind,
                **fields,
                "MsgId": fields.get("MsgId") or next(self.numbers),
            }
        )

    def event(self, openid: str, event: str, **fields) -> str:
        """An event's XML: events have no id."""
        return xml_of(
            {
                "ToUserName": ACCOUNT,
                "FromUserName": openid,
                "CreateTime": fields.pop("CreateTime", int(self.now())),
                "MsgType": "event",
                "Event": event,
                **fields,
            }
        )

    def signed(self, xml: str | bytes, *, key: str = "", **words) -> tuple[dict, bytes]:
        """The query and the body as the platform posts them; `words` replace parts of the query."""
        raw = xml.encode("utf-8", "surrogatepass") if isinstance(xml, str) else xml
        query = {
            "timestamp": str(int(self.now())),
            "nonce": str(secrets.randbelow(10**9)),
            **{name: words[name] for name in ("timestamp", "nonce") if name in words},
        }
        query["signature"] = sha1(self.token, query["timestamp"], query["nonce"])
        if self.mode == PLAIN:
            return query | words, raw
        sealed = encrypt(raw, key or self.aes_key, self.app_id)
        query["encrypt_type"] = "aes"
        query["msg_signature"] = sha1(self.token, query["timestamp"], query["nonce"], sealed)
        inner = f"<Encrypt><![CDATA[{sealed}]]></Encrypt>".encode()
        if self.mode == COMPATIBLE:
            body = raw.replace(b"</xml>", inner + b"</xml>")
        else:
            account = f"<ToUserName><![CDATA[{ACCOUNT}]]></ToUserName>".encode()
            body = b"<xml>" + account + inner + b"</xml>"
        return query | words, body

    def opened(self, body: bytes) -> dict[str, str]:
        """A reply's fields, checked as the platform checks them."""
        fields = fields_of(body)
        if self.mode == PLAIN or (self.mode == COMPATIBLE and "Encrypt" not in fields):
            return fields
        sealed = fields["Encrypt"]
        right = sha1(self.token, fields["TimeStamp"], fields["Nonce"], sealed)
        if fields["MsgSignature"] != right:
            raise AssertionError("the reply is not signed")
        for key in (self.aes_key, OLD_AES_KEY):
            try:
                return fields_of(decrypt(sealed, key, self.app_id))
            except (ValueError, AssertionError):
                continue
        raise AssertionError("the reply cannot be opened")

    def grants(self, openid: str, xml: str) -> None:
        """The window that a message or an event opens."""
        fields = fields_of(xml.encode())
        person = self.person(openid)
        event = fields.get("Event", "").lower()
        with self.lock:
            if not event:
                person.grants.append(Grant(5, self.now() + 48 * 3600))
            elif event in ("click", "subscribe", "scan"):
                person.grants.append(Grant(3, self.now() + 60))
            if event in ("subscribe", "unsubscribe"):
                person.follows = event == "subscribe"

    def take_reply(self, openid: str, body: bytes, answers: str = "") -> None:
        """What came back in the open request appears on the phone."""
        if body in (b"success", b""):
            return
        fields = self.opened(body)
        if fields["ToUserName"] != openid or fields["FromUserName"] != ACCOUNT:
            raise AssertionError(f"a reply to somebody else: {fields}")
        if not 0 < len(fields["Content"].encode()) <= LONGEST_TEXT:
            raise AssertionError(f"a reply of {len(fields['Content'].encode())} bytes")
        shown = Shown(fields["Content"], "passive", self.now(), answers=answers)
        with self.lock:
            self.people.setdefault(openid, Person(openid)).shown.append(shown)

    async def push(self, post, openid: str, xml: str, answers: str = "") -> str:
        """Posts `xml` as the platform does: 5 seconds each, three tries, the same message.

        `post(query, body)` returns status and body. What became of it: "reply", "success" or, after
        the third try, "trouble".
        """
        self.grants(openid, xml)
        for _ in range(TRIES):
            query, body = self.signed(xml)
            begun = time.monotonic()
            self.posts += 1
            try:
                async with asyncio.timeout(self.patience):
                    status, answer = await post(query, body)
                self.times.append(time.monotonic() - begun)
            except TimeoutError:
                self.times.append(time.monotonic() - begun)
                status, answer = 0, b""
            except OSError:
                status, answer = 0, b""
            if status == 200:
                self.take_reply(openid, answer, answers)
                if answer not in (b"success", b""):
                    return "reply"
                self.success_times.append(time.monotonic() - begun)
                return "success"
            # A connection refused does not bring the next try forward.
            await asyncio.sleep(max(self.patience - (time.monotonic() - begun), 0))
        self.person(openid).troubles.append("该公众号提供的服务出现故障，请稍后再试")
        return "trouble"

    # --- What the platform is asked ---

    def answer(self, path: str, query: dict, body: dict) -> dict:
        """The API, in the platform's own numbers."""
        if path == STABLE_TOKEN:
            return self.stable_token(body)
        until = self.tokens.get(query.get("access_token", ""))
        if until is None:
            return error(40001)
        if until <= self.now():
            return error(42001)
        if self.quota <= 0:
            return error(45009)
        self.quota -= 1
        handlers = {
            SEND: self.custom_send,
            TYPING: self.show_typing,
            TEMPLATE: self.template_send,
            SUBSCRIBE: self.subscribe_send,
        }
        if path in handlers:
            return handlers[path](body)
        if path == USER_INFO:
            return self.user_info(query)
        if path == MENU_CREATE:
            self.menu = body
            return error(0)
        if path == MENU_GET:
            return {"menu": {**self.menu, "menuid": 208396938}} if self.menu else error(46003)
        return error(-1)

    def stable_token(self, body: dict) -> dict:
        if body.get("appid") != self.app_id:
            return error(40013)
        if body.get("secret") != self.secret:
            return error(40125)
        with self.lock:
            force = body.get("force_refresh")
            left = self.tokens.get(self.current, 0) - self.now()
            if force or left <= 300:
                if force:
                    self.tokens.pop(self.current, None)
                self.current = f"{secrets.token_hex(40)}"
                self.tokens[self.current] = self.now() + self.token_life
                left = self.token_life
            return {"access_token": self.current, "expires_in": int(left)}

    def custom_send(self, body: dict) -> dict:
        person = self.people.get(body.get("touser", ""))
        if person is None:
            return error(40003)
        if not self.may_push:
            return error(48001)
        kind = body.get("msgtype")
        if kind == "text":
            text, choices = body["text"]["content"], []
        elif kind == "msgmenu" and self.knows_menus:
            menu = body["msgmenu"]
            text, choices = menu["head_content"], [one["content"] for one in menu["list"]]
        else:
            return error(40008)
        if not text.strip():
            return error(44004)
        if len(text.encode()) > LONGEST_TEXT:
            return error(45002)
        with self.lock:
            if not person.follows:
                return error(45015)
            open_now = [grant for grant in person.grants if grant.until > self.now()]
            if not open_now:
                return error(45015)
            # Each act of theirs renews the count: the newest of a kind is the one that counts.
            newest = {grant.until - self.now() > 60: grant for grant in open_now}
            usable = [grant for grant in newest.values() if grant.left > 0]
            if not usable:
                return error(45047)
            usable[0].left -= 1
            way = "menu" if kind == "msgmenu" else "custom"
            person.shown.append(Shown(text, way, self.now(), choices))
        return error(0)

    def show_typing(self, body: dict) -> dict:
        if not self.may_push:
            return error(48001)
        if body.get("command") != "Typing":
            return error(45072)
        self.person(body["touser"]).typing += 1
        return error(0)

    def template_send(self, body: dict) -> dict:
        person = self.people.get(body.get("touser", ""))
        if person is None:
            return error(40003)
        if not person.follows:
            return error(43004)
        return self.notice(person, body, "template")

    def subscribe_send(self, body: dict) -> dict:
        person = self.people.get(body.get("touser", ""))
        if person is None:
            return error(40003)
        if person.consents[body["template_id"]] <= 0:
            return error(43101)
        person.consents[body["template_id"]] -= 1
        return self.notice(person, body, "subscribe")

    def notice(self, person: Person, body: dict, way: str) -> dict:
        text = "；".join(one["value"] for one in body["data"].values())
        with self.lock:
            person.shown.append(Shown(text, way, self.now()))
        return {**error(0), "msgid": next(self.numbers)}

    def user_info(self, query: dict) -> dict:
        person = self.people.get(query.get("openid", ""))
        if person is None:
            return error(40003)
        found = {"subscribe": int(person.follows), "openid": person.openid}
        return found | ({"unionid": person.union_id} if person.union_id else {})

    def expire_tokens(self) -> None:
        """All tokens have run out, as after two hours."""
        self.tokens = dict.fromkeys(self.tokens, self.now() - 1)

    def forget_tokens(self) -> None:
        """All tokens are invalid, as after somebody else made a new one."""
        self.tokens = {}


def error(code: int) -> dict:
    return {"errcode": code, "errmsg": "ok" if code == 0 else WORDS.get(code, "error")}


def sha1(*words: str) -> str:
    return hashlib.sha1("".join(sorted(words)).encode()).hexdigest()  # noqa: S324 - WeChat's own


def encrypt(raw: bytes, key: str, app_id: str) -> str:
    """AES-256-CBC as WeChat does: 16 random bytes, length, message, AppID, PKCS#7 to 32."""
    secret = base64.b64decode(key + "=")
    plain = secrets.token_bytes(16) + struct.pack(">I", len(raw)) + raw + app_id.encode()
    padding = 32 - len(plain) % 32
    plain += bytes([padding]) * padding
    cipher = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).encryptor()
    return base64.b64encode(cipher.update(plain) + cipher.finalize()).decode()


def encrypt_raw(plain: bytes, key: str) -> str:
    """Whatever bytes, padded with NUL to whole blocks: garbage that is well encrypted."""
    secret = base64.b64decode(key + "=")
    plain += b"\0" * (-len(plain) % 16)
    cipher = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).encryptor()
    return base64.b64encode(cipher.update(plain) + cipher.finalize()).decode()


def decrypt(sealed: str, key: str, app_id: str) -> bytes:
    secret = base64.b64decode(key + "=")
    cipher = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).decryptor()
    plain = cipher.update(base64.b64decode(sealed)) + cipher.finalize()
    padding = plain[-1]
    if not 1 <= padding <= 32 or plain[-padding:] != bytes([padding]) * padding:
        raise ValueError("padding")
    plain = plain[:-padding]
    (length,) = struct.unpack(">I", plain[16:20])
    if plain[20 + length :].decode() != app_id:
        raise AssertionError("another AppID")
    return plain[20 : 20 + length]


def xml_of(fields: dict) -> str:
    """A message as the platform writes it: CDATA for texts; a list or dict as elements inside."""
    return f"<xml>{''.join(element(name, value) for name, value in fields.items())}</xml>"


def element(name: str, value: object) -> str:
    if isinstance(value, dict):
        inner = "".join(element(key, one) for key, one in value.items())
    elif isinstance(value, list):
        return "".join(element(name, one) for one in value)
    elif isinstance(value, int):
        inner = str(value)
    else:
        # As a careful platform writes: no character that XML forbids, no end of its own CDATA.
        text = "".join(char for char in str(value) if legal(char))
        inner = f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"
    return f"<{name}>{inner}</{name}>"


def legal(char: str) -> bool:
    return (
        char in "\t\n\r" or " " <= char < "\ud800" or "\udfff" < char < "\ufffe" or char > "\uffff"
    )


def fields_of(body: bytes) -> dict[str, str]:
    """The fields of an XML text, read with another parser than ours."""
    root = ElementTree.fromstring(body)  # noqa: S314 - our own server's answers
    if root.tag != "xml":
        raise AssertionError(f"no reply: {body[:80]!r}")
    return {child.tag: child.text or "" for child in root}


class Handler(BaseHTTPRequestHandler):
    """The API over HTTP; `fake` is set by `serving`."""

    protocol_version = "HTTP/1.1"
    fake: FakeWeChat

    def do_GET(self):
        self.serve({})

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.serve(json.loads(raw or b"{}"))

    def serve(self, body):
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        fake = self.fake
        with fake.lock:
            fake.calls.append((parts.path, body))
            step = fake.always
            for place, one in enumerate(fake.script):
                if one.path in ("", parts.path):
                    step = fake.script.pop(place)
                    break
        if step is not None and step.path in ("", parts.path):
            time.sleep(step.delay)
            if step.hangs_up:
                self.close_connection = True
                return
            if step.body is not None or step.status != 200:
                self.reply(step.status, step.body or b"")
                return
            if step.code:
                self.reply(200, json.dumps(error(step.code)).encode())
                return
        self.reply(200, json.dumps(fake.answer(parts.path, query, body)).encode())

    def reply(self, status, raw, kind="text/plain"):
        # The platform's own habit: JSON that is called plain text.
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *words):
        """Says nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that went away is nobody's fault."""


@contextmanager
def running_wechat(handler=Handler, port=0, **settings):
    """A fake WeChat that listens; `url` is for WECHAT_API_BASE."""
    fake = FakeWeChat(**settings)
    serving = type("Serving", (handler,), {"fake": fake, "timeout": 60})
    server = Server(("127.0.0.1", port), serving)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def poster(client, path="/webhooks/wechat"):
    """`post` over Django's asynchronous test client."""

    async def post(query, body):
        response = await client.post(
            f"{path}?{urlencode(query)}", data=body, content_type="text/xml"
        )
        return response.status_code, response.content

    return post


def http_poster(client, url):
    """`post` over an httpx.AsyncClient; a broken connection is an OSError."""
    import httpx

    async def post(query, body):
        try:
            answer = await client.post(url, params=query, content=body)
        except httpx.HTTPError as failure:
            raise OSError(str(failure)) from failure
        return answer.status_code, answer.content

    return post
