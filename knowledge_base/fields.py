"""Values of front matter and of jsonl rows: text, lists, days, and words out of a fixed set."""

import json
import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from knowledge_base.errors import DocumentError
from knowledge_base.text import clean

Choice = TypeVar("Choice", bound=StrEnum)

_CHINESE_DATE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日?")


def text_field(fields: Mapping[str, Any], key: str, name: str) -> str:
    """The text of a field on one line; empty when it is missing."""
    value = fields.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise DocumentError("bad_field", name, f"{key} 一栏要写文字")
    return clean(str(value)).replace("\n", " ")


def texts_field(fields: Mapping[str, Any], key: str, name: str) -> tuple[str, ...]:
    """A list of texts; a single text is a list of one."""
    value = fields.get(key)
    if value is None:
        return ()
    if isinstance(value, str):
        return (clean(value),)
    if not isinstance(value, list):
        raise DocumentError("bad_field", name, f"{key} 一栏要写成列表")
    try:
        return tuple(
            clean(json.dumps(item, ensure_ascii=False, default=str))
            if isinstance(item, dict)
            else clean(str(item))
            for item in value
        )
    except TypeError as error:
        # Only a key of YAML that is no key of JSON: {2026-01-01: 印发}.
        raise DocumentError("bad_field", name, f"{key} 一栏要写成文字的列表") from error


def date_field(fields: Mapping[str, Any], key: str, name: str) -> date | None:
    """The day in a field; None when it is missing, DocumentError when it is no day."""
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
            "bad_date", name, f"{key} 一栏不是 2026-11-23 这样的日期: {value!r}"
        ) from error


def _iso(match: re.Match[str]) -> str:
    year, month, day = match.groups()
    return f"{year}-{int(month):02}-{int(day):02}"


def read_choice(
    kind: type[Choice],
    words: Mapping[str, Choice],
    fields: Mapping[str, Any],
    key: str,
    name: str,
) -> Choice:
    """The member of `kind` that a field names, by its own value or one of `words`."""
    value = text_field(fields, key, name)
    if value.lower() in words:
        return words[value.lower()]
    try:
        return kind(value)
    except ValueError as error:
        allowed = "、".join(item.value for item in kind)
        raise DocumentError(
            f"unknown_{key}", name, f"{key} 一栏写的是 {value!r}，只能是 {allowed}"
        ) from error
