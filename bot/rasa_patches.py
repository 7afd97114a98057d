"""What we change in Rasa 3.6.21 while it serves, and the proof that it is still there to change.

Rasa is frozen upstream, so these few lines stand in for a release that will not come:

- the answer of every action is checked against a schema that is itself checked anew each time
  (13 of 19 ms of a turn, docs/decisions); one validator, made once, does the same;
- every action is sent the whole history; the last turns are all ours read;
- an action that fails is logged and its turn saved as if it had said nothing. Here such a turn is
  aborted: nothing is saved, and the desk asks again with the same message id.
"""

import inspect
from collections.abc import Callable
from functools import cache
from itertools import islice
from typing import Any

import rasa
from jsonschema.validators import validator_for
from rasa.core.actions.action import Action, ActionExecutionRejection, RemoteAction
from rasa.core.processor import MessageProcessor
from rasa.shared.core.domain import Domain
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
