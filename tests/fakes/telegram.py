"""A Bot API server on loopback that speaks Telegram's protocol, its errors included."""

import json
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qsl

TOKEN = "123456789:AAH-fake_token_of_a_bot_for_tests"
SECRET = "a-secret_of-ours"
LONGEST = 4096
LARGEST_FILE = 20 * 1024 * 1024  # what a bot is given


@dataclass
class Step:
    """What the server does with one call instead of its duty."""

    status: int = 200
    description: str = ""
    retry_after: int = 0
    body: bytes | None = None
    delay: float = 0.0
    hangs_up: bool = False


RATE_LIMITED = Step(429, "Too Many Requests: retry after 1", retry_after=1)
SERVER_ERROR = Step(502, body=b"<html>Bad Gateway</html>")
HANGS_UP = Step(hangs_up=True)


@dataclass
class FakeTelegram:
    """What was sent, what the next calls shall meet (`script`), and who blocked the bot."""

    url: str = ""
    calls: list[tuple[str, dict]] = field(default_factory=list)
    sent: list[dict] = field(default_factory=list)
    script: list[Step] = field(default_factory=list)
    always: Step | None = None
    blocked: set[int] = field(default_factory=set)
    webhook: dict = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    numbers: count = field(default_factory=lambda: count(100))

    def texts(self, chat: int) -> list[str]:
        return [message["text"] for message in self.sent if message["chat_id"] == chat]

    def answer(self, token: str, method: str, words: dict) -> tuple[int, dict]:
        """Telegram's own checks in Telegram's own words."""
        if token != TOKEN:
            return refusal(401, "Unauthorized")
        if method == "sendMessage":
            return self.send_message(words)
        if method == "getFile":
            return self.get_file(words.get("file_id", ""))
        if method == "setWebhook":
            self.webhook = words
            return 200, {"ok": True, "result": True}
        if method == "deleteWebhook":
            self.webhook = {}
            return 200, {"ok": True, "result": True}
        if method == "getWebhookInfo":
            info = {
                "url": self.webhook.get("url", ""),
                "has_custom_certificate": False,
                "pending_update_count": 0,
            }
            return 200, {"ok": True, "result": info}
        if method == "getMe":
            me = {"id": 123456789, "is_bot": True, "first_name": "陪跑员", "username": "peipao_bot"}
            return 200, {"ok": True, "result": me}
        return refusal(404, "Not Found")

    def send_message(self, words: dict) -> tuple[int, dict]:
        chat, text = int(words["chat_id"]), words.get("text", "")
        if chat in self.blocked:
            return refusal(403, "Forbidden: bot was blocked by the user")
        if chat <= 0:
            return refusal(400, "Bad Request: chat not found")
        if not text.strip():
            return refusal(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > LONGEST:
            return refusal(400, "Bad Request: message is too long")
        markup = json.loads(words["reply_markup"]) if "reply_markup" in words else {}
        message = {
            "message_id": next(self.numbers),
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private"},
            "text": text,
        }
        self.sent.append({"chat_id": chat, "text": text, "markup": markup})
        return 200, {"ok": True, "result": message}

    def get_file(self, file_id: str) -> tuple[int, dict]:
        content = self.files.get(file_id)
        if content is None:
            return refusal(400, "Bad Request: invalid file_id")
        if len(content) > LARGEST_FILE:
            return refusal(400, "Bad Request: file is too big")
        found = {
            "file_id": file_id,
            "file_unique_id": f"u-{file_id}",
            "file_size": len(content),
            "file_path": f"files/{file_id}",
        }
        return 200, {"ok": True, "result": found}

    def download(self, token: str, path: str) -> bytes | None:
        """The file under its path; None where there is none, or for another's token."""
        return self.files.get(path.removeprefix("files/")) if token == TOKEN else None


def refusal(status: int, description: str, retry_after: int = 0) -> tuple[int, dict]:
    body = {"ok": False, "error_code": status, "description": description}
    return status, body | ({"parameters": {"retry_after": retry_after}} if retry_after else {})


@contextmanager
def running_telegram():
    """A fake Telegram that listens; `url` is for TELEGRAM_API_BASE."""
    fake = FakeTelegram()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            length = int(self.headers.get("Content-Length", 0))
            words = dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True))
            token, _, method = self.path.removeprefix("/bot").partition("/")
            fake.calls.append((method, words))
            step = fake.script.pop(0) if fake.script else fake.always
            if step is None:
                return self.reply(*fake.answer(token, method, words))
            time.sleep(step.delay)
            if step.hangs_up:
                self.close_connection = True
                return None
            if step.body is not None:
                return self.raw(step.status, step.body)
            if step.status == 200:
                return self.reply(*fake.answer(token, method, words))
            return self.reply(*refusal(step.status, step.description, step.retry_after))

        def do_GET(self):
            token, _, path = self.path.removeprefix("/file/bot").partition("/")
            fake.calls.append(("file", {"path": path}))
            step = fake.script.pop(0) if fake.script else fake.always
            if step is not None and step.hangs_up:
                # In the middle of the file.
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b"half")
                self.close_connection = True
                return None
            content = fake.download(token, path)
            if step is not None and step.body is not None:
                return self.raw(step.status, step.body)
            if content is None:
                return self.reply(*refusal(404, "Not Found"))
            return self.raw(200, content, "application/octet-stream")

        def reply(self, status, body):
            self.raw(status, json.dumps(body).encode())

        def raw(self, status, body, kind="application/json"):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):  # who lost patience has hung up
                self.wfile.write(body)

        def log_message(self, *words):
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def update(number: int, chat: int, **content) -> dict:
    """An update as Telegram posts it; `content` is the message's own: text=…, photo=[…]."""
    message = {
        "message_id": number,
        "date": int(time.time()),
        "chat": {"id": chat, "type": "private", "first_name": "张"},
        "from": {"id": chat, "is_bot": False, "first_name": "张", "language_code": "zh-hans"},
        **content,
    }
    return {"update_id": number, "message": message}
