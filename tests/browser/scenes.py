"""Every page of the product in the states that look different: what is looked at and examined.

`page` is the address's name in the resolver. test_accessibility.py fails when a page that answers
with HTML has no scene here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, Route, expect

from tests.browser.desk import Desk
from tests.browser.scenery import DOCUMENT, RENEWED, SAMPLE

Act = Callable[[Page, Desk], None]


@dataclass(frozen=True)
class Scene:
    """One page as somebody sees it.

    `role` signs in, empty for whoever comes along; `address` is filled with the scenery's places;
    `act` is done when the page stands. `status` is what the address answers. `excused` are lesser
    rules of axe-core that a page drawn by others breaks.
    """

    name: str
    page: str
    address: str
    role: str = ""
    act: Act | None = None
    status: int = 200
    excused: tuple[str, ...] = ()


def visit(scene: Scene, page: Page, desk: Desk) -> None:
    """Opens the scene on `page`, whose context is signed in already."""
    address = desk.url + scene.address.format(**desk.places)
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == scene.status, (scene.name, answer.status)
    if scene.act:
        scene.act(page, desk)


def with_history(page: Page, desk: Desk) -> None:
    """The chat page of somebody who was here before."""
    page.evaluate("token => localStorage.setItem('peipao.token', token)", desk.visitor_token())
    page.reload()
    expect(page.locator(".line.staff .file")).to_be_visible()


def with_answer(page: Page, desk: Desk) -> None:
    """The same, read from the beginning."""
    with_history(page, desk)
    page.locator("#log").evaluate("log => { log.scrollTop = 0 }")


def with_passage(page: Page, desk: Desk) -> None:
    with_history(page, desk)
    page.locator(".source").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def looked_up(name: str) -> Act:
    """The progress page of the ticket `name`."""

    def act(page: Page, desk: Desk) -> None:
        page.get_by_label("工单编号").fill(desk.places[name])
        page.get_by_label("查询码").fill(desk.places[f"{name}_code"])
        page.get_by_role("button", name="查进度").click()
        expect(page.get_by_role("heading", name=desk.places[name])).to_be_visible()

    return act


def when_drawn(page: Page, desk: Desk) -> None:
    """The description of the interface, once its script has drawn it."""
    expect(page.locator(".opblock").first).to_be_visible()


def with_wrong_code(page: Page, desk: Desk) -> None:
    page.get_by_label("工单编号").fill(desk.places["filed"])
    page.get_by_label("查询码").fill("00000000")
    page.get_by_role("button", name="查进度").click()
    expect(page.get_by_role("alert")).to_be_visible()


def with_wrong_password(page: Page, desk: Desk) -> None:
    page.get_by_label("账号").fill("nobody")
    page.get_by_label("密码").fill("wrong")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_be_visible()


def with_locked_door(page: Page, desk: Desk) -> None:
    for _ in range(5):
        page.get_by_label("账号").fill("somebody")
        page.get_by_label("密码").fill("wrong")
        page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="暂时不能登录")).to_be_visible()


def with_all_open(page: Page, desk: Desk) -> None:
    """Everything that can be unfolded, unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")


def with_picture(page: Page, desk: Desk) -> None:
    """The newest line is still seen when the picture above it has come."""
    expect(page.locator(".talk .file img")).to_have_js_property("naturalWidth", 260)
    expect(page.locator(".line.note")).to_be_in_viewport()


def with_phrases(page: Page, desk: Desk) -> None:
    page.get_by_role("button", name="常用语").click()
    expect(page.get_by_label("查找常用语")).to_be_focused()


def with_refused_move(page: Page, desk: Desk) -> None:
    """A move's form, sent past the browser's own checks with more words than are taken."""
    page.get_by_text("办结", exact=True).and_(page.locator("summary")).click()
    page.locator("details[open] textarea").evaluate(OVERLONG)
    expect(page.get_by_role("alert")).to_contain_text("内容太长了")
    expect(page.locator("details[open] textarea")).to_be_visible()


def with_kept_words(page: Page, desk: Desk) -> None:
    """A note that was refused, without scripts: its words stand in the refusal."""
    page.locator("#note-text").evaluate(OVERLONG)
    expect(page.get_by_role("textbox", name="内容")).to_be_visible()


def with_keys(page: Page, desk: Desk) -> None:
    page.get_by_role("button", name="快捷键").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def with_code(page: Page, desk: Desk) -> None:
    page.get_by_role("button", name="发绑定码").click()
    expect(page.get_by_role("status")).to_contain_text("只显示这一次")


def with_token(page: Page, desk: Desk) -> None:
    """The token of a partner made just now, shown this once."""
    page.get_by_label("代码").fill("sc-platform")
    page.get_by_label("名称").fill("四川省惠企政策平台")
    page.get_by_role("button", name="建立").click()
    page.get_by_role("button", name="发一个新令牌").click()
    expect(page.get_by_role("heading", name="令牌")).to_be_visible()


def with_one_time_password(page: Page, desk: Desk) -> None:
    page.get_by_role("button", name="重设密码").click()
    expect(page.get_by_text("只显示这一次")).to_be_visible()


def with_warning(page: Page, desk: Desk) -> None:
    """The dialog that warns before the session ends."""
    key = next(one["value"] for one in page.context.cookies() if one["name"] == "sessionid")

    # Opening a page is a click: only what it asks afterwards finds the session old.
    def later(route: Route) -> None:
        desk.age_session(key, 29 * 60)
        route.continue_()

    page.route("**/console/session/", later)
    page.reload()
    expect(page.get_by_role("dialog")).to_be_visible()


# Sent as a browser without scripts would send it.
OVERLONG = "box => { box.value = '查过了，'.repeat(600); box.form.submit(); }"
CONSOLE = "/console/"
FIRM = "/console/enterprises/{firm}/"
EDITOR = "/console/policies/"
POLICY = "/console/policies/one/{policy}/"
NEWER = f"/console/policies/one/{RENEWED}/"
BUNDLED = f"/console/policies/one/{DOCUMENT}/"
HELD = "/console/conversations/{held}/"
TICKET = "/console/tickets/{%s}/"

SCENES = (
    # What everybody sees.
    Scene("chat-welcome", "webchat:page", "/"),
    Scene("chat", "webchat:page", "/", act=with_history),
    Scene("chat-answer", "webchat:page", "/", act=with_answer),
    Scene("chat-passage", "webchat:page", "/", act=with_passage),
    Scene("policies", "policies:index", "/policies/"),
    Scene("policies-none", "policies:index", "/policies/?q=没有这样的文件"),
    Scene("policy", "policies:document", f"/policies/{DOCUMENT}"),
    Scene("policy-sample", "policies:document", f"/policies/{SAMPLE}"),
    Scene("policy-ended", "policies:document", "/policies/{policy_ended}"),
    Scene("policy-earlier", "policies:version", "/policies/{policy}/1"),
    Scene("policy-missing", "policies:document", "/policies/none", status=404),
    Scene("progress-door", "tickets:progress", "/progress/"),
    Scene("progress-refused", "tickets:progress", "/progress/", act=with_wrong_code),
    Scene("progress-working", "tickets:progress", "/progress/", act=looked_up("working")),
    Scene("progress-paused", "tickets:progress", "/progress/", act=looked_up("paused")),
    Scene("progress-done", "tickets:progress", "/progress/", act=looked_up("done")),
    Scene("progress-filed", "tickets:progress", "/progress/", act=looked_up("filed")),
    # Swagger's own headings.
    Scene("api", "api:openapi-view", "/api/docs", act=when_drawn, excused=("heading-order",)),
    Scene("nowhere", "", "/nowhere", status=404),
    Scene("login", "console:login", "/console/login/"),
    Scene("login-refused", "console:login", "/console/login/", act=with_wrong_password),
    Scene("login-locked", "console:login", "/console/login/", act=with_locked_door),
    # The console.
    Scene("queue", "console:queue", CONSOLE, "handler"),
    Scene("queue-all", "console:queue", f"{CONSOLE}?scope=all&state=all", "administrator"),
    Scene("queue-none", "console:queue", f"{CONSOLE}?scope=mine&state=suspended", "specialist"),
    Scene("queue-found", "console:queue", f"{CONSOLE}?scope=all&q=商标", "handler"),
    Scene("queue-lost", "console:queue", f"{CONSOLE}?q=没有这样的事", "handler"),
    Scene("queue-keys", "console:queue", CONSOLE, "operator", with_keys),
    Scene("queue-head", "console:queue", CONSOLE, "head"),
    Scene("ticket", "console:ticket", TICKET % "working", "handler"),
    Scene("ticket-open", "console:ticket", TICKET % "working", "handler", with_all_open),
    Scene("ticket-review", "console:ticket", TICKET % "asking", "head", with_all_open),
    Scene("ticket-paused", "console:ticket", TICKET % "paused", "handler"),
    Scene("ticket-done", "console:ticket", TICKET % "done", "operator", with_all_open),
    Scene("ticket-filed", "console:ticket", TICKET % "filed", "head"),
    Scene("ticket-refused", "console:ticket", TICKET % "foreign", "handler", status=403),
    Scene("ticket-tried", "console:ticket", TICKET % "working", "handler", with_refused_move),
    Scene("ticket-kept", "console:ticket", TICKET % "working", "handler", with_kept_words),
    Scene("conversation", "console:conversation", HELD, "handler", with_picture),
    Scene(
        "conversation-phrases",
        "console:conversation",
        HELD,
        "handler",
        with_phrases,
    ),
    Scene(
        "conversation-waiting",
        "console:conversation",
        "/console/conversations/{waiting}/",
        "operator",
        with_all_open,
    ),
    Scene(
        "conversation-pictures",
        "console:conversation",
        "/console/conversations/{pictured}/",
        "operator",
    ),
    Scene("pass", "console:pass", "/console/conversations/{held}/pass/", "handler"),
    Scene("canned", "console:canned", "/console/canned/", "supervisor"),
    Scene("canned-none", "console:canned", "/console/canned/", "head"),
    Scene("canned-new", "console:canned-new", "/console/canned/new/", "supervisor"),
    Scene("canned-one", "console:canned-one", "/console/canned/{canned}/", "supervisor"),
    Scene("deliveries", "console:deliveries", "/console/deliveries/", "supervisor"),
    Scene("password", "console:password", "/console/password/", "editor"),
    Scene("warning", "console:password", "/console/password/", "editor", with_warning),
    Scene("staff", "console:staff", "/console/staff/", "administrator"),
    Scene("staff-none", "console:staff", "/console/staff/?q=没有这个人", "administrator"),
    Scene("staff-new", "console:staff-new", "/console/staff/new/", "administrator"),
    Scene("staff-one", "console:staff-one", "/console/staff/{staff}/", "administrator"),
    Scene(
        "staff-password",
        "console:staff-one",
        "/console/staff/{staff}/",
        "administrator",
        with_one_time_password,
    ),
    Scene("audit", "console:audit", "/console/audit/", "discipline"),
    Scene("audit-none", "console:audit", "/console/audit/?actor=没有这个人", "discipline"),
    Scene("rules", "console:rules", "/console/rules/", "administrator"),
    Scene("partners-none", "console:partners", "/console/partners/", "administrator"),
    Scene("partner-token", "console:partners", "/console/partners/", "administrator", with_token),
    Scene("partners", "console:partners", "/console/partners/", "administrator"),
    Scene("firms", "console:enterprises", "/console/enterprises/", "supervisor"),
    Scene("firms-none", "console:enterprises", "/console/enterprises/?q=没有这家", "handler"),
    Scene("firm", "console:enterprise", FIRM, "supervisor"),
    Scene("firm-code", "console:enterprise", FIRM, "operator", with_code),
    Scene("firm-new", "console:enterprise-new", "/console/enterprises/new/", "administrator"),
    Scene("firm-edit", "console:enterprise-edit", f"{FIRM}edit/", "administrator"),
    # The editors' pages.
    Scene("editor", "console:policies", EDITOR, "editor"),
    Scene("editor-none", "console:policies", f"{EDITOR}?words=没有这一份", "editor"),
    Scene("editor-policy", "console:policy", POLICY, "editor", with_all_open),
    Scene("editor-bundled", "console:policy", BUNDLED, "editor"),
    Scene("editor-newer", "console:policy", NEWER, "editor"),
    Scene("editor-newer-file", "console:policy-compare", f"{NEWER}compare/?new=file", "editor"),
    Scene("editor-later", "console:policy", "/console/policies/one/{policy_later}/", "editor"),
    Scene("editor-ended", "console:policy", "/console/policies/one/{policy_ended}/", "editor"),
    Scene("editor-new", "console:policy-new", f"{EDITOR}new/", "editor", with_all_open),
    Scene("editor-edit", "console:policy-edit", f"{POLICY}edit/", "editor"),
    Scene("editor-upload", "console:policy-upload", f"{EDITOR}upload/", "editor"),
    Scene("editor-upload-new", "console:policy-upload-new", f"{POLICY}upload/", "editor"),
    Scene("editor-try", "console:policy-try", f"{POLICY}try/?usual=1", "editor"),
    Scene("editor-compare", "console:policy-compare", f"{POLICY}compare/", "editor"),
    Scene("editor-version", "console:policy-version", f"{POLICY}versions/1/", "editor"),
    Scene("editor-repeal", "console:policy-repeal", f"{BUNDLED}repeal/", "editor"),
    Scene("missing", "console:missing", "/console/nowhere/", "operator", status=404),
)
