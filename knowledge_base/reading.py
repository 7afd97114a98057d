"""Everything under a set of paths: documents, ready passages of jsonl files, and refusals."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from knowledge_base.documents import Document, document_of, usable_id
from knowledge_base.duplicates import Duplicate, Duplicates
from knowledge_base.errors import DocumentError
from knowledge_base.passages import Row
from knowledge_base.readers import read_source
from knowledge_base.rows import read_rows
from knowledge_base.storage import checksum


@dataclass(frozen=True, slots=True)
class Reading:
    """What a set of paths held: documents with their ready rows, what was refused or repeated."""

    documents: tuple[Document, ...]
    rows: Mapping[str, tuple[Row, ...]]
    refusals: tuple[DocumentError, ...]
    duplicates: tuple[Duplicate, ...] = ()
    by_text: Mapping[str, str] = field(default_factory=dict)
    """The ids and files of documents without front matter: what is known of them was read from
    their text, and somebody should look at it."""

    def edited(self, documents: Iterable[Document]) -> "Reading":
        """The same with `documents` in the place of those that bear their ids."""
        changed = {document.id: document for document in documents}
        kept = (document for document in self.documents if document.id not in changed)
        return replace(
            self,
            documents=(*kept, *changed.values()),
            rows={key: rows for key, rows in self.rows.items() if key not in changed},
            by_text={key: path for key, path in self.by_text.items() if key not in changed},
        )


@dataclass(slots=True)
class _Shelf:
    """What has been taken in so far."""

    documents: dict[str, Document] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    row_ids: set[str] = field(default_factory=set)
    refusals: list[DocumentError] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)
    known: Duplicates = field(default_factory=Duplicates)
    by_text: dict[str, str] = field(default_factory=dict)

    def add_file(self, path: Path) -> None:
        """Take in the document of one file."""
        source = read_source(path)
        document = document_of(source, str(path), default_id=usable_id(path.stem))
        self.add(document, str(path))
        if not source.given and self.documents.get(document.id) is document:
            self.by_text[document.id] = str(path)

    def add(self, document: Document, path: str, row: Row | None = None) -> None:
        """Take in a whole document unless its id is taken or it repeats an earlier one."""
        if document.id in self.documents:
            reason = f"编号（id）{document.id!r} 已经有了"
            raise DocumentError("duplicate_id", path, reason)
        found = self.known.find(document, document.body, path)
        if found is not None:
            self.duplicates.append(found)
            if not found.kept:
                return
        self.documents[document.id] = document
        if row is not None:
            self.rows[document.id] = [row]

    def add_rows(self, path: Path) -> None:
        """Take in every row of a jsonl file."""
        for filed in read_rows(path, self.row_ids, self.refusals.append):
            if filed.document.body:
                try:
                    self.add(filed.document, filed.place, filed.row)
                except DocumentError as error:
                    self.refusals.append(error)
            elif filed.row is not None:
                self.documents.setdefault(filed.document.id, filed.document)
                self.rows.setdefault(filed.document.id, []).append(filed.row)


def read_paths(paths: Iterable[Path]) -> Reading:
    """Every document under `paths` (files or folders); what cannot be read is refused, not lost.

    Raises DocumentError when a path does not exist.
    """
    shelf = _Shelf()
    for path in _files(paths):
        try:
            if path.suffix.lower() == ".jsonl":
                shelf.add_rows(path)
            else:
                shelf.add_file(path)
        except DocumentError as error:
            shelf.refusals.append(error)
    return Reading(
        documents=tuple(shelf.documents.values()),
        rows={key: tuple(value) for key, value in shelf.rows.items()},
        refusals=tuple(shelf.refusals),
        duplicates=tuple(shelf.duplicates),
        by_text=shelf.by_text,
    )


def recipe_digest(encoder: str) -> str:
    """A digest of the rules an index is made by: our code, the lexicon, the encoder's weights."""
    room = Path(__file__).parent
    model = Path(encoder) if encoder else room / "model"
    own = [*room.glob("*.py"), *(room / "readers").glob("*.py"), *(room / "lexicon").iterdir()]
    weights = [file for file in model.rglob("*") if file.is_file()] if model.is_dir() else []
    return _digest(encoder, [*sorted(own), *sorted(weights)])


def inputs_digest(paths: Iterable[Path], recipe: str) -> str:
    """A digest of all an index is made from: the documents under `paths` and the `recipe`."""
    return _digest(recipe, _files(paths))


def _digest(start: str, files: Iterable[Path]) -> str:
    digest = sha256(start.encode())
    for file in files:
        digest.update(file.name.encode() + b"\0" + checksum(file).encode())
    return digest.hexdigest()


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise DocumentError("no_such_path", str(path), "没有这个文件或者文件夹")
        found = [path] if path.is_file() else sorted(path.rglob("*"))
        for file in found:
            hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            is_note = file.name.upper().startswith("README") and file != path
            if file.is_file() and not hidden and not is_note and file.resolve() not in seen:
                seen.add(file.resolve())
                yield file
