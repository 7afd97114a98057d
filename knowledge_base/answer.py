"""Passages → an extract with its source, or "not sure": nothing here is ever made up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from knowledge_base.asked_time import asked_period
from knowledge_base.clarify import Clarifying, clarifying
from knowledge_base.composing import extract
from knowledge_base.decision import DecisionConfig, confidence, is_barred, likelihood
from knowledge_base.entries import indexed_text
from knowledge_base.finding import READ, answering, found
from knowledge_base.lapsed import PLAINLY, Lapsed, followed, lapsed_of, now_leads
from knowledge_base.passages import Passage
from knowledge_base.places import Place
from knowledge_base.quoted import sources_of
from knowledge_base.search import LONGEST_QUESTION, Hit, KnowledgeBase, View
from knowledge_base.signals import read_signals
from knowledge_base.standing import Standing, notice, standing
from knowledge_base.subject import rare_stretches, share
from knowledge_base.text import fold
from knowledge_base.traditional import simplified
from knowledge_base.validity import Period

_NEAREST = 3
_RULES, _NEAR_RULE = 60, 6.0
"""How many hits are looked through for the rule that forbids a cheat; after the first `READ` it
must not lie further behind the best than so many spreads."""
_SAID_OF_WISH = 0.2
"""Which share of the wish's words, by weight, the rule and its ways of asking must say."""


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
    question = simplified(question[:LONGEST_QUESTION])
    period = asked_period(question, as_of)
    plain = fold(question).replace(period.words, " ") if period else question
    when = Period.day(as_of)
    if period and not now_leads(plain, view, period, as_of, place, config):
        when = period
    hits = found(plain, view, when, place)
    if not hits:
        return UNANSWERED
    near = hits
    signals = read_signals(plain, hits, view, view.allowed(when, place))
    if signals.unlawful:
        return _forbidden(question, view, when)
    lapsed = None if period or signals.injected else lapsed_of(plain, view, as_of, place, config)
    if is_barred(signals):
        # What holds today is of another place; what has ended may be of the one that is named.
        return _ended(lapsed, ()) if lapsed else UNANSWERED
    sure = confidence(signals, config)
    without_doubt = likelihood(signals, config) >= config.without_doubt
    if lapsed and (sure < 1 or lapsed.lead > hits[0].score + PLAINLY):
        instead = followed(lapsed, hits, sure >= 1)
        if not instead:
            return _ended(lapsed, hits)
        without_doubt = without_doubt and sure >= 1 and instead[0] is hits[0]
        hits, sure = instead, 1.0
    if sure >= 1:
        return _sure(plain, hits, view, period, as_of, near, doubtful=not without_doubt)
    if sure < config.ours:
        return replace(UNANSWERED, nearest=_nearest(hits))

    def decided(completed: str) -> str:
        again = found(completed, view, when, place)
        return answering(completed, again, view, view.allowed(when, place), config)

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


def _ended(lapsed: Lapsed, near: Sequence[Hit]) -> Answer:
    """What has ended, told as that, and what is `near` today."""
    cited = tuple(map(Citation, lapsed.quoted))
    return Answer(lapsed.text, False, cited, _nearest(near), Verdict.LAPSED, lapsed=cited[0])


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
        and (place < READ or hit.score > hits[0].score - _NEAR_RULE)
        and _tells_of(question, hit.passage, view)
    )
    rule = next(rules, None)
    return Answer("", False, (), (), Verdict.UNLAWFUL, rule=Citation(rule) if rule else None)


def _tells_of(question: str, rule: Passage, view: View) -> bool:
    """Whether `rule` is about what is wished for, by the words of both: no rule is better than one
    on stolen power for who asks how to hide a drain."""
    index = view.index
    words = index.analyser.stretches("\n".join((indexed_text(rule), *rule.asked)))
    return share(rare_stretches(view.understood(question), index), words) >= _SAID_OF_WISH


def choices(
    question: str, knowledge: KnowledgeBase, *, as_of: date, place: Place | None = None
) -> Answer:
    """Not an answer, but what there is to choose from: for a word that is no question yet."""
    hits = knowledge.view().search(question, top=READ, when=Period.day(as_of), place=place)
    return Answer("", False, (), _nearest(hits), Verdict.UNSURE)


def _nearest(hits: Sequence[Hit]) -> tuple[Citation, ...]:
    """The best passage of each of the first documents."""
    first: dict[str, Passage] = {}
    for hit in hits:
        first.setdefault(hit.passage.document_id, hit.passage)
    return tuple(Citation(passage) for passage in list(first.values())[:_NEAREST])
