"""Every page, on a desk's screen and on a telephone's: axe-core finds no fault."""

import re
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import URLResolver, get_resolver
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.desk import Desk
from tests.browser.pages import DESK, SIZES, new_context, sign_in, watched
from tests.browser.scenery import DOCUMENT
from tests.browser.scenes import SCENES, Scene, visit

pytestmark = pytest.mark.browser

# Beside axe-core's usual rules: what a finger must be able to hit (WCAG 2.2 AA).
OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
# What stands in addresses: a place of the scenery, or the value itself.
ARGUMENTS = {
    "number": "{working}",
    "conversation_id": "{held}",
    "attachment_id": "{held}",
    "canned_id": "{canned}",
    "staff_id": "{staff}",
    "document_id": DOCUMENT,
    "code": "{policy}",
    "ordinal": "1",
    "credit_code": "{firm}",
    "kind": "csv",
    "name": "start",
    "notice_id": "1",
    "task_id": "1",
    "delivery_id": "1",
    "rest": "nowhere",
}
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


@pytest.fixture(scope="module")
def contexts(chromium: Browser, desk: Desk) -> Iterator[dict[str, BrowserContext]]:
    """One context for each role, signed in when first asked for."""
    opened: dict[str, BrowserContext] = {}
    yield opened
    for context in opened.values():
        context.close()


@pytest.fixture
def page(scene: Scene, chromium: Browser, desk: Desk, contexts) -> Iterator[Page]:
    """An empty page of whoever sees the scene."""
    if scene.role and scene.role not in contexts:
        context = contexts[scene.role] = new_context(chromium, DESK)
        username = desk.roles[scene.role]
        home = "/console/password/"
        sign_in(context.new_page(), desk.url, username, desk.passwords[username], home)
    context = contexts[scene.role] if scene.role else new_context(chromium, DESK)
    page = context.new_page()
    yield page
    page.close()
    if not scene.role:
        context.close()


def faults_of(page: Page, excused: tuple[str, ...]) -> list[str]:
    """What axe-core finds, each with where it is; nothing serious is ever excused."""
    found = Axe().run(page, options=OPTIONS).response["violations"]
    return [
        f"{one['id']}: {one['help']}: " + "; ".join(node["html"][:160] for node in one["nodes"])
        for one in found
        if one["impact"] in ("serious", "critical") or one["id"] not in excused
    ]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_a_page_has_no_fault(scene: Scene, page: Page, desk: Desk, shoot) -> None:
    errors = watched(page)
    visit(scene, page, desk)
    for name, size in SIZES.items():
        page.set_viewport_size(size)
        shoot(page, f"{scene.name}-{name}")
        found = faults_of(page, scene.excused)
        assert not found, "\n".join((name, *found))
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{wide} pixels wider than the {name}"
    # A refusal is answered with its status, which the browser reports as a failed load.
    assert [one for one in errors if "status of 4" not in one] == []


def addresses(patterns, names: tuple[str, ...] = (), route: str = "/"):
    """(name, route) of every address, the name with those of its namespaces."""
    for item in patterns:
        if isinstance(item, URLResolver):
            deeper = (*names, item.namespace) if item.namespace else names
            yield from addresses(item.url_patterns, deeper, route + str(item.pattern))
        else:
            yield ":".join((*names, item.name or "")), route + str(item.pattern)


def answers_with_a_page(client: httpx.Client, address: str) -> bool:
    """Whether a whole page stands at `address` for whoever `client` is signed in as."""
    with client.stream("GET", address) as answer:
        if answer.status_code != 200 or "text/html" not in answer.headers["Content-Type"]:
            return False
        return "<html" in answer.read().decode()


@pytest.fixture(scope="module")
def clients(desk: Desk) -> Iterator[list[httpx.Client]]:
    """Somebody who is not signed in, and one of each role."""
    with ExitStack() as stack:
        opened = []
        for username in ("", *desk.roles.values()):
            client = stack.enter_context(httpx.Client(base_url=desk.url, trust_env=False))
            if username:
                door = "/console/login/"
                key = re.search(r'csrfmiddlewaretoken" value="(\w+)', client.get(door).text)
                assert key
                form = {"username": username, "password": desk.passwords[username]}
                answer = client.post(door, data=form | {"csrfmiddlewaretoken": key[1]})
                assert answer.status_code == 302
            opened.append(client)
        yield opened


def test_every_page_has_a_scene(desk: Desk, clients: list[httpx.Client]) -> None:
    seen = {scene.page for scene in SCENES}
    found, unseen = 0, []
    for name, route in addresses(get_resolver().url_patterns):
        unknown = set(ARGUMENT.findall(route)) - set(ARGUMENTS)
        assert not unknown, f"say in ARGUMENTS what stands for {unknown} in {route}"
        address = ARGUMENT.sub(lambda part: ARGUMENTS[part[1]], route).format(**desk.places)
        if any(answers_with_a_page(client, address) for client in clients):
            found += 1
            if name not in seen:
                unseen.append(name)
    assert found > 15
    assert unseen == [], "a new page needs a Scene in tests/browser/scenes.py"
