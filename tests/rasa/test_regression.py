"""Asked in our way, the intent classifier says what scikit-learn says."""

from pathlib import Path

import numpy as np
import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import random as some_sparse

from bot.components.regression import RegressionClassifier

WORDS, DIMENSION = 300, 16
INTENTS = ("ask_policy", "greet", "thanks", "open_ticket")


def message(number: int) -> Message:
    """A message with both kinds of features, as PhraseFeaturizer and EncoderFeaturizer make."""
    rng = np.random.default_rng(number)
    made = Message(data={TEXT: str(number), INTENT: INTENTS[number % len(INTENTS)]})
    sparse = some_sparse(1, WORDS, density=0.05, format="csr", random_state=number)
    dense = rng.normal(size=(1, DIMENSION)).astype(np.float32)
    for features, origin in ((sparse, "phrases"), (dense, "encoder")):
        made.add_features(Features(features, FEATURE_TYPE_SENTENCE, TEXT, origin))
    return made


@pytest.fixture
def trained(tmp_path: Path) -> RegressionClassifier:
    """The component as training leaves it and serving loads it."""
    storage, resource = LocalModelStorage(tmp_path), Resource("intents")
    config = {**RegressionClassifier.get_default_config(), "ranking_length": 3}
    RegressionClassifier(config, "intents", storage, resource).train(
        TrainingData([message(number) for number in range(80)])
    )

    class Context:
        node_name = "intents"

    return RegressionClassifier.load(config, storage, resource, Context())


def test_the_probabilities_are_scikit_learn_s(trained: RegressionClassifier) -> None:
    asked = [message(number) for number in range(100, 140)]
    theirs = trained.clf.predict_proba(trained._create_X(asked))
    trained.process(asked)
    for each, wanted in zip(asked, theirs, strict=True):
        order = np.argsort(-wanted, kind="stable")[:3]
        ranking = each.get("intent_ranking")
        assert [found["name"] for found in ranking] == list(trained.clf.classes_[order])
        assert np.allclose([found["confidence"] for found in ranking], wanted[order], atol=1e-12)
        assert each.get("intent") == ranking[0]


def test_a_message_without_features_gets_what_is_likeliest_of_all(
    trained: RegressionClassifier,
) -> None:
    [empty] = trained.process([Message(data={TEXT: ""})])
    likeliest = trained.clf.classes_[trained.clf.intercept_.argmax()]
    assert empty.get("intent")["name"] == likeliest
