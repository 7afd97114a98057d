"""Pairs of texts that mean the same or stand together, from the sets marked *train*."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from knowledge_base.text import sentences
from knowledge_base.words import Colloquial

Tokens = list[int]
Lesson = tuple[Tokens, Tokens]
_PASSAGE = 400
_LONGEST = 200
"""Tokens of a passage that are read in training; longer ones teach little more."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A passage in training: tokens of its title and of each sentence, and the one after it."""

    title: Tokens
    sentences: list[Tokens]
    following: int | None


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a jsonl file."""
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def read_texts(data: Path) -> Iterator[str]:
    """Every text the tokenizer is made from."""
    for row in read_rows(data / "statutes.jsonl"):
        yield f"{row['law']}\n{row['text']}"
    for row in read_rows(data / "policy_documents.jsonl"):
        yield f"{row['title']}\n{row['text']}"
    for row in read_rows(data / "paraphrase_train.jsonl"):
        yield f"{row['a']}\n{row['b']}"


def read_units(data: Path, tokenizer: Tokenizer) -> list[Unit]:
    """Articles of laws and stretches of policy documents, each with the one that follows."""
    source: list[tuple[str, list[str]]] = [
        (row["law"], sentences(row["text"])) for row in read_rows(data / "statutes.jsonl")
    ]
    for row in read_rows(data / "policy_documents.jsonl"):
        source.extend((row["title"], piece) for piece in _stretches(sentences(row["text"])))
    titles = {title: tokenizer.encode(title).ids for title in {title for title, _ in source}}
    units = []
    for place, (title, texts) in enumerate(source):
        tokens = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
        after = place + 1
        follows = after < len(source) and source[after][0] == title
        units.append(
            Unit(titles[title], [ids for ids in tokens if ids], after if follows else None)
        )
    return units


def read_paraphrases(data: Path, tokenizer: Tokenizer) -> list[Lesson]:
    """Questions people asked in two ways."""
    return [
        (tokenizer.encode(row["a"]).ids, tokenizer.encode(row["b"]).ids)
        for row in read_rows(data / "paraphrase_train.jsonl")
        if row["same"]
    ]


def read_sayings(colloquial: Colloquial, tokenizer: Tokenizer) -> list[Lesson]:
    """What people say, with what officials write for it: our own lexicon."""
    return [
        (tokenizer.encode(said).ids, tokenizer.encode("，".join(meant)).ids)
        for said, meant in colloquial.entries
    ]


def pair(units: Sequence[Unit], place: int, rng: random.Random) -> Lesson | None:
    """One lesson from a unit: something like a question, and the passage that answers it."""
    unit = units[place]
    texts, kind = unit.sentences, rng.random()
    if not texts:
        return None
    whole = [token for text in texts for token in text]
    if kind < 0.15 and unit.following is not None:
        after = units[unit.following]
        return whole[:_LONGEST], _passage(after, after.sentences)
    if kind < 0.25:
        return unit.title, whole[:_LONGEST]
    if kind < 0.40 or (len(texts) == 1 and kind < 0.75):
        count = min(len(whole), rng.randint(3, 10))
        return rng.sample(whole, count), _passage(unit, texts)
    if len(texts) == 1:
        if len(whole) < 8:
            return None
        middle = rng.randint(3, len(whole) - 3)
        return whole[:middle], (unit.title + whole[middle:])[:_LONGEST]
    if kind < 0.55:
        middle = rng.randint(1, len(texts) - 1)
        first = [token for text in texts[:middle] for token in text]
        return first[:_LONGEST], _passage(unit, texts[middle:])
    asked = rng.randrange(len(texts))
    kept = [token for token in texts[asked] if rng.random() > 0.3] or texts[asked]
    rest = texts if rng.random() < 0.15 else texts[:asked] + texts[asked + 1 :]
    return kept, _passage(unit, rest)


def _passage(unit: Unit, texts: Sequence[Tokens]) -> Tokens:
    return (unit.title + [token for text in texts for token in text])[:_LONGEST]


def _stretches(texts: Sequence[str]) -> Iterator[list[str]]:
    piece: list[str] = []
    for text in texts:
        if piece and sum(map(len, piece)) + len(text) > _PASSAGE:
            yield piece
            piece = []
        piece.append(text)
    if piece:
        yield piece
