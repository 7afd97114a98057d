"""Markdown: front matter, where there is one, and the text below it."""

import re
from pathlib import Path
from typing import Any

import yaml

from knowledge_base.errors import DocumentError
from knowledge_base.readers.source import SourceText
from knowledge_base.text import clean

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^#[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)


def read_markdown(path: Path, content: bytes) -> SourceText:
    """The front matter as fields that bind, the rest as it is."""
    name = str(path)
    text = decode_utf8(content, name)
    match = _FRONT_MATTER.match(text)
    if match is None and text.lstrip("\ufeff").startswith("---"):
        raise DocumentError("bad_front_matter", name, "开头的说明栏没有结束的 ---")
    given = _fields(match.group(1), name) if match else {}
    body = clean(text[match.end() :] if match else text)
    title = _TITLE.search(body)
    return SourceText(body=body, title=title.group(1) if title else "", given=given)


def decode_utf8(content: bytes, name: str) -> str:
    """Text that was written for us; anything but UTF-8 is refused."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError("not_utf8", name, "文件不是 UTF-8 编码的文字") from error


def _fields(front: str, name: str) -> dict[str, Any]:
    try:
        fields = yaml.safe_load(front)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise DocumentError("bad_front_matter", name, f"开头的说明栏读不懂: {reason}") from error
    if not isinstance(fields, dict):
        raise DocumentError("bad_front_matter", name, "开头的说明栏不是“名称: 内容”的写法")
    return {str(key): value for key, value in fields.items()}
