"""Every conversation of the topic files, held twice with the whole product."""

import pytest

from tests.dialogue.runner import Runs, report
from tests.dialogue.script import Conversation, read_all

pytestmark = pytest.mark.stack

TALKS = read_all()


@pytest.fixture(scope="module")
def runs(request, product):
    """The conversations that this run of pytest selected, all under way at once."""
    wanted = [
        item.callspec.params["talk"]
        for item in request.session.items
        if item.module is request.module and "talk" in getattr(item, "callspec", item).params
    ]
    runs = Runs(wanted, product)
    yield runs
    runs.stop()


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk.id)
def test_the_conversation_goes_as_written(runs: Runs, talk: Conversation) -> None:
    if faults := report(runs.outcomes(talk)):
        pytest.fail(faults, pytrace=False)
