"""Takes back an intent that should not be believed so easily."""

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message

FALLBACK = "nlu_fallback"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Caution(GraphComponent):
    """Messages without words, and intents below their own threshold (`sure`), become fallbacks.

    One threshold for all would not do: to be taken for a fraud is an insult, to be greeted is not.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self._sure: dict[str, float] = config["sure"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """No intent needs more than the fallback classifier asks."""
        return {"sure": {}}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "Caution":
        """The component; there is nothing to train."""
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        """Replaces the intent of the messages that deserve doubt."""
        for message in messages:
            intent = message.get("intent") or {}
            confidence = intent.get("confidence") or 0.0
            wordless = not re.search(r"\w", message.get("text") or "")
            if wordless or confidence < self._sure.get(intent.get("name") or "", 0.0):
                message.set(
                    "intent", {"name": FALLBACK, "confidence": confidence}, add_to_output=True
                )
        return messages
