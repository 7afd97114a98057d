"""Questions as people ask them, with the article or passage that answers: the second lesson.

`spoken_articles.jsonl` was written by hand for articles of the statutes, and the bundled policies
carry 常见问法; both were written without sight of any question that is measured on.
"""

import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn

from knowledge_base.entries import encoded_text
from knowledge_base.passages import Passage, cut
from knowledge_base.reading import read_paths
from knowledge_base.training.pairs import Tokens, read_rows

SPOKEN = Path(__file__).parent / "spoken_articles.jsonl"
TAUGHT = Path(__file__).parent / "taught.txt"
"""Digests of the 常见问法 that the shipped encoder was taught, written beside it."""
LABELLED = Path(__file__).with_name("labelled.jsonl")
"""Written from the topics alone, then given every document that answers; [] where none does."""
CORPUS = Path(__file__).parents[1] / "corpus"
_LONGEST = 200
_NEAR = 60
_UNSEEN = 4
_SKIPPED = 3
"""The nearest wrong passages often answer too, so they are not taught to be wrong."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Passages in tokens, and questions in tokens each with the passage that answers it."""

    passages: list[Tokens]
    questions: list[tuple[Tokens, int]]
    of_statutes: int
    """How many of the questions, the first ones, ask for articles of statutes."""

    def siblings(self) -> list[list[int]]:
        """For each question the others that the same passage answers."""
        asked: dict[int, list[int]] = {}
        for place, (_, passage) in enumerate(self.questions):
            asked.setdefault(passage, []).append(place)
        return [
            [other for other in asked[passage] if other != place]
            for place, (_, passage) in enumerate(self.questions)
        ]


def bundled_passages(corpus: Path = CORPUS) -> list[Passage]:
    """Every passage of the bundled policies."""
    reading = read_paths([corpus])
    return [passage for document in reading.documents for passage in cut(document)]


def to_teach(passage: Passage) -> tuple[str, ...]:
    """The ways of asking that are taught; every fourth stays unseen, for decide.py, and so do those
    that were written blind."""
    blind = _blind()
    return tuple(
        asked
        for asked in passage.asked
        if zlib.crc32(asked.encode()) % _UNSEEN and asked not in blind
    )


@lru_cache(maxsize=1)
def _blind() -> frozenset[str]:
    return frozenset(row["question"] for row in read_rows(LABELLED))


@lru_cache(maxsize=1)
def _taught() -> frozenset[str]:
    return frozenset(TAUGHT.read_text(encoding="utf-8").split())


def was_taught(asked: str) -> bool:
    """Whether the encoder that is shipped was taught this way of asking."""
    return digest(asked) in _taught()


def digest(asked: str) -> str:
    """What a way of asking is known by in the list of those that were taught."""
    return f"{zlib.crc32(asked.encode()):08x}"


def read_spoken(data: Path, tokenizer: Tokenizer) -> Spoken:
    """All passages and questions of the second lesson."""
    asked = {row["id"]: row["asked"] for row in read_rows(SPOKEN)}
    texts: list[str] = []
    pairs: list[tuple[str, int]] = []
    for row in read_rows(data / "statutes.jsonl"):
        pairs += [(question, len(texts)) for question in asked.get(row["id"], ())]
        texts.append(f"{row['law']}\n{row['text']}")
    statutes = len(pairs)
    for passage in bundled_passages():
        pairs += [(question, len(texts)) for question in to_teach(passage)]
        texts.append(encoded_text(passage))
    tokens = [
        encoding.ids or [0] for encoding in tokenizer.encode_batch(texts, add_special_tokens=False)
    ]
    questions = tokenizer.encode_batch([question for question, _ in pairs])
    return Spoken(
        [ids[:_LONGEST] for ids in tokens],
        [
            (encoding.ids or [0], place)
            for encoding, (_, place) in zip(questions, pairs, strict=True)
        ],
        statutes,
    )


def mean_vectors(table: torch.Tensor, texts: Sequence[Tokens]) -> torch.Tensor:
    """Vectors of length one: the mean of the tokens' vectors."""
    flat = torch.tensor([token for text in texts for token in text])
    starts = torch.tensor(np.cumsum([0, *(len(text) for text in texts[:-1])]))
    return nn.functional.normalize(nn.functional.embedding_bag(flat, table, starts, mode="mean"))


def near_misses(table: torch.Tensor, spoken: Spoken) -> list[list[int]]:
    """For each question the passages that come near it and are not the right one."""
    with torch.no_grad():
        passages = torch.cat(
            [
                mean_vectors(table, spoken.passages[start : start + 4096])
                for start in range(0, len(spoken.passages), 4096)
            ]
        ).numpy()
        asked = mean_vectors(table, [question for question, _ in spoken.questions]).numpy()
    found: list[list[int]] = []
    for start in range(0, len(asked), 512):
        scores: NDArray[np.float32] = asked[start : start + 512] @ passages.T
        nearest = np.argpartition(-scores, _NEAR, axis=1)[:, :_NEAR]
        for row, places in enumerate(nearest):
            ordered = places[np.argsort(-scores[row, places])]
            right = spoken.questions[start + row][1]
            found.append([int(place) for place in ordered if place != right][_SKIPPED:])
    return found


def thinned(tokens: Tokens, dropped: float, rng: random.Random) -> Tokens:
    """`tokens` without a random share of them; never empty."""
    return [token for token in tokens if rng.random() >= dropped] or tokens
