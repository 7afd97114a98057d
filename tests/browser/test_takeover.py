"""Staff beside the bot: one takes a conversation, answers, passes it on, gives it back."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.pages import LIVE, SIZES, SLOW, answer, new_context, say, sign_in, watched
from tests.stack import Product

pytestmark = [pytest.mark.stack, pytest.mark.browser]


class Desks:
    """Pages of staff on screens of one size, opened when first needed; `faults` is what broke."""

    def __init__(self, chromium: Browser, product: Product, size: dict[str, int]) -> None:
        self._chromium, self._product, self._size = chromium, product, size
        self._pages: dict[str, Page] = {}
        self.url = product.url
        self.faults: list[list[str]] = []

    def of(self, username: str) -> Page:
        """The page of `username`; empty: the person at the chat."""
        if username not in self._pages:
            page = self._pages[username] = new_context(self._chromium, self._size).new_page()
            self.faults.append(watched(page))
            if username:
                password = self._product.sign_ins[username]
                sign_in(page, self._product.url, username, password)
            else:
                page.goto(self._product.url)
        return self._pages[username]

    def close(self) -> None:
        for page in self._pages.values():
            page.context.close()


@pytest.fixture(params=SIZES)
def desks(request: pytest.FixtureRequest, chromium: Browser, product: Product) -> Iterator[Desks]:
    opened = Desks(chromium, product, SIZES[request.param])
    yield opened
    opened.close()


def last_line(page: Page) -> Locator:
    """What staff see the newest line of the conversation say."""
    return page.locator("#transcript .line").last


def reply(page: Page, text: str) -> None:
    page.get_by_label("回复来访人").fill(text)
    page.get_by_role("button", name="发送", exact=True).click()


def pass_on(page: Page, to: str, why: str) -> None:
    page.get_by_role("link", name="转交").click()
    choice = page.get_by_role("option", name=re.compile(f"^{to}")).get_attribute("value")
    page.get_by_label("转给").select_option(choice)
    page.get_by_label("给接手同事的说明").fill(why)
    page.get_by_role("button", name="转交").click()
    expect(page.get_by_role("status").first).to_contain_text("已转给")


def waiting(page: Page, name: str) -> Locator:
    return page.locator("#waiting").get_by_role("link").filter(has_text=name)


def test_a_person_is_taken_over_answered_passed_on_and_given_back(desks: Desks, shoot) -> None:
    person = desks.of("")
    say(person, "转人工")
    expect(answer(person)).to_contain_text("工作人员", timeout=SLOW)
    lines = person.locator(".line:not(.typing)")

    # Whoever waits stands in the queue by themselves; the first who takes them holds them.
    wang, li = desks.of("wangfang"), desks.of("lijun")
    row = wang.locator("#waiting section").first.get_by_role("link").last
    expect(row).to_be_visible(timeout=LIVE)
    name = row.locator("strong").inner_text()
    row.click()
    expect(last_line(wang)).to_contain_text("工作人员")
    li.goto(wang.url)
    wang.get_by_role("button", name="接入会话").click()
    expect(wang.locator("#holder")).to_contain_text("您在接待")
    reply(li, "我也来回答")
    expect(li.get_by_role("alert")).to_contain_text("由其他同事接待", timeout=LIVE)
    li.reload()
    expect(li.get_by_role("heading", level=1)).to_contain_text("由其他同事接待")
    li.goto(f"{desks.url}/console/")

    # Both sides read each other without a reload, and the bot is silent.
    reply(wang, "您好，请说。")
    expect(lines.last).to_contain_text("您好，请说。", timeout=LIVE)
    expect(wang.get_by_label("回复来访人")).to_be_empty()
    say(person, "我的商标被冒用了，该找谁？")
    expect(last_line(wang)).to_contain_text("商标被冒用", timeout=LIVE)
    shoot(wang, "takeover")
    expect(person.locator(".line.bot:not(#welcome):not(.typing)")).to_have_count(1)

    # To a colleague, who holds it from then on and reads why.
    pass_on(wang, "李军", "商标的事，请市场监管局接着谈。")
    expect(lines.last).to_contain_text("接下来由李军为您服务", timeout=LIVE)
    row = waiting(li, name).last
    expect(row).to_be_visible(timeout=LIVE)
    row.click()
    expect(li.locator("#holder")).to_contain_text("您在接待")
    expect(li.locator(".line.note")).to_contain_text("商标的事")
    reply(li, "请把注册证拍给我。")
    expect(lines.last).to_contain_text("注册证", timeout=LIVE)

    # To a department: it waits for anybody there, and nobody else sees it wait.
    pass_on(li, "税务局", "还问到发票。")
    expect(lines.last).to_contain_text("已把您的事转给税务局", timeout=LIVE)
    chen = desks.of("chenjie")
    row = waiting(chen, name)
    expect(row).to_be_visible(timeout=LIVE)
    li.goto(f"{desks.url}/console/")
    expect(li.get_by_role("heading", name="等待人工")).to_be_visible()
    expect(waiting(li, name)).to_have_count(0)
    row.click()
    chen.get_by_role("button", name="接入会话").click()
    reply(chen, "发票的事您说。")
    expect(lines.last).to_contain_text("发票的事您说", timeout=LIVE)

    # Given back with a line of what was agreed; the bot answers again.
    chen.get_by_label("小结").fill("商标由市场监管局跟进，发票已说明。")
    chen.get_by_role("button", name="交还陪跑员").click()
    expect(lines.last).to_contain_text("小结：商标由市场监管局跟进", timeout=LIVE)
    expect(chen.get_by_role("status").first).to_contain_text("交还陪跑员")
    say(person, "小微企业所得税有什么优惠")
    expect(answer(person)).to_contain_text("20%", timeout=SLOW)
    # Who no longer holds it may no longer read it, and their page may still have asked once.
    refused = "403"
    assert [one for faults in desks.faults for one in faults if refused not in one] == []
