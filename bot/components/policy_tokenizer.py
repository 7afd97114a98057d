"""jieba with our policy terms, on folded text; the terms are carried inside the trained model."""

import shutil
from pathlib import Path
from typing import Any

import jieba
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.jieba_tokenizer import JiebaTokenizer
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message

from bot.components.folding import folding

CARRIED = "policy_terms.txt"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class PolicyTokenizer(JiebaTokenizer):
    """Rasa's jieba tokenizer wants a folder in which every file is a dictionary.

    Ours is one file (`dictionary`, relative to the repository) in a folder that holds other
    things too. Loading it also builds jieba's own dictionary, so the first message does not wait.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The parent's settings; `dictionary` is required."""
        return {**JiebaTokenizer.get_default_config(), "dictionary": None}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "PolicyTokenizer":
        """A tokenizer about to be trained."""
        path = Path(config["dictionary"] or "")
        if not path.is_file():
            raise InvalidConfigException(f"config.yml: no dictionary of policy terms at {path}")
        cls._load_custom_dictionary(str(path))
        return cls(config, model_storage, resource)

    @staticmethod
    def _load_custom_dictionary(path: str) -> None:
        jieba.setLogLevel("WARNING")
        jieba.load_userdict(path)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """The words of the folded text: one form for dialect, slips and traditional characters."""
        text = folding().fold(message.get(attribute))
        cut = [Token(word, start) for word, start, _ in jieba.tokenize(text) if word.strip()]
        return self._apply_token_pattern(cut)

    def persist(self) -> None:
        """Keeps the dictionary in the model: a served model never reads the lexicon."""
        with self._model_storage.write_to(self._resource) as folder:
            shutil.copyfile(self._config["dictionary"], Path(folder) / CARRIED)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> "PolicyTokenizer":
        """A tokenizer as it was trained."""
        with model_storage.read_from(resource) as folder:
            cls._load_custom_dictionary(str(Path(folder) / CARRIED))
        return cls(config, model_storage, resource)
