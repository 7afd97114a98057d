"""The meaning of a message as our sentence encoder sees it, for the intent classifier."""

from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.folding import folding
from knowledge_base.static_encoder import StaticEncoder


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class EncoderFeaturizer(DenseFeaturizer, GraphComponent):
    """Static embeddings of `knowledge_base/model`, without torch: well under a millisecond.

    A model remembers which weights it was trained on and refuses to be served with others: vectors
    of another encoder would mean nothing to its classifier.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`strength` is the length of each vector."""
        return {**DenseFeaturizer.get_default_config(), "strength": 3.0}

    def __init__(self, config: dict[str, Any], name: str, resource: Resource) -> None:
        super().__init__(name, config)
        self._resource = resource
        self._encoder = StaticEncoder()

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """There is nothing to check."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "EncoderFeaturizer":
        """A featurizer about to be trained: its weights are noted in the model."""
        made = cls(config, execution_context.node_name, resource)
        with model_storage.write_to(resource) as folder:
            (Path(folder) / "encoder").write_text(made._encoder.fingerprint, encoding="utf-8")
        return made

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> "EncoderFeaturizer":
        """A featurizer as it was trained. Raises EncoderChanged when the weights are others."""
        made = cls(config, execution_context.node_name, resource)
        with model_storage.read_from(resource) as folder:
            trained = (Path(folder) / "encoder").read_text(encoding="utf-8")
        if trained != made._encoder.fingerprint:
            raise EncoderChanged(
                "the dialogue model was trained with other encoder weights: "
                "run `python -m bot train`"
            )
        return made

    def train(self, training_data: TrainingData) -> Resource:
        """Nothing is learned here; the encoder was trained by knowledge_base/training."""
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Adds the vectors to all training sentences."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the vector of each message that has a text."""
        for message in messages:
            if message.get(TEXT):
                vectors = self._encoder.encode([folding().fold(message.get(TEXT))])
                message.add_features(
                    Features(
                        vectors * self._config["strength"],
                        FEATURE_TYPE_SENTENCE,
                        TEXT,
                        self._identifier,
                    )
                )
        return messages


class EncoderChanged(Exception):
    """The served encoder is not the one that the dialogue model was trained with."""
