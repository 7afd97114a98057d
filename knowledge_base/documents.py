"""Documents as they are filed: one official text with what is known about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from knowledge_base.drafts import is_draft
from knowledge_base.errors import DocumentError as DocumentError
from knowledge_base.fields import date_field, read_choice, text_field, texts_field
from knowledge_base.particulars import read_particulars
from knowledge_base.places import place_of
from knowledge_base.readers import read_source
from knowledge_base.readers.source import SourceText

_ID = re.compile(r"[A-Za-z][\w.-]{0,120}", re.ASCII)


class Status(StrEnum):
    """Whether a document is law today, as its issuer says."""

    IN_FORCE = "现行有效"
    NOT_YET = "尚未生效"
    """Also a draft put up for comment: it has no day of force, whatever day it proposes."""
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
class Change:
    """What another document (its id, title, 文号) did to one, from which `day` on where known."""

    document: str
    title: str
    number: str = ""
    day: date | None = None

    @property
    def named(self) -> str:
        """The other as it is named to people: 《关于修改〈…〉的决定》（巴府发〔2026〕2号）."""
        within = self.title.translate(str.maketrans("《》", "〈〉"))
        return f"《{within}》" + (f"（{self.number}）" if self.number else "")


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
    ended_by: Change | None = None
    amended_by: tuple[Change, ...] = ()
    """What other documents among those ingested say of it: no front matter tells these two."""
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
    """The document in the file `path`; DocumentError says what is wrong with it."""
    return document_of(read_source(path), str(path), default_id=usable_id(path.stem))


def usable_id(name: str) -> str:
    """`name` when it can be an id, else an id made from it: 关于….pdf has a Chinese name."""
    return name if _ID.fullmatch(name) else f"doc-{sha256(name.encode()).hexdigest()[:12]}"


def document_of(source: SourceText, name: str, *, default_id: str) -> Document:
    """The document that `source` holds; what its front matter lacks is read from its text."""
    fields = dict(source.given)
    fields["title"] = title = text_field(fields, "title", name) or source.title
    told = read_particulars(title, source.body, source.found)
    told = {key: value for key, value in told.items() if key not in fields}
    if not _in_order(fields | told, name):
        told = {key: value for key, value in told.items() if key not in ("effective", "expires")}
    fields = told | fields
    if not fields.get("issuer") and source.found.get("source"):
        fields["issuer"] = source.found["source"]
    if "level" not in fields and "region" not in fields:
        place = place_of(text_field(fields, "issuer", name)) or place_of(title.lstrip("《"))
        fields |= dict(zip(("level", "region"), place or (), strict=False))
    if not source.body:
        raise DocumentError("empty_document", name, "文件没有正文")
    return document_from(fields, source.body, name, default_id=default_id)


def _in_order(fields: Mapping[str, Any], name: str) -> bool:
    effective, expires = date_field(fields, "effective", name), date_field(fields, "expires", name)
    return effective is None or expires is None or effective <= expires


def document_from(fields: Mapping[str, Any], body: str, name: str, *, default_id: str) -> Document:
    """The document that `fields` describe; DocumentError names the field that is wrong."""
    key = text_field(fields, "id", name) or default_id
    if not _ID.fullmatch(key):
        raise DocumentError(
            "bad_id", name, f"编号（id）{key!r} 要以字母开头，后面只用字母、数字和 . _ -"
        )
    title = text_field(fields, "title", name)
    if not title:
        raise DocumentError("no_title", name, "没有标题：请写 title 一栏，或者在正文开头写上标题")
    effective, expires = date_field(fields, "effective", name), date_field(fields, "expires", name)
    if effective and expires and expires < effective:
        raise DocumentError("bad_date", name, "失效日期（expires）早于施行日期（effective）")
    status = read_choice(Status, _STATUS_WORDS, fields, "status", name)
    # Who writes 现行 knows better than a title; the days in a draft are only proposed.
    stated = status if text_field(fields, "status", name) else Status.NOT_YET
    if stated is Status.NOT_YET and is_draft(title, body):
        status, effective, expires = stated, None, None
    sample = fields.get("sample") or False
    if not isinstance(sample, bool):
        raise DocumentError("bad_field", name, "sample 一栏只能写 true 或 false")
    return Document(
        id=key,
        title=title,
        number=text_field(fields, "number", name),
        issuer=text_field(fields, "issuer", name),
        level=read_choice(Level, _LEVEL_WORDS, fields, "level", name),
        region=text_field(fields, "region", name),
        issued=date_field(fields, "issued", name),
        effective=effective,
        expires=expires,
        url=text_field(fields, "url", name),
        status=status,
        sample=sample,
        checked=date_field(fields, "checked", name),
        sources=texts_field(fields, "sources", name),
        topics=texts_field(fields, "topics", name),
        body=body,
    )
