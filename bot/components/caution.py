"""Takes back an intent that should not be believed so easily; sets one that must not be missed."""

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message

from bot.components.folding import folding

FALLBACK = "nlu_fallback"
_SPOKEN = re.compile(r"[\u3400-\u9fff]|\d{4}|bz|help|menu|hello|\bhi\b", re.I)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Caution(GraphComponent):
    """Messages without words become fallbacks; so do intents below their own threshold (`sure`),
    without a word that speaks for them (`evidence`, a pattern per intent; of messages without a
    Chinese character one is always asked for; an intent surer than `trusted` needs none) or with
    one that speaks `against`. A message that
    matches a pattern of `certain` has that intent whatever the classifier made of it, unless it
    matches the exception of the same name in `but_not`, or the classifier is as sure of another as
    `yields` asks and that other deserves no doubt.

    In place of a doubtful one the next likely intent is taken when it deserves none itself and
    reaches `likely`.

    One threshold for all would not do: to be taken for a fraud is an insult, to be greeted is not.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self._sure: dict[str, float] = config["sure"]
        self._evidence = compiled(config["evidence"])
        self._trusted: dict[str, float] = config["trusted"]
        self._yields: dict[str, dict[str, float]] = config["yields"]
        self._against = compiled(config["against"])
        self._certain = compiled(config["certain"])
        self._but_not = compiled(config["but_not"])
        self._likely: float = config["likely"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """No intent needs more than the fallback classifier asks."""
        return {
            "sure": {},
            "evidence": {},
            "trusted": {},
            "against": {},
            "certain": {},
            "but_not": {},
            "yields": {},
            "likely": 0.2,
        }

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
            name, confidence = intent.get("name") or "", intent.get("confidence") or 0.0
            said = message.get("text") or ""
            # As it was written, and as the model read it: 自杀 and 自殺, 投诉 and 投拆.
            text = f"{said}\n{folding().fold(said)}"
            certain = self._certain_intent(text, name, confidence)
            if certain:
                name, confidence = certain, 1.0
            elif self._is_doubtful(name, confidence, text):
                name, confidence = self._next_best(message, text) or (FALLBACK, confidence)
            if name != intent.get("name"):
                found = {"name": name, "confidence": confidence}
                message.set("intent", found, add_to_output=True)
        return messages

    def _certain_intent(self, text: str, taken_for: str, confidence: float) -> str:
        for name, pattern in self._certain.items():
            exception = self._but_not.get(name)
            yields = confidence >= self._yields.get(name, {}).get(taken_for, 1.1)
            if yields and not self._is_doubtful(taken_for, confidence, text):
                continue
            if pattern.search(text) and not (exception and exception.search(text)):
                return name
        return ""

    def _next_best(self, message: Message, text: str) -> tuple[str, float] | None:
        """The likeliest other intent that deserves no doubt, when it is likely enough."""
        for other in (message.get("intent_ranking") or [])[1:]:
            name, confidence = other["name"], other["confidence"]
            if confidence >= self._likely and not self._is_doubtful(name, confidence, text):
                return name, confidence
        return None

    def _is_doubtful(self, name: str, confidence: float, text: str) -> bool:
        evidence = self._evidence.get(name)
        against = self._against.get(name)
        if not re.search(r"[^\W_]", text) or confidence < self._sure.get(name, 0.0):
            return True
        if against is not None and against.search(text):
            return True
        if evidence is None:
            # Keys struck at random look like any intent that takes all sorts of words.
            return not _SPOKEN.search(text)
        trusted = confidence >= self._trusted.get(name, 1.1) and bool(_SPOKEN.search(text))
        return not (trusted or evidence.search(text))


def compiled(patterns: dict[str, str]) -> dict[str, re.Pattern[str]]:
    """The patterns, ready to search with, whatever case the person writes in, line by line."""
    flags = re.IGNORECASE | re.MULTILINE
    return {name: re.compile(pattern, flags) for name, pattern in patterns.items()}
