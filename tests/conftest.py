"""What every test may use, and the rule that a skipped test is a failure in CI."""

import os

import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Under REQUIRE_SERVICES=1 a skip is a failure: CI has everything a test could ask for."""
    outcome = yield
    report = outcome.get_result()
    if (
        report.skipped
        and os.environ.get("REQUIRE_SERVICES") == "1"
        and not hasattr(report, "wasxfail")
    ):
        report.outcome = "failed"
        report.longrepr = f"skipped under REQUIRE_SERVICES=1: {report.longrepr}"


@pytest.fixture(scope="session")
def product(tmp_path_factory):
    """The whole product, started once for all tests that need it."""
    from tests.fakes.telegram import running_telegram
    from tests.fakes.wechat import running_wechat
    from tests.stack import running_product

    folder = tmp_path_factory.mktemp("product")
    with (
        running_telegram() as telegram,
        running_wechat() as wechat,
        running_product(folder, telegram, wechat) as running,
    ):
        yield running


def pytest_collection_modifyitems(items):
    """Quick tests first: Playwright's synchronous door keeps an event loop in the main thread,
    where no asynchronous test could have its own. Then the browser's, of them first those that
    need no product, then its story, in an empty queue."""
    items.sort(
        key=lambda item: (
            bool(item.get_closest_marker("stack") or item.get_closest_marker("browser")),
            not item.get_closest_marker("browser"),
            bool(item.get_closest_marker("stack")),
        )
    )
