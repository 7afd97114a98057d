"""What the channels' tests share."""

import pytest

from tests.fakes.runtime import scripted_rasa


@pytest.fixture
def rasa(monkeypatch):
    with scripted_rasa(monkeypatch) as scripted:
        yield scripted


def wechat_cases(session):
    """The collected cases of WeChat's protocol suite, by file."""
    found = {}
    for item in session.items:
        if item.path.parent.name == "channels" and item.path.name.startswith("test_wechat"):
            found[item.path.name] = found.get(item.path.name, 0) + 1
    return found


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter):
    """Says how many cases WeChat's protocol suite has."""
    found = wechat_cases(terminalreporter._session)
    if found:
        parts = ", ".join(f"{name} {cases}" for name, cases in sorted(found.items()))
        cases = sum(found.values())
        terminalreporter.write_line(f"WeChat's protocol suite: {cases} cases ({parts})")
