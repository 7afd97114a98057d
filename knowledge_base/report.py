"""What an ingestion tells: what was refused, repeated, changed by others, and read from texts."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from knowledge_base.amendments import Amendment
from knowledge_base.documents import Document
from knowledge_base.errors import DocumentError
from knowledge_base.ingestion import Ingested
from knowledge_base.repeals import Repeal

_KNOWN = ("number", "issuer", "issued", "effective", "expires")


def refused(refusals: Sequence[DocumentError]) -> list[str]:
    """A line for each file or row that was not taken in."""
    return [f"refused {refusal.code}: {refusal}" for refusal in refusals]


def lines(made: Ingested) -> list[str]:
    """All that somebody should look at: one line each."""
    repeated = [f"duplicate {item.code}: {item}" for item in made.reading.duplicates]
    return [*refused(made.reading.refusals), *read(made), *repeated, *changed(made)]


def read(made: Ingested) -> list[str]:
    """What was read from each text without front matter: there a clerk finds what was misread."""
    return [f"read {path}: {_particulars(document)}" for document, path in _by_text(made)]


def changed(made: Ingested) -> list[str]:
    """Which documents others end or amend, by their names."""
    known = _documents(made)
    told = [("repealed", item.repealed, item.document, item.day) for item in made.repeals]
    told += [("amended", item.amended, item.document, item.day) for item in made.amendments]
    return [
        f"{what}: {named(known[which])} by {named(known[by])} since {_day(day, 'unknown day')}"
        for what, which, by, day in told
    ]


def named(document: Document) -> str:
    """A document as people name it: 《title》（文号）."""
    return _titled(document) + (f"（{document.number}）" if document.number else "")


def as_json(made: Ingested) -> dict[str, Any]:
    """The same and the figures for programs."""
    reading = made.reading
    return {
        "documents": len(reading.documents),
        "passages": made.manifest.passages,
        "seconds": round(made.seconds, 2),
        "build_seconds": round(made.build_seconds, 2),
        "refusals": [
            {"path": item.path, "code": item.code, "reason": item.reason}
            for item in reading.refusals
        ],
        "duplicates": [asdict(item) for item in reading.duplicates],
        "repeals": [_change(made, "repealed", each.repealed, each) for each in made.repeals],
        "amendments": [_change(made, "amended", each.amended, each) for each in made.amendments],
        "read": [
            {"path": path, "id": document.id, "title": document.title}
            | {name: str(getattr(document, name) or "") for name in _KNOWN}
            | {"level": document.level, "region": document.region, "status": document.status}
            for document, path in _by_text(made)
        ],
        "known": {
            name: sum(bool(getattr(document, name)) for document in reading.documents)
            for name in _KNOWN
        },
    }


def _change(made: Ingested, what: str, which: str, told: Repeal | Amendment) -> dict[str, str]:
    known = _documents(made)
    return {
        "document": told.document,
        "document_title": known[told.document].title,
        what: which,
        f"{what}_title": known[which].title,
        f"{what}_number": known[which].number,
        "since": _day(told.day, ""),
    }


def _documents(made: Ingested) -> dict[str, Document]:
    return {document.id: document for document in made.reading.documents}


def _by_text(made: Ingested) -> Iterator[tuple[Document, str]]:
    known = _documents(made)
    for key, path in made.reading.by_text.items():
        if key in known:
            yield known[key], path


def _particulars(document: Document) -> str:
    """What is known of a document, and what is not: 没读到 is as telling as a wrong day."""
    unread = "没读到"
    return (
        f"{_titled(document)} 文号 {document.number or unread}"
        f" · 发文 {document.issuer or unread}"
        f" · {document.level}{f'（{document.region}）' if document.region else ''}"
        f" · 发布 {_day(document.issued, unread)} · 施行 {_day(document.effective, unread)}"
        f" · 失效 {_day(document.expires, '未写')} · {document.status}"
    )


def _titled(document: Document) -> str:
    title = document.title
    return title if title.startswith("《") and title.endswith("》") else f"《{title}》"


def _day(day: date | None, unknown: str) -> str:
    return day.isoformat() if day else unknown
