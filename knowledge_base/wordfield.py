"""One word index: which term stands how often in which row, and what that is worth (BM25).

Counts are kept beside the weights, so a version can be made from the one before it: the rows that
stayed keep their counts, and only new rows are cut into terms.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

_K1, _B = 1.2, 0.5
_MOST = np.iinfo(np.uint8).max
"""Occurrences in one row that are told apart; more add nothing to BM25's saturated weight."""

_PORTION = 1 << 18


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each term (column) stands in each row, column after column."""

    vocabulary: dict[str, int]
    rows: NDArray[np.int32]
    starts: NDArray[np.int64]
    counts: NDArray[np.uint8]

    @classmethod
    def load(cls, version: Path, name: str) -> "Counts":
        """The counts of the field `name` of a version."""
        return cls(
            vocabulary=_read_vocabulary(version, name),
            rows=np.load(version / f"{name}.rows.npy"),
            starts=np.load(version / f"{name}.starts.npy"),
            counts=np.load(version / f"{name}.counts.npy"),
        )

    @classmethod
    def none(cls) -> "Counts":
        """No term in no row."""
        empty = np.zeros(0, dtype=np.int32)
        return cls({}, empty, np.zeros(1, dtype=np.int64), empty.astype(np.uint8))

    def renewed(self, moved: NDArray[np.int32], added: Mapping[int, Sequence[str]]) -> "Counts":
        """These counts with row r at `moved[r]` (-1: gone) and the terms of the `added` rows."""
        vocabulary = dict(self.vocabulary)
        fresh = [(row, *_counted(terms, vocabulary)) for row, terms in added.items() if terms]
        columns = _joined([ids for _, ids, _ in fresh], np.int64)
        rows = _joined([np.full(len(ids), row) for row, ids, _ in fresh], np.int32)
        counts = _joined([np.minimum(often, _MOST) for _, _, often in fresh], np.uint8)
        order = np.argsort(columns, kind="stable")
        columns, rows, counts = columns[order], rows[order], counts[order]
        lengths = np.zeros(len(vocabulary), dtype=np.int64)
        kept, often, lengths[: len(self.vocabulary)] = self._moved(moved)
        # Both are in the order of their columns: the new ones go in at the end of each.
        places = np.cumsum(lengths)[columns] if len(columns) else columns
        lengths += np.bincount(columns, minlength=len(vocabulary))
        starts = np.zeros(len(vocabulary) + 1, dtype=np.int64)
        np.cumsum(lengths, out=starts[1:])
        return Counts(
            vocabulary, np.insert(kept, places, rows), starts, np.insert(often, places, counts)
        )

    def _moved(
        self, moved: NDArray[np.int32]
    ) -> tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.int64]]:
        """Rows and counts that stay, at their new places, and how many each column keeps."""
        lengths = np.diff(self.starts)
        if not len(self.rows):
            return self.rows, self.counts, lengths
        places = moved[self.rows]
        gone = np.flatnonzero(places < 0)
        if not len(gone):
            return places, self.counts, lengths
        lost = np.searchsorted(self.starts, gone, side="right") - 1
        lengths = lengths - np.bincount(lost, minlength=len(lengths))
        return np.delete(places, gone), np.delete(self.counts, gone), lengths

    def weights(self, total: int) -> NDArray[np.float32]:
        """The BM25 weight of every count, among `total` rows."""
        # In portions: memory for whole arrays would cost more time than the arithmetic.
        portions = [slice(at, at + _PORTION) for at in range(0, len(self.rows), _PORTION)]
        lengths = np.zeros(total)
        for part in portions:
            lengths += np.bincount(self.rows[part], weights=self.counts[part], minlength=total)
        lengths = lengths.astype(np.float32)
        seen = np.diff(self.starts).astype(np.float32)
        rarity = np.log1p((total - seen + 0.5) / (seen + 0.5)).astype(np.float32)
        mean = max(float(lengths.mean()), 1e-6) if total else 1.0
        room = (_K1 * (1 - _B + _B / mean * lengths)).astype(np.float32)
        weights = np.repeat(rarity, np.diff(self.starts))
        for part in portions:
            often = self.counts[part].astype(np.float32)
            weights[part] *= often / (often + room[self.rows[part]])
        return cast("NDArray[np.float32]", weights)

    def save(self, version: Path, name: str, total: int) -> None:
        """Write counts and weights as the field `name` of a version with `total` rows."""
        np.save(version / f"{name}.rows.npy", self.rows)
        np.save(version / f"{name}.starts.npy", self.starts)
        np.save(version / f"{name}.counts.npy", self.counts)
        np.save(version / f"{name}.weights.npy", self.weights(total))
        (version / f"{name}.terms.txt").write_text("\n".join(self.vocabulary), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class WordField:
    """BM25 weights of every term in every row, by column of the term; read, never changed."""

    vocabulary: Mapping[str, int]
    weights: NDArray[np.float32]
    rows: NDArray[np.int32]
    starts: NDArray[np.int64]

    @classmethod
    def load(cls, version: Path, name: str) -> "WordField":
        """The field `name` of a version; its large parts stay on disk until they are asked."""
        return cls(
            vocabulary=_read_vocabulary(version, name),
            # Plain views of what is mapped: a memmap looks after itself at every slice.
            weights=np.asarray(np.load(version / f"{name}.weights.npy", mmap_mode="r")),
            rows=np.asarray(np.load(version / f"{name}.rows.npy", mmap_mode="r")),
            starts=np.load(version / f"{name}.starts.npy"),
        )

    def frequency(self, term: str) -> int:
        """How many rows hold `term`."""
        column = self.vocabulary.get(term)
        return 0 if column is None else int(self.starts[column + 1] - self.starts[column])

    def rows_of(self, term: str) -> NDArray[np.int32]:
        """The rows that hold `term`."""
        column = self.vocabulary.get(term)
        if column is None:
            return self.rows[:0]
        return self.rows[int(self.starts[column]) : int(self.starts[column + 1])]

    def add(self, scores: NDArray[np.float32], terms: Mapping[str, float]) -> None:
        """Add each term's BM25 weight, times the term's own weight, to its rows' scores."""
        for term, weight in terms.items():
            column = self.vocabulary.get(term)
            if column is not None:
                span = slice(int(self.starts[column]), int(self.starts[column + 1]))
                scores[self.rows[span]] += np.float32(weight) * self.weights[span]


def _counted(
    terms: Sequence[str], vocabulary: dict[str, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The columns of `terms`, new ones given, and how often each stands there."""
    ids = [vocabulary.setdefault(term, len(vocabulary)) for term in terms]
    return np.unique(np.asarray(ids, dtype=np.int64), return_counts=True)


def _joined(parts: Sequence[NDArray[Any]], kind: type) -> NDArray[Any]:
    return np.concatenate(parts).astype(kind) if parts else np.zeros(0, dtype=kind)


def _read_vocabulary(version: Path, name: str) -> dict[str, int]:
    text = (version / f"{name}.terms.txt").read_text(encoding="utf-8")
    return {term: column for column, term in enumerate(text.split("\n") if text else ())}
