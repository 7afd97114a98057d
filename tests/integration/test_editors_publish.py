"""An editor publishes, and the bot quotes it: the whole product, its worker and its dialogue."""

import re
import time

import httpx
import pytest

from tests.stack import Product, Visitor

pytestmark = pytest.mark.stack

PROMISE = 10.0  # seconds from publishing to the bot's first answer from it
TITLE = "巴中市夜间集市摊位补贴办法"
QUESTION = "夜间集市摊位补贴多少钱"
TEXT = f"""---
id: yejian-jishi-2026
title: {TITLE}
number: 巴府办发〔2026〕77号
issuer: 巴中市人民政府办公室
level: 市
region: 巴中
issued: 2026-11-02
effective: 2026-11-05
topics: [夜间集市, 夜市摊位]
---
## 补多少
常见问法：夜间集市摊位补贴多少钱｜夜市摆摊有没有补贴
第三条 对在核准的夜间集市经营满三个月的摊位，每个摊位一次性补贴1700元。
"""


class Console:
    """A staff member's browser, without the browser."""

    def __init__(self, product: Product, username: str) -> None:
        self._client = httpx.Client(
            base_url=product.url, timeout=60, trust_env=False, follow_redirects=True
        )
        given = {"username": username, "password": product.sign_ins[username]}
        self.post("/console/login/", given)

    def get(self, page: str) -> str:
        answer = self._client.get(page)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, page: str, form: dict[str, str], at: str = "", **more: object) -> str:
        """Fills in the form on `at` (by default on the page itself)."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(at or page))
        assert token
        answer = self._client.post(
            page,
            data={**form, "csrfmiddlewaretoken": token[1]},
            headers={"Referer": str(self._client.base_url)},
            **more,
        )
        assert answer.status_code == 200, answer.text
        return answer.text


def seconds_until(product: Product, wanted: bool, words: str) -> float:
    """How long until the bot says `words` as what holds (or no longer does) to the question."""
    started = time.monotonic()
    while time.monotonic() - started < 60:
        said = "".join(reply["text"] for reply in Visitor(product.url).say(QUESTION))
        if (words in said and "【已废止】" not in said) == wanted:
            return time.monotonic() - started
        time.sleep(0.2)
    raise AssertionError(f"after a minute the bot still says: {said}")


def test_the_bot_quotes_a_policy_ten_seconds_after_it_was_published(product):
    editor = Console(product, "luoyan")
    page = "/console/policies/one/yejian-jishi-2026/"
    uploaded = editor.post(
        "/console/policies/upload/", {}, files={"file": ("夜市.md", TEXT.encode())}
    )
    assert TITLE in uploaded
    tried = editor.get(f"{page}try/?usual=1")
    assert "2 个问题：2 个排第一" in tried
    assert "1700" not in "".join(reply["text"] for reply in Visitor(product.url).say(QUESTION))

    editor.post(f"{page}publish/", {"revision": "1", "when": "now"}, at=page)
    first = seconds_until(product, True, "1700")

    edited = TEXT.split("---\n")[-1].replace("1700", "1900")
    form = {"title": TITLE, "level": "市", "region": "巴中", "status": "现行有效"}
    editor.post(f"{page}edit/", {**form, "revision": "0", "current": "1", "body": edited})
    editor.post(f"{page}publish/", {"revision": "2", "when": "now"}, at=page)
    second = seconds_until(product, True, "1900")
    public = httpx.get(f"{product.url}/policies/yejian-jishi-2026/1", trust_env=False).text
    assert "已被新版本替代" in public

    editor.post(f"{page}repeal/", {"current": "2", "day": "2026-11-06", "reason": "试点结束"})
    gone = seconds_until(product, False, "1900")

    print(f"quoted after {first:.1f} s, changed after {second:.1f} s, gone after {gone:.1f} s")
    assert max(first, second, gone) < PROMISE
