"""Markdown: front matter, where there is one, and the text below it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from knowledge_base.errors import DocumentError
from knowledge_base.readers.source import SourceText
from knowledge_base.text import clean

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^#[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)


LONGEST_FRONT = 64_000
"""Characters of front matter; that of the longest digest here is a tenth of it."""
_DEEPEST = 6
_LARGEST = 1 << 63
_REFERENCES = "不能用 & 和 * 的引用写法（文字以 & 或 * 开头时请加引号）"


class _Refused(yaml.YAMLError):
    """YAML that is right but that no front matter needs; the message says what."""


class _FrontMatter(yaml.SafeLoader):
    """YAML without references, which may unfold without end, and without deep nesting."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        # PyYAML's stubs leave this one call untyped.
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "anchor", None):
            raise _Refused(_REFERENCES)
        if self.depth >= _DEEPEST:
            raise _Refused(f"一栏里套了 {_DEEPEST} 层以上")
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


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
    def refused(reason: str) -> DocumentError:
        return DocumentError("bad_front_matter", name, f"开头的说明栏{reason}")

    if len(front) > LONGEST_FRONT:
        raise refused(f"超过 {LONGEST_FRONT} 字")
    try:
        fields = yaml.load(front, _FrontMatter)  # noqa: S506, a safe loader
    except _Refused as error:
        raise refused(str(error)) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        if "scanning an alias" in reason or "scanning an anchor" in reason:
            reason = _REFERENCES
        raise refused(f"读不懂: {reason}") from error
    if not isinstance(fields, dict):
        raise refused("不是“名称: 内容”的写法")
    # 1:1:1:… is a number to YAML, and Python writes no number of thousands of digits.
    if any(isinstance(value, int) and abs(value) > _LARGEST for value in _values(fields)):
        raise refused("里有过长的数字，请加引号")
    return {str(key): value for key, value in fields.items()}


def _values(value: Any) -> Iterator[Any]:
    """Every key and value in what YAML holds."""
    if isinstance(value, dict):
        for pair in value.items():
            yield from (inner for part in pair for inner in _values(part))
    elif isinstance(value, list):
        yield from (inner for part in value for inner in _values(part))
    else:
        yield value
