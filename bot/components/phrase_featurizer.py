"""Words, characters, ideas and sounds of a message as features of the intent classifier."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix

from bot.components.concepts import Concepts
from bot.components.folding import folding, read_table
from bot.components.sounds import Sounds
from bot.components.weights import TermWeights

CARRIED = "phrases.json"
GROUPS = ("words", "characters", "concepts", "sounds")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class PhraseFeaturizer(SparseFeaturizer, GraphComponent):
    """Four groups, each of length one times its weight: one-sided evidence cannot drown the rest.

    `concepts`, `subjects` and `sounds` are files, relative to the repository. `strength` scales
    all: the classifier has no setting for how closely it follows the training sentences, and this
    is one.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Words come from the tokenizer, which has folded the text."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`concepts`, `subjects` and `sounds` are required."""
        return {
            **SparseFeaturizer.get_default_config(),
            "concepts": None,
            "subjects": None,
            "sounds": None,
            "fewest": 2,
            "strength": 3.0,
            "weights": dict.fromkeys(GROUPS, 1.0),
        }

    def __init__(
        self, config: dict[str, Any], name: str, storage: ModelStorage, resource: Resource
    ) -> None:
        super().__init__(name, config)
        self._storage, self._resource = storage, resource
        self._learned: dict[str, TermWeights] = {}
        self._tables: dict[str, list[Any]] = {}
        self._concepts = Concepts([], [])
        self._sounds = Sounds([])

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Paths are checked when they are read."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "PhraseFeaturizer":
        """A featurizer about to be trained."""
        return cls(config, execution_context.node_name, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learns which terms tell how much; keeps them and the tables in the model."""
        subjects = Path(self._config["subjects"]).read_text(encoding="utf-8").splitlines()
        self._use_tables(
            {
                "concepts": read_table(Path(self._config["concepts"])),
                "subjects": [line.split(" ")[0] for line in subjects],
                "sounds": read_table(Path(self._config["sounds"])),
            }
        )
        examples = [each for each in training_data.intent_examples if each.get(TEXT)]
        terms = [self._terms(example) for example in examples]
        for group in GROUPS:
            self._learned[group] = TermWeights.learn(
                (each[group] for each in terms), fewest=self._config["fewest"]
            )
        learned = {group: weights.as_json() for group, weights in self._learned.items()}
        with self._storage.write_to(self._resource) as folder:
            body = json.dumps({"tables": self._tables, "learned": learned}, ensure_ascii=False)
            (Path(folder) / CARRIED).write_text(body, encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> "PhraseFeaturizer":
        """A featurizer as it was trained."""
        made = cls(config, execution_context.node_name, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            body = json.loads((Path(folder) / CARRIED).read_text(encoding="utf-8"))
        made._use_tables(body["tables"])
        made._learned = {
            group: TermWeights.from_json(each) for group, each in body["learned"].items()
        }
        return made

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Adds the features to all training sentences."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the features of each message that has a text."""
        for message in messages:
            if message.get(TEXT):
                message.add_features(
                    Features(
                        self._row(self._terms(message)),
                        FEATURE_TYPE_SENTENCE,
                        TEXT,
                        self._identifier,
                    )
                )
        return messages

    def _use_tables(self, tables: dict[str, list[Any]]) -> None:
        self._tables = tables
        self._concepts = Concepts(map(tuple, tables["concepts"]), tables["subjects"])
        self._sounds = Sounds(map(tuple, tables["sounds"]))

    def _row(self, terms: dict[str, list[str]]) -> csr_matrix:
        """The groups side by side."""
        columns, values, width = [], [], 0
        for group in GROUPS:
            learned = self._learned[group]
            found, weights = learned.weighed(terms[group])
            columns.append(found + width)
            values.append(weights * self._weight(group))
            width += len(learned)
        places = np.concatenate(columns)
        row = (np.concatenate(values), places, np.asarray([0, len(places)]))
        return csr_matrix(row, shape=(1, width))

    def _weight(self, group: str) -> float:
        return float(self._config["strength"] * self._config["weights"][group])

    def _terms(self, message: Message) -> dict[str, list[str]]:
        text = folding().fold(message.get(TEXT))
        # The ends tell apart 好的 and 好的谢谢, 你好 and 你好像.
        bounded = f"^{text}$"
        return {
            "words": [token.text for token in message.get(TOKENS_NAMES[TEXT]) or []],
            "characters": [*text, *map("".join, itertools.pairwise(bounded))],
            "concepts": self._concepts.terms(text),
            "sounds": self._sounds.terms(text),
        }
