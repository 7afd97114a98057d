"""Which pipeline understands best: each trained on our sentences, scored on those written apart.

    .venv-rasa/bin/python -m bot compare [--epochs N] [--test FILE] [--only NUMBER …]

DIET takes half a minute an epoch on two busy cores and learns little after the fifteenth. What was
trained is kept in DATA_DIR/comparison until its inputs change: a comparison that was cut off goes
on, and another test set costs seconds.
"""

import asyncio
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot import evaluation, paths, training

Pipeline = list[dict[str, Any]]
EPOCHS = 15
TOKENIZER = {
    "name": "bot.components.policy_tokenizer.PolicyTokenizer",
    "dictionary": "knowledge_base/lexicon/policy_terms.txt",
}
COUNTS: Pipeline = [
    {
        "name": "CountVectorsFeaturizer",
        "analyzer": "word",
        "token_pattern": r"(?u)\S+",
    },
    {"name": "CountVectorsFeaturizer", "analyzer": "char", "min_ngram": 1, "max_ngram": 3},
]
PHRASES: Pipeline = [
    {
        "name": "bot.components.phrase_featurizer.PhraseFeaturizer",
        "concepts": "bot/lexicon/concepts.tsv",
        "subjects": "knowledge_base/lexicon/policy_terms.txt",
        "sounds": "bot/lexicon/sounds.tsv",
        "strength": 3.2,
    }
]
ENCODER = {"name": "bot.components.encoder_featurizer.EncoderFeaturizer", "strength": 3.2}
REGRESSION = {"name": "LogisticRegressionClassifier", "max_iter": 200, "random_state": 42}


@dataclass(frozen=True, slots=True)
class Row:
    """One pipeline: its scores, the time of a sentence, the time of its training."""

    name: str
    scores: evaluation.Scores
    training_seconds: float


def variants(epochs: int) -> dict[str, Pipeline]:
    """What is compared; the first is Rasa as it comes, the last is ours but for its caution."""
    diet = {"name": "DIETClassifier", "epochs": epochs, "random_seed": 42}
    stock: Pipeline = [
        {"name": "JiebaTokenizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        diet,
    ]
    return {
        "stock Rasa: jieba, counts, DIET": stock,
        "folded words and characters, DIET": [TOKENIZER, *COUNTS, diet],
        "… and the encoder, DIET": [TOKENIZER, *COUNTS, ENCODER, diet],
        "folded words and characters, regression": [TOKENIZER, *COUNTS, REGRESSION],
        "… and the encoder, regression": [TOKENIZER, *COUNTS, ENCODER, REGRESSION],
        "words, characters and ideas, regression": [TOKENIZER, *PHRASES, REGRESSION],
        "… and the encoder, regression: ours": [TOKENIZER, *PHRASES, ENCODER, REGRESSION],
    }


def compare(test: Path, *, epochs: int = EPOCHS, only: Collection[int] = ()) -> Iterator[Row]:
    """Trains and scores one variant after the other, of those numbered `only` when any is."""
    for number, (name, pipeline) in enumerate(variants(epochs).items()):
        if not only or number in only:
            yield scored_row(name, pipeline, test)
    if not only:
        # As it is served: doubtful intents taken back, dangers never missed.
        started = time.monotonic()
        training.train()
        seconds = time.monotonic() - started
        yield Row("ours as served, with caution", evaluation.evaluate(test), seconds)


def stock(test: Path, *, epochs: int = EPOCHS) -> Row:
    """Rasa as it comes, on our sentences."""
    name, pipeline = next(iter(variants(epochs).items()))
    return scored_row(name, pipeline, test)


def scored_row(name: str, pipeline: Pipeline, test: Path) -> Row:
    """The scores of `pipeline` on `test`; it is trained unless that was done."""
    from rasa.core.agent import Agent

    model, seconds = trained(pipeline)
    agent = Agent.load(str(model))
    return Row(name, asyncio.run(evaluation.understood(agent, test, model.name)), seconds)


def trained(pipeline: Pipeline) -> tuple[Path, float]:
    """The model of `pipeline` and how many seconds its training took. Raises TrainingFailed."""
    folder = paths.data_dir() / "comparison"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{_fingerprint(pipeline)}.tar.gz"
    noted = target.with_suffix(".seconds")
    if not (target.is_file() and noted.is_file()):
        started = time.monotonic()
        scratch = Path(tempfile.mkdtemp(prefix=".training-", dir=folder))
        try:
            model = train_pipeline(scratch, pipeline, paths.NLU)
            noted.write_text(f"{time.monotonic() - started:.1f}", encoding="utf-8")
            os.replace(model, target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return target, float(noted.read_text(encoding="utf-8"))


def _fingerprint(pipeline: Pipeline) -> str:
    digest = hashlib.sha256(json.dumps(pipeline, sort_keys=True).encode())
    for path in training.understanding():
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def train_pipeline(scratch: Path, pipeline: Pipeline, sentences: Path) -> Path:
    """A model of `pipeline` and `sentences`, an NLU file or folder, made in the folder `scratch`.

    Raises TrainingFailed.
    """
    from rasa.model_training import train_nlu

    config = scratch / "config.yml"
    body = {"recipe": "default.v1", "language": "zh", "assistant_id": "one", "pipeline": pipeline}
    config.write_text(yaml.safe_dump(body, allow_unicode=True), encoding="utf-8")
    # Rasa's own cache knows nothing of our components' source and would keep what they made.
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    os.environ["RASA_CACHE_DIRECTORY"] = str(scratch / "cache")
    model = train_nlu(
        config=str(config),
        nlu_data=str(sentences),
        output=str(scratch),
        fixed_model_name="model",
        domain=str(paths.DOMAIN),
    )
    if model is None:
        raise training.TrainingFailed("no model was made")
    return Path(model)


def as_table(rows: list[Row]) -> str:
    """Markdown, as docs/decisions shows it."""
    lines = [
        "| pipeline | macro-F1 | worst intent | ms a sentence | training, s |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.name} | {row.scores.macro_f1:.3f} | {row.scores.worst.intent} "
        f"{row.scores.worst.f1:.2f} | {row.scores.ms_per_sentence:.1f} "
        f"| {row.training_seconds:.0f} |"
        for row in rows
    ]
    return "\n".join(lines)
