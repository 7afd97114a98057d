"""Headless Chromium of the system, a new profile each time; a desk without its dialogue."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.desk import Desk, running_desk
from tests.browser.pages import CHROMIUM, launched

Shoot = Callable[[Page, str], None]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Closed with its module: Playwright keeps an event loop running, and other tests run their own.
    if shutil.which(CHROMIUM) is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright, launched(playwright) as browser:
        yield browser


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The web process alone, with a month behind it; for what needs no bot."""
    with running_desk(tmp_path_factory.mktemp("desk")) as running:
        yield running


@pytest.fixture
def shoot() -> Shoot:
    """Takes a page's picture, whole, into the folder SCREENSHOTS names; without one, nothing."""
    folder = os.environ.get("SCREENSHOTS")

    def take(page: Page, name: str) -> None:
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return take
