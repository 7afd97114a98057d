"""What is quoted of the passages found, and the text that quotes it with its sources."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge_base.expected import met
from knowledge_base.extract import (
    LONGEST,
    SAMPLE_NOTICE,
    bold_figures,
    quotation,
    says_again,
    source_line,
    validity_line,
)
from knowledge_base.passages import Passage
from knowledge_base.search import Hit, View
from knowledge_base.subject import term_weights
from knowledge_base.text import search_form
from knowledge_base.within import is_taught

_MOST = 4
_ROOM = 520
"""Characters of all quotations together: what a phone shows without scrolling far."""
_ROOM_IN_ORDER, _BEHIND = 450, 2.5
"""The same where nothing is known of a document but its text, and how much less likely (log odds)
than its likeliest passage one may be to stand beside it."""
_CLOSE, _CLOSE_ELSEWHERE = 0.5, 0.65
"""Another passage is quoted too when it is worth at least this share of the best; one of another
document, which may be about something else, when it is worth more."""
_ALSO = "另外，相近的还有："
_LEAST = 60
"""Characters that must be left for another passage to be quoted in part."""
_MET_COUNTS = 0.2
"""What it counts among the passages of a document that one holds the sort of thing asked for."""
_OPENING_COUNTS = 0.5


@dataclass(frozen=True, slots=True)
class _Quoted:
    """A passage that is quoted, and how many characters of it at most."""

    passage: Passage
    longest: int = LONGEST


def extract(question: str, hits: Sequence[Hit], view: View) -> tuple[list[Passage], str]:
    """What is quoted for `question`, and the text that quotes it."""
    if is_taught(hits, view):
        quoted = _of_taught(question, hits, term_weights(question, view.index))
    else:
        quoted = _in_order(hits)
    return [each.passage for each in quoted], _compose(question, quoted, view)


def _in_order(hits: Sequence[Hit]) -> list[_Quoted]:
    """The first passages of a document of which nothing is known but its text, as far as there is
    room; long ones in part: which of them answers is less sure than with ways of asking."""
    document = hits[0].passage.document_id
    near = [hit for hit in hits if hit.passage.document_id == document and hit.behind <= _BEHIND]
    taken, room = list[_Quoted](), _ROOM_IN_ORDER
    for passage in (hit.passage for hit in near):
        longest = min(LONGEST, room)
        if says_again(passage, [each.passage for each in taken]):
            continue
        taken.append(_Quoted(passage, longest))
        room -= min(len(passage.text), longest)
        if room < _LEAST or len(taken) == _MOST:
            break
    return taken


def _of_taught(question: str, hits: Sequence[Hit], terms: Iterable[str]) -> list[_Quoted]:
    """The passage that answers most directly, and others nearly as good, at most _MOST."""
    document = hits[0].passage.document
    subject = search_form("\n".join((document.title, *document.topics)))
    # Nothing asked beyond the document's own subject: its opening passage sums it up.
    general = all(term in subject for term in terms)
    found = [hit for hit in hits if hit.passage.document_id == document.id]
    opening = min((hit.passage for hit in found), key=_place)

    def worth(hit: Hit) -> float:
        share = hit.score / max(hits[0].score, 1e-6)
        share += _MET_COUNTS * met(question, hit.passage.text)
        return share + _OPENING_COUNTS * (general and hit.passage is opening)

    found.sort(key=worth, reverse=True)
    rest = sorted((hit for hit in hits if hit is not found[0]), key=worth, reverse=True)
    taken, room = [found[0]], _ROOM - min(len(found[0].passage.text), LONGEST)
    for hit in rest:
        other = hit.passage.document_id != document.id
        second = any(one.passage.document_id != document.id for one in taken)
        # Of other documents one passage is enough: it shows that there is something else.
        share = _CLOSE_ELSEWHERE if other else _CLOSE
        if len(taken) == _MOST or (other and second) or worth(hit) < share * worth(found[0]):
            continue
        # A whole passage or none: a clause cut short misleads.
        if len(hit.passage.text) <= room and not says_again(
            hit.passage, [one.passage for one in taken]
        ):
            taken.append(hit)
            room -= len(hit.passage.text)
    # Passages of one document stand together, and its source is named once.
    taken.sort(key=lambda hit: hit.passage.document_id != document.id)
    return [_Quoted(hit.passage) for hit in taken]


def _place(passage: Passage) -> tuple[int, str]:
    number = passage.id.rpartition("-p")[2]
    return (int(number) if number.isdigit() else 0, passage.id)


def _compose(question: str, quoted: Sequence[_Quoted], view: View) -> str:
    weights = term_weights(question, view.index)
    for _, words in view.colloquial(question):
        weights |= {word: weights.get(word, 1.0) for word in words}
    paragraphs: list[str] = []
    main = quoted[0].passage.document_id
    for document_id in dict.fromkeys(each.passage.document_id for each in quoted):
        of_document = [each for each in quoted if each.passage.document_id == document_id]
        passages = [each.passage for each in of_document]
        if document_id != main and _ALSO not in paragraphs:
            paragraphs.append(_ALSO)
        if passages[0].sample:
            paragraphs.append(SAMPLE_NOTICE)
        for each in of_document:
            text = quotation(each.passage, weights, question, each.longest)
            paragraphs.append(bold_figures(text))
        lines = (source_line(passages), validity_line(passages[0]))
        paragraphs.append("\n".join(filter(None, lines)))
    return "\n\n".join(paragraphs)
