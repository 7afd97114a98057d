"""The dialogue's files fit together."""

import re
import subprocess
import sys
from collections import Counter

import pytest
import yaml
from rasa.core.agent import Agent

from bot import evaluation, paths, training

FEWEST_EXAMPLES = 80
FEWEST_TESTED = 10


def words(text: str) -> str:
    return re.sub(r"\W", "", text).lower()


def test_rasa_finds_no_conflict_in_the_data() -> None:
    command = [sys.executable, "-m", "rasa", "data", "validate", "--fail-on-warnings"]
    files = ["--domain", paths.DOMAIN, "--config", paths.CONFIG, "--data", paths.DATA]
    found = subprocess.run(
        [*command, *files],
        cwd=paths.ROOT,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert found.returncode == 0, (found.stdout + found.stderr)[-3000:]


def test_no_text_is_trained_for_two_intents() -> None:
    seen: dict[str, str] = {}
    for text, intent in evaluation.read_sentences(paths.NLU):
        assert seen.setdefault(words(text), intent) == intent, text


def test_no_test_sentence_is_trained_on() -> None:
    trained = {words(text) for text, _ in evaluation.read_sentences(paths.NLU)}
    tested = {words(text) for text, _ in evaluation.read_sentences(paths.INTENTS_TEST)}
    assert not trained & tested


def test_every_intent_has_examples_enough() -> None:
    trained = Counter(intent for _, intent in evaluation.read_sentences(paths.NLU))
    tested = Counter(intent for _, intent in evaluation.read_sentences(paths.INTENTS_TEST))
    domain = yaml.safe_load(paths.DOMAIN.read_text(encoding="utf-8"))
    for intent in domain["intents"]:
        assert trained[intent] >= FEWEST_EXAMPLES, intent
        assert tested[intent] >= FEWEST_TESTED, intent


def test_every_response_is_written_once() -> None:
    # Given twice, one text silently wins.
    names: list[str] = []
    for path in (paths.DATA / "responses").glob("*.yml"):
        names += yaml.safe_load(path.read_text(encoding="utf-8"))["responses"]
    assert len(names) == len(set(names))


def test_topics_have_the_same_file_names_everywhere() -> None:
    topics = {"guide", "service", "guardian", "companion", "everywhere"}
    assert {path.stem for path in paths.DATA.rglob("*.yml")} <= topics


def test_no_button_sends_an_intent() -> None:
    for path in (paths.DATA / "responses").glob("*.yml"):
        for variations in yaml.safe_load(path.read_text(encoding="utf-8"))["responses"].values():
            for variation in variations:
                for button in variation.get("buttons", []):
                    assert not button["payload"].startswith("/")


def test_intents_are_understood(agent: Agent) -> None:
    scores = evaluation.evaluate()
    assert scores.macro_f1 >= 0.9, scores.as_table()
    assert scores.worst.f1 >= 0.7, scores.as_table()


@pytest.mark.parametrize("name", ["config.yml", "domain.yml", "bot/data/nlu/guide.yml"])
def test_the_fingerprint_covers_what_the_model_is_made_of(name: str) -> None:
    assert paths.ROOT / name in list(training.inputs())


def test_a_trained_model_is_not_trained_again(agent: Agent) -> None:
    before = training.model_path().stat().st_mtime_ns
    assert training.train(only_if_changed=True) == training.model_path()
    assert training.model_path().stat().st_mtime_ns == before
