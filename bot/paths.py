"""Where the dialogue's inputs lie and where what is made of them goes."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "config.yml"
DOMAIN = ROOT / "domain.yml"
DATA = ROOT / "bot" / "data"
NLU = DATA / "nlu"
ENDPOINTS = ROOT / "endpoints.yml"
CREDENTIALS = ROOT / "credentials.yml"
COMPONENTS = ROOT / "bot" / "components"
DICTIONARY = ROOT / "knowledge_base" / "lexicon" / "policy_terms.txt"
LEXICON = ROOT / "bot" / "lexicon"
CORPUS = ROOT / "knowledge_base" / "corpus"
ENCODER = ROOT / "knowledge_base" / "model"
# Written apart from the training data: the first while its author knew it, the others blind.
INTENTS_TEST = ROOT / "tests" / "rasa" / "intents_test.yml"
INTENTS_BLIND_TEST = ROOT / "tests" / "rasa" / "intents_blind_test.yml"
ENTITIES_BLIND_TEST = ROOT / "tests" / "rasa" / "entities_blind_test.yml"


def data_dir() -> Path:
    """`DATA_DIR` of this installation, `var/` by default."""
    return Path(os.environ.get("DATA_DIR") or ROOT / "var").resolve()


def models_dir() -> Path:
    """The folder of trained models."""
    return data_dir() / "models"
