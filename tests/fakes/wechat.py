"""WeChat as a server on loopback: signs, encrypts, gives up after 5 s and tries three times, counts
quotas and windows, issues and expires tokens, and fails on a script.

Beside tests it serves `make run DEMO=wechat`: wechat_phone.py shows a page that looks like a phone.
"""

import asyncio
import json
import re
import secrets
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.fakes.wechat_api import (
    LONGEST_TEXT,
    MEDIA_GET,
    MENU_CREATE,
    SEND,
    STABLE_TOKEN,
    SUBSCRIBE,
    TEMPLATE,
    TYPING,
    USER_INFO,
    Api,
    Grant,
    Media,
    Person,
    Shown,
    error,
)
from tests.fakes.wechat_wire import (
    decrypt,
    element,
    encrypt,
    encrypt_raw,
    fields_of,
    sha1,
    xml_of,
)

# What tests name as the platform's, wherever it stands.
__all__ = [
    "MEDIA_GET", "MENU_CREATE", "SEND", "STABLE_TOKEN", "SUBSCRIBE", "TEMPLATE", "TYPING",
    "USER_INFO", "Grant", "Person", "Shown", "decrypt", "element", "encrypt", "encrypt_raw",
    "fields_of", "sha1", "xml_of",
]  # fmt: skip

TOKEN = "peipaotest"
APP_ID = "wx1234567890abcdef"
SECRET = "0123456789abcdef0123456789abcdef"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OLD_AES_KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefg"
ACCOUNT = "gh_1234567890ab"

PLAIN, COMPATIBLE, SECURE = "plain", "compatible", "secure"
PATIENCE = 5.0  # seconds the platform waits for an answer
TRIES = 3
TOKEN_LIFE = 7200
NEVER = 10**12


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
class FakeWeChat(Api):
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
    media: dict[str, Media] = field(default_factory=dict)
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
        found = fake.answer(parts.path, query, body)
        if isinstance(found, Media):
            self.reply(200, found.content, found.content_type)
            return
        self.reply(200, json.dumps(found).encode())

    def reply(self, status, raw, kind="text/plain"):
        # The platform's own habit: JSON that is called plain text.
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        with suppress(ConnectionError):  # who heard enough has hung up
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


def wire_poster(url):
    """`post` with bytes of its own: a crowd's client must not cost more than the door it measures.

    One connection for each request, as the platform's many machines make them.
    """
    place = urlsplit(url)

    async def post(query, body):
        head = (
            f"POST {place.path}?{urlencode(query)} HTTP/1.1\r\nHost: {place.netloc}\r\n"
            f"Content-Type: text/xml\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        try:
            writer.write(head.encode() + body)
            answer = await reader.read()
        finally:
            writer.close()
        status, _, rest = answer.partition(b"\r\n")
        headers, end, content = rest.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)^content-length: *(\d+)", headers, re.MULTILINE)
        if not end or length is None or len(content) != int(length[1]):
            raise OSError("the answer broke off")
        return int(status.split()[1]), content

    return post
