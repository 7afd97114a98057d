"""The index: passages, their vectors (FAISS) and their words (BM25). The only importer of faiss.

What is searched are entries (entries.py). A version made after another takes over the entries that
did not change; only new ones are cut into words and encoded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from knowledge_base.authority import references
from knowledge_base.documents import Document
from knowledge_base.encoder import Encoder
from knowledge_base.entries import Entry, entries_of
from knowledge_base.errors import KnowledgeError
from knowledge_base.passages import Passage
from knowledge_base.records import (
    DOCUMENTS,
    PASSAGES,
    document_fields,
    passage_fields,
    read_document_records,
    read_passage_records,
    write_lines,
)
from knowledge_base.sounds import Ear
from knowledge_base.storage import (
    EncoderMismatch,
    IndexDamaged,
    IndexMissing,
    Manifest,
    checksums,
    new_version,
    open_version,
    publish,
    read_whole,
)
from knowledge_base.wordfield import Counts, WordField
from knowledge_base.words import Analyser, analyser

__all__ = [
    "EncoderMismatch",
    "Index",
    "IndexDamaged",
    "IndexMissing",
    "IndexedDocument",
    "build",
    "read_documents",
    "verify",
]

_TERMS = "terms.txt"
_VECTORS, _STATISTICS = "vectors.faiss", "vectors.npz"
_ENTRIES = "entries.npz"
_BATCH = 2048
FIELDS = ("characters", "words")


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """A document as it was indexed: what is known about it (no body) and its passages in order."""

    document: Document
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """One version of an index, loaded; nothing in it changes."""

    manifest: Manifest
    passages: tuple[Passage, ...]
    words: Mapping[str, WordField]
    vectors: Any
    mean: NDArray[np.float32]
    covariance: NDArray[np.float32]
    analyser: Analyser
    places: Mapping[str, NDArray[np.int64]]
    """Where the passages of each document stand."""
    numbers: NDArray[np.int32]
    """For each passage which of `places` its document is."""
    owners: NDArray[np.int32]
    """The passage (its place) that each entry belongs to; the first entries are the passages."""
    ear: Ear
    authority: NDArray[np.float32]
    """For each passage, log(1 + how many passages name its document)."""
    lengths: NDArray[np.float32]
    """For each passage, log(1 + its characters), above or below the mean of all."""

    @property
    def entries(self) -> int:
        """How many entries there are: the length of scores."""
        return len(self.owners)

    @property
    def has_asked(self) -> bool:
        """Whether usual ways of asking for any passage are known."""
        return self.entries > len(self.passages)

    def asked(self, row: int) -> str:
        """The way of asking that the entry in `row` is; only for rows after the passages."""
        owner = int(self.owners[row])
        first = int(np.searchsorted(self.owners[len(self.passages) :], owner))
        return self.passages[owner].asked[row - len(self.passages) - first]

    def asked_of(self, place: int) -> NDArray[np.int64]:
        """The rows of the usual ways of asking for the passage at `place`."""
        return self._asked_between(place, place)

    def asked_rows(self, document_id: str) -> NDArray[np.int64]:
        """The rows of the usual ways of asking for any passage of a document."""
        # A document's passages stand side by side, so their ways of asking do too.
        places = self.places[document_id]
        return self._asked_between(int(places[0]), int(places[-1]))

    def _asked_between(self, first: int, last: int) -> NDArray[np.int64]:
        count = len(self.passages)
        begin, end = np.searchsorted(self.owners[count:], [first, last + 1])
        return np.arange(count + begin, count + end, dtype=np.int64)

    def nearest_asked(
        self, similar: NDArray[np.float32], count: int, allowed: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """The rows of the `count` usual ways of asking that are most `similar` (what `scanned`
        gave), best first."""
        first = len(self.passages)
        rows = np.flatnonzero(allowed[first:]) + first
        scores = similar[rows]
        if count < len(rows):
            # Only what reaches the last place is put in order; of equals the first rows stay.
            reached = scores >= np.partition(scores, len(rows) - count)[len(rows) - count]
            rows, scores = rows[reached], scores[reached]
        return np.asarray(rows[np.argsort(-scores, kind="stable")[:count]], dtype=np.int64)

    def require(self, encoder: Encoder) -> None:
        """Raises EncoderMismatch unless `encoder` made this index's vectors."""
        if self.manifest.fingerprint != encoder.fingerprint:
            raise EncoderMismatch(
                f"索引由编码器 {self.manifest.encoder} ({self.manifest.fingerprint[:8]}) 建立, "
                f"而现在用的是 {encoder.name} ({encoder.fingerprint[:8]}); 请重新运行 ingest"
            )

    def nearest(
        self, vector: NDArray[np.float32], count: int, allowed: NDArray[np.bool_] | None
    ) -> NDArray[np.int64]:
        """The `count` entries nearest to `vector`, among those `allowed`."""
        options = None
        if allowed is not None:
            selector = faiss.IDSelectorBatch(np.flatnonzero(allowed).astype(np.int64))
            options = faiss.SearchParameters()
            options.sel = selector
        _, rows = self.vectors.search(vector[None, :], count, params=options)
        return np.asarray(rows[0][rows[0] >= 0], dtype=np.int64)

    def similarities(
        self, vector: NDArray[np.float32], rows: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Inner products of `vector` with the entries in `rows`."""
        found = self.vectors.reconstruct_batch(rows) @ vector
        return np.asarray(found, dtype=np.float32)

    def scanned(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Inner products of `vector` with all entries."""
        return np.asarray(_table(self.vectors) @ vector, dtype=np.float32)

    @classmethod
    def load(cls, folder: Path) -> "Index":
        """The current version in `folder`, checked; IndexMissing or IndexDamaged otherwise."""
        return read_whole(folder, lambda version, manifest: cls._read(folder, version, manifest))

    @classmethod
    def _read(cls, folder: Path, version: Path, manifest: Manifest) -> "Index":
        try:
            passages = tuple(read_passage_records(version))
            places = _places(passages)
            statistics, entries = np.load(version / _STATISTICS), np.load(version / _ENTRIES)
            terms = (version / _TERMS).read_text(encoding="utf-8").splitlines()
            words = {name: WordField.load(version, name) for name in FIELDS}
            index = cls(
                manifest=manifest,
                passages=passages,
                words=words,
                ear=Ear(
                    words["words"].vocabulary,
                    words["words"].frequency,
                    words["characters"].frequency,
                ),
                vectors=faiss.read_index(str(version / _VECTORS)),
                mean=statistics["mean"],
                covariance=statistics["covariance"],
                analyser=analyser(tuple(terms)),
                places=places,
                numbers=_numbers(places, len(passages)),
                owners=entries["owners"],
                authority=entries["authority"],
                lengths=_lengths(passages),
            )
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise IndexDamaged(f"索引 {folder} 已损坏: {error}") from error
        if len(passages) != manifest.passages or index.vectors.ntotal != index.entries:
            raise IndexDamaged(f"索引 {folder} 已损坏: 段落数与清单不符")
        return index


def _lengths(passages: Sequence[Passage]) -> NDArray[np.float32]:
    lengths = np.fromiter((len(passage.text) for passage in passages), np.float32, len(passages))
    lengths = np.log1p(lengths)
    return np.asarray(lengths - lengths.mean() if len(lengths) else lengths, dtype=np.float32)


def build(
    folder: Path,
    passages: Sequence[Passage],
    *,
    documents: Sequence[Document],
    encoder: Encoder,
    terms: tuple[str, ...],
    built_at: datetime,
    recipe: str = "",
    inputs: str = "",
) -> Manifest:
    """Write a new version of the index in `folder` and make it the current one, whole.

    `recipe` is the digest of the rules it is made by: a version made by the same rules lends its
    unchanged entries. `inputs` is the digest of all it is made from, for whoever asks whether to
    build again.
    """
    with new_version(folder) as version:
        write_lines(version / DOCUMENTS, (document_fields(item) for item in documents))
        write_lines(version / PASSAGES, (passage_fields(item) for item in passages))
        (version / _TERMS).write_text("\n".join(terms), encoding="utf-8")
        entries = entries_of(passages)
        earlier = _earlier(folder, encoder, recipe)
        keys = [entry.key for entry in entries]
        moved, added = _compare(earlier, keys)
        cutter = analyser(terms)
        for name, cut in (("characters", cutter.characters), ("words", cutter.words)):
            counts = Counts.load(earlier.version, name) if earlier else Counts.none()
            fresh = {row: cut(entries[row].indexed) for row in added}
            counts.renewed(moved, fresh).save(version, name, len(entries))
        _write_vectors(version, entries, encoder, earlier, moved, added)
        _write_entries(version, passages, entries, keys)
        manifest = Manifest(
            built_at=built_at,
            encoder=encoder.name,
            fingerprint=encoder.fingerprint,
            dimension=encoder.dimension,
            documents=len(documents),
            passages=len(passages),
            recipe=recipe,
            inputs=inputs,
            files=checksums(sorted(version.iterdir())),
        )
        publish(version, manifest)
    return manifest


@dataclass(frozen=True, slots=True)
class _Earlier:
    """The version that is current now: where it lies and which entry stands in which row."""

    version: Path
    rows: Mapping[bytes, int]
    total: int


def _earlier(folder: Path, encoder: Encoder, recipe: str) -> _Earlier | None:
    """The current version when it was made by the same rules and encoder and is whole."""
    try:
        version, manifest = open_version(folder)
    except KnowledgeError:
        return None
    if not recipe or (manifest.recipe, manifest.fingerprint) != (recipe, encoder.fingerprint):
        return None
    keys = np.load(version / _ENTRIES)["keys"]
    return _Earlier(version, {key.tobytes(): row for row, key in enumerate(keys)}, len(keys))


def _compare(
    earlier: _Earlier | None, keys: Sequence[bytes]
) -> tuple[NDArray[np.int32], list[int]]:
    """Where each earlier row stands now (-1: nowhere), and the rows that are new."""
    if earlier is None:
        return np.zeros(0, dtype=np.int32), list(range(len(keys)))
    moved = np.full(earlier.total, -1, dtype=np.int32)
    added = []
    for row, key in enumerate(keys):
        before = earlier.rows.get(key, -1)
        if before < 0 or moved[before] >= 0:
            added.append(row)
        else:
            moved[before] = row
    return moved, added


def _places(passages: Sequence[Passage]) -> dict[str, NDArray[np.int64]]:
    found: dict[str, list[int]] = {}
    for place, passage in enumerate(passages):
        found.setdefault(passage.document_id, []).append(place)
    return {key: np.asarray(places, dtype=np.int64) for key, places in found.items()}


def _numbers(places: Mapping[str, NDArray[np.int64]], count: int) -> NDArray[np.int32]:
    found = np.zeros(count, dtype=np.int32)
    for number, of_document in enumerate(places.values()):
        found[of_document] = number
    return found


def read_documents(folder: Path) -> dict[str, IndexedDocument]:
    """Every document of the index with its passages, by id; needs no encoder."""
    return read_whole(folder, lambda version, _: _indexed_documents(folder, version))


def _indexed_documents(folder: Path, version: Path) -> dict[str, IndexedDocument]:
    try:
        documents = read_document_records(version)
        passages: dict[str, list[Passage]] = {document.id: [] for document in documents}
        for passage in read_passage_records(version):
            passages[passage.document_id].append(passage)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexDamaged(f"索引 {folder} 已损坏: {error}") from error
    return {
        document.id: IndexedDocument(document, tuple(passages[document.id]))
        for document in documents
    }


def verify(folder: Path) -> Manifest:
    """The manifest of the index in `folder` once everything in it proved whole; else its error."""
    return Index.load(folder).manifest


def _table(vectors: Any) -> NDArray[np.float32]:
    """The rows of a flat FAISS index where they lie, for as long as it lives."""
    size = vectors.ntotal * vectors.d
    table: NDArray[np.float32] = faiss.rev_swig_ptr(vectors.get_xb(), size)
    return table.reshape(-1, vectors.d)


def _write_vectors(
    version: Path,
    entries: Sequence[Entry],
    encoder: Encoder,
    earlier: _Earlier | None,
    moved: NDArray[np.int32],
    added: Sequence[int],
) -> None:
    vectors = np.zeros((len(entries), encoder.dimension), dtype=np.float32)
    if earlier is not None and len(moved):
        before = faiss.read_index(str(earlier.version / _VECTORS))
        origins = np.zeros(len(entries), dtype=np.int64)
        origins[moved[moved >= 0]] = np.flatnonzero(moved >= 0)
        # The added rows get the first one's vector here, their own below.
        np.take(_table(before), origins, axis=0, out=vectors, mode="clip")
    for start in range(0, len(added), _BATCH):
        rows = added[start : start + _BATCH]
        vectors[rows] = encoder.encode([entries[row].encoded for row in rows])
    index = faiss.IndexFlatIP(encoder.dimension)
    index.add(vectors)
    count = max(len(entries), 1)
    mean = vectors.sum(axis=0, dtype=np.float64) / count
    # With these two, a question's mean score and spread over all entries need no full scan.
    covariance = vectors.T @ vectors / count - np.outer(mean, mean)
    faiss.write_index(index, str(version / _VECTORS))
    np.savez(
        version / _STATISTICS,
        mean=mean.astype(np.float32),
        covariance=covariance.astype(np.float32),
    )


def _write_entries(
    version: Path, passages: Sequence[Passage], entries: Sequence[Entry], keys: Sequence[bytes]
) -> None:
    titles = list(dict.fromkeys(passage.title for passage in passages))
    texts = (f"{passage.title}\n{passage.text}" for passage in passages)
    named = dict(zip(titles, references(titles, texts), strict=True))
    np.savez(
        version / _ENTRIES,
        owners=np.asarray([entry.owner for entry in entries], dtype=np.int32),
        authority=np.log1p([named[passage.title] for passage in passages]).astype(np.float32),
        keys=np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(-1, 16),
    )
