"""An answer as a telephone shows it: what answers first, then what else is needed, the rest when
it is asked for.

The knowledge base decides what is quoted. Here its sentences are only arranged, never reworded;
docs/decisions/0045 tells why, and what it costs.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from actions.aspects import told_by
from knowledge_base.answer import Answer
from knowledge_base.dates import day_of
from knowledge_base.extract import (
    ASKS_FIGURE,
    FIGURE,
    SAMPLE_NOTICE,
    source_line,
    validity_line,
)
from knowledge_base.passages import Passage
from knowledge_base.quoted import Source, sources_of
from knowledge_base.search import View
from knowledge_base.subject import term_weights
from knowledge_base.text import search_form, sentences

WHOLE = 240
"""Characters of an answer that is shown as it is: it fits a telephone's screen."""
FIRST, SEEN = 130, 300
"""Characters quoted in the first bubble, its source apart; and of all that is seen unasked."""
LONGEST_NUMBER = 26
SHORT_CLAUSE = 70
"""Characters below which a clause before a semicolon keeps what follows it."""

_SOURCE = "依据："
_GAP = "……"
_REPEATED = 0.72
"""The share of its pairs of characters by which a quotation says what was quoted already."""
_FIGURE_COUNTS, _PLACE_COUNTS, _ASPECT_COUNTS, _FOLLOWED = 0.25, 0.3, 0.15, 1.5
_AMENDED = re.compile(r"(\d{4}年(?:\d{1,2}月\d{1,2}日)?)[^，,、]{0,40}?(修订|修正|通过)")
# Whom or what a right is not for: never kept for later.
_LIMITS = re.compile(r"不适用|不(?:能|得|可以)享受|除外|不包括|不予|不再享受|仅限")
# Means nothing without the sentence before it, or takes back a part of that one's right.
_LEANS = re.compile(
    r"^(?:但|这|此|其|它|前款|前项|上述|超过的|未超过|未达到的|达到的|不符合|否则|除外|除此|不过|该|拒不|情节|逾期[不未]|并处|责令|"
    r"[（(][一二三四五六七八九十\d]+[）)]|[一二三四五六七]是|第[一二三四五六七]项)"
)


@dataclass(frozen=True, slots=True)
class Brief:
    """What is said at once, in bubbles, and what is kept until it is asked for."""

    first: str
    more: str = ""
    rest: str = ""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch that stands alone, the paragraph it is of and its place there.

    `meets`: how much of the question it holds.
    """

    text: str
    paragraph: int
    place: int
    meets: float

    @property
    def worth(self) -> float:
        """What it counts beside others: the knowledge base quotes the best passage first."""
        return self.meets - _PLACE_COUNTS * self.paragraph

    @property
    def size(self) -> int:
        return len(self.text.replace("**", ""))


def brief(question: str, found: Answer, view: View, *, follows: bool = False) -> Brief:
    """`found` arranged: as it is where it is short.

    `follows`: the question leans on another, so that what it asks for decides, not the subject.
    """
    quoted = _quotations(found)
    if quoted is None or len(found.text) <= WHOLE:
        return Brief(found.text)
    lead, paragraphs = quoted
    passages = [citation.passage for citation in found.citations]
    own = [at for at, each in enumerate(passages) if each.document_id == passages[0].document_id]
    aspect = _FOLLOWED if follows else _ASPECT_COUNTS
    weights = term_weights(question, view.index)
    for _, words in view.colloquial(question):
        weights |= {word: weights.get(word, 1.0) for word in words}
    every = [
        piece
        for at, paragraph in enumerate(paragraphs)
        for piece in _pieces(paragraph, at, weights, question, aspect)
    ]
    pieces = [piece for piece in every if piece.paragraph in own]
    first = _chosen(pieces, FIRST, ())
    more = _chosen(pieces, SEEN - sum(piece.size for piece in first), first)
    limits = [piece for piece in pieces if piece not in first and _LIMITS.search(piece.text)]
    limits = [piece for piece in limits if not repeats(piece.text, [*first, *more])]
    more = [piece for piece in pieces if piece in more or piece in limits]
    seen = [*first, *more]
    # Another document that speaks of the question more directly is not kept for later.
    best = max(piece.meets for piece in pieces)
    other = [piece for piece in every if piece.paragraph not in own and piece.meets > best]
    other = [piece for piece in other if not repeats(piece.text, seen)]
    seen += other
    left = [piece for piece in every if piece not in seen and not repeats(piece.text, seen)]
    shown = [passages[at] for at in sorted({piece.paragraph for piece in (*first, *more)})]
    said = "\n".join([*lead, _written(first), short_source(shown)])
    blocks = [_written(more)] if more else []
    if other:
        cited = [passages[at] for at in dict.fromkeys(piece.paragraph for piece in other)]
        notice = [SAMPLE_NOTICE] if cited[0].sample else []
        blocks.append("\n".join([*notice, _written(other), short_source(cited)]))
    if left:
        blocks.append(_announced(passages, left))
    return Brief(said, "\n\n".join(blocks), _rest(passages, left))


def _quotations(found: Answer) -> tuple[list[str], list[str]] | None:
    """What is said before the quotations, and they; None where they cannot be told apart."""
    parts = [part for part in found.text.split("\n\n") if not part.startswith(_SOURCE)]
    lead = [SAMPLE_NOTICE] if found.citations and found.citations[0].passage.sample else []
    plain = [part for part in parts if part != SAMPLE_NOTICE and not part.endswith("还有：")]
    if len(plain) == len(found.citations) + 1:
        lead, plain = [plain[0], *lead], plain[1:]
    return (lead, plain) if len(plain) == len(found.citations) else None


def _pieces(
    paragraph: str, at: int, weights: Mapping[str, float], question: str, aspect: float
) -> list[_Piece]:
    """The stretches of a quotation, each with how much of the question it holds."""
    asks_figure = bool(ASKS_FIGURE.search(question))
    aspects = told_by(question)
    total = sum(weights.values()) or 1.0
    found = []
    for place, text in enumerate(standing_alone(paragraph)):
        form = search_form(text.replace("**", ""))
        worth = sum(weight for term, weight in weights.items() if term in form) / total
        worth += _FIGURE_COUNTS * (asks_figure and bool(FIGURE.search(text.replace("**", ""))))
        worth += aspect * any(re.search(words, text) for words in aspects)
        found.append(_Piece(text, at, place, worth))
    return found


def standing_alone(paragraph: str) -> list[str]:
    """The sentences of `paragraph`, what leans on another with it, quoted clauses whole."""
    found: list[str] = []
    for line in paragraph.split("\n"):
        for number, sentence in enumerate(sentences(line)):
            inside = bool(found) and found[-1].count("「") > found[-1].count("」")
            clause = number and found[-1].endswith(("；", ";")) and len(found[-1]) < SHORT_CLAUSE
            opens = bool(found) and found[-1].endswith(("：", ":"))
            if found and (inside or clause or opens or _LEANS.match(sentence)):
                found[-1] += sentence if number else f"\n{sentence}"
            else:
                found.append(sentence)
    return found


def _chosen(pieces: Sequence[_Piece], room: int, said: Sequence[_Piece]) -> list[_Piece]:
    """The best of `pieces` that fit into `room` and say something new, in their order.

    The first bubble has one at least, however long it is.
    """
    taken: list[_Piece] = []
    for piece in sorted(pieces, key=lambda each: -each.worth):
        if piece in said or repeats(piece.text, [*said, *taken]):
            continue
        if piece.size <= room or not (said or taken):
            taken.append(piece)
            room -= piece.size
    return [piece for piece in pieces if piece in taken]


def repeats(text: str, said: Sequence[_Piece]) -> bool:
    """Whether `said` tells already what `text` does, figure by figure."""
    bare = re.sub(r"[^\w%％]", "", text)
    told = re.sub(r"[^\w%％]", "", "".join(piece.text for piece in said))
    pairs = {bare[at : at + 2] for at in range(len(bare) - 1)}
    figures = FIGURE.findall(text.replace("**", ""))
    known = sum(pair in told for pair in pairs)
    return known >= _REPEATED * len(pairs) and all(figure in told for figure in figures)


def _written(pieces: Sequence[_Piece]) -> str:
    """A line a quotation; …… where something was left out between its sentences or behind them."""
    text = ""
    for before, piece in zip([None, *pieces], pieces, strict=False):
        if before is None:
            text = piece.text
        elif before.paragraph != piece.paragraph:
            text += f"\n{piece.text}"
        else:
            text += ("" if piece.place == before.place + 1 else _GAP) + piece.text
    # The sentence goes on where it was cut.
    return text + _GAP if text.endswith(("；", ";")) else text


def _announced(passages: Sequence[Passage], left: Sequence[_Piece]) -> str:
    """That there is more, and which other documents it is from."""
    titles = dict.fromkeys(
        re.split(r"[（(]", passages[piece.paragraph].title.strip("《》"))[0]
        for piece in left
        if passages[piece.paragraph].document_id != passages[0].document_id
    )
    others = "、".join(f"《{title}》" for title in titles)
    return f"相近的还有{others}，想看就回“详细”。" if others else "还有几句，想看就回“详细”。"


def _rest(passages: Sequence[Passage], left: Sequence[_Piece]) -> str:
    """What else was quoted, each document's under its source."""
    blocks = []
    for document in dict.fromkeys(passage.document_id for passage in passages):
        own = [each for each in left if passages[each.paragraph].document_id == document]
        if own:
            cited = [passages[at] for at in dict.fromkeys(piece.paragraph for piece in own)]
            notice = [SAMPLE_NOTICE] if cited[0].sample else []
            blocks.append("\n".join([*notice, _written(own), *_source(cited)]))
    return "\n\n".join(blocks)


def _source(passages: Sequence[Passage]) -> list[str]:
    return [line for line in (source_line(passages), validity_line(passages[0])) if line]


def short_source(passages: Sequence[Passage]) -> str:
    """Laws or document, numbers, dates, articles and until when it holds, in a few short lines."""
    line = _SOURCE + "；".join(map(_in_short, sources_of(passages)))
    return "\n".join(filter(None, (line, validity_line(passages[0]))))


def _in_short(source: Source) -> str:
    official = re.search(r"[（(](《.+》)[^《》]*[）)]$", source.title)
    title = official[1] if official else source.named
    number = source.number
    if len(number) > LONGEST_NUMBER:
        # When a law was passed and by whom: its last amendment tells which wording holds.
        amended = _AMENDED.findall(number)
        number = "".join(amended[-1]) if amended else ""
    day = day_of(source.issued) if source.issued else ""
    details = "，".join(filter(None, (number, f"{day}发布" if day and day not in number else "")))
    return title + (f"（{details}）" if details else "") + "、".join(source.places)
