"""A question answered and a ticket worked: the person's page beside the staff's console."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.pages import DESK, LIVE, PHONE, SLOW, answer, open_page, say

pytestmark = [pytest.mark.stack, pytest.mark.browser]


def test_a_question_is_answered_and_a_ticket_is_worked(product, chromium, shoot):
    person, faults = open_page(chromium, PHONE)
    person.goto(product.url)
    expect(person.get_by_role("heading", name="营商陪跑员")).to_be_visible()
    shoot(person, "chat-welcome")

    # A question: the rule, quoted, with its document.
    say(person, "小微企业所得税有什么优惠")
    expect(answer(person)).to_contain_text("25%", timeout=SLOW)
    expect(answer(person)).to_contain_text("20%")
    # The first of two bubbles has the source.
    source = person.locator(".line.bot:not(#welcome) .source").first
    expect(source).to_contain_text("财政部 税务总局公告2023年第12号")
    shoot(person, "chat")
    source.click()
    passage = person.get_by_role("dialog")
    expect(passage).to_contain_text("财政部 税务总局公告2023年第12号")
    expect(passage.locator("blockquote").first).to_contain_text("25%")
    shoot(person, "chat-passage")
    link = passage.get_by_role("link", name="看全文").get_attribute("href")
    passage.get_by_role("button", name="关闭").click()
    reader, _ = open_page(chromium, PHONE)
    reader.goto(product.url + link)
    expect(reader.locator("body")).to_contain_text("25%")
    assert reader.locator(f"[id='{link.split('#')[1]}']").count() == 1
    shoot(reader, "policy")

    # A complaint, through the form, to a number.
    say(person, "我要投诉")
    expect(answer(person)).to_contain_text("什么事", timeout=SLOW)
    say(person, "隔壁超市冒用我的商标卖酒")
    expect(answer(person)).to_contain_text("称呼", timeout=SLOW)
    say(person, "张三")
    expect(answer(person)).to_contain_text("电话", timeout=SLOW)
    say(person, "13900001111")
    expect(answer(person)).to_contain_text("核对", timeout=SLOW)
    person.get_by_role("button", name="提交").click()
    expect(answer(person)).to_contain_text(re.compile(r"BZ\d{10}"), timeout=SLOW)
    number = re.search(r"BZ\d{10}", answer(person).inner_text())[0]
    shoot(person, "chat-ticket")

    # Staff: sign in, read all that was said, reply.
    staff, staff_faults = open_page(chromium, DESK)
    staff.goto(f"{product.url}/console/")
    staff.locator("#id_username").fill("lijun")
    staff.locator("#id_password").fill(product.sign_ins["lijun"])
    shoot(staff, "console-login")
    staff.get_by_role("button", name="登录").click()
    expect(staff.locator("body")).to_contain_text(number)
    shoot(staff, "console")
    staff.get_by_role("row").filter(has_text=number).get_by_role("link").click()
    for said in ("小微企业所得税有什么优惠", "隔壁超市冒用我的商标卖酒", "公告2023年第12号"):
        expect(staff.locator("body")).to_contain_text(said)
    staff.locator("#reply-text").fill("您好，我们已联系该超市，明天上午到现场核查。")
    shoot(staff, "console-ticket")
    staff.get_by_role("button", name="发送").first.click()

    # It arrives by itself, on the page nobody reloaded.
    live = person.locator(".line.staff .bubble")
    expect(live).to_contain_text("明天上午到现场核查", timeout=LIVE)
    expect(person.locator(".line.staff .who")).to_contain_text("李军")
    shoot(person, "chat-staff")

    # While staff hold the conversation the bot is silent, and staff see what the person writes.
    say(person, "好的，谢谢")
    expect(staff.locator("body")).to_contain_text("好的，谢谢", timeout=LIVE)
    assert person.locator(".line.bot:not(#welcome):not(.typing)").count() == 7

    # A reload shows the same conversation again.
    person.reload()
    expect(person.locator(".line.staff .bubble")).to_contain_text("明天上午到现场核查")
    expect(person.locator(".line.person")).to_have_count(7)
    assert not faults
    assert not staff_faults


def test_a_message_written_while_the_network_is_gone_is_sent_when_it_is_back(product, chromium):
    person, _ = open_page(chromium, PHONE)
    person.goto(product.url)
    person.context.set_offline(True)
    say(person, "你好")
    expect(person.locator(".line.person .state")).to_contain_text("发送中")
    person.context.set_offline(False)
    expect(answer(person)).not_to_be_empty(timeout=SLOW)
    expect(person.locator(".line.person")).to_have_count(1)


def test_text_is_never_taken_for_html(product, chromium):
    person, faults = open_page(chromium, PHONE)
    person.goto(product.url)
    say(person, "<img src=x onerror=alert(1)> **粗**")
    expect(person.locator(".line.person .bubble")).to_have_text("<img src=x onerror=alert(1)> 粗")
    expect(answer(person)).not_to_be_empty(timeout=SLOW)
    assert person.locator(".bubble img").count() == 0
    assert not faults


def test_quick_replies_say_what_stands_on_them(product, chromium):
    person, _ = open_page(chromium, PHONE)
    person.goto(product.url)
    person.get_by_role("button", name="转人工").click()
    expect(person.locator(".line.person .bubble")).to_have_text("转人工")
    expect(answer(person)).to_contain_text("工作人员", timeout=SLOW)
