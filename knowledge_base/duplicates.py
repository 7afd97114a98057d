"""The same document twice: equal or nearly equal texts, and texts that share a 文号."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from knowledge_base.documents import Document, Status
from knowledge_base.text import fold

_SHINGLE = 8
_SKETCH = 128
_NEAR = 0.9
_SAME_NUMBER = 0.5
_SHORTEST = 100
"""Characters below which equal texts prove nothing: two titles may head one sentence."""
_FEW = 3
_BASE = np.uint64(1_000_003)
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A document that repeats an earlier one. `kept`: it stands in the index all the same."""

    code: str
    path: str
    document: str
    repeats: str
    kept: bool

    def __str__(self) -> str:
        kept = "两份都保留" if self.kept else f"只保留 {self.repeats}"
        return f"{self.path}: {_SAID[self.code]} {self.repeats}, {kept}"


_SAID = {
    "same_text": "文字相同于",
    "near_same_text": "文字几乎相同于",
    "same_number": "文号相同于",
}


class Duplicates:
    """Remembers what was taken in, and tells what repeats it."""

    def __init__(self) -> None:
        self._documents: dict[str, Document] = {}
        self._sketches: dict[str, NDArray[np.uint64]] = {}
        self._texts: dict[str, list[str]] = defaultdict(list)
        self._numbers: dict[str, list[str]] = defaultdict(list)
        self._holders: dict[int, list[str]] = defaultdict(list)

    def find(self, document: Document, text: str, path: str) -> Duplicate | None:
        """What `document` repeats, else None; unless it is left out it is remembered."""
        plain = _folded(text)
        sketch = _sketch(plain)
        found = next(self._find(document, plain, sketch, path), None)
        if found is None or found.kept:
            self._remember(document, plain, sketch)
        return found

    def remember(self, document: Document, text: str) -> None:
        """Take in what stands in a library already."""
        plain = _folded(text)
        self._remember(document, plain, _sketch(plain))

    def repeated(self, document: Document, text: str) -> list[str]:
        """The ids of all documents taken in that `document` would be left out for."""
        plain = _folded(text)
        found = self._find(document, plain, _sketch(plain), "")
        return [duplicate.repeats for duplicate in found if not duplicate.kept]

    def _find(
        self, document: Document, plain: str, sketch: NDArray[np.uint64], path: str
    ) -> Iterator[Duplicate]:
        def repeats(code: str, earlier: str, *, kept: bool = False) -> Duplicate:
            return Duplicate(code, path, document.id, earlier, kept)

        for earlier in self._texts.get(_digest(plain), ()):
            if _is_draft(document) != _is_draft(self._documents[earlier]):
                continue
            if len(plain) >= _SHORTEST or self._documents[earlier].title == document.title:
                yield repeats("same_text", earlier)
        for earlier in self._candidates(sketch):
            other = self._documents[earlier]
            if _alike(sketch, self._sketches[earlier]) >= _NEAR and _one_edition(document, other):
                yield repeats("near_same_text", earlier)
        for earlier in self._numbers.get(document.number, ()) if document.number else ():
            other = self._documents[earlier]
            same = _folded(document.title) == _folded(other.title)
            alike = _alike(sketch, self._sketches[earlier]) >= _SAME_NUMBER
            kept = not (same and alike)
            if kept and document.sources and other.sources:
                # Two digests of one law, each about another matter, repeat nothing.
                continue
            # One 公告 may hold several policies, each told apart: these stay.
            yield repeats("same_number", earlier, kept=kept)

    def _remember(self, document: Document, plain: str, sketch: NDArray[np.uint64]) -> None:
        self._documents[document.id] = document
        self._sketches[document.id] = sketch
        self._texts[_digest(plain)].append(document.id)
        if document.number:
            self._numbers[document.number].append(document.id)
        for value in sketch[: _SKETCH // 4].tolist():
            self._holders[value].append(document.id)

    def _candidates(self, sketch: NDArray[np.uint64]) -> Iterator[str]:
        shared: dict[str, int] = defaultdict(int)
        for value in sketch[: _SKETCH // 4].tolist():
            for holder in self._holders.get(value, ()):
                shared[holder] += 1
        yield from (holder for holder, count in shared.items() if count >= _FEW)


def _one_edition(one: Document, other: Document) -> bool:
    """Whether nothing tells them apart: last year's notice reads nearly like this year's."""
    if _is_draft(one) != _is_draft(other):
        return False
    told = ("number", "effective", "expires", "issued")
    for name in told:
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine and theirs and mine != theirs:
            return False
    return _figures(one.title) == _figures(other.title)


def _is_draft(document: Document) -> bool:
    """A draft has no days; the law that became of it mostly reads the same."""
    return document.status is Status.NOT_YET and document.effective is None


def _figures(title: str) -> list[str]:
    return re.findall(r"\d+|[一二三四五六七八九十]+(?=[批期年号])", title)


def _folded(title: str) -> str:
    return re.sub(r"\W+", "", fold(title))


def _digest(plain: str) -> str:
    return sha256(plain.encode()).hexdigest()


def _sketch(plain: str) -> NDArray[np.uint64]:
    """The smallest hashes of all stretches of eight characters: alike for texts that are alike."""
    points = np.frombuffer(plain.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    if len(points) < _SHINGLE:
        return np.zeros(0, dtype=np.uint64)
    count = len(points) - _SHINGLE + 1
    hashes = np.zeros(count, dtype=np.uint64)
    for place in range(_SHINGLE):
        hashes = hashes * _BASE + points[place : place + count]
    hashes = (hashes ^ (hashes >> np.uint64(29))) * _MIX
    return np.unique(hashes ^ (hashes >> np.uint64(32)))[:_SKETCH]


def _alike(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> float:
    """An estimate of the share of stretches that two texts have in common."""
    if not len(one) or not len(other):
        return 0.0
    smallest = np.union1d(one, other)[:_SKETCH]
    return len(np.intersect1d(np.intersect1d(smallest, one), other)) / len(smallest)
