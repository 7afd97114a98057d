"""What a question is about, word by word, and how much of that a document speaks of."""

import math
import re
import sys
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

import jieba

from knowledge_base.index import Index
from knowledge_base.scaffold import SCAFFOLD

_IS_FIGURE = re.compile(r"[\d.%]+$")
# jieba's tags: adverbs, conjunctions, pronouns, numerals, measures, prepositions, particles.
_FUNCTION = frozenset(("d", "c", "r", "m", "q", "f", "p", "u", "uj", "ul", "y", "e", "o", "mq"))
_SPOKEN = 0.3
_ELSEWHERE = 0.9
"""What a term counts that stands in the document, but not in the passage."""


def segments(question: str, index: Index) -> list[str]:
    """The words of `question` that may name its subject, in their order."""
    return [
        word
        for word in index.analyser.segments(question)
        if word not in SCAFFOLD and not _IS_FIGURE.match(word)
    ]


def term_weights(question: str, index: Index) -> dict[str, float]:
    """The terms of `question` that name its subject, each with its weight (rare is heavy)."""
    count = len(index.passages)
    weights: dict[str, float] = {}
    for term in segments(question, index):
        # A single character tells only when nobody wrote it: 猫 is no matter of ours.
        if len(term) == 1 and index.words["characters"].frequency(term):
            continue
        if _tags().get(term) in _FUNCTION:
            continue
        seen = index.words["words"].frequency(term)
        weight = math.log(1 + (count - seen + 0.5) / (seen + 0.5))
        # A thing nobody wrote about is telling; an unwritten verb is only another way to speak.
        weights[term] = weight if seen or is_thing(term) else _SPOKEN * weight
    return weights


def is_thing(term: str) -> bool:
    """Whether `term` names a thing or a place: any word that is no verb and no adjective."""
    return _tags().get(term, "n") in ("n", "ns")


def held(
    weights: Mapping[str, float],
    sayings: Sequence[tuple[str, tuple[str, ...]]],
    near: str,
    far: str,
) -> dict[str, float]:
    """How far (0 to 1) the passage (`near`) or its document (`far`) speaks of each term.

    A saying counts as what it stands for.
    """
    return {term: _held(term, _official(term, sayings), near, far) for term in weights}


def rare_stretches(text: str, index: Index) -> dict[str, float]:
    """The characters of `text` and pairs of them, each with its weight (rare is heavy)."""
    field, count = index.words["characters"], index.entries
    terms = Counter(index.analyser.characters(text))
    return {
        term: often * math.log(1 + count / (1 + field.frequency(term)))
        for term, often in terms.items()
    }


def share(stretches: Mapping[str, float], within: Collection[str]) -> float:
    """The share (0 to 1), by weight, of `stretches` that stand `within` a text's."""
    total = sum(stretches.values())
    told = sum(weight for term, weight in stretches.items() if term in within)
    return told / total if total else 0.0


def echo(question: Mapping[str, float], others: Sequence[Mapping[str, float]]) -> float:
    """How near (0 to 1) the words of a question come to those of the nearest of `others`."""
    length = math.hypot(*question.values())
    nearest = 0.0
    for theirs in others:
        inner = sum(weight * theirs[term] for term, weight in question.items() if term in theirs)
        nearest = max(nearest, inner / max(length * math.hypot(*theirs.values()), 1e-9))
    return nearest


def _held(term: str, meant: Sequence[str], near: str, far: str) -> float:
    words = (term, *meant)
    if any(word in near for word in words):
        return 1.0
    if any(word in far for word in words):
        return _ELSEWHERE
    pairs = [term[place : place + 2] for place in range(len(term) - 1)]
    return sum(part in near for part in pairs) / len(pairs) if len(pairs) > 1 else 0.0


def _official(term: str, sayings: Sequence[tuple[str, tuple[str, ...]]]) -> list[str]:
    """What the sayings that `term` is part of stand for."""
    return [word for said, words in sayings if term in said or said in term for word in words]


@lru_cache(maxsize=1)
def _tags() -> dict[str, str]:
    """Parts of speech in jieba's dictionary: of words that carry no subject, and of places."""
    kept: dict[str, str] = {}
    with jieba.get_dict_file() as stream:
        for line in stream.read().decode("utf-8").splitlines():
            word, _, tag = line.split(" ")
            if tag in _FUNCTION or tag == "ns" or tag[0] in "va":
                kept[word] = sys.intern(tag)
    return kept
