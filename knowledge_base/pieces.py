"""A section in pieces that can be quoted: whole when short, else at its items, else sentences."""

from collections.abc import Iterator, Sequence

from knowledge_base.outline import FIRST, SECOND, Mark, mark_of
from knowledge_base.text import sentences

LONGEST = 420
"""Characters a passage may have before it is split at a sentence end."""
_ITEM = 60
"""Characters from which （一） with its text is a passage of its own."""


def pieces(
    path: tuple[str, ...], article: str, lines: Sequence[str]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """A section whole when it is short enough, else at its items, else between sentences."""
    text = "\n".join(lines)
    if len(text) <= LONGEST:
        yield path, text
        return
    marks = [mark_of(line) for line in lines]
    deeper = [mark.rank for mark in marks[1:] if mark is not None and mark.rank > FIRST]
    first = marks[0]
    if first is not None and first.rank > FIRST:
        deeper.append(first.rank)
    if not deeper:
        yield from ((path, piece) for piece in _split(text))
        return
    rank = min(deeper)
    packed = ""
    for mark, group in _groups(lines, marks, rank):
        own = "\n".join(group)
        # （一）分类培训 is a section of its own; 款 and 项 of an article belong together.
        heads = rank == SECOND and mark is not None and mark.title and not article
        if heads and mark is not None and len(own) > _ITEM:
            if packed:
                yield path, packed
            packed = ""
            yield from _below((*path, mark.title), article, group)
        elif packed and len(packed) + len(own) >= LONGEST:
            yield path, packed
            packed = own
        else:
            packed = f"{packed}\n{own}" if packed else own
        if len(packed) > LONGEST:
            yield from _below(path, article, packed.split("\n"))
            packed = ""
    if packed:
        yield path, packed


def _groups(
    lines: Sequence[str], marks: Sequence[Mark | None], rank: int
) -> Iterator[tuple[Mark | None, list[str]]]:
    """`lines` in groups, a new one at every mark of `rank`."""
    opening: Mark | None = None
    group: list[str] = []
    for line, mark in zip(lines, marks, strict=True):
        if mark is not None and mark.rank == rank:
            if group:
                yield opening, group
            opening, group = mark, []
        group.append(line)
    if group:
        yield opening, group


def _below(
    path: tuple[str, ...], article: str, lines: Sequence[str]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """The pieces of one item, which is cut no further at its own mark."""
    if len("\n".join(lines)) <= LONGEST or len(lines) == 1:
        yield from ((path, piece) for piece in _split("\n".join(lines)))
        return
    head, rest = lines[0], lines[1:]
    for place, (heading, piece) in enumerate(pieces(path, article, rest)):
        if place == 0 and len(head) + len(piece) < LONGEST:
            yield heading, f"{head}\n{piece}"
            continue
        if place == 0:
            yield from ((path, part) for part in _split(head))
        yield heading, piece


def _split(text: str) -> Iterator[str]:
    """`text` whole, or in pieces of whole sentences no longer than LONGEST where it can be."""
    if len(text) <= LONGEST:
        yield text
        return
    piece = ""
    for line in text.split("\n"):
        for place, sentence in enumerate(_short(sentences(line))):
            joint = "\n" if place == 0 and piece else ""
            if piece and len(piece) + len(sentence) > LONGEST:
                yield piece
                piece = sentence
            else:
                piece += joint + sentence
    if piece:
        yield piece


def _short(found: Sequence[str]) -> Iterator[str]:
    """Sentences, those without end (tables that lost their lines) in parts."""
    for sentence in found:
        if len(sentence) <= 2 * LONGEST:
            yield sentence
            continue
        for start in range(0, len(sentence), LONGEST):
            yield sentence[start : start + LONGEST]
