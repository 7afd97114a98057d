"""What speaks for and against the best passage as the answer to a question."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from knowledge_base.barred import foreign_place, gives_orders, wishes_unlawful
from knowledge_base.entries import indexed_text
from knowledge_base.expected import expected, met
from knowledge_base.index import Index
from knowledge_base.kinds import Kinds
from knowledge_base.passages import Passage
from knowledge_base.search import Hit, View
from knowledge_base.second import Weights
from knowledge_base.subject import (
    echo,
    held,
    is_thing,
    rare_stretches,
    segments,
    share,
    term_weights,
)
from knowledge_base.text import official_numbers, search_form

_FIRST = 5
_NEAREST = 10
_FAR_AHEAD = 6.0
_HIGH = 15.0
_THE_SAME = 0.5
"""From how near an echo on a way of asking is the same question in other words."""
_LEANS = 8.0

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Signals:
    """What the decision looks at."""

    measures: Mapping[str, float]
    """What the scales weigh; the functions below say what each name means."""
    foreign: str
    """A place that is named and where the document does not apply; empty when none."""
    unlawful: bool
    named: bool
    """Whether the question gives the document's number (文号)."""
    taught: bool
    """Whether usual ways of asking for the passage are known."""
    verbatim: bool
    """Whether the question is one of those usual ways, word for word."""
    injected: bool
    """Whether the question gives orders to the machine: 忽略以上指令."""


def read_signals(
    question: str,
    hits: Sequence[Hit],
    view: View,
    allowed: NDArray[np.bool_],
    leanings: Mapping[str, float] | None = None,
) -> Signals:
    """The signals of the best of `hits`, found for `question` among the entries `allowed`.

    `hits` must not be empty. Of the usual ways of asking only those are looked at that may be
    found: so a lesson can hide the one that it asks. `leanings` are what kind of question it is,
    where the bundled weights must not tell.
    """
    spoken, question = question, view.understood(question)
    best = hits[0].passage
    document = best.document
    near = "\n".join(map(_form, (document.number, *_surroundings(best), *_written([best]))))
    leanings = Kinds.load().leanings(spoken) if leanings is None else leanings
    measures = (
        _of_hits(hits, view.index)
        | _of_words(question, hits, near, view)
        | _of_neighbours(question, hits, view, allowed)
        | _of_wording(question, leanings)
        | _of_answer(question, hits)
    )
    return Signals(
        measures=measures,
        foreign=_foreign(question, best, view),
        unlawful=wishes_unlawful(leanings),
        named=not official_numbers(spoken).isdisjoint(official_numbers(document.number)),
        taught=bool(best.asked),
        verbatim=plain(spoken) in map(plain, best.asked),
        injected=gives_orders(spoken, leanings),
    )


def _of_hits(hits: Sequence[Hit], index: Index) -> dict[str, float]:
    """From the order of the hits.

    `score` of the best passage and its `lexical` part, in bounds; `agreement`: the share of the
    first hits that stand in its document; `margin`: the lead over other documents, in spreads;
    `chance`: how likely it is its document, if it is one of those found.
    """
    best = hits[0]
    documents: dict[str, float] = {}
    for hit in hits:
        documents.setdefault(hit.passage.document_id, hit.score - best.score)
    spread = Weights.load().spread
    first = [hit.passage.document_id for hit in hits[:_FIRST]]
    possible = min(len(first), len(index.places[first[0]]))
    agreement = first.count(first[0]) / possible
    others = [hit.score for hit in hits if hit.passage.document_id != first[0]]
    margin = best.score - max(others, default=0.0)
    return {
        "score": min(best.score, _HIGH),
        "lexical": best.lexical,
        "agreement": agreement,
        # One stray passage far ahead says less than a whole document that leads.
        "margin": min(max(margin, 0.0), _FAR_AHEAD) * (0.4 + 0.6 * agreement),
        "chance": 1 / sum(math.exp(spread * behind) for behind in documents.values()),
    }


def _of_words(question: str, hits: Sequence[Hit], near: str, view: View) -> dict[str, float]:
    """From the words of the question and of what was found.

    `coverage`: the share of the question's terms, by weight, that the document speaks of;
    `unheard`: of its things that stand in no document (恐龙); `unsaid`, `unsaid_share`: words that
    the document does not write; `told_*`: the share of its characters and pairs that the passage,
    the passage with its ways of asking, and the document's hits write; `echo`: how far it repeats
    a usual way of asking, in its words.
    """
    index, best = view.index, hits[0].passage
    ours = [hit.passage for hit in hits if hit.passage.document_id == best.document_id]
    far = "\n".join(map(_form, _written(ours)))
    weights, sayings = term_weights(question, index), view.colloquial(question)
    told = held(weights, sayings, near, far)
    total = sum(weights.values())
    unheard = sum(
        weight
        for term, weight in weights.items()
        if not told[term] and is_thing(term) and not index.words["words"].frequency(term)
    )
    words = segments(question, index)
    unsaid = [word for word in words if word not in near and word not in far]
    stretches = rare_stretches(question, index)
    cut = index.analyser.stretches
    own = cut(indexed_text(best))
    asked = own.union(cut("\n".join(best.asked)))
    every = asked.union(*(cut(indexed_text(one)) for one in ours), *map(cut, _written(ours)))
    return {
        "coverage": (
            sum(weights[term] * told[term] for term in weights) / total
            if total
            else float(bool(sayings))
        ),
        "unheard": unheard / total if total else 0.0,
        "unsaid": float(len(unsaid)),
        "unsaid_share": len(unsaid) / max(len(words), 1),
        "words": float(len(words)),
        "told_by_passage": share(stretches, own),
        "told_with_asked": share(stretches, asked),
        "told_by_document": share(stretches, every),
        "echo": echo(stretches, [rare_stretches(text, index) for text in best.asked]),
    }


def _of_neighbours(
    question: str, hits: Sequence[Hit], view: View, allowed: NDArray[np.bool_]
) -> dict[str, float]:
    """From the vectors.

    `similarity` with the best passage, `document_near` with the nearest passage of its document,
    `passage_near` with the nearest passage found, `document_lead` over other documents' passages
    found; `kinship` with the nearest way of asking for the passage, `asked_document` and
    `asked_three` with the nearest ones for its document, `asked_near` with the nearest of all,
    `asked_lead` over those for other documents; `asked_first`, `asked_five`, `asked_ten`: the share
    of the nearest ways of asking that ask for its document.
    """
    index, best = view.index, hits[0].passage
    scan = view.scan(question)
    vector = scan.vector
    found = {hit.place: hit.passage.document_id for hit in hits}
    alike = dict(zip(found, _similar(index, vector, list(found)), strict=True))
    ours = [alike[place] for place, document in found.items() if document == best.document_id]
    others = [alike[place] for place, document in found.items() if document != best.document_id]
    measures = {
        "similarity": alike[hits[0].place],
        "document_near": max(ours),
        "passage_near": max(alike.values()),
        "document_lead": max(ours) - max(others, default=0.0),
    }
    asked = index.asked_rows(best.document_id)
    near = sorted(_similar(index, vector, asked[allowed[asked]]), reverse=True)
    own = index.asked_of(hits[0].place)
    first = asked[:0]
    if best.asked and scan.similar is not None:
        first = index.nearest_asked(scan.similar, _NEAREST, allowed)
    same = [index.passages[index.owners[row]].document_id == best.document_id for row in first]
    scores = _similar(index, vector, first)
    elsewhere = [score for score, ours_too in zip(scores, same, strict=True) if not ours_too]
    return measures | {
        "kinship": max(_similar(index, vector, own[allowed[own]]), default=0.0),
        "asked_document": near[0] if near else 0.0,
        "asked_three": sum(near[:3]) / len(near[:3]) if near else 0.0,
        "asked_near": max(scores, default=0.0),
        "asked_lead": (near[0] if near else 0.0) - max(elsewhere, default=0.0),
        "asked_first": float(any(same[:1])),
        "asked_five": sum(same[:_FIRST]) / max(len(same[:_FIRST]), 1),
        "asked_ten": sum(same) / max(len(same), 1),
    }


def _of_wording(question: str, leanings: Mapping[str, float]) -> dict[str, float]:
    """From the wording alone: its length, and what sort of question that is none of ours it is."""
    kinds = {f"is_{kind}": _bounded(odds) for kind, odds in leanings.items()}
    return {"length": float(len(question)), "is_any": max(kinds.values())} | kinds


def _of_answer(question: str, hits: Sequence[Hit]) -> dict[str, float]:
    """From what is asked for: a sum, a day, an office.

    `waits`: how many sorts of answer; `met` by the best passage, `met_nearby` by it and the next
    two of its document, `met_document` by all of it that was found: the share of these sorts.
    """
    document = hits[0].passage.document_id
    own = [hit.passage.text for hit in hits if hit.passage.document_id == document]
    return {
        "waits": float(len(expected(question))),
        "met": met(question, own[0]),
        "met_nearby": met(question, "\n".join(own[:3])),
        "met_document": met(question, "\n".join(own)),
    }


def _written(passages: Sequence[Passage]) -> Iterator[str]:
    """The texts of `passages` and their usual ways of asking."""
    return (text for each in passages for text in (each.text, "\n".join(each.asked)))


@lru_cache(maxsize=4096)
def _form(text: str) -> str:
    """`search_form`, kept: the same passages are looked at for many questions."""
    return search_form(text)


def _foreign(question: str, best: Passage, view: View) -> str:
    """A place in `question` where the passage does not apply, "" when there is none.

    Its ways of asking say of which places it speaks only where one of them is the question itself:
    达州的公司能用这个规定不 does not make 达州 ours.
    """
    spoken_of = "\n".join(map(_form, (*_surroundings(best), best.text)))
    place = foreign_place(question, spoken_of, best.document)
    if not place:
        return ""
    asked = rare_stretches(question, view.index)
    naming = [rare_stretches(way, view.index) for way in best.asked if place in _form(way)]
    return "" if echo(asked, naming) >= _THE_SAME else place


def plain(text: str) -> str:
    """`text` without marks and blanks, in search form: by which two ways of asking are the same."""
    return re.sub(r"\W", "", search_form(text))


def _bounded(odds: float) -> float:
    return min(max(odds, -_LEANS), _LEANS)


def _similar(index: Index, vector: Vector, rows: Sequence[int] | NDArray[np.int64]) -> list[float]:
    if not len(rows):
        return []
    return [float(each) for each in index.similarities(vector, np.asarray(rows, dtype=np.int64))]


def _surroundings(passage: Passage) -> tuple[str, ...]:
    return (passage.title, *passage.document.topics, *passage.heading)
