"""The demonstration's phone: what its page asks for, and what reaches the product."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from channels.wechat.notices import read_notices
from peipao.__main__ import DEMO_NOTICES
from tests.fakes import wechat as fake
from tests.fakes.wechat_phone import KINDS, PERSON, TEMPLATE_ID, Phone


@pytest.fixture
def product():
    """A door that takes everything and says nothing; what it was sent."""
    taken = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self):
            query = dict(parse_qsl(urlsplit(self.path).query))
            taken.append((query, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "7")
            self.end_headers()
            self.wfile.write(b"success")

        def log_message(self, *_):
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    taken_at = f"http://127.0.0.1:{server.server_port}/webhooks/wechat"
    yield taken_at, taken
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def phone(product):
    page = type("PhoneOfTest", (Phone,), {"webhook": product[0], "mine": []})
    with fake.running_wechat(page, mode=fake.COMPATIBLE) as running:
        running.person(PERSON).follows = False
        with httpx.Client(base_url=running.url, trust_env=False, timeout=5) as client:
            yield running, client


def arrived(product, many):
    for _ in range(100):
        if len(product[1]) >= many:
            break
        time.sleep(0.02)
    assert len(product[1]) == many
    return [fake.fields_of(body) for _, body in product[1]]


def shown(client, after=0):
    return client.get("/shown", params={"after": after}).json()


def test_the_page_is_whole(phone):
    _, client = phone
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "假微信" in page.text
    assert "关注公众号" in page.text
    names = [entry["name"] for entry in client.get("/menu").json()]
    assert names == ["查政策", "办事情", "找人"]


def test_who_follows_is_welcomed_by_the_product_and_sees_the_phone(phone, product):
    _, client = phone
    assert shown(client)["follows"] is False
    client.post("/tap", json={"event": "subscribe", "words": "你关注了公众号"})
    assert arrived(product, 1)[0]["Event"] == "subscribe"
    assert shown(client)["follows"] is True


def test_what_is_said_stands_on_the_phone_in_its_order_after_a_reload_too(phone, product):
    running, client = phone
    client.post("/say", json={"text": "你好"})
    arrived(product, 1)
    running.person(PERSON).shown.append(fake.Shown("您好", "passive", time.time()))
    time.sleep(0.01)
    client.post("/say", json={"text": "转人工", "choice": "1"})
    fields = arrived(product, 2)
    assert (fields[1]["Content"], fields[1]["bizmsgmenuid"]) == ("转人工", "1")
    lines = [(line["side"], line["text"]) for line in shown(client)["lines"]]
    assert lines == [("mine", "你好"), ("theirs", "您好"), ("mine", "转人工")]
    assert shown(client, after=2)["lines"][0]["text"] == "转人工"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_is_sent_as_wechat_sends_it(phone, product, kind):
    _, client = phone
    client.post("/send", json={"kind": kind})
    [fields] = arrived(product, 1)
    assert fields["MsgType"] == kind
    assert shown(client)["lines"][0]["text"].startswith("［")


def test_two_days_later_the_platform_takes_no_customer_message(phone, product):
    running, client = phone
    client.post("/tap", json={"event": "subscribe", "words": "关注"})
    client.post("/say", json={"text": "你好"})
    arrived(product, 2)
    words = {"touser": PERSON, "msgtype": "text", "text": {"content": "好"}}
    assert running.custom_send(words)["errcode"] == 0
    client.post("/late", json={})
    assert running.custom_send(words)["errcode"] == 45015
    assert any("48小时" in line["text"] for line in shown(client)["lines"])


def test_a_consent_is_good_for_one_notice_of_the_demonstration(phone, product):
    running, client = phone
    event = {"event": "subscribe_msg_popup_event", "words": "你同意了"}
    client.post("/tap", json=event)
    arrived(product, 1)
    [notice] = read_notices(DEMO_NOTICES)
    assert notice.template == TEMPLATE_ID
    data = {"touser": PERSON, "template_id": TEMPLATE_ID, "data": {"thing1": {"value": "好"}}}
    assert running.subscribe_send(data)["errcode"] == 0
    assert running.subscribe_send(data)["errcode"] == 43101
