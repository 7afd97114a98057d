"""WeChat's server API as the fake platform answers it: tokens, quotas, windows, its own numbers."""

import secrets
from collections import defaultdict
from dataclasses import dataclass, field

LONGEST_TEXT = 2048  # bytes

SEND = "/cgi-bin/message/custom/send"
TYPING = "/cgi-bin/message/custom/typing"
TEMPLATE = "/cgi-bin/message/template/send"
SUBSCRIBE = "/cgi-bin/message/subscribe/bizsend"
STABLE_TOKEN = "/cgi-bin/stable_token"
USER_INFO = "/cgi-bin/user/info"
MEDIA_GET = "/cgi-bin/media/get"
VIDEO = "/video/"  # where a video lies; on a server of its own with the real one
MENU_GET, MENU_CREATE = "/cgi-bin/menu/get", "/cgi-bin/menu/create"

WORDS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40003: "invalid openid",
    40007: "invalid media_id",
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
class Media:
    """What a person sent: the platform has it for three days."""

    content: bytes
    content_type: str
    until: float


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


class Api:
    """The part of the fake platform that is asked; its state stands in FakeWeChat."""

    def answer(self, path: str, query: dict, body: dict) -> "dict | Media":
        """The API, in the platform's own numbers."""
        if path.startswith(VIDEO):
            return self.media.get(path.removeprefix(VIDEO)) or error(-1)
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
        if path == MEDIA_GET:
            return self.media_get(query.get("media_id", ""))
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

    def media_get(self, media_id: str) -> "dict | Media":
        found = self.media.get(media_id)
        if found is None or found.until <= self.now():
            return error(40007)
        if found.content_type.startswith("video/"):
            return {"video_url": f"{self.url}{VIDEO}{media_id}"}
        return found

    def has_media(self, media_id: str, content: bytes, content_type: str) -> None:
        """A person sent it: from now on media/get gives it out."""
        self.media[media_id] = Media(content, content_type, self.now() + 3 * 86400)

    def expire_tokens(self) -> None:
        """All tokens have run out, as after two hours."""
        self.tokens = dict.fromkeys(self.tokens, self.now() - 1)

    def forget_tokens(self) -> None:
        """All tokens are invalid, as after somebody else made a new one."""
        self.tokens = {}


def error(code: int) -> dict:
    return {"errcode": code, "errmsg": "ok" if code == 0 else WORDS.get(code, "error")}
