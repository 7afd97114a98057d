"""Doors that stay shut: another department's ticket, a guessed password, a session left alone."""

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.desk import Desk
from tests.browser.pages import DESK, SIZES, new_context, open_page, sign_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", SIZES)
def test_a_handler_cannot_open_another_departments_ticket_by_its_address(
    size: str, chromium: Browser, desk: Desk
) -> None:
    page, _ = open_page(chromium, SIZES[size])
    sign_in(page, desk.url, "lijun", desk.passwords["lijun"])
    number = desk.places["foreign"]
    expect(page.locator("main")).not_to_contain_text(number)

    answer = page.goto(f"{desk.url}/console/tickets/{number}/")

    assert answer.status == 403
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "这张工单由其他部门承办，您不能查看或办理。"
    )
    expect(page.locator("main")).not_to_contain_text("增值税")
    tried = "SELECT 1 FROM audit_auditentry WHERE action = 'page.refused' AND target = ?"
    assert desk.rows(tried, f"ticket:{number}")
    page.get_by_role("link", name="回到队列").click()
    expect(page.get_by_role("heading", name="工单")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_five_wrong_passwords_lock_the_account_at_this_computer(
    size: str, chromium: Browser, desk: Desk
) -> None:
    page, _ = open_page(chromium, SIZES[size])
    # An account for each size: a lock lasts a quarter of an hour.
    username = {"desk": "heqiang", "phone": "qianwei"}[size]
    page.goto(f"{desk.url}/console/")
    for _ in range(5):
        expect(page.get_by_role("heading", name="登录工作台")).to_be_visible()
        page.get_by_label("账号").fill(username)
        page.get_by_label("密码").fill("not the password")
        page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="暂时不能登录")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("锁定 15 分钟")

    # The right one does not open it any more, and the log knows.
    page.get_by_role("link", name="回到登录页").click()
    page.get_by_label("账号").fill(username)
    page.get_by_label("密码").fill(desk.passwords[username])
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="暂时不能登录")).to_be_visible()
    audit = "SELECT 1 FROM audit_auditentry WHERE action = 'staff.locked_out' AND target = ?"
    assert desk.rows(audit, f"staff:{username}")


def test_whoever_leaves_the_desk_is_warned_and_then_signed_out(
    chromium: Browser, desk: Desk
) -> None:
    context = new_context(chromium, DESK)
    page = context.new_page()
    sign_in(page, desk.url, "fengjing", desk.passwords["fengjing"])
    key = next(one["value"] for one in context.cookies() if one["name"] == "sessionid")

    def aged(seconds: int) -> None:
        """Opens the page again, and nobody clicks on it for so long."""

        def later(route: Route) -> None:
            desk.age_session(key, seconds)
            route.continue_()

        page.unroute_all()
        page.route("**/console/session/", later)
        page.reload()

    aged(28 * 60 + 30)
    warning = page.get_by_role("dialog")
    expect(warning).to_contain_text("秒后自动退出")
    page.get_by_role("button", name="继续工作").click()
    expect(warning).not_to_be_visible()

    aged(31 * 60)
    expect(page.get_by_role("heading", name="登录工作台")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("为了安全已退出")
    page.goto(f"{desk.url}/console/tickets/{desk.places['working']}/")
    expect(page.get_by_role("heading", name="登录工作台")).to_be_visible()
