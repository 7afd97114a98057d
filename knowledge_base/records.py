"""Documents and passages as lines of JSON, written into an index and read back equal."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from typing import Any

from knowledge_base.documents import Change, Document, Level, Status
from knowledge_base.passages import Passage

DOCUMENTS, PASSAGES = "documents.jsonl", "passages.jsonl"


def write_lines(file: Path, rows: Iterable[dict[str, Any]]) -> None:
    # One encoder for all rows: json.dumps makes a new one each time.
    encode = json.JSONEncoder(ensure_ascii=False, default=str).encode
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(f"{encode(row)}\n" for row in rows)


def document_fields(document: Document) -> dict[str, Any]:
    told: dict[str, Any] = {item.name: getattr(document, item.name) for item in fields(Document)}
    changes = {
        "ended_by": asdict(document.ended_by) if document.ended_by else None,
        "amended_by": [asdict(change) for change in document.amended_by],
    }
    return told | changes | {"body": ""}


def passage_fields(passage: Passage) -> dict[str, Any]:
    return {
        "id": passage.id,
        "document": passage.document_id,
        "article": passage.article,
        "heading": passage.heading,
        "text": passage.text,
        "asked": passage.asked,
    }


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8", newline="\n") as stream:
        for line in stream:
            yield json.loads(line)


def read_document_records(folder: Path) -> list[Document]:
    return [document_from_record(row) for row in _lines(folder / DOCUMENTS)]


def document_from_record(row: dict[str, Any]) -> Document:
    dates = {
        name: date.fromisoformat(row[name]) if row[name] else None
        for name in ("issued", "effective", "expires", "checked")
    }
    row |= {
        "level": Level(row["level"]),
        "status": Status(row["status"]),
        "sources": tuple(row["sources"]),
        "topics": tuple(row["topics"]),
        "ended_by": _change(row["ended_by"]) if row.get("ended_by") else None,
        "amended_by": tuple(map(_change, row.get("amended_by", ()))),
    }
    return Document(**(row | dates))


def _change(row: dict[str, Any]) -> Change:
    return Change(**(row | {"day": date.fromisoformat(row["day"]) if row["day"] else None}))


def read_passage_records(folder: Path) -> Iterator[Passage]:
    documents = {document.id: document for document in read_document_records(folder)}
    for row in _lines(folder / PASSAGES):
        yield Passage(
            id=row["id"],
            document=documents[row["document"]],
            article=row["article"],
            heading=tuple(row["heading"]),
            text=row["text"],
            asked=tuple(row["asked"]),
        )
