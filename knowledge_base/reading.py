"""Everything under a set of paths: documents, ready passages of jsonl files, and refusals."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from knowledge_base.documents import (
    Document,
    DocumentError,
    date_field,
    document_from,
    read_document,
    read_utf8,
    text_field,
)
from knowledge_base.text import clean


@dataclass(frozen=True, slots=True)
class Row:
    """A jsonl row: one ready passage of a document, which keeps its own id."""

    id: str
    article: str
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a set of paths held: documents with their ready rows, and what was refused."""

    documents: tuple[Document, ...]
    rows: Mapping[str, tuple[Row, ...]]
    refusals: tuple[DocumentError, ...]


def read_paths(paths: Iterable[Path]) -> Reading:
    """Every document under `paths` (files or folders); what cannot be read is refused, not lost.

    Raises DocumentError when a path does not exist.
    """
    documents: dict[str, Document] = {}
    rows: dict[str, list[Row]] = {}
    row_ids: set[str] = set()
    refusals: list[DocumentError] = []
    for path in _files(paths):
        try:
            if path.suffix == ".jsonl":
                found = _read_rows(path, row_ids, refusals)
                for document, row in found:
                    documents.setdefault(document.id, document)
                    rows.setdefault(document.id, []).append(row)
                continue
            document = read_document(path)
            if document.id in documents:
                raise DocumentError(
                    "duplicate_id", str(path), f"the id {document.id!r} is already taken"
                )
            documents[document.id] = document
        except DocumentError as error:
            refusals.append(error)
    return Reading(
        documents=tuple(documents.values()),
        rows={key: tuple(value) for key, value in rows.items()},
        refusals=tuple(refusals),
    )


def inputs_digest(paths: Iterable[Path], encoder: str) -> str:
    """A digest of all an index is made from: the documents, the encoder, the lexicon, our rules."""
    digest = sha256(encoder.encode())
    room = Path(__file__).parent
    model = Path(encoder) if encoder else room / "model"
    own = [*room.glob("*.py"), *(room / "lexicon").iterdir()]
    weights = [file for file in model.rglob("*") if file.is_file()] if model.is_dir() else []
    for file in [*sorted(own), *sorted(weights), *_files(paths)]:
        digest.update(file.name.encode() + b"\0" + sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise DocumentError("no_such_path", str(path), "there is no such file or folder")
        found = [path] if path.is_file() else sorted(path.rglob("*"))
        for file in found:
            hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            is_note = file.name.upper().startswith("README") and file != path
            if file.is_file() and not hidden and not is_note and file.resolve() not in seen:
                seen.add(file.resolve())
                yield file


def _read_rows(
    path: Path, taken: set[str], refusals: list[DocumentError]
) -> list[tuple[Document, Row]]:
    found = []
    for place, line in enumerate(read_utf8(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found.append(_row(line, f"{path}:{place}", taken))
        except DocumentError as error:
            refusals.append(error)
    return found


def _row(line: str, name: str, taken: set[str]) -> tuple[Document, Row]:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DocumentError("bad_row", name, f"the row is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise DocumentError("bad_row", name, "the row is not a JSON object")
    key, text = fields.get("id"), fields.get("text")
    if not isinstance(key, str | int) or isinstance(key, bool) or not str(key).strip():
        raise DocumentError("bad_row", name, "the row has no id")
    if not isinstance(text, str) or not clean(text):
        raise DocumentError("bad_row", name, "the row has no text")
    row = Row(id=str(key).strip(), article=text_field(fields, "article", name), text=clean(text))
    if row.id in taken:
        raise DocumentError("duplicate_id", name, f"the id {row.id!r} is already taken")
    title = text_field(fields, "title", name) or text_field(fields, "law", name) or row.id
    # Rows of one law make one document, whatever their order in the file.
    digest = sha256(f"{title}\n{text_field(fields, 'number', name)}".encode()).hexdigest()[:12]
    known = {
        name_: fields.get(name_)
        for name_ in (
            "number",
            "level",
            "region",
            "effective",
            "expires",
            "url",
            "status",
            "sample",
        )
    }
    known |= {"id": f"doc-{digest}", "title": title}
    known["issued"] = _issued(fields)
    known["issuer"] = fields.get("issuer", fields.get("department"))
    document = document_from(known, "", name, default_id=row.id)
    taken.add(row.id)
    return document, row


def _issued(fields: Mapping[str, Any]) -> date | None:
    """The day of issue, or None: crawled rows often carry a cut-off date, and it binds nobody."""
    try:
        return date_field(fields, "issued", "") or date_field(fields, "date", "")
    except DocumentError:
        return None
