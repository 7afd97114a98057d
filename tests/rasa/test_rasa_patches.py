"""The launcher proves what it replaces, and replaces it whole."""

from typing import Any

import pytest
from conftest import run
from rasa.core.actions.action import RemoteAction
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
