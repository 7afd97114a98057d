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
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx

from channels.wechat.menu import OURS, read_menu
from tests.fakes.wechat import COMPATIBLE, Handler, http_poster, running_wechat

PAGE = Path(__file__).with_name("wechat_phone.html")
PERSON = "demo-person-of-this-browser"


class Phone(Handler):
    """The platform's API, and the phone's page beside it."""

    webhook: str = ""

    def do_GET(self):
        place = urlsplit(self.path)
        if place.path == "/":
            return self.reply(200, PAGE.read_bytes(), "text/html; charset=utf-8")
        if place.path == "/health":
            return self.reply(200, b"ok")
        if place.path == "/menu":
            return self.reply(200, json.dumps(taps()).encode())
        if place.path == "/shown":
            return self.reply(200, json.dumps(self.shown(dict(parse_qsl(place.query)))).encode())
        return super().do_GET()

    def do_POST(self):
        if self.path not in ("/say", "/tap"):
            return super().do_POST()
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        fake = self.fake
        if self.path == "/say":
            more = {"bizmsgmenuid": body["choice"]} if body.get("choice") else {}
            xml = fake.message(PERSON, Content=str(body["text"]), **more)
        else:
            xml = fake.event(PERSON, str(body["event"]), EventKey=str(body.get("key", "")))
        threading.Thread(target=asyncio.run, args=(self.push(xml),), daemon=True).start()
        return self.reply(200, b"{}")

    async def push(self, xml):
        async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
            await self.fake.push(http_poster(client, self.webhook), PERSON, xml)

    def shown(self, query):
        """What is new on the phone after bubble number `after`."""
        person = self.fake.person(PERSON)
        after = int(query.get("after", 0))
        new = person.shown[after:]
        troubles, person.troubles = person.troubles, []
        typing, person.typing = person.typing, 0
        return {
            "seen": len(person.shown),
            "typing": bool(typing) and not new,
            "troubles": troubles,
            "shown": [{"text": one.text, "way": one.way, "choices": one.choices} for one in new],
        }


def taps():
    """The menu's entries that say something: name and key."""
    buttons = read_menu(OURS).buttons
    every = [one for button in buttons for one in button.get("sub_button", [button])]
    return [(one["name"], one["key"]) for one in every if "key" in one]


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
    phone = type("PhoneOfThis", (Phone,), {"webhook": words.webhook})
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with running_wechat(phone, words.port, **account) as fake:
        print(f"a fake WeChat listens on {fake.url}", flush=True)
        stopping.wait()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peipao.settings")
    main()
