"""How the browser tests open pages, sign in and speak."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, expect

CHROMIUM = "chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
SIZES = {"desk": DESK, "phone": PHONE}
SLOW = 15_000  # milliseconds: a turn on a busy machine
LIVE = 5_000  # milliseconds within which what the other side says must have arrived by itself


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """The system's Chromium, headless; closed afterwards."""
    browser = playwright.chromium.launch(executable_path=shutil.which(CHROMIUM), args=FLAGS)
    try:
        yield browser
    finally:
        browser.close()


def new_context(chromium: Browser, size: dict[str, int], **more: object) -> BrowserContext:
    """A visitor nobody knows, with a screen of `size`."""
    return chromium.new_context(viewport=size, locale="zh-CN", **more)


def watched(page: Page) -> list[str]:
    """What goes wrong on `page` from now on: scripts' errors and what the browser complains of."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda message: faults.append(message.text) if message.type == "error" else None,
    )
    return faults


def open_page(chromium: Browser, size: dict[str, int]) -> tuple[Page, list[str]]:
    """A page of a new visitor, and what goes wrong on it."""
    page = new_context(chromium, size).new_page()
    return page, watched(page)


def sign_in(page: Page, url: str, username: str, password: str, to: str = "/console/") -> None:
    """Signs in through the form and stands on the page `to`."""
    page.goto(f"{url}/console/login/?next={to}")
    page.get_by_label("账号").fill(username)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("button", name="退出")).to_be_visible()


def say(page: Page, text: str) -> None:
    """The person says `text` on the chat page."""
    page.get_by_label("要说的话").fill(text)
    page.get_by_role("button", name="发送", exact=True).click()


def answer(page: Page) -> Locator:
    """The newest thing the bot said on the chat page."""
    return page.locator(".line.bot:not(#welcome):not(.typing) .bubble").last
