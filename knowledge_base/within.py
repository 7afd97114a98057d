"""Which passage of a document answers, where nothing is known of the document but its text.

The search tells documents apart: the words of a document's subject stand in its title and opening,
and lift these. Within the document they tell nothing; what tells is a word that few of its
passages have, and whether a passage holds the sort of thing that is asked for (`expected`).
"""

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from knowledge_base.expected import expected, met
from knowledge_base.kinds import LEARNED
from knowledge_base.passages import Passage
from knowledge_base.search import Hit, View

LEARNED_WEIGHTS = LEARNED / "within.json"
"""Written by `knowledge_base.training.within`."""
MEASURES = ("score", "words", "met", "length", "opening")
"""What is weighed of a passage: how far behind the best the search has it, its words among those
of the document's passages in spreads, whether it holds what is asked for, the logarithm of its
length, whether it opens the document."""
_MOST = 300
"""Passages of a document that are looked at; of a longer one those that were found."""
_UNFOUND = 2.0
"""By how much a passage that was not found lies behind the last that was."""
_STEP = 0.05
_SAYING = 0.7
_K, _B = 1.2, 0.5


@dataclass(frozen=True, slots=True)
class Candidates:
    """The passages of one document that may answer, by their places, and what is weighed of each
    (shape: passages, MEASURES)."""

    places: list[int]
    measures: NDArray[np.float64]


def reordered(
    question: str, hits: Sequence[Hit], view: View, allowed: NDArray[np.bool_]
) -> list[Hit]:
    """`hits` with the passages of the best document in the order in which they may answer.

    Their places among those of other documents, and the scores of these places, stay. Nothing
    changes where usual ways of asking for the document are known: they tell more.
    """
    if not hits or is_taught(hits, view):
        return list(hits)
    found = candidates(question, hits, view, allowed)
    worth = found.measures @ _weights()
    known = {hit.place: hit for hit in hits}
    own = iter(
        [
            replace(
                known.get(found.places[row]) or _hit(question, found.places[row], view),
                behind=float(worth.max() - worth[row]),
            )
            for row in np.argsort(-worth, kind="stable")[: 2 * len(hits)]
        ]
    )
    document = hits[0].passage.document_id
    result = [
        replace(next(own), score=hit.score) if hit.passage.document_id == document else hit
        for hit in hits
    ]
    lowest = result[-1].score
    added = [replace(hit, score=lowest - _STEP) for hit in own][: len(hits)]
    return result + added


def is_taught(hits: Sequence[Hit], view: View) -> bool:
    """Whether ways of asking are known for some passage of the document of the first of `hits`."""
    return any(view.index.passages[place].asked for place in _places(hits, view))


def candidates(
    question: str, hits: Sequence[Hit], view: View, allowed: NDArray[np.bool_]
) -> Candidates:
    """The `allowed` passages of the document of the first of `hits`, and their measures."""
    index, asked = view.index, view.understood(question)
    document = hits[0].passage.document_id
    found = {hit.place: hit.score for hit in hits if hit.passage.document_id == document}
    places = [place for place in _places(hits, view) if allowed[place]]
    if len(places) > _MOST:
        places = list(found)
    passages = [index.passages[place] for place in places]
    last = min(hit.score for hit in hits) - _UNFOUND
    scores = [found.get(place, last) - hits[0].score for place in places]
    waits = bool(expected(asked))
    opening = min(places)
    measures = [
        (
            score,
            words,
            met(asked, passage.text) if waits else 0.0,
            math.log(len(passage.text) + 1),
            float(place == opening),
        )
        for place, passage, score, words in zip(
            places, passages, scores, _words(asked, passages, view), strict=True
        )
    ]
    return Candidates(places, np.asarray(measures, dtype=np.float64))


def _places(hits: Sequence[Hit], view: View) -> list[int]:
    return list(map(int, view.index.places[hits[0].passage.document_id]))


def _words(asked: str, passages: Sequence[Passage], view: View) -> NDArray[np.float64]:
    """BM25 of each passage among `passages`, in spreads from their mean."""
    cut = view.index.analyser.characters
    terms: dict[str, float] = dict(Counter(cut(asked)))
    for _, words in view.colloquial(asked):
        for word in words:
            for term in cut(word):
                if len(term) > 1:
                    terms.setdefault(term, _SAYING)
    bags = [Counter(cut("\n".join((*each.heading, each.text)))) for each in passages]
    often = Counter(term for bag in bags for term in bag)
    lengths = [bag.total() for bag in bags]
    mean = sum(lengths) / len(lengths) or 1.0
    rarity = {
        term: math.log(1 + (len(bags) - often[term] + 0.5) / (often[term] + 0.5)) for term in terms
    }
    scores = np.asarray(
        [
            sum(
                weight * rarity[term] * bag[term] * (_K + 1)
                / (bag[term] + _K * (1 - _B + _B * length / mean))
                for term, weight in terms.items()
                if bag[term]
            )
            for bag, length in zip(bags, lengths, strict=True)
        ]
    )  # fmt: skip
    return np.asarray((scores - scores.mean()) / (scores.std() + 1e-6), dtype=np.float64)


def _hit(question: str, place: int, view: View) -> Hit:
    scan = view.scan(view.understood(question))
    similar = view.index.similarities(scan.vector, np.asarray([place], dtype=np.int64))
    return Hit(
        passage=view.index.passages[place],
        score=0.0,
        lexical=float(scan.lexical[place]),
        similarity=float(similar[0]),
        place=place,
    )


@lru_cache(maxsize=1)
def _weights() -> NDArray[np.float64]:
    weights = json.loads(LEARNED_WEIGHTS.read_text(encoding="utf-8"))
    return np.asarray([weights[name] for name in MEASURES], dtype=np.float64)
