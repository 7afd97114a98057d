"""The public policy pages: what the index holds, as it is now, escaped and anchored."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from numpy.typing import NDArray
from pytest_django import Settings

from knowledge_base.documents import Document, Status
from knowledge_base.index import build
from knowledge_base.passages import cut

pytestmark = pytest.mark.django_db

INCOME_TAX = Document(
    id="income-tax",
    title="小微企业所得税优惠",
    number="公告2023年第12号",
    issuer="财政部",
    issued=date(2023, 8, 2),
    url="https://example.gov.cn/12",
    body="## 减免\n\n第一条 减按**25%**计入 <script>alert(1)</script>\n\n第二条 税率为20%。",
)
LOAN = Document(
    id="loan-sample",
    title="贷款贴息办法",
    issued=date(2026, 1, 5),
    url="javascript:alert(1)",
    sample=True,
    body="贴息2%。",
)


class Flat:
    """An encoder that knows nothing: the pages need none."""

    name, fingerprint, dimension = "flat", "0" * 64, 4

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.full((len(texts), 4), 0.5, dtype=np.float32)


def publish(folder: Path, *documents: Document) -> None:
    passages = [passage for document in documents for passage in cut(document)]
    build(
        folder,
        passages,
        documents=documents,
        encoder=Flat(),
        terms=(),
        built_at=datetime.now(UTC),
    )


@pytest.fixture
def index(tmp_path: Path, settings: Settings) -> Path:
    settings.INDEX_DIR = tmp_path / "index"
    publish(settings.INDEX_DIR, INCOME_TAX, LOAN)
    return tmp_path / "index"


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_anyone_reads_the_list_the_newest_first(client: Client, index: Path) -> None:
    html = page(client, reverse("policies:index"))

    assert html.index("贷款贴息办法") < html.index("小微企业所得税优惠")
    assert html.count("示例") == 1


@pytest.mark.parametrize("words", ["所得税", "小微 优惠", "2023年第12号", "财政部"])
def test_the_list_is_searched_by_title_number_and_issuer(
    words: str, client: Client, index: Path
) -> None:
    html = page(client, reverse("policies:index") + f"?q={words}")

    assert "小微企业所得税优惠" in html
    assert "贷款贴息办法" not in html


def test_a_search_that_finds_nothing_says_so_and_escapes_the_words(
    client: Client, index: Path
) -> None:
    html = page(client, reverse("policies:index") + "?q=<script>x</script>")

    assert "没有符合的文件" in html
    assert "<script>" not in html


def test_a_document_shows_its_facts_and_an_anchor_for_each_passage(
    client: Client, index: Path
) -> None:
    html = page(client, "/policies/income-tax")

    for part in ("公告2023年第12号", "财政部", "2023年8月2日", 'href="https://example.gov.cn/12"'):
        assert part in html
    for passage in cut(INCOME_TAX):
        assert f'id="{passage.id}"' in html
    assert html.count("<h2>减免</h2>") == 1
    assert html.count("第一条") == 1
    assert "示例文件" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "<script>alert" not in html


def test_a_sample_says_so_and_its_odd_link_is_left_out(client: Client, index: Path) -> None:
    html = page(client, "/policies/loan-sample")

    assert "示例文件" in html
    assert "javascript:" not in html


def test_a_text_that_is_no_longer_law_says_so(client: Client, index: Path) -> None:
    publish(
        index,
        replace(INCOME_TAX, expires=date(2024, 12, 31)),
        replace(LOAN, status=Status.REPEALED),
    )

    assert "已过有效期" in page(client, "/policies/income-tax")
    assert "已废止" in page(client, "/policies/loan-sample")


def test_a_new_version_of_the_index_is_shown_at_once(client: Client, index: Path) -> None:
    page(client, "/policies/income-tax")

    publish(index, LOAN)

    page(client, "/policies/income-tax", status=404)
    assert "共 1 份" in page(client, reverse("policies:index"))


def test_an_unknown_document_is_a_page_not_found(client: Client, index: Path) -> None:
    assert "没有找到这份政策文件" in page(client, "/policies/nothing", status=404)


def test_without_an_index_the_library_is_closed(
    client: Client, tmp_path: Path, settings: Settings
) -> None:
    settings.INDEX_DIR = tmp_path / "none"

    assert "正在整理" in page(client, reverse("policies:index"), status=503)


def test_reading_changes_nothing(client: Client, index: Path) -> None:
    assert client.post(reverse("policies:index")).status_code == 405
