"""An editor publishes a policy on the console's pages, and the bot quotes it within seconds."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.pages import DESK, PHONE, SIZES, SLOW, answer, new_context, say, sign_in
from tests.stack import Product

pytestmark = [pytest.mark.stack, pytest.mark.browser]

WITHIN = 10.0  # seconds from the press of the button to the bot's knowing
QUESTION = "建{}有补助吗"
TITLE = "巴中市{}建设补助办法"
# What no bundled document is about; a policy for each screen, as nothing can be published twice.
THINGS = {"desk": "共享单车维修点", "phone": "候鸟观测站"}


def body(thing: str, amount: str) -> str:
    return f"""## 补多少
常见问法：{QUESTION.format(thing)}｜{thing}补助多少
第三条 对新建{thing}的企业，每个一次性补助{amount}，每户最高{amount}。

## 怎么申请
第五条 企业在建成后三十日内向市发展和改革委员会提交验收报告。"""


@pytest.fixture(params=SIZES)
def editor(request: pytest.FixtureRequest, chromium: Browser, product: Product) -> Iterator[Page]:
    page = new_context(chromium, SIZES[request.param]).new_page()
    sign_in(page, product.url, "luoyan", product.sign_ins["luoyan"])
    expect(page.get_by_role("heading", name="政策维护")).to_be_visible()
    yield page
    page.context.close()


def publish(editor: Page) -> float:
    """Presses 马上发布; when it was published."""
    editor.get_by_role("button", name="马上发布").click()
    expect(editor.get_by_role("status").first).to_contain_text("已发布")
    return time.monotonic()


def hears(person: Page, question: str, words: str, since: float) -> None:
    """The bot says `words` to `question`, asked again until it does, within WITHIN of `since`."""
    while True:
        asked_at = time.monotonic()
        said = person.locator(".line.bot:not(#welcome):not(.typing)")
        before = said.count()
        say(person, question)
        expect(said).to_have_count(before + 1, timeout=SLOW)
        if words in answer(person).inner_text():
            assert asked_at - since <= WITHIN
            return
        assert asked_at - since <= WITHIN, answer(person).inner_text()


def test_a_policy_is_written_tried_published_and_quoted(
    editor: Page, chromium: Browser, product: Product, shoot
) -> None:
    screen = "desk" if editor.viewport_size == DESK else "phone"
    thing = THINGS[screen]
    person = new_context(chromium, PHONE).new_page()
    person.goto(product.url)

    # Written, and tried before anybody else hears of it.
    editor.get_by_role("link", name="在线编写").click()
    editor.get_by_label("标题").fill(TITLE.format(thing))
    editor.get_by_label("文号").fill(f"巴府办发〔2026〕{90 + list(THINGS).index(screen)}号")
    editor.get_by_label("发文机关").fill("巴中市人民政府办公室")
    editor.get_by_label("发布日期").fill("2026-11-01")
    editor.get_by_label("施行日期").fill("2026-11-10")
    editor.get_by_label("正文", exact=True).fill(body(thing, "6万元"))
    editor.get_by_role("button", name="保存草稿").click()
    expect(editor.get_by_role("heading", name=TITLE.format(thing))).to_be_visible()
    address = editor.url
    editor.get_by_role("link", name="试问").click()
    editor.get_by_label("问题").fill(QUESTION.format(thing))
    editor.get_by_role("button", name="试问").click()
    expect(editor.locator(".trial")).to_contain_text("这份文件排第 1", timeout=SLOW)
    expect(editor.locator(".said")).to_contain_text("6万元")
    shoot(editor, f"publishing-trial-{screen}")

    # Published: the bot quotes it and names it.
    editor.goto(address)
    since = publish(editor)
    hears(person, QUESTION.format(thing), "6万元", since)
    expect(answer(person).locator(".source").first).to_contain_text(TITLE.format(thing))
    shoot(person, f"publishing-quoted-{screen}")

    # Changed: the new words take the old ones' place as quickly.
    editor.get_by_role("link", name="修改", exact=True).click()
    editor.get_by_label("正文", exact=True).fill(body(thing, "7万元"))
    editor.get_by_role("button", name="保存草稿").click()
    expect(editor.get_by_role("heading", name="第 2 版 · 草稿")).to_be_visible()
    since = publish(editor)
    hears(person, QUESTION.format(thing), "7万元", since)
    expect(answer(person)).not_to_contain_text("6万元")
    person.context.close()
