"""Rows of jsonl files: ready passages, and whole documents of a crawl."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from knowledge_base.documents import Document, document_from, document_of, usable_id
from knowledge_base.errors import DocumentError
from knowledge_base.fields import date_field, text_field
from knowledge_base.outline import lines_of
from knowledge_base.passages import LONGEST, Row
from knowledge_base.readers.markdown import decode_utf8
from knowledge_base.readers.source import SourceText, read_bytes
from knowledge_base.text import clean

_ID = re.compile(r"(?!\.)[A-Za-z0-9_.\-\u3400-\u9fff]{1,120}")
"""What the id of a row may be: it stands in links (/policies/…#id), so it is no path."""
LARGEST = 128 << 20
"""Bytes of a jsonl file; the articles of all national laws are a fifth of it."""
_OF_DOCUMENTS = ("date", "issued", "issuer", "department")
_OF_PASSAGES = ("article", "law")
_KNOWN = ("number", "level", "region", "effective", "expires", "url", "status", "sample")


@dataclass(frozen=True, slots=True)
class Filed:
    """What one row gives: its document, and the row itself when it is a ready passage."""

    document: Document
    row: Row | None
    place: str


def read_rows(
    path: Path, taken: set[str], refuse: Callable[[DocumentError], None]
) -> Iterator[Filed]:
    """Every row of a jsonl file whose id is not in `taken`; what is wrong is refused by row.

    A row that tells who issued it or when (date, issued, issuer, department) and names neither
    article nor law is a whole document: it is cut when it is longer than a passage. Every other
    row is one ready passage, and rows of one title are one document.
    """
    text = decode_utf8(read_bytes(path, LARGEST), str(path))
    for place, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield _row(line, f"{path}:{place}", taken)
        except DocumentError as error:
            refuse(error)


def _row(line: str, name: str, taken: set[str]) -> Filed:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DocumentError("bad_row", name, f"这一行不是 JSON: {error}") from error
    if not isinstance(fields, dict):
        raise DocumentError("bad_row", name, "这一行不是 JSON 对象")
    key, text = fields.get("id"), fields.get("text")
    if not isinstance(key, str | int) or isinstance(key, bool) or not str(key).strip():
        raise DocumentError("bad_row", name, "这一行没有编号（id）")
    if not isinstance(text, str) or not clean(text):
        raise DocumentError("bad_row", name, "这一行没有正文（text）")
    key = str(key).strip()
    if not _ID.fullmatch(key):
        reason = f"编号（id）{key!r} 只能用字母、数字、汉字和 . _ -，不能以 . 开头，最多 120 个字"
        raise DocumentError("bad_id", name, reason)
    if key in taken:
        raise DocumentError("duplicate_id", name, f"编号（id）{key!r} 已经有了")
    whole = any(fields.get(field) for field in _OF_DOCUMENTS) or "department" in fields
    if whole and not any(fields.get(field) for field in _OF_PASSAGES):
        filed = _document(key, text, fields, name)
    else:
        filed = _passage(key, text, fields, name)
    taken.add(key)
    return filed


def _passage(key: str, text: str, fields: Mapping[str, Any], name: str) -> Filed:
    row = Row(id=key, article=text_field(fields, "article", name), text=clean(text))
    title = text_field(fields, "title", name) or text_field(fields, "law", name) or key
    # Rows of one law make one document, whatever their order in the file.
    digest = sha256(f"{title}\n{text_field(fields, 'number', name)}".encode()).hexdigest()[:12]
    known = {field: fields.get(field) for field in _KNOWN}
    known |= {"id": f"doc-{digest}", "title": title, "issued": _day(fields)}
    known["issuer"] = fields.get("issuer", fields.get("department"))
    return Filed(document_from(known, "", name, default_id=key), row, name)


def _document(key: str, text: str, fields: Mapping[str, Any], name: str) -> Filed:
    title = re.sub(r"\s+", "", text_field(fields, "title", name))
    given = {field: fields[field] for field in _KNOWN if fields.get(field) not in (None, "")}
    given |= {"id": usable_id(key), "title": title or None}
    if fields.get("issuer"):
        given["issuer"] = fields["issuer"]
    if fields.get("issued"):
        given["issued"] = date_field(fields, "issued", name)
    # A crawl's date and department are the web page's; the text's own signature is truer.
    found = {"published": _day(fields), "source": text_field(fields, "department", name)}
    body = "\n".join(lines_of(clean(text)))
    document = document_of(SourceText(body=body, given=given, found=found), name, default_id=key)
    row = Row(id=key, article="", text=body) if len(body) <= LONGEST else None
    return Filed(document, row, name)


def _day(fields: Mapping[str, Any]) -> date | None:
    """The day of issue, or None: crawled rows often carry a cut-off date, and it binds nobody."""
    try:
        return date_field(fields, "issued", "") or date_field(fields, "date", "")
    except DocumentError:
        return None
