"""The documents of the served index, kept in memory and read again when the index changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

from desk.policies.errors import LibraryClosed, PolicyNotFound
from knowledge_base.documents import Document
from knowledge_base.errors import KnowledgeError
from knowledge_base.index import IndexedDocument, read_documents
from knowledge_base.storage import Mark, mark
from knowledge_base.text import search_form


@dataclass(frozen=True, slots=True)
class Shelved:
    """A document and the words it is looked for by, folded: title, 文号, issuer."""

    document: Document
    face: str


class PolicyLibrary:
    """The documents in one index folder; safe to share between threads."""

    def __init__(self, index_dir: Path) -> None:
        self._index_dir = index_dir
        self._lock = Lock()
        self._mark: Mark | None = None
        self._documents: Mapping[str, IndexedDocument] = {}
        self._shelf: tuple[Shelved, ...] = ()

    def documents(self) -> Mapping[str, IndexedDocument]:
        """Every document by id, of the index as it is now. Raises LibraryClosed."""
        with self._lock:
            self._renew()
            return self._documents

    def shelf(self) -> tuple[Shelved, ...]:
        """Every document, the newest first, ordered once an index. Raises LibraryClosed."""
        with self._lock:
            self._renew()
            return self._shelf

    def _renew(self) -> None:
        found = mark(self._index_dir)
        if found is not None and found == self._mark:
            return
        # The mark is read before the documents: a version published in between is read once more,
        # never missed.
        try:
            self._documents = read_documents(self._index_dir)
        except KnowledgeError as error:
            raise LibraryClosed from error
        documents = [item.document for item in self._documents.values()]
        self._shelf = tuple(Shelved(one, face(one)) for one in sorted(documents, key=newest_first))
        self._mark = found

    def find(self, document_id: str) -> IndexedDocument:
        """The document `document_id`. Raises PolicyNotFound, LibraryClosed."""
        try:
            return self.documents()[document_id]
        except KeyError as error:
            raise PolicyNotFound from error

    def titled(self, words: str) -> list[Document]:
        """Documents whose title, 文号 or issuer holds all of `words`, the newest first."""
        wanted = search_form(words).split()
        return [one.document for one in self.shelf() if all(word in one.face for word in wanted)]


def face(document: Document) -> str:
    """What a document is looked for by, folded."""
    return search_form(f"{document.title} {document.number} {document.issuer}")


def newest_first(document: Document) -> tuple[int, str]:
    """The key of the order in which documents are listed."""
    return (-document.issued.toordinal() if document.issued else 0, document.title)


@cache
def library(index_dir: Path) -> PolicyLibrary:
    """The process's one library of `index_dir`."""
    return PolicyLibrary(index_dir)
