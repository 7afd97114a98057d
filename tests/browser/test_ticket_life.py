"""A ticket's life as those live it who work on it, and the person whose it is."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import Desk
from tests.browser.pages import DESK, PHONE, new_context, sign_in

pytestmark = pytest.mark.browser

# The tickets of the scenery that each screen's life is lived on.
SCREENS = {"desk": (DESK, ""), "phone": (PHONE, "_phone")}


class Office:
    """Staff at their screens: each signs in when first needed, and comes back to any ticket."""

    def __init__(self, chromium: Browser, desk: Desk, size: dict[str, int]) -> None:
        self._chromium, self._desk, self._size = chromium, desk, size
        self._pages: dict[str, Page] = {}

    def page(self, username: str) -> Page:
        """The one page of `username`; empty: somebody who is not staff."""
        if username not in self._pages:
            page = self._pages[username] = new_context(self._chromium, self._size).new_page()
            if username:
                password = self._desk.passwords[username]
                sign_in(page, self._desk.url, username, password, "/console/password/")
        return self._pages[username]

    def ticket(self, username: str, number: str) -> Page:
        """The ticket's page before `username`."""
        page = self.page(username)
        page.goto(f"{self._desk.url}/console/tickets/{number}/")
        return page

    def move(self, username: str, number: str, name: str, **fields: str) -> None:
        """Makes the move called `name` through its form, filled in by label."""
        page = self.ticket(username, number)
        confirm = f"确认{name}"
        page.get_by_text(name, exact=True).and_(page.locator("summary, button")).click()
        form = page.locator("form").filter(has=page.get_by_role("button", name=confirm))
        for label, value in fields.items():
            box = form.get_by_label(label)
            if box.evaluate("box => box.tagName") == "SELECT":
                box.select_option(value)
            elif box.get_attribute("type") == "radio":
                box.check()
            else:
                box.fill(value)
        if page.get_by_role("button", name=confirm).count():
            page.get_by_role("button", name=confirm).click()

    def progress(self, number: str, code: str) -> Page:
        """The person's own page of the ticket."""
        page = self.page("")
        page.goto(f"{self._desk.url}/progress/")
        page.get_by_label("工单编号").fill(number)
        page.get_by_label("查询码").fill(code)
        page.get_by_role("button", name="查进度").click()
        expect(page.get_by_role("heading", name=number)).to_be_visible()
        return page

    def close(self) -> None:
        for page in self._pages.values():
            page.context.close()


@pytest.fixture(params=SCREENS)
def screen(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def office(screen: str, chromium: Browser, desk: Desk) -> Iterator[Office]:
    opened = Office(chromium, desk, SCREENS[screen][0])
    yield opened
    opened.close()


def known(desk: Desk, screen: str, name: str) -> tuple[str, str]:
    """Number and code of the ticket `name` for this screen."""
    place = name + SCREENS[screen][1]
    return desk.places[place], desk.places[f"{place}_code"]


def stands(page: Page, state: str) -> None:
    """The ticket's page says that it is in `state`."""
    expect(page.locator(".title .pills")).to_contain_text(state)


def told(page: Page, words: str) -> None:
    """The page tells what has just been done."""
    expect(page.locator(".banner").filter(has_text=words)).to_be_visible()


def test_a_ticket_is_dispatched_worked_on_closed_confirmed_and_filed(
    office: Office, desk: Desk, screen: str
) -> None:
    number, code = known(desk, screen, "life")

    # 受理 → 分派: the hotline hands it to the department whose matter it is.
    office.move("wangfang", number, "分派", 部门="business")
    told(office.page("wangfang"), "已分派")
    # 办理: the department takes it up, tells how far it is, closes it with its result.
    page = office.ticket("fengjing", number)
    page.get_by_role("button", name="开始办理").click()
    stands(page, "办理中")
    office.move(
        "fengjing", number, "阶段答复", 目前进展="已核对营业执照和纳税情况，符合小微企业标准。"
    )
    told(page, "办理中")
    person = office.progress(number, code)
    expect(person.locator(".events")).to_contain_text("阶段答复")
    expect(person.locator(".head .pill")).to_have_text("办理中")
    # 办结.
    office.move("fengjing", number, "办结", 办理结果="可以享受三项扶持，清单已发给您。")
    stands(page, "已办结")
    # 回访: the person says so themselves, and how they found it.
    person = office.progress(number, code)
    person.get_by_label("5分").check()
    person.get_by_label("评语").fill("讲得清楚")
    person.get_by_role("button", name="提交评价").click()
    told(person, "谢谢您的评价")
    person.get_by_role("button", name="解决了", exact=True).click()
    told(person, "谢谢您的确认")
    expect(person.locator(".head .pill")).to_have_text("已回访")
    # 归档: by whoever may, and then nothing can be done any more.
    page = office.ticket("wangfang", number)
    expect(page.locator("dl")).to_contain_text("5分：讲得清楚")
    office.move("admin", number, "归档", 归档说明="回访满意。")
    page = office.ticket("admin", number)
    stands(page, "已归档")
    expect(page.locator(".moves")).to_have_count(0)
    history = page.locator("#history .events strong")
    expect(history).to_have_text(
        ["受理", "分派", "分派", "开始办理", "阶段答复", "办结", "评价", "记录回访", "归档"]
    )


def test_what_is_not_the_departments_matter_goes_back_once_the_head_agrees(
    office: Office, desk: Desk, screen: str
) -> None:
    number, code = known(desk, screen, "returned")

    office.move("lijun", number, "申请退单", 为什么不归本部门办理="酒类由商务部门管，不归我们。")
    page = office.ticket("lijun", number)
    expect(page.locator(".about .banner")).to_contain_text("退单待审核")
    # Who asked does not decide.
    expect(page.get_by_role("button", name="同意退单")).to_have_count(0)

    page = office.ticket("zhaomin", number)
    expect(page.locator(".about .banner")).to_contain_text("李军：酒类由商务部门管")
    page.get_by_role("button", name="同意退单").click()
    told(page, "已受理")
    # It waits for the hotline again, and the person's page says no more than they need.
    page = office.ticket("wangfang", number)
    stands(page, "已受理")
    expect(page.locator("dl")).to_contain_text("未分派")
    person = office.progress(number, code)
    expect(person.locator(".events")).to_contain_text("重新确认承办部门")
    expect(person.locator("main")).not_to_contain_text("商务部门")


def test_more_time_is_given_once_and_the_person_sees_the_new_day(
    office: Office, desk: Desk, screen: str
) -> None:
    number, code = known(desk, screen, "extended")
    before = office.progress(number, code).locator(".facts time").inner_text()

    page = office.ticket("lijun", number)
    page.get_by_role("button", name="开始办理").click()
    stands(page, "办理中")
    office.move("lijun", number, "申请延期", 延长几个工作日="3", 延期理由="等商标局的鉴定意见。")
    expect(office.page("lijun").locator(".about .banner")).to_contain_text("延期待审核")
    page = office.ticket("zhaomin", number)
    page.get_by_role("button", name="同意延期").click()
    expect(page.locator(".about .banner")).to_have_count(0)

    person = office.progress(number, code)
    expect(person.locator(".events")).to_contain_text("延期")
    assert person.locator(".facts time").inner_text() > before
    # Once: the button is gone.
    page = office.ticket("lijun", number)
    stands(page, "办理中")
    expect(page.get_by_text("申请延期", exact=True).and_(page.locator("summary"))).to_have_count(0)
