"""Passages → an extract with its source, or "not sure": nothing here is ever made up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from knowledge_base.decision import DecisionConfig, confidence, is_barred
from knowledge_base.extract import (
    ASKS_FIGURE,
    FIGURE,
    LONGEST,
    SAMPLE_NOTICE,
    bold_figures,
    quotation,
    source_line,
    validity_line,
)
from knowledge_base.passages import Passage
from knowledge_base.places import Place
from knowledge_base.search import Hit, KnowledgeBase, View
from knowledge_base.signals import read_signals, term_weights
from knowledge_base.text import search_form
from knowledge_base.validity import Period, asked_period, notice

_READ = 10
_NEAREST = 3
_MOST = 3
_CLOSE = 0.6
"""Another passage is quoted too when it is worth at least this share of the best."""
_ALSO = "另外，相近的还有："
_FURTHER = 220
"""Characters of a quotation after the first."""
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


class Verdict(StrEnum):
    """What is said to a question."""

    SURE = "sure"
    UNSURE = "unsure"
    """Nearest passages to choose from, and a person."""
    NOT_OURS = "not_ours"
    """What we cover, and a person."""
    UNLAWFUL = "unlawful"
    """The rule that forbids it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What may be said: sure with text and citations, or not sure with the nearest passages.

    `lapsed` is what would have answered before: the document held once and no longer does.
    `rule` is the passage that forbids what was wished for.
    """

    text: str
    sure: bool
    citations: tuple[Citation, ...]
    nearest: tuple[Citation, ...]
    verdict: Verdict = Verdict.NOT_OURS
    lapsed: Citation | None = None
    rule: Citation | None = None


UNANSWERED = Answer("", False, (), ())
CONSEQUENCES = "违法后果"
"""The topic of documents that say what a cheat costs."""


def answer(
    question: str,
    knowledge: KnowledgeBase,
    *,
    as_of: date,
    place: Place | None = None,
    config: DecisionConfig | None = None,
) -> Answer:
    """An extract that answers `question` from what is in force on `as_of`, or "not sure".

    A question about another time (2022年的政策怎么说) is answered from what held then, and the
    answer says so. With a `place`, only what concerns people there is quoted.
    """
    config, view = config or DecisionConfig(), knowledge.view()
    period = asked_period(question, as_of)
    plain = question.replace(period.words, " ") if period else question
    when = period or Period.day(as_of)
    hits = view.search(plain, top=_READ, when=when, place=place)
    if not hits:
        return UNANSWERED
    signals = read_signals(plain, hits, view)
    if signals.unlawful:
        return _forbidden(question, view, when)
    if is_barred(signals):
        return UNANSWERED
    sure = confidence(signals, config)
    if sure >= 1:
        quoted = _quoted(plain, hits, term_weights(plain, view.index))
        text = _compose(plain, quoted, view)
        if period:
            text = f"{notice(quoted[0].document, period, as_of)}\n\n{text}"
        return Answer(text, True, tuple(map(Citation, quoted)), (), Verdict.SURE)
    lapsed = None if period else _lapsed(plain, view, as_of, place, config)
    if lapsed is None and sure < config.ours:
        return replace(UNANSWERED, nearest=_nearest(hits))
    return Answer("", False, (), _nearest(hits), Verdict.UNSURE, lapsed=lapsed)


def _forbidden(question: str, view: View, when: Period) -> Answer:
    """A refusal that names the rule, where a document of ours has it."""
    hits = view.search(question, top=_READ, when=when)
    rules = (hit.passage for hit in hits if CONSEQUENCES in hit.passage.document.topics)
    rule = next(rules, None)
    return Answer("", False, (), (), Verdict.UNLAWFUL, rule=Citation(rule) if rule else None)


def _lapsed(
    question: str, view: View, today: date, place: Place | None, config: DecisionConfig
) -> Citation | None:
    """The passage that would answer if its document had not come to its end; else None."""
    ever = Period(date.min, today, question)
    hits = view.search(question, top=_READ, when=ever, place=place)
    if not hits or Period.day(today).holds(hits[0].passage.document):
        return None
    signals = read_signals(question, hits, view)
    good = not is_barred(signals) and confidence(signals, config) >= 1
    return Citation(hits[0].passage) if good else None


def choices(
    question: str, knowledge: KnowledgeBase, *, as_of: date, place: Place | None = None
) -> Answer:
    """Not an answer, but what there is to choose from: for a word that is no question yet."""
    hits = knowledge.view().search(question, top=_READ, when=Period.day(as_of), place=place)
    return Answer("", False, (), _nearest(hits), Verdict.UNSURE)


def _nearest(hits: Sequence[Hit]) -> tuple[Citation, ...]:
    """The best passage of each of the first documents."""
    first: dict[str, Passage] = {}
    for hit in hits:
        first.setdefault(hit.passage.document_id, hit.passage)
    return tuple(Citation(passage) for passage in list(first.values())[:_NEAREST])


def _quoted(question: str, hits: Sequence[Hit], terms: Iterable[str]) -> list[Passage]:
    """The passage that answers most directly, and others nearly as good, at most _MOST."""
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
    others = [hit for hit in hits if hit.passage.document_id != document.id]
    ranked = sorted((*found[1:], *others), key=worth, reverse=True)
    close = [hit for hit in ranked[: _MOST - 1] if worth(hit) >= _CLOSE * worth(found[0])]
    # Passages of one document stand together, and its source is named once.
    close.sort(key=lambda hit: hit.passage.document_id != document.id)
    return [hit.passage for hit in (found[0], *close)]


def _place(passage: Passage) -> tuple[int, str]:
    number = passage.id.rpartition("-p")[2]
    return (int(number) if number.isdigit() else 0, passage.id)


def _compose(question: str, quoted: Sequence[Passage], view: View) -> str:
    weights = term_weights(question, view.index)
    for _, words in view.colloquial(question):
        weights |= {word: weights.get(word, 1.0) for word in words}
    paragraphs: list[str] = []
    for document_id in dict.fromkeys(passage.document_id for passage in quoted):
        passages = [passage for passage in quoted if passage.document_id == document_id]
        if passages[0].document_id != quoted[0].document_id and _ALSO not in paragraphs:
            paragraphs.append(_ALSO)
        if passages[0].sample:
            paragraphs.append(SAMPLE_NOTICE)
        for passage in passages:
            longest = LONGEST if passage is quoted[0] else _FURTHER
            paragraphs.append(bold_figures(quotation(passage, weights, question, longest)))
        lines = (source_line(passages), validity_line(passages[0]))
        paragraphs.append("\n".join(filter(None, lines)))
    return "\n\n".join(paragraphs)
