"""THE way from a question to ranked passages: chat, hit test and evaluation all come here."""

import logging
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.documents import Document
from knowledge_base.encoder import Encoder, load_for_questions
from knowledge_base.errors import KnowledgeError
from knowledge_base.index import Index
from knowledge_base.passages import Passage
from knowledge_base.places import Place
from knowledge_base.second import FirstStage, leading, weighed
from knowledge_base.storage import Mark, mark
from knowledge_base.text import official_numbers
from knowledge_base.traditional import simplified
from knowledge_base.validity import Period
from knowledge_base.words import Colloquial

logger = logging.getLogger(__name__)

CHINA = timezone(timedelta(hours=8))
LONGEST_QUESTION = 500
"""Characters of a question that are read; what comes after adds no meaning, only time."""
_FEWEST = 10
_SCANS = 4
"""How many questions a view remembers."""
_HEARD = 16
"""How many misspelt texts a view remembers: a question, and what was understood of it."""


@dataclass(frozen=True, slots=True)
class SearchConfig:
    """The weights of the search; there is no other place where they are set."""

    characters: float = 1.0
    words: float = 0.0
    expansion: float = 0.5
    dense: float = 3.0
    authority: float = 0.6
    length: float = 0.6
    company: float = 0.2
    asked: float = 0.6
    pool: int = 200
    second: bool = True


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found: `score` ranks it, the others say how it was found.

    `place` is where the passage stands in the index; `asked` is the usual way of asking (常见问法)
    that led to it, empty when its own text did; `behind` says by how much it answers less likely
    (log odds) than the likeliest passage of its document, where that was weighed (within.py).
    """

    passage: Passage
    score: float
    lexical: float
    similarity: float
    place: int
    asked: str = ""
    behind: float = 0.0


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """One loaded version with what depends on the day; replaced as a whole, never changed."""

    index: Index
    mark: Mark | None
    kept: dict[tuple[Period, Place | None], NDArray[np.bool_]]

    def allowed(self, period: Period, place: Place | None) -> NDArray[np.bool_]:
        """Which entries belong to passages that were law in `period` and concern `place`."""
        key = (period, place)
        found = self.kept.get(key)
        if found is None:
            if len(self.kept) > 64:
                self.kept.clear()
            known: dict[str, bool] = {}
            found = np.fromiter(
                (
                    known.setdefault(passage.document_id, _concerns(passage.document, *key))
                    for passage in self.index.passages
                ),
                dtype=np.bool_,
                count=len(self.index.passages),
            )[self.index.owners]
            self.kept[key] = found
        return found

    def numbered(self, numbers: frozenset[str]) -> NDArray[np.bool_]:
        """Which entries belong to documents that bear one of `numbers`."""
        passages = self.index.passages
        found = [not numbers.isdisjoint(official_numbers(each.number)) for each in passages]
        return np.asarray(found, dtype=np.bool_)[self.index.owners]


@dataclass(frozen=True, slots=True)
class Scan:
    """How near every entry is to a question, whatever may be found: words, vector, and the inner
    products of all entries where usual ways of asking are looked at."""

    lexical: NDArray[np.float32]
    vector: NDArray[np.float32]
    similar: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class View:
    """The knowledge base at one moment: whoever needs two looks at one index takes a view."""

    snapshot: _Snapshot
    encoder: Encoder
    config: SearchConfig
    sayings: Colloquial
    scans: dict[str, Scan] = field(default_factory=dict)
    """What was asked of this view before: an answer looks at today's law and at what has ended."""
    heard: dict[str, str] = field(default_factory=dict)
    """What was understood of questions before, by the question."""

    @property
    def index(self) -> Index:
        """The version that this view shows."""
        return self.snapshot.index

    def allowed(self, when: Period, place: Place | None = None) -> NDArray[np.bool_]:
        """Which entries may be found: law in the period `when` for people at `place`."""
        return self.snapshot.allowed(when, place)

    def understood(self, question: str) -> str:
        """`question` as it is matched: cut to length, misspelt words as known ones."""
        said = question[:LONGEST_QUESTION]
        found = self.heard.get(said)
        if found is None:
            if len(self.heard) == _HEARD:
                self.heard.clear()
            found = self.heard[said] = self.index.analyser.heard(said, self.index.ear)
        return found

    def colloquial(self, question: str) -> list[tuple[str, tuple[str, ...]]]:
        """The sayings in `question` with the official words they stand for."""
        return self.sayings.expansions(question)

    def search(
        self, question: str, *, top: int, when: Period, place: Place | None = None
    ) -> list[Hit]:
        """The best hits among what was law in the period `when` for people at `place`."""
        allowed = self.allowed(when, place)
        if numbers := official_numbers(question):
            # Who names a document by its number means that one, whatever else is near.
            named = allowed & self.snapshot.numbered(numbers)
            allowed = named if named.any() else allowed
        return self.ranked(question, top=top, allowed=allowed)

    def ranked(self, question: str, *, top: int, allowed: NDArray[np.bool_]) -> list[Hit]:
        """The best hits among the entries that are `allowed`."""
        first = self.first_stage(question, top=top, allowed=allowed)
        best = first.best(self.index.owners)
        if top < 1 or not len(best):
            return []
        if self._is_weighed:
            best, scores = weighed(self.index, first, best)
        else:
            scores = first.scores[best].astype(np.float64)
        return [
            self._hit(first, int(place), float(score))
            for place, score in zip(best[:top], scores[:top], strict=True)
        ]

    def may_come_first(self, question: str, *, allowed: NDArray[np.bool_]) -> list[Document]:
        """The documents one of which `ranked` would put first, found without weighing them."""
        first = self.first_stage(question, allowed=allowed)
        best = first.best(self.index.owners)
        groups = leading(self.index, first, best) if self._is_weighed else [best[:1]]
        rows = (first.rows[group[0]] for group in groups if len(group))
        return [self.index.passages[self.index.owners[row]].document for row in rows]

    @property
    def _is_weighed(self) -> bool:
        return self.config.second and self.index.has_asked

    def first_stage(
        self, question: str, *, allowed: NDArray[np.bool_], top: int = _FEWEST
    ) -> FirstStage:
        """What words and vectors say of the entries `allowed`; without a second stage of the
        nearest alone."""
        index, asked = self.index, self.understood(question)
        if not asked.strip() or not allowed.any():
            return FirstStage.nothing(asked)
        scan = self.scan(asked)
        lexical, vector = scan.lexical, scan.vector
        if self._is_weighed and scan.similar is not None:
            # The second stage looks at all ways of asking.
            rows = np.flatnonzero(allowed)
            similar = scan.similar[rows]
        else:
            pool = min(max(self.config.pool, top), index.entries)
            rows = np.union1d(
                _highest(np.where(allowed, lexical, -np.inf), pool),
                index.nearest(vector, pool, None if allowed.all() else allowed),
            )
            rows = rows[allowed[rows]]
            similar = index.similarities(vector, rows)
        words = _standard(lexical[rows], float(lexical.mean()), float(lexical.std()))
        near = _standard(similar, *_spread(index, vector))
        scores = words + self.config.dense * near
        scores[rows >= len(index.passages)] *= self.config.asked
        owners = index.owners[rows]
        scores += self.config.authority * index.authority[owners]
        # A long passage settles more questions than its share of their words tells.
        scores += self.config.length * index.lengths[owners]
        # Where one passage is near, the others of its document are a little likelier too.
        leading = np.full(len(index.places), -np.inf, dtype=np.float32)
        np.maximum.at(leading, index.numbers[owners], scores)
        scores += self.config.company * leading[index.numbers[owners]]
        return FirstStage(asked, rows, lexical[rows], similar, words, near, scores)

    def scan(self, asked: str) -> Scan:
        """How near every entry is to what was `understood`."""
        found = self.scans.get(asked)
        if found is None:
            vector = self.encoder.encode([asked])[0]
            similar = self.index.scanned(vector) if self.index.has_asked else None
            if len(self.scans) == _SCANS:
                self.scans.clear()
            found = self.scans[asked] = Scan(self._lexical(asked), vector, similar)
        return found

    def _hit(self, first: FirstStage, place: int, score: float) -> Hit:
        row = int(first.rows[place])
        owner = int(self.index.owners[row])
        return Hit(
            passage=self.index.passages[owner],
            score=round(score, 6),
            lexical=float(first.lexical[place]),
            similarity=float(first.similar[place]),
            place=owner,
            asked="" if row == owner else self.index.asked(row),
        )

    def _lexical(self, question: str) -> NDArray[np.float32]:
        index, config = self.index, self.config
        scores = np.zeros(index.entries, dtype=np.float32)
        meant = [word for _, words in self.colloquial(question) for word in words]
        cuts = {"characters": index.analyser.characters, "words": index.analyser.words}
        for name, weight in (("characters", config.characters), ("words", config.words)):
            if not weight:
                continue
            cut = cuts[name]
            terms: dict[str, float] = {
                term: weight * count for term, count in Counter(cut(question)).items()
            }
            for word in meant:
                for term in cut(word):
                    if len(term) > 1:
                        terms.setdefault(term, weight * config.expansion)
            index.words[name].add(scores, terms)
        return scores


class KnowledgeBase:
    """Answers searches from an index folder; safe for many threads, follows a newer index."""

    def __init__(self, folder: Path, encoder: Encoder, config: SearchConfig) -> None:
        self._folder = folder
        self._encoder = encoder
        self._config = config
        self._loading = threading.Lock()
        self._refused: Mark | None = None
        self._sayings = Colloquial.load()
        self._snapshot = self._load()

    @classmethod
    def open(
        cls, index_dir: Path, encoder: str = "", config: SearchConfig | None = None
    ) -> "KnowledgeBase":
        """The knowledge base in `index_dir`, asked through the encoder it was built by.

        Raises IndexMissing, IndexDamaged, EncoderMismatch or EncoderUnavailable.
        """
        return cls(Path(index_dir), load_for_questions(encoder), config or SearchConfig())

    def search(
        self,
        question: str,
        *,
        top: int = 10,
        as_of: date | None = None,
        place: Place | None = None,
    ) -> list[Hit]:
        """Passages that answer `question`, best first, at most `top`; empty when none qualifies.

        Only documents in force on `as_of` (default: today in China) are found, and with a `place`
        only those that concern people there.
        """
        day = Period.day(as_of or datetime.now(CHINA).date())
        return self.view().search(simplified(question), top=top, when=day, place=place)

    def view(self) -> View:
        """The newest index; one thread takes up a newer one while others go on with the old."""
        return View(self._current(), self._encoder, self._config, self._sayings)

    def _current(self) -> _Snapshot:
        snapshot = self._snapshot
        found = mark(self._folder)
        if found in (snapshot.mark, self._refused) or not self._loading.acquire(blocking=False):
            return snapshot
        try:
            self._snapshot = self._load()
        except KnowledgeError as error:
            # The served version stays: a bad newcomer must not silence the answers.
            self._refused = found
            logger.error("new index refused: %s (%s)", error, error.code)
        finally:
            self._loading.release()
        return self._snapshot

    def _load(self) -> _Snapshot:
        found = mark(self._folder)
        index = Index.load(self._folder)
        index.require(self._encoder)
        return _Snapshot(index=index, mark=found, kept={})


def _concerns(document: Document, period: Period, place: Place | None) -> bool:
    here = place is None or place.sees(document.level.value, document.region)
    return here and period.holds(document)


def _highest(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    if count >= len(scores):
        return np.arange(len(scores), dtype=np.int64)
    return np.argpartition(-scores, count - 1)[:count].astype(np.int64)


def _standard(values: NDArray[np.float32], mean: float, spread: float) -> NDArray[np.float32]:
    return np.asarray((values - mean) / max(spread, 1e-6), dtype=np.float32)


def _spread(index: Index, vector: NDArray[np.float32]) -> tuple[float, float]:
    """Mean and spread of the similarities of `vector` with every passage, without a scan."""
    variance = float(vector @ index.covariance @ vector)
    return float(index.mean @ vector), float(np.sqrt(max(variance, 1e-12)))
