"""What we change in Rasa 3.6.21 while it serves, and the proof that it is still there to change.

Rasa is frozen upstream, so these few lines stand in for a release that will not come:

- the answer of every action is checked against a schema that is itself checked anew each time
  (13 of 19 ms of a turn, docs/decisions); one validator, made once, does the same;
- every action is sent the whole history; the last turns are all ours read;
- every run of the graph is planned anew for threads, of which there are none; its nodes one after
  the other do the same;
- the rules are gone through one by one for every state of the conversation; as plain tuples, made
  once, they are gone through in a third of the time;
- an action that fails is logged and its turn saved as if it had said nothing. Here such a turn is
  aborted: nothing is saved, and the desk asks again with the same message id.
"""

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

import rasa
from dask.core import get as run_in_order
from jsonschema.validators import validator_for
from rasa.core.actions.action import Action, ActionExecutionRejection, RemoteAction
from rasa.core.policies.rule_policy import SHOULD_NOT_BE_SET, RulePolicy
from rasa.core.processor import MessageProcessor
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.constants import PREVIOUS_ACTION
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

# Two turns of the ticket form are at most this long; the newest event comes last.
EVENTS_SENT = 40

EXPECTED: dict[str, tuple[Callable[..., Any], str]] = {
    "RemoteAction._validate_action_result": (
        RemoteAction._validate_action_result,
        "(self, result: Dict[str, Any]) -> bool",
    ),
    "RemoteAction.action_response_format_spec": (
        RemoteAction.action_response_format_spec,
        "() -> Dict[str, Any]",
    ),
    "RemoteAction._action_call_format": (
        RemoteAction._action_call_format,
        "(self, tracker: 'DialogueStateTracker', domain: 'Domain') -> Dict[str, Any]",
    ),
    "DaskGraphRunner.run": (
        DaskGraphRunner.run,
        "(self, inputs: 'Optional[Dict[Text, Any]]' = None, "
        "targets: 'Optional[List[Text]]' = None) -> 'Dict[Text, Any]'",
    ),
    "RulePolicy._get_possible_keys": (
        RulePolicy._get_possible_keys,
        "(self, lookup: 'Dict[Text, Text]', states: 'List[State]') -> 'Set[Text]'",
    ),
    "MessageProcessor._run_action": (
        MessageProcessor._run_action,
        "(self, action: rasa.core.actions.action.Action, "
        "tracker: rasa.shared.core.trackers.DialogueStateTracker, "
        "output_channel: rasa.core.channels.channel.OutputChannel, "
        "nlg: rasa.core.nlg.generator.NaturalLanguageGenerator, "
        "prediction: rasa.core.policies.policy.PolicyPrediction) -> bool",
    ),
}


class RasaChanged(Exception):
    """This Rasa is not the one the patches were written for."""


class TurnAborted(BaseException):
    """An action failed, so the turn must leave no trace.

    Not an `Exception`: Rasa's processor swallows those and saves the turn without its events.
    """


def prove() -> None:
    """Raises RasaChanged unless every method we replace has the signature we know."""
    wrong = [
        f"{name} is {inspect.signature(method)}, not {signature}"
        for name, (method, signature) in EXPECTED.items()
        if str(inspect.signature(method)) != signature
    ]
    if wrong:
        raise RasaChanged(f"rasa {rasa.__version__}: " + "; ".join(wrong))


def apply() -> None:
    """Proves, then replaces; a second call changes nothing."""
    if getattr(RemoteAction, "_peipao", False):
        return
    prove()
    RemoteAction._validate_action_result = _validate_action_result
    RemoteAction._action_call_format = _action_call_format
    RulePolicy._get_possible_keys = _get_possible_keys
    DaskGraphRunner.run = _run
    MessageProcessor._run_action = _aborting(MessageProcessor._run_action)
    RemoteAction._peipao = True


@cache
def _result_validator() -> Any:
    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def _validate_action_result(self: RemoteAction, result: dict[str, Any]) -> bool:
    _result_validator().validate(result)
    return True


def _action_call_format(
    self: RemoteAction, tracker: DialogueStateTracker, domain: Domain
) -> dict[str, Any]:
    state = tracker.current_state(EventVerbosity.NONE)
    newest_first = islice(reversed(tracker.events), EVENTS_SENT)
    state["events"] = [event.as_dict() for event in newest_first][::-1]
    return {
        "next_action": self.name(),
        "sender_id": tracker.sender_id,
        "tracker": state,
        "version": rasa.__version__,
        # rasa-sdk insists on one; no action of ours reads it, and the real one is larger than
        # all the rest.
        "domain": {},
    }


def _run(
    self: DaskGraphRunner,
    inputs: dict[str, Any] | None = None,
    targets: list[str] | None = None,
) -> dict[str, Any]:
    wanted = targets or self._graph_schema.target_names
    graph = self._build_dask_graph(self._graph_schema.minimal_graph_schema(wanted))
    self._add_inputs_to_graph(inputs, graph)
    try:
        return dict(run_in_order(graph, wanted))
    except RuntimeError as error:
        raise GraphRunError("Error running runner.") from error


@dataclass(frozen=True, slots=True)
class _RuleState:
    """One state of a rule: what the conversation's must hold, and what it must not."""

    has_action: bool
    holds: tuple[tuple[str, str, Any], ...]
    lacks: tuple[tuple[str, str], ...]

    def fits(self, state: State) -> bool:
        """As RulePolicy._is_rule_applicable within the rule's length."""
        if not (self.has_action and state.get(PREVIOUS_ACTION)):
            return not self.has_action and not state.get(PREVIOUS_ACTION)
        for part, key, wanted in self.holds:
            if state.get(part, {}).get(key) != wanted:
                return False
        unwanted = (state.get(part, {}).get(key) for part, key in self.lacks)
        return not any(value and value != SHOULD_NOT_BE_SET for value in unwanted)


@cache
def _rule_states(rule_key: str) -> tuple[_RuleState, ...]:
    """The states that a rule's key tells, the last one first."""
    found = []
    for state in reversed(json.loads(rule_key)):
        values = [
            (part, key, tuple(value) if isinstance(value, list) else value)
            for part, inner in state.items()
            for key, value in inner.items()
        ]
        found.append(
            _RuleState(
                bool(state.get(PREVIOUS_ACTION)),
                tuple(each for each in values if each[2] and each[2] != SHOULD_NOT_BE_SET),
                tuple(each[:2] for each in values if each[2] == SHOULD_NOT_BE_SET),
            )
        )
    return tuple(found)


def _get_possible_keys(self: RulePolicy, lookup: dict[str, str], states: list[State]) -> set[str]:
    possible = {key: _rule_states(key) for key in lookup}
    for back, state in enumerate(reversed(states)):
        possible = {
            key: rule
            for key, rule in possible.items()
            if back >= len(rule) or rule[back].fits(state)
        }
    return set(possible)


class _WholeOrNothing:
    """An action whose failure reaches the door instead of Rasa's log."""

    def __init__(self, action: Action) -> None:
        self._action = action

    def __getattr__(self, name: str) -> Any:
        return getattr(self._action, name)

    async def run(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return await self._action.run(*args, **kwargs)
        except ActionExecutionRejection:
            # Not a failure: the form's way of letting another rule answer.
            raise
        except Exception as error:
            raise TurnAborted(f"{self._action.name()}: {error}") from error


def _aborting(original: Callable[..., Any]) -> Callable[..., Any]:
    async def _run_action(self: MessageProcessor, action: Action, *args: Any, **kwargs: Any) -> Any:
        return await original(self, _WholeOrNothing(action), *args, **kwargs)

    return _run_action
