"""Bytes to text: UTF-8, UTF-16 with its mark, and the GB family, whatever the page claims."""

import codecs
import re

from knowledge_base.errors import DocumentError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CLAIM = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_-]{2,20})""", re.IGNORECASE)
_GB = {"gb2312", "gbk", "gb18030", "x-gbk", "euc-cn"}
_BROKEN = 0.002
"""The share of broken letters a page may have."""
_COMMON = re.compile("[的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出]")


def decode_page(content: bytes, name: str) -> str:
    """The text of a web page; DocumentError `unknown_encoding` when no encoding fits it whole."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded(content[len(mark) :], (encoding,), name)
    claim = _CLAIM.search(content[:4096])
    claimed = claim.group(1).decode("ascii").lower() if claim else ""
    if claimed in _GB:
        claimed = "gb18030"
    # UTF-8 hardly ever fits by accident: it is tried before what the page claims.
    return _decoded(content, ("utf-8", *([claimed] if claimed else []), "gb18030"), name)


def _decoded(content: bytes, encodings: tuple[str, ...], name: str) -> str:
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\0" not in text and _is_chinese_or_plain(text, encoding):
            return text
    for encoding in encodings[:-1]:
        try:
            text = content.decode(encoding, errors="replace")
        except LookupError:
            continue
        # Sites cut texts in the middle of a letter: one broken letter is no reason to refuse all.
        if "\0" not in text and text.count("\ufffd") <= len(text) * _BROKEN:
            return text.replace("\ufffd", "")
    raise DocumentError("unknown_encoding", name, "文字编码无法识别, 请转换为 UTF-8")


def _is_chinese_or_plain(text: str, encoding: str) -> bool:
    """Whether a text read as `encoding` makes sense: GB18030 accepts nearly any bytes."""
    if encoding.startswith("utf"):
        return True
    han = [char for char in text[:20_000] if "\u3400" <= char <= "\u9fff"]
    return len(han) < 20 or bool(_COMMON.search("".join(han)))
