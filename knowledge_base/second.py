"""The second stage: the documents found first, weighed against each other by what people asked.

Words and vectors of a passage tell how near it is; thousands of usual ways of asking (常见问法)
tell which of the near documents such a question is for. The weights are learned by
`knowledge_base.training.second`; an index without ways of asking has no second stage.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from knowledge_base.index import Index
from knowledge_base.kinds import LEARNED

WEIGHTS = LEARNED / "second.json"
"""Written by `knowledge_base.training.second`; there is no other place."""
DOCUMENTS = 12
"""How many documents are weighed, the first ones found."""
_READ = 2000
"""How many of the best entries are told apart; what comes after answers nothing."""
_PRIOR = 2.0
"""How many ways of asking of the usual wording every passage and document is credited with."""
_SINGLE = 0.5
"""What a single character counts, where a pair counts one."""

Floats = NDArray[np.float32]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FirstStage:
    """What the first stage knows of some entries, in the order of their `rows`."""

    asked: str
    rows: Places
    lexical: Floats
    similar: Floats
    words: Floats
    """`lexical`, in spreads over all entries."""
    near: Floats
    """`similar`, in spreads over all entries."""
    scores: Floats

    @classmethod
    def nothing(cls, asked: str) -> "FirstStage":
        """Of no entry."""
        none = np.zeros(0, dtype=np.float32)
        return cls(asked, none.astype(np.int64), none, none, none, none, none)

    def best(self, owners: NDArray[np.int32]) -> Places:
        """The places of entries that have anything in common with the question, best first; a
        passage counts once, by the best of its entries. `owners` are the index's."""
        if not len(self.rows):
            return self.rows
        most = min(_READ, len(self.rows))
        order = np.argpartition(-self.scores, most - 1)[:most]
        order = order[np.lexsort((self.rows[order], -self.scores[order]))]
        order = order[(self.lexical[order] > 0) | (self.similar[order] > 0)]
        found = np.unique(owners[self.rows[order]], return_index=True)[1]
        return order[np.sort(found)]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages of some documents, side by side, with what is measured of each for a question."""

    starts: Places
    """Where each document's passages begin."""
    passages: Mapping[str, NDArray[np.float64]]
    documents: Mapping[str, NDArray[np.float64]]

    def of_passages(self, names: Sequence[str]) -> NDArray[np.float64]:
        """A row for each passage, a column for each measure."""
        return np.stack([self.passages[name] for name in names], axis=1)

    def of_documents(self, names: Sequence[str]) -> NDArray[np.float64]:
        """A row for each document, a column for each measure."""
        return np.stack([self.documents[name] for name in names], axis=1)


@dataclass(frozen=True, slots=True)
class Weights:
    """What each measure is worth: for telling documents apart, and passages of one document."""

    documents: Mapping[str, float]
    passages: Mapping[str, float]
    spread: float
    """How many log odds a spread of the first stage's score is worth."""

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> "Weights":
        """The bundled weights."""
        return cls(**json.loads(WEIGHTS.read_text(encoding="utf-8")))

    def odds(self, found: Candidates) -> NDArray[np.float64]:
        """Log odds of each passage: its document's, less what it lacks of that one's best."""
        documents = found.of_documents(list(self.documents)) @ list(self.documents.values())
        passages = found.of_passages(list(self.passages)) @ list(self.passages.values())
        best = np.maximum.reduceat(passages, found.starts)
        lengths = np.diff(np.append(found.starts, len(passages)))
        return np.asarray(passages + np.repeat(documents - best, lengths))


def weighed(index: Index, first: FirstStage, best: Places) -> tuple[Places, NDArray[np.float64]]:
    """Places in `first`, best first, and their scores: the first documents in a new order.

    `best` are places in `first`, best first, each of another passage.
    """
    groups = leading(index, first, best)
    weights, chosen = Weights.load(), np.concatenate(groups)
    odds = weights.odds(candidates(index, first, groups))
    order = np.argsort(-odds, kind="stable")
    chosen, odds = chosen[order], odds[order]
    # The first keeps the score that found it; the others follow by how much likelier it is.
    scores = first.scores[chosen[0]] + (odds - odds[0]) / weights.spread
    others = best[~np.isin(best, chosen)]
    lower = np.minimum(first.scores[others], scores[-1])
    return np.concatenate([chosen, others]), np.concatenate([scores, lower])


def leading(index: Index, first: FirstStage, best: Places) -> list[Places]:
    """The places in `best` of each of the first documents found."""
    groups: dict[str, list[int]] = {}
    for place in best.tolist():
        document = index.passages[index.owners[first.rows[place]]].document_id
        if document in groups or len(groups) < DOCUMENTS:
            groups.setdefault(document, []).append(place)
    return [np.asarray(group, dtype=np.int64) for group in groups.values()]


def candidates(index: Index, first: FirstStage, groups: Sequence[Places]) -> Candidates:
    """What is measured of the passages that stand at some places in `first`, by document."""
    starts = np.cumsum([0, *map(len, groups[:-1])], dtype=np.int64)
    owners = index.owners[first.rows[np.concatenate(groups)]].astype(np.int64)
    asked = _Asked.of(index, first, owners)
    known = np.bincount(asked.owners, minlength=asked.count)[:-1]
    # A passage may be found whenever its ways of asking may.
    own = np.searchsorted(first.rows, owners)
    passages: dict[str, NDArray[np.float64]] = {
        "score": first.scores[np.concatenate(groups)].astype(np.float64),
        "text_near": first.near[own].astype(np.float64),
        "text_words": first.words[own].astype(np.float64),
    }
    # Where nobody asked yet, people would ask about as near as the text is.
    passages["asked_near"] = np.where(known > 0, asked.highest(first.near), passages["text_near"])
    by_passage, by_document = _wordings(index, first, asked, known, starts)
    passages["wording"] = by_passage
    documents = {name: np.maximum.reduceat(each, starts) for name, each in passages.items()}
    documents["document_wording"] = by_document
    # Many near passages count too, not the nearest alone.
    documents["text_near_all"] = np.logaddexp.reduceat(passages["text_near"], starts)
    return Candidates(starts, passages, documents)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The ways of asking in the first stage, each with the candidate it asks for (the last stands
    for none)."""

    places: Places
    owners: Places
    count: int

    @classmethod
    def of(cls, index: Index, first: FirstStage, owners: Places) -> "_Asked":
        """Those that ask for the passages `owners`, and all others."""
        begin = int(np.searchsorted(first.rows, len(index.passages)))
        number = np.full(len(index.passages), len(owners), dtype=np.int64)
        number[owners] = np.arange(len(owners))
        places = np.arange(begin, len(first.rows))
        return cls(places, number[index.owners[first.rows[places]]], len(owners) + 1)

    def highest(self, values: Floats) -> NDArray[np.float64]:
        """For each candidate the highest value of its ways of asking."""
        found = np.full(self.count - 1, -np.inf)
        ours = self.owners < self.count - 1
        np.maximum.at(found, self.owners[ours], values[self.places[ours]])
        return found


def _wordings(
    index: Index, first: FirstStage, asked: _Asked, known: Places, starts: Places
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How much likelier the question's stretches are among the ways of asking for a passage, and
    for its document, than among all: sums of log ratios."""
    field = index.words["characters"]
    owner = np.full(index.entries, -1, dtype=np.int64)
    owner[first.rows[asked.places]] = asked.owners
    together = np.add.reduceat(known, starts)
    by_passage, by_document = np.zeros(len(known)), np.zeros(len(starts))
    for term in dict.fromkeys(index.analyser.characters(first.asked)):
        owners = owner[field.rows_of(term)]
        owners = owners[owners >= 0]
        if not len(owners):
            continue
        usual = len(owners) / len(asked.places)
        seen = np.bincount(owners, minlength=asked.count)[:-1]
        weight = _SINGLE if len(term) == 1 else 1.0
        by_passage += weight * _likelier(seen, known, usual)
        by_document += weight * _likelier(np.add.reduceat(seen, starts), together, usual)
    return by_passage, by_document


def _likelier(seen: Places, known: Places, usual: float) -> NDArray[np.float64]:
    # Where nothing is known the prior alone speaks: as likely as anywhere.
    return np.asarray(np.log((seen + _PRIOR * usual) / (known + _PRIOR) / usual))
