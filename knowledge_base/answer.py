"""Passages → an extract with its source, or "not sure": nothing here is ever made up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from knowledge_base.decision import DecisionConfig, is_sure, read_signals, term_weights
from knowledge_base.extract import (
    ASKS_FIGURE,
    FIGURE,
    SAMPLE_NOTICE,
    bold_figures,
    quotation,
    source_line,
    validity_line,
)
from knowledge_base.passages import Passage
from knowledge_base.search import Hit, KnowledgeBase, View
from knowledge_base.text import search_form

_READ = 10
_NEAREST = 3
_CLOSE = 0.75
"""A second passage of the document is quoted too when it is worth at least this share."""
_FIGURE_COUNTS = 0.2
_OPENING_COUNTS = 0.5


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage as it is shown beside an answer."""

    passage: Passage

    def as_json(self) -> dict[str, Any]:
        """The fields that chat pages and channels read."""
        found = self.passage
        return {
            "passage": found.id,
            "document": found.document_id,
            "title": found.title,
            "number": found.number,
            "article": found.article,
            "heading": " · ".join(found.heading),
            "url": found.url,
            "issued": found.issued.isoformat() if found.issued else None,
            "status": found.status.value,
            "sample": found.sample,
            "text": found.text,
            "link": f"/policies/{found.document_id}#{found.id}",
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What may be said: sure with text and citations, or not sure with the nearest passages."""

    text: str
    sure: bool
    citations: tuple[Citation, ...]
    nearest: tuple[Citation, ...]


def answer(
    question: str,
    knowledge: KnowledgeBase,
    *,
    as_of: date,
    config: DecisionConfig | None = None,
) -> Answer:
    """An extract that answers `question` from what is in force on `as_of`, or "not sure"."""
    view = knowledge.view()
    hits = view.search(question, top=_READ, as_of=as_of)
    if not hits:
        return Answer("", False, (), ())
    signals = read_signals(question, hits, view)
    if not is_sure(signals, config or DecisionConfig()):
        return Answer("", False, (), _nearest(hits))
    quoted = _quoted(question, hits, term_weights(question, view.index))
    return Answer(_compose(question, quoted, view), True, tuple(map(Citation, quoted)), ())


def choices(question: str, knowledge: KnowledgeBase, *, as_of: date) -> Answer:
    """Not an answer, but what there is to choose from: for a word that is no question yet."""
    return Answer(
        "", False, (), _nearest(knowledge.view().search(question, top=_READ, as_of=as_of))
    )


def _nearest(hits: Sequence[Hit]) -> tuple[Citation, ...]:
    """The best passage of each of the first documents."""
    first: dict[str, Passage] = {}
    for hit in hits:
        first.setdefault(hit.passage.document_id, hit.passage)
    return tuple(Citation(passage) for passage in list(first.values())[:_NEAREST])


def _quoted(question: str, hits: Sequence[Hit], terms: Iterable[str]) -> list[Passage]:
    """The passage of the best document that answers most directly, and a close second."""
    document = hits[0].passage.document
    subject = search_form("\n".join((document.title, *document.topics)))
    # Nothing asked beyond the document's own subject: its opening passage sums it up.
    general = all(term in subject for term in terms)
    wants_figure = bool(ASKS_FIGURE.search(question))
    found = [hit for hit in hits if hit.passage.document_id == document.id]
    opening = min((hit.passage for hit in found), key=_place)

    def worth(hit: Hit) -> float:
        share = hit.score / max(hits[0].score, 1e-6)
        share += _FIGURE_COUNTS * (wants_figure and bool(FIGURE.search(hit.passage.text)))
        return share + _OPENING_COUNTS * (general and hit.passage is opening)

    found.sort(key=worth, reverse=True)
    close = [hit for hit in found[1:2] if worth(hit) >= _CLOSE * worth(found[0])]
    return [hit.passage for hit in (found[0], *close)]


def _place(passage: Passage) -> tuple[int, str]:
    number = passage.id.rpartition("-p")[2]
    return (int(number) if number.isdigit() else 0, passage.id)


def _compose(question: str, quoted: Sequence[Passage], view: View) -> str:
    weights = term_weights(question, view.index)
    for _, words in view.colloquial(question):
        weights |= {word: weights.get(word, 1.0) for word in words}
    paragraphs = [SAMPLE_NOTICE] if quoted[0].sample else []
    paragraphs += [bold_figures(quotation(passage, weights, question)) for passage in quoted]
    paragraphs.append("\n".join(filter(None, (source_line(quoted), validity_line(quoted[0])))))
    return "\n\n".join(paragraphs)
