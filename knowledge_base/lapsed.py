"""What has come to its end, told as that where nothing of today answers instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from knowledge_base.composing import extract
from knowledge_base.decision import DecisionConfig, confidence, is_barred
from knowledge_base.finding import answering, found
from knowledge_base.passages import Passage
from knowledge_base.places import Place
from knowledge_base.repeals import rules_itself
from knowledge_base.search import Hit, View
from knowledge_base.signals import Signals, read_signals
from knowledge_base.text import official_numbers
from knowledge_base.validity import Period, lapsed_notice

PLAINLY = 2.0
"""By how many spreads what has ended must lead what holds today, to be told instead of it."""
_UNSAID = 0.5
"""A question of whose words a paper lacks this share, or more, is about something else."""
_FOLLOWS = 0.25
"""Which share of its predecessor's score a passage of the document that ended it must reach."""


@dataclass(frozen=True, slots=True)
class Lapsed:
    """What would answer if it had not come to its end: what is quoted, the text that says so, and
    by which score it was found."""

    quoted: Sequence[Passage]
    text: str
    lead: float


def lapsed_of(
    question: str, view: View, today: date, place: Place | None, config: DecisionConfig
) -> Lapsed | None:
    """The best of what held before, when it answers surely; None when something of today leads."""
    ever = Period(date.min, today, question)
    if (allowed := view.allowed(ever, place)).sum() == view.allowed(Period.day(today), place).sum():
        return None
    holds = Period.day(today).holds
    likely = view.may_come_first(question, allowed=allowed)
    if all(map(holds, likely)) and not official_numbers(question):
        return None
    hits = found(question, view, ever, place)
    if not hits or holds(hits[0].passage.document):
        return None
    signals = read_signals(question, hits, view, allowed)
    if is_barred(signals) or confidence(signals, config) < 1 or not _is_meant(signals):
        return None
    own = [hit for hit in hits if hit.passage.document_id == hits[0].passage.document_id]
    quoted, text = extract(question, own, view)
    return Lapsed(quoted, f"{lapsed_notice(quoted[0].document)}\n\n{text}", hits[0].score)


def followed(lapsed: Lapsed, hits: Sequence[Hit], answers: bool) -> list[Hit]:
    """Of what holds today the passages of the document that ended what has `lapsed`, when one of
    them `answers` or is about as near as any: who asks for the old rule wants to know the new."""
    ended = lapsed.quoted[0].document.ended_by
    own = [
        hit
        for hit in hits
        if ended
        and hit.passage.document_id == ended.document
        and rules_itself(hit.passage.document, hit.passage.text)
    ]
    if not own or (answers and own[0] is hits[0]):
        return own
    least = max(hits[0].score - PLAINLY, _FOLLOWS * lapsed.lead)
    return own if own[0].score >= least else []


def _is_meant(signals: Signals) -> bool:
    """Whether what has ended is what was asked for, and not only the nearest of few papers.

    Where nothing is known of a paper but its text, a lead over others says little when they are
    few: it must write most words of the question.
    """
    return signals.taught or signals.measures["unsaid_share"] < _UNSAID


def now_leads(
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
    hits = {when: found(question, view, when, place) for when in (now, then)}
    if not hits[then] or not hits[now]:
        return not hits[then]
    if not answering(question, hits[now], view, view.allowed(now, place), config):
        return False
    if not answering(question, hits[then], view, view.allowed(then, place), config):
        return True
    if not now.holds(hits[then][0].passage.document):
        # Of what has ended since it is known that it held: it is what was asked for.
        return False
    return hits[now][0].score > hits[then][0].score + PLAINLY
