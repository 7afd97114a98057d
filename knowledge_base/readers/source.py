"""What a reader hands over, and what no reader takes: the size and kind of a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge_base.errors import DocumentError

LARGEST = 64 << 20
"""Bytes a file may have; the longest law with its tables is far below a tenth of it."""
LONGEST_TEXT = 5_000_000
"""Characters a document may have."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SUFFIXES = {".md": "md", ".html": "html", ".htm": "html", ".docx": "docx", ".pdf": "pdf"}
_CALLED = {
    "pdf": "PDF 文件",
    "zip": "Word (docx) 或压缩文件",
    "ole": "旧版 Word (doc) 文件",
    "image": "图片",
    "archive": "压缩文件",
    "text": "文本",
}
_STARTS = (
    (_OLE, "ole"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xff\xd8\xff", "image"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"Rar!\x1a\x07", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\v\f\r\x1b")
_FEW_CONTROLS = 0.005
"""The share of control characters up to which bytes are a text."""
_HOLDS = {"md": ("text",), "html": ("text",), "docx": ("zip", "ole"), "pdf": ("pdf",)}


@dataclass(frozen=True, slots=True)
class SourceText:
    """One file read: what it says of itself in fields, and its text line by line.

    `body` is Markdown: headings as `#`, a table as one line for each row. `given` fields were
    written for us (front matter) and bind; `found` ones stand on the page and fill what is missing.
    """

    body: str
    title: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    found: Mapping[str, Any] = field(default_factory=dict)


def kind_of(path: Path) -> str:
    """md, html, docx or pdf by the file's name; DocumentError for any other."""
    suffix = path.suffix.lower()
    if suffix == ".doc":
        raise DocumentError("unsupported_format", str(path), "旧版 Word 文件, 请另存为 docx")
    if suffix not in _SUFFIXES:
        allowed = "md、html、docx、pdf、jsonl"
        raise DocumentError("unsupported_format", str(path), f"只接收 {allowed} 文件")
    return _SUFFIXES[suffix]


def read_bytes(path: Path, largest: int = LARGEST) -> bytes:
    """The bytes of a file, refused unread when there are none or more than `largest`."""
    name = str(path)
    try:
        size = path.stat().st_size
        if size > largest:
            reason = f"文件有 {size >> 20} MB, 超过上限 {largest >> 20} MB"
            raise DocumentError("too_large", name, reason)
        content = path.read_bytes()
    except OSError as error:
        raise DocumentError("unreadable", name, error.strerror or str(error)) from error
    if not content.strip():
        raise DocumentError("empty_file", name, "文件是空的 (0 字节)")
    return content


def check_kind(path: Path, kind: str, content: bytes) -> None:
    """Raises DocumentError unless `content` is what the file's name says."""
    holds = _sniff(content)
    if holds not in _HOLDS[kind]:
        raise DocumentError("wrong_extension", str(path), _misnamed(path.suffix, holds, content))
    if holds == "ole":
        if _ENCRYPTED in content:
            raise DocumentError("encrypted", str(path), "文件设有密码, 请去除密码后再入库")
        reason = "扩展名是 .docx, 内容却是旧版 Word (doc) 文件, 请另存为 docx"
        raise DocumentError("wrong_extension", str(path), reason)


def _misnamed(suffix: str, holds: str, content: bytes) -> str:
    if holds == "text" and not _is_text(content):
        return f"扩展名是 {suffix}, 内容却认不出是什么文件, 可能已损坏或者设了密码"
    return f"扩展名是 {suffix}, 内容却是{_CALLED[holds]}"


def _is_text(content: bytes) -> bool:
    head = content[:4096]
    return head.startswith(_UTF_16) or (
        len(head) - len(head.translate(None, _CONTROLS)) <= _FEW_CONTROLS * len(head)
    )


def _sniff(content: bytes) -> str:
    for start, kind in _STARTS:
        if content.startswith(start):
            return kind
    # A PDF may have some bytes before its head, but a text may speak of %PDF later on.
    return "pdf" if b"%PDF" in content[:64] else "text"
