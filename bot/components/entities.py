"""Entities of a message: bot/gazetteer.py as a Rasa component."""

import json
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.folding import folding
from bot.components.gazetteer import Gazetteer, find_all, tables

CARRIED = "entities.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class EntityFinder(GraphComponent, EntityExtractorMixin):
    """Entities with values in one form; the tables are carried inside the trained model.

    Stands behind the classifier: what some words name depends on what the message wants.
    """

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config, self._storage, self._resource = config, storage, resource
        self._gazetteer = Gazetteer([])

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Three paths, relative to the repository; all are required."""
        return {"entities": None, "policies": None, "corpus": None}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "EntityFinder":
        """A finder about to be trained."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Reads the tables and keeps them in the model."""
        rows = tables(*(Path(self._config[name]) for name in ("entities", "policies", "corpus")))
        self._gazetteer = Gazetteer(rows)
        with self._storage.write_to(self._resource) as folder:
            (Path(folder) / CARRIED).write_text(
                json.dumps(rows, ensure_ascii=False), encoding="utf-8"
            )
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> "EntityFinder":
        """A finder as it was trained."""
        made = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            made._gazetteer = Gazetteer(
                json.loads((Path(folder) / CARRIED).read_text(encoding="utf-8"))
            )
        return made

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training sentences carry no entities: nobody learns from them."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the entities of each message."""
        for message in messages:
            intent = (message.get("intent") or {}).get("name") or ""
            found = [
                {
                    "entity": each.entity,
                    "value": each.value,
                    "start": each.start,
                    "end": each.end,
                }
                for each in find_all(message.get(TEXT) or "", intent, self._gazetteer)
            ]
            entities = [*message.get(ENTITIES, []), *self.add_extractor_name(found)]
            message.set(ENTITIES, entities, add_to_output=True)
            # The policy search knows no slips of its own.
            message.set("heard", folding().fold(message.get(TEXT) or ""), add_to_output=True)
        return messages
