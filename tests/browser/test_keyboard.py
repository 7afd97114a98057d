"""The console by keyboard, and a form that keeps what was written when it is refused."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import Desk
from tests.browser.pages import DESK, new_context, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium: Browser, desk: Desk) -> Iterator[Page]:
    """The queue of the head of department, who may give tickets away."""
    context = new_context(chromium, DESK)
    page = context.new_page()
    sign_in(page, desk.url, "zhaomin", desk.passwords["zhaomin"], "/console/password/")
    page.goto(f"{desk.url}/console/?scope=all")
    yield page
    context.close()


def test_a_ticket_is_found_chosen_opened_and_left_by_keyboard(page: Page, desk: Desk) -> None:
    links = page.locator("[data-row] .what a")

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator(".pick input").nth(0)).to_be_checked()
    expect(page.locator("#picked")).to_contain_text("1 张")
    page.keyboard.press("x")
    expect(page.locator(".pick input").nth(0)).not_to_be_checked()

    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("商标")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q="))

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".title .number")).to_be_visible()
    # Letters typed into a field are letters.
    if page.locator("#reply-text").count():
        page.keyboard.press("r")
        expect(page.locator("#reply-text")).to_be_focused()
        page.keyboard.type("u")
        expect(page.locator("#reply-text")).to_have_value("u")
        page.locator("#reply-text").blur()
    page.keyboard.press("u")
    expect(page.locator("[data-row]").first).to_be_visible()


def test_a_refused_note_stays_in_its_form_under_a_line_that_says_why(
    page: Page, desk: Desk
) -> None:
    page.goto(f"{desk.url}/console/tickets/{desk.places['working']}/")
    note = page.locator("#note-text")
    long = "查过了，" * 600
    note.evaluate("box => box.removeAttribute('maxlength')")
    note.fill(long)

    page.get_by_role("button", name="记下备注").last.click()

    expect(page.locator("#notice")).to_contain_text("内容太长了，请控制在2000字以内")
    expect(note).to_have_value(long)
    note.fill("查过了。")
    page.get_by_role("button", name="记下备注").last.click()
    expect(page.locator("#history")).to_contain_text("查过了。")
    expect(note).to_have_value("")
