"""A follower's phone in the browser, on the fake WeChat: `make run DEMO=wechat`.

`python -m tests.fakes.wechat_phone --port PORT --webhook URL`; the account's settings come from the
environment, as the product gets them.
"""

import argparse
import asyncio
import json
import os
import signal
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx

from channels.wechat.menu import OURS, read_menu
from tests.fakes.wechat import COMPATIBLE, Handler, Shown, http_poster, running_wechat

PAGE = Path(__file__).with_name("wechat_phone.html")
PERSON = "demo-person-of-this-browser"
TEMPLATE_ID = "DEMO_PROGRESS"  # of wechat_notices.yml
MINE, NOTE = "mine", "note"
PICTURES = Path(__file__).parents[2] / "docs/images"
THREE_SECONDS = b"#!AMR\n" + (b"\x04" + bytes(12)) * 150  # of silence
# What the plus sign offers: the kind → what stands in the bubble, what WeChat posts with it.
KINDS = {
    "image": ("［图片］", {"PicUrl": "http://mmbiz.qpic.cn/demo", "MediaId": "demo-image"}),
    "voice": ("［语音］3″", {"MediaId": "demo-voice", "Format": "amr"}),
    "video": ("［视频］", {"MediaId": "demo-video", "ThumbMediaId": "demo-thumb"}),
    "location": (
        "［位置］巴中市巴州区江北大道",
        {"Location_X": "31.867903", "Location_Y": "106.747477", "Scale": 20,
         "Label": "巴中市巴州区江北大道"},
    ),
    "link": (
        "［链接］优化营商环境条例",
        {"Title": "优化营商环境条例", "Description": "", "Url": "https://www.gov.cn/zhengce/"},
    ),
    "file": (
        "［文件］营业执照.pdf",
        {"Title": "营业执照.pdf", "FileKey": "demo", "FileTotalLen": 20480},
    ),
}  # fmt: skip


@dataclass
class Line:
    """What the person did, as it stands on the phone; a note stands in the middle."""

    side: str
    text: str
    at: float = field(default_factory=time.time)


class Phone(Handler):
    """The platform's API, and the phone's page beside it."""

    webhook: str = ""
    mine: list[Line]

    def do_GET(self):
        place = urlsplit(self.path)
        if place.path == "/":
            return self.reply(200, PAGE.read_bytes(), "text/html; charset=utf-8")
        if place.path == "/health":
            return self.reply(200, b"ok")
        if place.path == "/menu":
            return self.reply(200, json.dumps(menu()).encode())
        if place.path == "/shown":
            return self.reply(200, json.dumps(self.shown(dict(parse_qsl(place.query)))).encode())
        return super().do_GET()

    def do_POST(self):
        doing = {"/say": self.say, "/tap": self.tap, "/send": self.send, "/late": self.late}
        if self.path not in doing:
            return super().do_POST()
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        xml = doing[self.path](body)
        if xml:
            threading.Thread(target=asyncio.run, args=(self.push(xml),), daemon=True).start()
        return self.reply(200, b"{}")

    def say(self, body):
        """The person types, or taps a choice."""
        text = str(body["text"])
        self.mine.append(Line(MINE, text))
        more = {"bizmsgmenuid": body["choice"]} if body.get("choice") else {}
        return self.fake.message(PERSON, Content=text, **more)

    def send(self, body):
        """The person sends something that is no text."""
        words, fields = KINDS[body["kind"]]
        self.mine.append(Line(MINE, words))
        return self.fake.message(PERSON, body["kind"], **fields)

    def tap(self, body):
        """The person does something that WeChat reports: follows, scans, taps, agrees."""
        event = str(body["event"])
        self.mine.append(Line(NOTE, str(body["words"])))
        fields = {"EventKey": str(body.get("key", ""))}
        if event == "subscribe_msg_popup_event":
            self.fake.person(PERSON).consents[TEMPLATE_ID] += 1
            entry = {"TemplateId": TEMPLATE_ID, "SubscribeStatusString": "accept", "PopupScene": 2}
            fields = {"SubscribeMsgPopupEvent": {"List": [entry]}}
        return self.fake.event(PERSON, event, **fields)

    def late(self, body):
        """Two days pass without a word of theirs: the platform's window closes."""
        self.mine.append(Line(NOTE, "48小时没有发言，公众号不能再主动发客服消息了"))
        person = self.fake.person(PERSON)
        with self.fake.lock:
            person.grants.clear()

    async def push(self, xml):
        async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
            await self.fake.push(http_poster(client, self.webhook), PERSON, xml)

    def shown(self, query):
        """What is new on the phone after line number `after`."""
        person = self.fake.person(PERSON)
        with self.fake.lock:
            for trouble in person.troubles:
                self.mine.append(Line(NOTE, trouble))
            person.troubles.clear()
            lines = sorted([*self.mine, *person.shown], key=lambda one: one.at)
            typing, person.typing = person.typing, 0
        new = lines[int(query.get("after", 0)) :]
        return {
            "seen": len(lines),
            "typing": bool(typing),
            "follows": person.follows,
            "lines": [asdict(one) | ({"side": "theirs"} if is_ours(one) else {}) for one in new],
        }


def is_ours(line):
    return isinstance(line, Shown)


def menu():
    """The account's menu as the phone draws it, with pages on this product."""
    return read_menu(OURS, public_url=os.environ.get("PUBLIC_URL", "")).buttons


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--webhook", required=True)
    words = parser.parse_args()
    account = {
        "token": os.environ["WECHAT_TOKEN"],
        "app_id": os.environ["WECHAT_APP_ID"],
        "secret": os.environ["WECHAT_APP_SECRET"],
        "aes_key": os.environ["WECHAT_AES_KEY"],
        "mode": COMPATIBLE,
    }
    phone = type("PhoneOfThis", (Phone,), {"webhook": words.webhook, "mine": []})
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with running_wechat(phone, words.port, **account) as fake:
        fake.person(PERSON).follows = False
        # Of its video there is nothing: as after three days.
        fake.has_media("demo-image", (PICTURES / "wechat-phone.png").read_bytes(), "image/png")
        fake.has_media("demo-voice", THREE_SECONDS, "audio/amr")
        print(f"a fake WeChat listens on {fake.url}", flush=True)
        stopping.wait()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peipao.settings")
    main()
