"""A policy as it is entered, as it is stored, and as the index takes it."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from hashlib import sha256
from typing import Any

from desk.policies.errors import InvalidPolicy
from desk.policies.models import PolicyVersion
from knowledge_base.documents import Document, Level, Status
from knowledge_base.drafts import is_draft
from knowledge_base.passages import cut
from knowledge_base.text import clean

LONGEST_BODY = 200_000
"""Characters; the longest law has about 120,000."""
MOST_WORDS = 30
_LONGEST = {"title": 200, "number": 100, "issuer": 200, "region": 32, "url": 500, "note": 200}
_LONGEST_WORD = 100
_LABELS = {
    "title": "标题",
    "number": "文号",
    "issuer": "发文机关",
    "region": "地区",
    "url": "官方网址",
    "note": "修改说明",
    "issued": "发布日期",
    "effective": "施行日期",
    "expires": "有效期至",
    "checked": "核对日期",
}
DAYS = ("issued", "effective", "expires", "checked")
_URL = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\n,，、;；]+")


@dataclass(frozen=True, slots=True)
class PolicyCard:
    """A policy as it is entered: every field as somebody typed it."""

    title: str = ""
    number: str = ""
    issuer: str = ""
    level: str = Level.CITY.value
    region: str = "巴中"
    issued: str = ""
    effective: str = ""
    expires: str = ""
    checked: str = ""
    url: str = ""
    status: str = Status.IN_FORCE.value
    sample: str = ""
    sources: str = ""
    topics: str = ""
    body: str = ""
    note: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "PolicyCard":
        """The card in a form's fields; what is missing is empty."""
        return cls(**{item.name: given.get(item.name, "") for item in fields(cls)})


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A policy's content, checked: what a version stores and its digest is made of."""

    title: str
    number: str
    issuer: str
    level: str
    region: str
    issued: date | None
    effective: date | None
    expires: date | None
    checked: date | None
    url: str
    status: str
    sample: bool
    sources: tuple[str, ...]
    topics: tuple[str, ...]
    body: str

    @property
    def digest(self) -> str:
        """Equal for equal contents."""
        told = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, default=str)
        return sha256(told.encode()).hexdigest()

    def document(self, code: str) -> Document:
        """The document that the index takes."""
        given = {item.name: getattr(self, item.name) for item in fields(self)}
        words = {"level": Level(self.level), "status": Status(self.status)}
        return Document(id=code, **(given | words))

    def columns(self) -> dict[str, Any]:
        """What a version's row stores."""
        lists = {"sources": list(self.sources), "topics": list(self.topics)}
        given = {item.name: getattr(self, item.name) for item in fields(self)}
        return given | lists | {"digest": self.digest}


def text_of(source: PolicyVersion | Document, *, whole: bool = True) -> PolicyText:
    """The content of a stored version, or of a document; without its body unless `whole`."""
    names = [item.name for item in fields(PolicyText) if whole or item.name != "body"]
    given: dict[str, Any] = {"body": ""} | {name: getattr(source, name) for name in names}
    given |= {name: str(given[name]) for name in ("level", "status")}
    given |= {name: tuple(given[name]) for name in ("sources", "topics")}
    return PolicyText(**given)


def card_of(text: PolicyText, note: str = "") -> PolicyCard:
    """`text` as the form shows it."""
    given = {item.name: getattr(text, item.name) for item in fields(text)}
    given |= {name: given[name].isoformat() if given[name] else "" for name in DAYS}
    given |= {name: "\n".join(given[name]) for name in ("sources", "topics")}
    return PolicyCard(**(given | {"sample": "1" if text.sample else "", "note": note}))


def document_of(version: PolicyVersion, *, whole: bool = True) -> Document:
    """The document that the index takes of a version; for a list, without its body."""
    return text_of(version, whole=whole).document(version.policy.code)


def checked(card: PolicyCard, *, today: date) -> PolicyText:
    """The content that `card` states. Raises InvalidPolicy with the first thing wrong."""
    lines = {name: _line(card, name) for name in _LONGEST}
    if not lines["title"]:
        raise InvalidPolicy("请填写标题。")
    if lines["url"] and not _URL.fullmatch(lines["url"]):
        raise InvalidPolicy("官方网址要以 http:// 或 https:// 开头，中间没有空格。")
    if card.level not in [item.value for item in Level]:
        raise InvalidPolicy("请选择层级：国家、省、市或县。")
    if card.status not in [item.value for item in Status]:
        raise InvalidPolicy("请选择效力：现行有效、已失效或已废止。")
    days = {name: _day(card, name) for name in DAYS}
    status = card.status
    if status in (Status.IN_FORCE, Status.NOT_YET) and is_draft(lines["title"], card.body):
        raise InvalidPolicy(
            "这是征求意见稿或草案，还不是规定，不能发布。已经正式印发的，请把标题和正文开头的这几个字删去。"
        )
    if status == Status.NOT_YET:
        # The day says it, and it comes by itself: nobody has to change the word then.
        if days["effective"] is None:
            raise InvalidPolicy("尚未生效的文件要写明施行日期。")
        status = Status.IN_FORCE.value
    given: dict[str, Any] = {**lines, **days}
    del given["note"]
    text = PolicyText(
        **given,
        level=card.level,
        status=status,
        sample=bool(card.sample),
        sources=_words(card.sources, "依据", _lines),
        topics=_words(card.topics, "主题词", _SEPARATORS.split),
        body=_body(card.body),
    )
    _check_days(text, today)
    if not cut(text.document("draft")):
        raise InvalidPolicy("正文里没有可以引用的段落：只有标题或常见问法。请补上条文内容。")
    return text


def note_of(card: PolicyCard) -> str:
    """The word about the change. Raises InvalidPolicy when it is too long."""
    return _line(card, "note")


def repealed(text: PolicyText, last: date) -> PolicyText:
    """`text` as it stands after its repeal: law until `last`, never after."""
    end = min(last, text.expires) if text.expires else last
    begin = text.effective if text.effective and text.effective <= end else None
    return replace(text, status=Status.REPEALED.value, expires=end, effective=begin)


def _line(card: PolicyCard, name: str) -> str:
    value = " ".join(clean(getattr(card, name)).split())
    if len(value) > _LONGEST[name]:
        raise InvalidPolicy(f"{_LABELS[name]}太长了，不超过{_LONGEST[name]}个字。")
    return value


def _day(card: PolicyCard, name: str) -> date | None:
    value = getattr(card, name).strip()
    if not value:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise InvalidPolicy(f"{_LABELS[name]}不是有效的日期，请写成 2026-11-23。") from error
    if not 1949 <= day.year <= 2200:
        raise InvalidPolicy(f"{_LABELS[name]}的年份不对，请核对。")
    return day


def _lines(text: str) -> list[str]:
    return text.splitlines()


def _words(value: str, label: str, split: Callable[[str], list[str]]) -> tuple[str, ...]:
    words = dict.fromkeys(filter(None, (" ".join(word.split()) for word in split(clean(value)))))
    if len(words) > MOST_WORDS or any(len(word) > _LONGEST_WORD for word in words):
        raise InvalidPolicy(f"{label}最多{MOST_WORDS}个，每个不超过{_LONGEST_WORD}个字。")
    return tuple(words)


def _body(value: str) -> str:
    body = clean(value)
    if not body:
        raise InvalidPolicy("请填写正文。")
    if len(body) > LONGEST_BODY:
        raise InvalidPolicy(f"正文太长了，不超过{LONGEST_BODY // 10_000}万字，请分成几份。")
    return body


def _check_days(text: PolicyText, today: date) -> None:
    """Raises InvalidPolicy where two days, or a day and the status, cannot both be true."""
    if text.effective and text.expires and text.expires < text.effective:
        raise InvalidPolicy("有效期至早于施行日期，请核对。")
    if text.issued and text.expires and text.expires < text.issued:
        raise InvalidPolicy("有效期至早于发布日期，请核对。")
    if text.checked and text.checked > today:
        raise InvalidPolicy("核对日期在今天之后，请核对。")
    if text.status == Status.IN_FORCE and text.expires and text.expires < today:
        raise InvalidPolicy("有效期已经过了，效力却写着现行有效。请改为已失效，或者核对日期。")
