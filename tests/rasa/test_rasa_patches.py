"""The launcher proves what it replaces, and replaces it whole."""

import json
import random
from typing import Any

import pytest
from conftest import run
from rasa.core.actions.action import RemoteAction
from rasa.core.policies.rule_policy import SHOULD_NOT_BE_SET, RulePolicy
from rasa.engine.graph import GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot import rasa_patches


@pytest.fixture
def tracker() -> DialogueStateTracker:
    made = DialogueStateTracker("someone", slots=[])
    for number in range(100):
        made.update(UserUttered(str(number)))
        made.update(ActionExecuted("action_listen"))
    return made


def test_the_methods_we_replace_are_those_we_know() -> None:
    rasa_patches.prove()


def test_a_changed_rasa_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(self: Any, result: Any, strict: bool) -> bool:
        return True

    known = rasa_patches.EXPECTED["RemoteAction._validate_action_result"][1]
    monkeypatch.setitem(
        rasa_patches.EXPECTED, "RemoteAction._validate_action_result", (changed, known)
    )
    with pytest.raises(rasa_patches.RasaChanged, match="_validate_action_result"):
        rasa_patches.prove()


def test_a_malformed_answer_of_an_action_is_still_refused() -> None:
    rasa_patches.apply()
    action = RemoteAction("action_x", None)
    assert action._validate_action_result({"events": [], "responses": [{"text": "好"}]})
    with pytest.raises(Exception, match="is not of type 'array'"):
        action._validate_action_result({"events": [], "responses": "好"})
    with pytest.raises(Exception, match="is not of type 'string'"):
        action._validate_action_result({"events": [{"event": 5}], "responses": []})


def test_an_action_is_sent_the_last_events_only(tracker: DialogueStateTracker) -> None:
    rasa_patches.apply()
    body = RemoteAction("action_x", None)._action_call_format(tracker, None)
    assert len(body["tracker"]["events"]) == rasa_patches.EVENTS_SENT
    assert body["tracker"]["events"][-2]["text"] == "99"
    assert body["tracker"]["latest_message"]["text"] == "99"


def test_a_rejection_is_not_a_failure() -> None:
    class Form:
        def name(self) -> str:
            return "ticket_form"

        async def run(self) -> None:
            raise rasa_patches.ActionExecutionRejection("ticket_form")

    with pytest.raises(rasa_patches.ActionExecutionRejection):
        run(rasa_patches._WholeOrNothing(Form()).run())


def test_an_abort_is_not_an_exception_that_rasa_swallows() -> None:
    assert not issubclass(rasa_patches.TurnAborted, Exception)


def test_the_rules_that_fit_are_rasa_s_own() -> None:
    """States of every sort: beginnings, slots that are set, that must not be, that are lists."""
    known = rasa_patches.EXPECTED["RulePolicy._get_possible_keys"][0]
    rng = random.Random(7)

    def state(*, rule: bool) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if rng.random() < 0.8:
            found["prev_action"] = {"action_name": rng.choice(["action_listen", "action_x"])}
        if rng.random() < 0.8:
            found["user"] = {"intent": rng.choice(["greet", "ask"])}
        if rng.random() < 0.5:
            values = [(1.0,), (0.0, 1.0), SHOULD_NOT_BE_SET] + ([] if rule else [None])
            found["slots"] = {rng.choice("ab"): rng.choice(values)}
        if rng.random() < 0.3:
            found["active_loop"] = {"name": rng.choice(["form", SHOULD_NOT_BE_SET])}
        return found

    lookup = {
        json.dumps([state(rule=True) for _ in range(rng.randint(1, 4))]): "action"
        for _ in range(300)
    }
    policy = RulePolicy.__new__(RulePolicy)
    fitting = 0
    for _ in range(200):
        states = [state(rule=False) for _ in range(rng.randint(1, 6))]
        wanted = known(policy, lookup, states)
        assert rasa_patches._get_possible_keys(policy, lookup, states) == wanted
        fitting += len(wanted)
    assert fitting > 200


def test_the_graph_gives_what_rasa_s_runner_gives() -> None:
    """In whatever order the nodes stand, and only as far as is asked."""
    known = rasa_patches.EXPECTED["DaskGraphRunner.run"][0]
    calls: list[str] = []

    class Runner:
        def __init__(self) -> None:
            nodes = {
                name: SchemaNode(
                    needs={need: need for need in needs},
                    uses=GraphComponent,
                    constructor_name="create",
                    fn="run",
                    config={},
                    is_target=name == "last",
                )
                for name, needs in (("last", ("a", "b")), ("b", ("a",)), ("a", ("given",)))
            }
            self._graph_schema = GraphSchema(nodes)
            self._execution_context = None

        def _build_dask_graph(self, schema: GraphSchema) -> dict[str, Any]:
            def node(name: str) -> Any:
                def run(*inputs: Any) -> tuple[str, Any]:
                    calls.append(name)
                    return name, "+".join(value for _, value in inputs) + name

                return run

            return {name: (node(name), *each.needs.values()) for name, each in schema.nodes.items()}

        _add_inputs_to_graph = staticmethod(DaskGraphRunner._add_inputs_to_graph)

    for targets in (None, ["b"]):
        wanted = known(Runner(), {"given": "!"}, targets)
        theirs, calls[:] = sorted(calls), []
        assert rasa_patches._run(Runner(), {"given": "!"}, targets) == wanted
        assert sorted(calls) == theirs
        calls.clear()
