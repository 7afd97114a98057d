"""Which pipeline understands best: each trained on our sentences, scored on those written apart.

    .venv-rasa/bin/python -m bot compare [--epochs N] [--test FILE]

DIET takes half a minute an epoch on two busy cores and learns little after the fifteenth.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

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


def compare(test: Path, *, epochs: int = EPOCHS) -> Iterator[Row]:
    """Trains and scores one variant after the other, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="comparison-") as scratch:
        for number, (name, pipeline) in enumerate(variants(epochs).items()):
            started = time.monotonic()
            model = _trained(Path(scratch), f"variant-{number}", pipeline)
            yield Row(name, _scored(model, test), time.monotonic() - started)
    # As it is served: doubtful intents taken back, dangers never missed.
    started = time.monotonic()
    training.train()
    seconds = time.monotonic() - started
    yield Row("ours as served, with caution", evaluation.evaluate(test), seconds)


def _trained(scratch: Path, name: str, pipeline: Pipeline) -> Path:
    from rasa.model_training import train_nlu

    config = scratch / f"{name}.yml"
    body = {"recipe": "default.v1", "language": "zh", "assistant_id": name, "pipeline": pipeline}
    config.write_text(yaml.safe_dump(body, allow_unicode=True), encoding="utf-8")
    model = train_nlu(
        config=str(config),
        nlu_data=str(paths.NLU),
        output=str(scratch),
        fixed_model_name=name,
        domain=str(paths.DOMAIN),
    )
    if model is None:
        raise training.TrainingFailed(f"{name} gave no model")
    return Path(model)


def _scored(model: Path, test: Path) -> evaluation.Scores:
    from rasa.core.agent import Agent

    agent = Agent.load(str(model))
    return asyncio.run(evaluation.understood(agent, test, model.name))


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
