"""Documents as they are filed: Markdown with front matter."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import yaml

from knowledge_base.errors import KnowledgeError
from knowledge_base.text import clean

_LATER = {".html", ".htm", ".docx", ".doc", ".pdf"}
_ID = re.compile(r"[A-Za-z][\w.-]{0,120}", re.ASCII)
_CHINESE_DATE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日?")
_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)


class DocumentError(KnowledgeError):
    """A file (or a row of one) that cannot be taken in, and what is wrong with it."""

    def __init__(self, code: str, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.code = code
        self.path = path
        self.reason = reason


Choice = TypeVar("Choice", bound=StrEnum)


class Status(StrEnum):
    """Whether a document is law today, as its issuer says."""

    IN_FORCE = "现行有效"
    NOT_YET = "尚未生效"
    EXPIRED = "已失效"
    REPEALED = "已废止"


class Level(StrEnum):
    """Which government issued a document."""

    NATION = "国家"
    PROVINCE = "省"
    CITY = "市"
    COUNTY = "县"


_STATUS_WORDS = {
    "": Status.IN_FORCE, "现行": Status.IN_FORCE, "有效": Status.IN_FORCE,
    "in_force": Status.IN_FORCE,
    "effective": Status.IN_FORCE, "current": Status.IN_FORCE, "not_yet": Status.NOT_YET,
    "pending": Status.NOT_YET, "not_yet_effective": Status.NOT_YET, "失效": Status.EXPIRED,
    "expired": Status.EXPIRED, "废止": Status.REPEALED, "repealed": Status.REPEALED,
}  # fmt: skip
_LEVEL_WORDS = {
    "": Level.NATION, "national": Level.NATION, "nation": Level.NATION, "province": Level.PROVINCE,
    "provincial": Level.PROVINCE, "省级": Level.PROVINCE, "city": Level.CITY,
    "municipal": Level.CITY, "市级": Level.CITY, "county": Level.COUNTY, "县级": Level.COUNTY,
    "国家级": Level.NATION,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Document:
    """One official text and what is known about it; `body` is Markdown without front matter."""

    id: str
    title: str
    number: str = ""
    issuer: str = ""
    level: Level = Level.NATION
    region: str = ""
    issued: date | None = None
    effective: date | None = None
    expires: date | None = None
    url: str = ""
    status: Status = Status.IN_FORCE
    sample: bool = False
    checked: date | None = None
    sources: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    body: str = field(default="", repr=False)

    def in_force_on(self, day: date) -> bool:
        """Whether the text may be quoted as law on `day`.

        A repealed or expired text without an end date is never in force.
        """
        if self.status in (Status.EXPIRED, Status.REPEALED) and self.expires is None:
            return False
        if self.status is Status.NOT_YET and self.effective is None:
            return False
        begun = self.effective is None or self.effective <= day
        return begun and (self.expires is None or day <= self.expires)


def read_document(path: Path) -> Document:
    """The document in the Markdown file `path`; DocumentError says what is wrong with it."""
    name = str(path)
    if path.suffix.lower() in _LATER:
        raise DocumentError("unsupported_format", name, f"{path.suffix} is not supported yet")
    if path.suffix.lower() != ".md":
        raise DocumentError("unsupported_format", name, "only .md and .jsonl files are read")
    content = read_utf8(path)
    match = _FRONT_MATTER.match(content)
    if match is None:
        raise DocumentError("no_front_matter", name, "the file does not begin with front matter")
    try:
        fields = yaml.safe_load(match.group(1))
    except (yaml.YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise DocumentError("bad_front_matter", name, f"front matter: {reason}") from error
    if not isinstance(fields, dict):
        raise DocumentError("bad_front_matter", name, "front matter is not a list of fields")
    body = clean(content[match.end() :])
    if not body:
        raise DocumentError("empty_document", name, "the document has no text")
    return document_from(fields, body, name, default_id=path.stem)


def read_utf8(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError("not_utf8", str(path), "the file is not UTF-8 text") from error
    except OSError as error:
        raise DocumentError("unreadable", str(path), error.strerror or str(error)) from error


def document_from(fields: Mapping[str, Any], body: str, name: str, *, default_id: str) -> Document:
    key = text_field(fields, "id", name) or default_id
    if not _ID.fullmatch(key):
        raise DocumentError(
            "bad_id", name, f"the id {key!r} must be a letter, then letters, digits, . _ or -"
        )
    title = text_field(fields, "title", name)
    if not title:
        raise DocumentError("no_title", name, "the field title is missing")
    effective, expires = date_field(fields, "effective", name), date_field(fields, "expires", name)
    if effective and expires and expires < effective:
        raise DocumentError("bad_date", name, "the field expires lies before effective")
    sample = fields.get("sample") or False
    if not isinstance(sample, bool):
        raise DocumentError("bad_field", name, "the field sample must be true or false")
    return Document(
        id=key,
        title=title,
        number=text_field(fields, "number", name),
        issuer=text_field(fields, "issuer", name),
        level=_choice(Level, _LEVEL_WORDS, fields, "level", name),
        region=text_field(fields, "region", name),
        issued=date_field(fields, "issued", name),
        effective=effective,
        expires=expires,
        url=text_field(fields, "url", name),
        status=_choice(Status, _STATUS_WORDS, fields, "status", name),
        sample=sample,
        checked=date_field(fields, "checked", name),
        sources=_texts(fields, "sources", name),
        topics=_texts(fields, "topics", name),
        body=body,
    )


def text_field(fields: Mapping[str, Any], key: str, name: str) -> str:
    value = fields.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise DocumentError("bad_field", name, f"the field {key} is not text")
    return clean(str(value)).replace("\n", " ")


def _texts(fields: Mapping[str, Any], key: str, name: str) -> tuple[str, ...]:
    value = fields.get(key)
    if value is None:
        return ()
    if isinstance(value, str):
        return (clean(value),)
    if not isinstance(value, list):
        raise DocumentError("bad_field", name, f"the field {key} is not a list")
    return tuple(
        clean(json.dumps(item, ensure_ascii=False, default=str))
        if isinstance(item, dict)
        else clean(str(item))
        for item in value
    )


def date_field(fields: Mapping[str, Any], key: str, name: str) -> date | None:
    value = fields.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, date):
        # yaml reads a time of day as datetime, which is a date too.
        return date(value.year, value.month, value.day)
    try:
        return date.fromisoformat(_CHINESE_DATE.sub(_iso, str(value).strip()))
    except ValueError as error:
        raise DocumentError(
            "bad_date", name, f"the field {key} is no date like 2026-11-23: {value!r}"
        ) from error


def _iso(match: re.Match[str]) -> str:
    year, month, day = match.groups()
    return f"{year}-{int(month):02}-{int(day):02}"


def _choice(
    kind: type[Choice],
    words: Mapping[str, Choice],
    fields: Mapping[str, Any],
    key: str,
    name: str,
) -> Choice:
    value = text_field(fields, key, name)
    if value.lower() in words:
        return words[value.lower()]
    try:
        return kind(value)
    except ValueError as error:
        allowed = "、".join(item.value for item in kind)
        raise DocumentError(
            f"unknown_{key}", name, f"the field {key} is {value!r}, not one of {allowed}"
        ) from error
