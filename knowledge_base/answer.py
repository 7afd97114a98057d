"""Passages → an extract with its source, or "not sure": nothing here is ever made up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge_base.asked_time import asked_period
from knowledge_base.clarify import Clarifying, clarifying
from knowledge_base.composing import extract
from knowledge_base.decision import DecisionConfig, confidence, is_barred, likelihood
from knowledge_base.passages import Passage
from knowledge_base.places import Place
from knowledge_base.quoted import sources_of
from knowledge_base.repeals import rules_itself
from knowledge_base.search import Hit, KnowledgeBase, View
from knowledge_base.signals import Signals, read_signals
from knowledge_base.standing import Standing, notice, standing
from knowledge_base.text import fold, official_numbers
from knowledge_base.traditional import simplified
from knowledge_base.validity import Period, lapsed_notice
from knowledge_base.within import reordered

_READ = 10
_NEAREST = 3
_RULES, _NEAR_RULE = 60, 6.0
"""How many hits are looked through for the rule that forbids a cheat; after the first `_READ` it
must not lie further behind the best than so many spreads."""
_PLAINLY = 2.0
"""By how many spreads what has ended must lead what holds today, to be told instead of it."""
_UNSAID = 0.5
"""A question of whose words a paper lacks this share, or more, is about something else."""

_FOLLOWS = 0.25
"""Which share of its predecessor's score a passage of the document that ended it must reach."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage as it is shown beside an answer."""

    passage: Passage

    def as_json(self) -> dict[str, Any]:
        """The fields that chat pages and channels read: `number`, `issued` and `article` are those
        of what the passage quotes (no number and no day where it quotes several laws)."""
        found = self.passage
        rests_on = sources_of([found])
        first = rests_on[0]
        alone = len(rests_on) == 1
        # Which law an article belongs to is said where it is not the document's own.
        own = alone and (
            first.title == found.title or (first.number != "" and first.number == found.number)
        )
        places = "；".join(
            ("" if own else source.named) + "、".join(source.places)
            for source in rests_on
            if source.places
        )
        return {
            "passage": found.id,
            "document": found.document_id,
            "title": found.title,
            "number": first.number if alone else "",
            "article": places,
            "heading": " · ".join(found.heading),
            "url": found.url,
            "issued": first.issued.isoformat() if alone and first.issued else None,
            "status": found.status.value,
            "sample": found.sample,
            "text": found.text,
            "link": f"/policies/{found.document_id}#{found.id}",
        }


class Verdict(StrEnum):
    """What is said to a question."""

    SURE = "sure"
    LAPSED = "lapsed"
    """What held before, said to have ended: nothing that holds today answers."""
    UNSURE = "unsure"
    """Nearest passages to choose from, and a person."""
    NOT_OURS = "not_ours"
    """What we cover, and a person."""
    UNLAWFUL = "unlawful"
    """The rule that forbids it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What may be said: sure with text and citations, or not sure with the nearest passages.

    `lapsed` is what would have answered before: the document held once and no longer does; `text`
    then quotes it and begins with that. `rule` is the passage that forbids what was wished for.
    `clarifying` is what to ask when one word more would decide. `doubtful` is a sure answer that
    may be beside the point: whoever gives it says so, and offers what is `nearest` besides.
    `other_time` is a sure answer that says to quote today's rule, where another time's was asked.
    """

    text: str
    sure: bool
    citations: tuple[Citation, ...]
    nearest: tuple[Citation, ...]
    verdict: Verdict = Verdict.NOT_OURS
    lapsed: Citation | None = None
    rule: Citation | None = None
    clarifying: Clarifying | None = None
    doubtful: bool = False
    other_time: bool = False


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
    question = simplified(question)
    period = asked_period(question, as_of)
    plain = fold(question).replace(period.words, " ") if period else question
    when = Period.day(as_of)
    if period and not _now_leads(plain, view, period, as_of, place, config):
        when = period
    hits = _found(plain, view, when, place)
    if not hits:
        return UNANSWERED
    near = hits
    signals = read_signals(plain, hits, view, view.allowed(when, place))
    if signals.unlawful:
        return _forbidden(question, view, when)
    lapsed = None if period or signals.injected else _lapsed(plain, view, as_of, place, config)
    if is_barred(signals):
        # What holds today is of another place; what has ended may be of the one that is named.
        return lapsed.answer if lapsed else UNANSWERED
    sure = confidence(signals, config)
    without_doubt = likelihood(signals, config) >= config.without_doubt
    if lapsed and (sure < 1 or lapsed.lead > hits[0].score + _PLAINLY):
        followed = _followed(lapsed, hits, sure >= 1)
        if not followed:
            return replace(lapsed.answer, nearest=_nearest(hits))
        without_doubt = without_doubt and sure >= 1 and followed[0] is hits[0]
        hits, sure = followed, 1.0
    if sure >= 1:
        return _sure(plain, hits, view, period, as_of, near, doubtful=not without_doubt)
    if sure < config.ours:
        return replace(UNANSWERED, nearest=_nearest(hits))

    def decided(completed: str) -> str:
        found = _found(completed, view, when, place)
        return _answering(completed, found, view, view.allowed(when, place), config)

    asked = clarifying(plain, decided, {hit.passage.document_id for hit in hits})
    return Answer("", False, (), _nearest(hits), Verdict.UNSURE, clarifying=asked)


def _sure(
    question: str,
    hits: Sequence[Hit],
    view: View,
    asked: Period | None,
    today: date,
    near: Sequence[Hit],
    *,
    doubtful: bool,
) -> Answer:
    """What `hits` answer; where another time is `asked` about, how it stands to that time. Beside
    a `doubtful` answer other documents of what is `near` are offered."""
    lead, stands = "", None
    if asked:
        stands = standing(hits[0].passage, asked, today)
        # One sentence speaks for all that is quoted.
        alike = [hit for hit in hits if standing(hit.passage, asked, today) is stands]
        quoted, text = extract(question, alike, view)
        lead = f"{notice(quoted, asked, today)}\n\n"
    else:
        quoted, text = extract(question, hits, view)
    told = {passage.document_id for passage in quoted}
    others = [hit for hit in near if hit.passage.document_id not in told] if doubtful else []
    return Answer(
        lead + text,
        True,
        tuple(map(Citation, quoted)),
        _nearest(others),
        Verdict.SURE,
        doubtful=doubtful,
        other_time=stands is Standing.TODAYS,
    )


def _now_leads(
    question: str,
    view: View,
    asked: Period,
    today: date,
    place: Place | None,
    config: DecisionConfig,
) -> bool:
    """Whether today's law is quoted, and said to be today's, as what held then does not answer."""
    if asked.first > today:
        return False
    now, then = Period.day(today), asked
    found = {when: _found(question, view, when, place) for when in (now, then)}
    if not found[then] or not found[now]:
        return not found[then]
    if not _answering(question, found[now], view, view.allowed(now, place), config):
        return False
    if not _answering(question, found[then], view, view.allowed(then, place), config):
        return True
    return found[now][0].score > found[then][0].score + _PLAINLY


def _found(question: str, view: View, when: Period, place: Place | None) -> list[Hit]:
    hits = view.search(question, top=_READ, when=when, place=place)
    return reordered(question, hits, view, view.allowed(when, place))


def _answering(
    question: str,
    hits: Sequence[Hit],
    view: View,
    allowed: NDArray[np.bool_],
    config: DecisionConfig,
) -> str:
    """The id of the document that surely answers, "" when none does."""
    if not hits:
        return ""
    signals = read_signals(question, hits, view, allowed)
    good = not is_barred(signals) and confidence(signals, config) >= 1
    return hits[0].passage.document_id if good else ""


def _forbidden(question: str, view: View, when: Period) -> Answer:
    """A refusal that names the rule, where a document of ours has it.

    What is wished for has the words of the honest matter (给员工办假工伤), whose documents stand
    before the one that says what the cheat costs: that one is looked for further down.
    """
    hits = view.search(question, top=_RULES, when=when)
    rules = (
        hit.passage
        for place, hit in enumerate(hits)
        if CONSEQUENCES in hit.passage.document.topics
        and (place < _READ or hit.score > hits[0].score - _NEAR_RULE)
    )
    rule = next(rules, None)
    return Answer("", False, (), (), Verdict.UNLAWFUL, rule=Citation(rule) if rule else None)


@dataclass(frozen=True, slots=True)
class _Lapsed:
    """What would answer if it had not come to its end, and by which score it was found."""

    answer: Answer
    lead: float


def _lapsed(
    question: str, view: View, today: date, place: Place | None, config: DecisionConfig
) -> _Lapsed | None:
    """The best of what held before, when it answers surely; None when something of today leads."""
    ever = Period(date.min, today, question)
    if (allowed := view.allowed(ever, place)).sum() == view.allowed(Period.day(today), place).sum():
        return None
    holds = Period.day(today).holds
    likely = view.may_come_first(question, allowed=allowed)
    if all(map(holds, likely)) and not official_numbers(question):
        return None
    hits = _found(question, view, ever, place)
    if not hits or holds(hits[0].passage.document):
        return None
    signals = read_signals(question, hits, view, allowed)
    if is_barred(signals) or confidence(signals, config) < 1 or not _is_meant(signals):
        return None
    own = [hit for hit in hits if hit.passage.document_id == hits[0].passage.document_id]
    quoted, text = extract(question, own, view)
    text = f"{lapsed_notice(quoted[0].document)}\n\n{text}"
    cited = tuple(map(Citation, quoted))
    said = Answer(text, False, cited, (), Verdict.LAPSED, lapsed=cited[0])
    return _Lapsed(said, hits[0].score)


def _followed(lapsed: _Lapsed, hits: Sequence[Hit], answers: bool) -> list[Hit]:
    """Of what holds today the passages of the document that ended what has `lapsed`, when one of
    them `answers` or is about as near as any: who asks for the old rule wants to know the new."""
    ended = lapsed.answer.citations[0].passage.document.ended_by
    own = [
        hit
        for hit in hits
        if ended
        and hit.passage.document_id == ended.document
        and rules_itself(hit.passage.document, hit.passage.text)
    ]
    if not own or (answers and own[0] is hits[0]):
        return own
    least = max(hits[0].score - _PLAINLY, _FOLLOWS * lapsed.lead)
    return own if own[0].score >= least else []


def _is_meant(signals: Signals) -> bool:
    """Whether what has ended is what was asked for, and not only the nearest of few papers.

    Where nothing is known of a paper but its text, a lead over others says little when they are
    few: it must write most words of the question.
    """
    return signals.taught or signals.measures["unsaid_share"] < _UNSAID


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
