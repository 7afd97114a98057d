"""The index: passages, their vectors (FAISS) and their words (BM25). The only importer of faiss."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import bm25s
import faiss
import numpy as np
from numpy.typing import NDArray

from knowledge_base.documents import Document
from knowledge_base.encoder import Encoder
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
from knowledge_base.storage import (
    EncoderMismatch,
    IndexDamaged,
    IndexMissing,
    Manifest,
    checksum,
    new_version,
    publish,
    read_whole,
)
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
_BATCH = 2048
FIELDS = ("characters", "words")


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """A document as it was indexed: what is known about it (no body) and its passages in order."""

    document: Document
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class WordField:
    """BM25 weights of every term in every passage, by column of the term."""

    vocabulary: Mapping[str, int]
    weights: NDArray[np.float32]
    rows: NDArray[np.int32]
    starts: NDArray[np.int64]

    def frequency(self, term: str) -> int:
        """How many passages hold `term`."""
        column = self.vocabulary.get(term)
        return 0 if column is None else int(self.starts[column + 1] - self.starts[column])

    def add(self, scores: NDArray[np.float32], terms: Mapping[str, float]) -> None:
        """Add each term's BM25 weight, times the term's own weight, to its passages' scores."""
        for term, weight in terms.items():
            column = self.vocabulary.get(term)
            if column is not None:
                span = slice(int(self.starts[column]), int(self.starts[column + 1]))
                scores[self.rows[span]] += np.float32(weight) * self.weights[span]


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
    lengths: Mapping[str, int]
    """How many passages each document has."""

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
        """The rows of the `count` passages nearest to `vector`, among those `allowed`."""
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
        """Inner products of `vector` with the passages in `rows`."""
        found = self.vectors.reconstruct_batch(rows) @ vector
        return np.asarray(found, dtype=np.float32)

    @classmethod
    def load(cls, folder: Path) -> "Index":
        """The current version in `folder`, checked; IndexMissing or IndexDamaged otherwise."""
        return read_whole(folder, lambda version, manifest: cls._read(folder, version, manifest))

    @classmethod
    def _read(cls, folder: Path, version: Path, manifest: Manifest) -> "Index":
        try:
            passages = tuple(read_passage_records(version))
            statistics = np.load(version / _STATISTICS)
            terms = (version / _TERMS).read_text(encoding="utf-8").splitlines()
            index = cls(
                manifest=manifest,
                passages=passages,
                words={name: _read_words(version, name) for name in FIELDS if passages},
                vectors=faiss.read_index(str(version / _VECTORS)),
                mean=statistics["mean"],
                covariance=statistics["covariance"],
                analyser=analyser(tuple(terms)),
                lengths=Counter(passage.document_id for passage in passages),
            )
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise IndexDamaged(f"索引 {folder} 已损坏: {error}") from error
        if len(passages) != manifest.passages or index.vectors.ntotal != len(passages):
            raise IndexDamaged(f"索引 {folder} 已损坏: 段落数与清单不符")
        return index


def build(
    folder: Path,
    passages: Sequence[Passage],
    *,
    documents: Sequence[Document],
    encoder: Encoder,
    terms: tuple[str, ...],
    built_at: datetime,
    inputs: str = "",
) -> Manifest:
    """Write a new version of the index in `folder` and make it the current one, whole.

    `inputs` is the digest of what it is made from, for whoever asks whether to build again.
    """
    with new_version(folder) as version:
        write_lines(version / DOCUMENTS, (document_fields(item) for item in documents))
        write_lines(version / PASSAGES, (passage_fields(item) for item in passages))
        (version / _TERMS).write_text("\n".join(terms), encoding="utf-8")
        texts = [indexed_text(passage) for passage in passages]
        cutter = analyser(terms)
        if passages:
            _write_words(version, "characters", map(cutter.characters, texts))
            _write_words(version, "words", map(cutter.words, texts))
        _write_vectors(version, passages, encoder)
        manifest = Manifest(
            built_at=built_at,
            encoder=encoder.name,
            fingerprint=encoder.fingerprint,
            dimension=encoder.dimension,
            documents=len(documents),
            passages=len(passages),
            inputs=inputs,
            files={file.name: checksum(file) for file in sorted(version.iterdir())},
        )
        publish(version, manifest)
    return manifest


def indexed_text(passage: Passage) -> str:
    """What the word index holds of a passage: the title counts twice, topics and headings once."""
    title = passage.title
    return "\n".join((title, title, *passage.document.topics, *passage.heading, passage.text))


def encoded_text(passage: Passage) -> str:
    """What the encoder reads of a passage."""
    return "\n".join((passage.title, *passage.heading, passage.text))


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


def _write_words(version: Path, name: str, texts: Iterable[list[str]]) -> None:
    vocabulary: dict[str, int] = {}
    columns = [[vocabulary.setdefault(term, len(vocabulary)) for term in text] for text in texts]
    if not vocabulary:
        columns[0].append(vocabulary.setdefault("", 0))
    model = bm25s.BM25(k1=1.2, b=0.75)
    model.index((columns, vocabulary), create_empty_token=False, show_progress=False)
    np.save(version / f"{name}.weights.npy", np.asarray(model.scores["data"], dtype=np.float32))
    np.save(version / f"{name}.rows.npy", np.asarray(model.scores["indices"], dtype=np.int32))
    np.save(version / f"{name}.starts.npy", np.asarray(model.scores["indptr"], dtype=np.int64))
    (version / f"{name}.terms.txt").write_text("\n".join(vocabulary), encoding="utf-8")


def _read_words(version: Path, name: str) -> WordField:
    terms = (version / f"{name}.terms.txt").read_text(encoding="utf-8").split("\n")
    return WordField(
        vocabulary={term: column for column, term in enumerate(terms)},
        weights=np.load(version / f"{name}.weights.npy", mmap_mode="r"),
        rows=np.load(version / f"{name}.rows.npy", mmap_mode="r"),
        starts=np.load(version / f"{name}.starts.npy"),
    )


def _write_vectors(version: Path, passages: Sequence[Passage], encoder: Encoder) -> None:
    index = faiss.IndexFlatIP(encoder.dimension)
    total = np.zeros(encoder.dimension, dtype=np.float64)
    products = np.zeros((encoder.dimension, encoder.dimension), dtype=np.float64)
    for start in range(0, len(passages), _BATCH):
        texts = [encoded_text(passage) for passage in passages[start : start + _BATCH]]
        vectors = encoder.encode(texts)
        index.add(vectors)
        total += vectors.sum(axis=0)
        products += vectors.T @ vectors
    count = max(len(passages), 1)
    mean = total / count
    # With these two, a question's mean score and spread over all passages need no full scan.
    covariance = products / count - np.outer(mean, mean)
    faiss.write_index(index, str(version / _VECTORS))
    np.savez(
        version / _STATISTICS,
        mean=mean.astype(np.float32),
        covariance=covariance.astype(np.float32),
    )
