"""`python -m tests.browser.screenshots`: the main pages, as docs/images/ shows them."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import django

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
# Each picture: of which scene, on which screen.
PICTURES = {
    "chat": ("chat-answer", "phone"),
    "progress": ("progress-done", "phone"),
    "queue": ("queue", "desk"),
    "ticket": ("ticket", "desk"),
    "conversation": ("conversation", "desk"),
    "policy": ("editor-try", "desk"),
}


def take(folder: Path) -> None:
    """The pictures into `folder`, one screen high each."""
    # Only now: what they import wants Django set up.
    from playwright.sync_api import sync_playwright

    from tests.browser.desk import running_desk
    from tests.browser.pages import SIZES, launched, new_context, sign_in
    from tests.browser.scenes import SCENES, visit

    scenes = {scene.name: scene for scene in SCENES}
    with (
        TemporaryDirectory() as scratch,
        running_desk(Path(scratch)) as desk,
        sync_playwright() as playwright,
        launched(playwright) as browser,
    ):
        for picture, (name, size) in PICTURES.items():
            scene = scenes[name]
            page = new_context(browser, SIZES[size]).new_page()
            if scene.role:
                username = desk.roles[scene.role]
                sign_in(page, desk.url, username, desk.passwords[username])
            visit(scene, page, desk)
            page.screenshot(path=folder / f"{picture}.png")
            print(folder / f"{picture}.png")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    take(IMAGES)
