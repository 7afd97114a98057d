"""The dialogue's files fit together."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml
from rasa.core.agent import Agent

from bot import entity_evaluation, evaluation, paths, training
from bot.entity_evaluation import Case
from bot.evaluation import Sentence, words

FEWEST_EXAMPLES = 80
FEWEST_TESTED = 40
NEAR = 0.8
"""From this share of common pairs of characters a sentence is a copy of the other."""
FEW_WORDS = 5
"""Characters: 你好, 不是, 转人工 are the language itself; whoever writes blind writes them too."""
LONG_ENOUGH = 8
"""Characters: of shorter ones, such as 不用了谢谢, half the language is a near copy."""


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


def tests_of_understanding() -> set[str]:
    """The sentences of all test sets, words only."""
    tested = {text for text, _ in evaluation.read_sentences(paths.INTENTS_TEST)}
    tested |= {text for text, _ in evaluation.read_sentences(paths.INTENTS_BLIND_TEST)}
    tested |= {case.text for case in entity_evaluation.read_cases(paths.ENTITIES_BLIND_TEST)}
    return {words(text) for text in tested}


def pairs(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)}


def likeness(one: str, other: str) -> float:
    """The share of pairs of characters that both have, of all that either has."""
    of_one, of_other = pairs(one), pairs(other)
    return len(of_one & of_other) / len(of_one | of_other)


def test_no_test_sentence_nor_a_near_copy_is_trained_on() -> None:
    trained = {words(text) for text, _ in evaluation.read_sentences(paths.NLU)}
    tested = tests_of_understanding()
    assert not {text for text in trained & tested if len(text) > FEW_WORDS}
    by_pair: dict[str, set[str]] = {}
    for text in trained:
        for pair in pairs(text):
            by_pair.setdefault(pair, set()).add(text)
    near = [
        (text, other)
        for text in tested
        if len(text) >= LONG_ENOUGH
        for other in set().union(*(by_pair.get(pair, set()) for pair in pairs(text)))
        if len(other) >= LONG_ENOUGH and likeness(text, other) >= NEAR
    ]
    assert not near


def test_every_intent_has_examples_enough() -> None:
    trained = Counter(intent for _, intent in evaluation.read_sentences(paths.NLU))
    tested = Counter(intent for _, intent in evaluation.read_sentences(paths.INTENTS_BLIND_TEST))
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
    assert scores.macro_f1 >= 0.94, scores.as_table()
    assert scores.worst.f1 >= 0.83, scores.as_table()


def test_entities_are_found(agent: Agent) -> None:
    scores = evaluation.evaluate_entities()
    assert scores.f1 >= 0.93, scores.by_entity


def test_an_entity_is_counted_once_and_a_false_one_costs() -> None:
    case = Case("甲", "ask_policy", frozenset({("firm", "小微企业"), ("money", "1")}))
    scores = entity_evaluation.score([(case, {("firm", "小微企业"), ("date", "2026")})])
    assert (scores.precision, scores.recall, scores.f1) == (0.5, 0.5, 0.5)
    assert scores.by_entity == {"date": 0.0, "firm": 1.0, "money": 0.0}
    assert scores.misses[0].missing == {("money", "1")}
    assert scores.misses[0].beyond == {("date", "2026")}


def test_what_is_known_may_be_left_out_of_the_scores() -> None:
    sentences = [
        Sentence("你好！", "greet", "greet", 1.0),
        Sentence("老师在不", "greet", "help", 0.5),
    ]
    scores = evaluation.scored(sentences, "model", 1.0)
    assert scores.macro_f1 > scores.without({"你好"}).macro_f1 == 0.0
    assert scores.confusions == [("greet → help", 1)]
    assert "老师在不" not in scores.as_table()
    assert "老师在不" in scores.as_table(misses=True)


@pytest.mark.parametrize("name", ["config.yml", "domain.yml", "bot/data/nlu/guide.yml"])
def test_the_fingerprint_covers_what_the_model_is_made_of(name: str) -> None:
    assert paths.ROOT / name in list(training.inputs())


def test_a_trained_model_is_not_trained_again(agent: Agent) -> None:
    before = training.model_path().stat().st_mtime_ns
    assert training.train(only_if_changed=True) == training.model_path()
    assert training.model_path().stat().st_mtime_ns == before


def test_an_older_model_is_not_what_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dialogue-000000000000.tar.gz").touch()
    monkeypatch.setattr(paths, "models_dir", lambda: tmp_path)

    def trained(scratch: Path) -> Path:
        made = scratch / "made.tar.gz"
        made.touch()
        return made

    loaded = []
    monkeypatch.setattr(training, "_trained_by_rasa", trained)
    monkeypatch.setattr("rasa.core.agent.Agent.load", loaded.append)
    assert evaluation._newest.__wrapped__()[1] == training.model_path().name
    assert loaded == [str(training.model_path())]
