"""Trains our encoder from scratch: python -m knowledge_base.training --data DIR --out DIR.

Two lessons: texts that belong together (laws, policies, paraphrases), then questions as people ask
them with what answers. `--base DIR` begins from an earlier result, teaches the second lesson alone
and keeps a share of what it began from.
"""

import argparse
import itertools
import json
import os
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer
from torch import nn

from knowledge_base.static_encoder import MODEL
from knowledge_base.training.pairs import (
    Lesson,
    Tokens,
    Unit,
    pair,
    read_paraphrases,
    read_sayings,
    read_texts,
    read_units,
)
from knowledge_base.training.spoken import (
    TAUGHT,
    Spoken,
    bundled_passages,
    digest,
    mean_vectors,
    near_misses,
    read_spoken,
    thinned,
    to_teach,
)
from knowledge_base.training.vocabulary import train_tokenizer
from knowledge_base.words import Colloquial, policy_terms

SEED = 20261123
_SCALE = 20.0
"""Cosines times this go into the softmax (a temperature of 0.05)."""
_TUNE_RATE = 0.01
_MISSES = 4
_DROPPED = 0.2
_BESIDE = 0.5
"""What the first lesson counts while the second is taught."""
_ECHOED = 0.3
"""How often a question is taught to stand near another way of asking the same, not its passage."""
_STATUTES = 2
"""How often in a round the questions for statutes are asked; there are fewer of them."""


class Composed(nn.Module):
    """Token vectors that are the token's own plus the mean of its characters' vectors.

    Rare words borrow from their characters; for use both are folded into one table.
    """

    def __init__(self, tokenizer: Tokenizer, dimension: int) -> None:
        super().__init__()
        vocabulary: dict[str, int] = tokenizer.get_vocab()
        tokens = sorted(vocabulary, key=lambda token: vocabulary[token])
        characters = {char: place for place, char in enumerate(sorted(set("".join(tokens))))}
        parts = [[characters[char] for char in token] for token in tokens]
        self.own = nn.Parameter(torch.randn(len(tokens), dimension) * 0.5)
        self.shared = nn.EmbeddingBag(len(characters), dimension, mode="mean")
        self._parts = torch.tensor(list(itertools.chain.from_iterable(parts)))
        self._starts = torch.tensor([0, *np.cumsum([len(part) for part in parts])[:-1]])

    def table(self) -> torch.Tensor:
        """One vector for each token."""
        shared: torch.Tensor = self.shared(self._parts, self._starts)
        return self.own + shared

    def forward(self, table: torch.Tensor, texts: list[Tokens]) -> torch.Tensor:
        """Vectors of length one for `texts`."""
        flat = torch.tensor(list(itertools.chain.from_iterable(texts)))
        starts = torch.tensor([0, *np.cumsum([len(text) for text in texts])[:-1]])
        pooled = nn.functional.embedding_bag(flat, table, starts, mode="mean")
        return nn.functional.normalize(pooled)


def lessons(
    units: list[Unit], spoken: list[list[Lesson]], size: int, rng: random.Random
) -> list[Lesson]:
    """One batch: a tenth in everyday speech, half of each kind, the rest from laws and policies."""
    asked = [rng.choice(kind) for kind in spoken if kind for _ in range(size // 20)]
    batch = [(left, right) for left, right in asked if left and right]
    while len(batch) < size:
        found = pair(units, rng.randrange(len(units)), rng)
        if found and found[0] and found[1]:
            batch.append(found)
    return batch


def train(
    data: Path, *, size: int, dimension: int, steps: int, batch: int
) -> tuple[Tokenizer, torch.Tensor]:
    """The tokenizer and the folded table of token vectors."""
    rng = random.Random(SEED)  # noqa: S311 (reproducible lessons, no secrets)
    torch.manual_seed(SEED)
    started = time.monotonic()
    colloquial = Colloquial.load()
    terms = [*policy_terms(), *colloquial.vocabulary()]
    tokenizer = train_tokenizer(read_texts(data), terms, size)
    units, paraphrases = read_units(data, tokenizer), read_paraphrases(data, tokenizer)
    sayings = read_sayings(colloquial, tokenizer)
    print(
        f"{len(units)} passages, {len(paraphrases)} paraphrases, "
        f"{tokenizer.get_vocab_size()} tokens, {time.monotonic() - started:.0f} s",
        flush=True,
    )
    model = Composed(tokenizer, dimension)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.05, total_steps=steps, pct_start=0.05
    )
    gold = torch.arange(batch)
    mean_loss = 0.0
    for step in range(1, steps + 1):
        chosen = lessons(units, [paraphrases, sayings], batch, rng)
        table = model.table()
        left = model(table, [text for text, _ in chosen])
        right = model(table, [text for _, text in chosen])
        scores = _SCALE * left @ right.T
        loss = (
            nn.functional.cross_entropy(scores, gold) + nn.functional.cross_entropy(scores.T, gold)
        ) / 2
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
        mean_loss += (loss.item() - mean_loss) / min(step, 100)
        if step % 100 == 0:
            print(
                f"step {step} loss {mean_loss:.3f} {time.monotonic() - started:.0f} s", flush=True
            )
    with torch.no_grad():
        return tokenizer, model.table().detach()


@dataclass(frozen=True, slots=True)
class Course:
    """What the second lesson teaches, read once for all its runs."""

    spoken: Spoken
    units: list[Unit]
    beside: list[list[Lesson]]

    @classmethod
    def read(cls, data: Path, tokenizer: Tokenizer) -> "Course":
        """Questions, and what of the first lesson goes on beside them."""
        spoken = read_spoken(data, tokenizer)
        print(f"{len(spoken.questions)} questions, {len(spoken.passages)} passages", flush=True)
        sayings = read_sayings(Colloquial.load(), tokenizer)
        beside = [read_paraphrases(data, tokenizer), sayings]
        return cls(spoken, read_units(data, tokenizer), beside)


def tune(
    course: Course, table: torch.Tensor, *, epochs: int, batch: int, seed: int
) -> torch.Tensor:
    """The table after the second lesson: each question near what answers it, far from what nearly
    does, while the first lesson goes on beside it so that nothing of it is forgotten.
    """
    rng = random.Random(seed)  # noqa: S311 (reproducible lessons, no secrets)
    started = time.monotonic()
    spoken = course.spoken
    tuned = nn.Parameter(table.clone())
    optimizer = torch.optim.Adam([tuned], lr=_TUNE_RATE)
    siblings = spoken.siblings()
    asking = list(range(len(spoken.questions)))
    asking += list(range(spoken.of_statutes)) * (_STATUTES - 1)
    steps = len(asking) // batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=_TUNE_RATE, total_steps=steps * epochs, pct_start=0.1
    )
    near: list[list[int]] = []
    for epoch in range(epochs):
        if epoch % 3 == 0:
            near = near_misses(tuned, spoken)
        order = rng.sample(asking, len(asking))
        total = 0.0
        for step in range(steps):
            asked = order[step * batch : (step + 1) * batch]
            loss = _asked_loss(tuned, spoken, siblings, near, asked, rng)
            other = lessons(course.units, course.beside, batch, rng)
            left = mean_vectors(tuned, [text for text, _ in other])
            beside = _SCALE * left @ mean_vectors(tuned, [text for _, text in other]).T
            own = torch.arange(len(other))
            loss = loss + _BESIDE / 2 * (
                nn.functional.cross_entropy(beside, own)
                + nn.functional.cross_entropy(beside.T, own)
            )
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()
            total += loss.item()
        seconds = time.monotonic() - started
        print(f"epoch {epoch + 1} loss {total / steps:.3f} {seconds:.0f} s", flush=True)
    return tuned.detach()


def blended(before: torch.Tensor, runs: Sequence[torch.Tensor], kept: float) -> torch.Tensor:
    """The mean of the `runs`, with the share `kept` of the table they began from.

    Each run errs in its own way; their mean errs less, and what is kept holds to texts that no
    question asks for.
    """
    mean = torch.stack([run / run.norm() for run in runs]).mean(dim=0)
    found: torch.Tensor = kept * before / before.norm() + (1 - kept) * mean
    return found


def _asked_loss(
    table: torch.Tensor,
    spoken: Spoken,
    siblings: list[list[int]],
    near: list[list[int]],
    asked: list[int],
    rng: random.Random,
) -> torch.Tensor:
    """How far the questions `asked` are from their passages, or from others asked for the same."""
    right = [spoken.questions[place][1] for place in asked]
    wrong = [miss for place in asked for miss in rng.sample(near[place], _MISSES)]
    columns = {place: column for column, place in enumerate(dict.fromkeys(right + wrong))}
    texts = [thinned(spoken.passages[place], _DROPPED / 2, rng) for place in columns]
    owners, gold = list(columns), [columns[place] for place in right]
    for row, place in enumerate(asked):
        if siblings[place] and rng.random() < _ECHOED:
            gold[row] = len(texts)
            texts.append(thinned(spoken.questions[rng.choice(siblings[place])][0], _DROPPED, rng))
            owners.append(right[row])
    questions = [thinned(spoken.questions[place][0], _DROPPED, rng) for place in asked]
    scores = _SCALE * mean_vectors(table, questions) @ mean_vectors(table, texts).T
    # What else answers a question is no wrong answer to it.
    answers = torch.tensor(right)[:, None] == torch.tensor(owners)[None, :]
    answers[torch.arange(len(asked)), gold] = False
    return nn.functional.cross_entropy(scores.masked_fill(answers, -torch.inf), torch.tensor(gold))


def save(folder: Path, tokenizer: Tokenizer, table: torch.Tensor) -> None:
    """Write the model as sentence-transformers reads it: StaticEmbedding, then length one."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = table.numpy()
    # Unknown characters carry no meaning: they pull no vector anywhere.
    weights[0] = 0.0
    weights = (weights / np.abs(weights).max()).astype(np.float16)
    save_file({"embedding.weight": weights}, str(folder / "model.safetensors"))
    (folder / "model.safetensors").chmod(0o644)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    modules = [
        {
            "idx": 0,
            "name": "0",
            "path": "",
            "type": "sentence_transformers.sentence_transformer.modules.StaticEmbedding",
        },
    ]
    (folder / "modules.json").write_text(json.dumps(modules, indent=1) + "\n", encoding="utf-8")
    (folder / "config_sentence_transformers.json").write_text(
        json.dumps({"similarity_fn_name": "cosine", "prompts": {}}, indent=1) + "\n",
        encoding="utf-8",
    )


def main() -> None:
    """Train and save."""
    parser = argparse.ArgumentParser(prog="python -m knowledge_base.training", description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("EVAL_DATA"), required=False)
    parser.add_argument("--out", type=Path, default=MODEL)
    parser.add_argument("--size", type=int, default=24_000, help="tokens in the vocabulary")
    parser.add_argument("--dimension", type=int, default=256)
    parser.add_argument("--steps", type=int, default=11_000)
    parser.add_argument("--batch", type=int, default=768)
    parser.add_argument("--epochs", type=int, default=3, help="of the second lesson")
    parser.add_argument("--runs", type=int, default=3, help="of the second lesson, averaged")
    parser.add_argument("--kept", type=float, default=0.5, help="share of --base in the result")
    parser.add_argument("--base", type=Path, help="a folder with the first lesson's result")
    options = parser.parse_args()
    if options.data is None:
        parser.error("name the data folder with --data or EVAL_DATA")
    torch.set_num_threads(1)
    data = Path(options.data)
    if options.base:
        tokenizer = Tokenizer.from_file(str(options.base / "tokenizer.json"))
        weights = load_file(str(options.base / "model.safetensors"))["embedding.weight"]
        table = torch.tensor(weights.astype(np.float32))
    else:
        tokenizer, table = train(
            data,
            size=options.size,
            dimension=options.dimension,
            steps=options.steps,
            batch=options.batch,
        )
    if options.epochs:
        course = Course.read(data, tokenizer)
        runs = [
            tune(
                course,
                table,
                epochs=options.epochs,
                batch=options.batch // 3,
                seed=SEED + run,
            )
            for run in range(options.runs)
        ]
        table = blended(table, runs, options.kept if options.base else 0.0)
    save(options.out, tokenizer, table)
    if options.out == MODEL:
        asked = (each for passage in bundled_passages() for each in to_teach(passage))
        # What an earlier run was taught is still in the weights it lends.
        earlier = TAUGHT.read_text(encoding="utf-8").split() if options.base else []
        TAUGHT.write_text("\n".join(sorted({*earlier, *map(digest, asked)})) + "\n", "utf-8")


if __name__ == "__main__":
    main()
