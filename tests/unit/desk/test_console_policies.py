"""The editors' list, forms that lose nothing, and uploads."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from desk.accounts.models import Role, StaffMember
from desk.policies import served
from desk.policies.models import Policy, PolicyVersion, State
from desk.policies.values import PolicyCard
from tests.unit.desk.makers import StaffMaker
from tests.unit.desk.pages import signed_in, text_of
from tests.unit.desk.policy_makers import CARD, NOW
from tests.unit.desk.policy_pages import drafted, file, form, page, published

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("policy_library")]

LIST = reverse("console:policies")
NEW = reverse("console:policy-new")
UPLOAD = reverse("console:policy-upload")


@pytest.fixture
def client(editor: StaffMember) -> Client:
    return signed_in(editor)


# --- The list ---


def test_an_editor_begins_with_the_list_of_all_policies(client: Client) -> None:
    html = text_of(client.get(reverse("console:queue"), follow=True))

    assert "巴中市中小企业担保费补助办法" in html
    assert "随产品附带" in html


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"words": "担保"}, {"担保"}),
        ({"words": "〔2026〕6号"}, {"展会"}),
        ({"topic": "外贸"}, {"展会"}),
        ({"standing": "in_force"}, {"担保", "展会"}),
        ({"standing": "unpublished"}, {"无人机"}),
        ({"draft": "draft"}, {"无人机"}),
        ({"draft": "bundled"}, {"担保", "展会"}),
        ({"draft": "edited"}, set()),
        ({"level": "国家"}, set()),
        ({"region": "巴中"}, {"担保", "展会", "无人机"}),
        ({"region": "<script>"}, set()),
    ],
)
def test_the_list_is_filtered_and_searched(
    query: dict[str, str], found: set[str], client: Client
) -> None:
    drafted(client)
    html = text_of(client.get(LIST, query))
    rows = html.split("<tbody>")[1] if "<tbody>" in html else ""

    assert {word for word in ("担保", "展会", "无人机") if f"{word}" in rows} == found
    assert "<script>" not in html.replace("<script src", "")


def test_drafts_can_be_reached_while_there_is_no_index(
    client: Client, tmp_path: Path, settings: Settings
) -> None:
    code = drafted(client)
    settings.INDEX_DIR = tmp_path / "none"

    assert "无人机" in text_of(client.get(LIST))
    assert "草稿" in text_of(client.get(page("policy", code)))
    assert "正在整理" in text_of(
        client.get(page("policy-try", code), {"questions": "奖励多少"}), 503
    )


def test_the_list_asks_as_often_whatever_its_length(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    with CaptureQueriesContext(connection) as asked:
        client.get(LIST)
        most = len(asked)
    for number in range(4):
        client.post(
            NEW, form(title=f"办法{number}", number=f"{number}号", body=f"第{number}条 奖励。")
        )
    assert Policy.objects.count() == 4
    with django_assert_max_num_queries(most):
        client.get(LIST)


# --- Writing ---


def test_a_policy_is_written_looked_at_in_passages_and_saved(client: Client) -> None:
    html = text_of(client.post(NEW, form(act="look")))
    assert "会分成 2 段" in html
    assert "搞无人机送货有没有奖" in html
    assert not Policy.objects.exists()

    code = drafted(client)

    html = text_of(client.get(page("policy", code)))
    assert "第 1 版 · 草稿" in html
    assert "发布后分成 2 段" in html


def test_a_form_that_is_refused_keeps_what_was_typed(client: Client) -> None:
    html = text_of(client.post(NEW, form(expires="2026-01-01", note="很重要的话")), 422)

    assert "有效期至早于施行日期" in html
    assert "很重要的话" in html
    assert "每条航线一次性奖励8万元" in html


def test_markup_in_any_field_is_shown_as_text(client: Client) -> None:
    evil = "<script>alert(1)</script>"
    card = PolicyCard(
        title=f"甲{evil}",
        number=evil,
        issuer=evil,
        topics=evil,
        note=evil,
        body=f"## 标题{evil}\n常见问法：问{evil}\n第一条 补助{evil}三万元。",
    )
    html = text_of(client.post(NEW, form(card, act="look")))
    client.post(NEW, form(card))
    code = Policy.objects.get().code
    client.post(page("policy-publish", code), {"revision": 1, "when": "now"})
    served.renew(NOW)
    client.post(page("policy-edit", code), form(card, revision=0, current=1, body=card.body + evil))
    pages = [
        html,
        text_of(client.get(LIST)),
        text_of(client.get(page("policy", code))),
        text_of(client.get(page("policy-edit", code))),
        text_of(client.get(page("policy-version", code, 1))),
        text_of(client.get(page("policy-compare", code))),
        text_of(client.get(page("policy-try", code), {"questions": f"补助多少{evil}"})),
        text_of(client.get(page("policy-repeal", code))),
        text_of(client.get(reverse("policies:document", args=[code]))),
    ]
    for shown in pages:
        assert "<script>alert" not in shown
        assert "&lt;script&gt;" in shown


def test_a_long_text_fits_through_the_form(client: Client) -> None:
    body = "第一条 " + "补助的规定写得很长。" * 18_000
    answer = client.post(NEW, form(body=body))

    assert answer.status_code == 302
    assert len(PolicyVersion.objects.get().body) > 150_000


def test_the_second_of_two_editors_sees_the_difference_and_loses_nothing(
    client: Client, make_staff: StaffMaker
) -> None:
    code = drafted(client)
    other = signed_in(make_staff(Role.EDITOR, name="文编辑"))
    edit = page("policy-edit", code)
    other.post(edit, form(revision=1, body=CARD.body.replace("8万元", "9万元")))

    html = text_of(client.post(edit, form(revision=1, number="巴府办发〔2026〕32号")), 409)

    assert "文编辑刚刚保存了这份草稿" in html
    assert 'value="巴府办发〔2026〕32号"' in html
    assert "<del>9</del>" in html
    assert PolicyVersion.objects.get().number == CARD.number
    revision = re.search(r'name="revision" value="(\d+)"', html)
    assert revision
    assert revision[1] == "2"
    answer = client.post(edit, form(revision=2, number="巴府办发〔2026〕32号"))
    assert answer.status_code == 302
    assert PolicyVersion.objects.get().number == "巴府办发〔2026〕32号"


def test_who_opened_the_form_before_a_colleague_published_sees_the_difference(
    client: Client, make_staff: StaffMaker
) -> None:
    code = published(client)
    edit = page("policy-edit", code)
    opened = text_of(client.get(edit))
    assert 'name="current" value="1"' in opened
    other = signed_in(make_staff(Role.EDITOR, name="文编辑"))
    theirs = form(revision=0, current=1, body=CARD.body.replace("8万元", "9万元"))
    other.post(edit, theirs)
    other.post(page("policy-publish", code), {"revision": 2, "when": "now"})

    mine = form(revision=0, current=1, number="巴府办发〔2026〕32号")
    html = text_of(client.post(edit, mine), 409)

    assert "文编辑发布了第 2 版，您是在旧的文本上改的" in html
    assert "现行第 2 版和您写的差别" in html
    assert 'value="巴府办发〔2026〕32号"' in html
    assert "<del>9</del>" in html
    assert not PolicyVersion.objects.filter(state=State.DRAFT).exists()
    assert 'name="revision" value="0"><input type="hidden" name="current" value="2"' in html
    assert client.post(edit, mine | {"current": 2}).status_code == 302


def test_a_repetition_leads_to_the_policy_that_is_there(client: Client) -> None:
    published(client)
    html = text_of(client.post(NEW, form(number="另一个文号")), 409)

    assert "已经有了" in html
    assert page("policy", Policy.objects.get().code) in html


# --- Uploading ---


def test_an_uploaded_file_becomes_a_draft_to_be_checked(client: Client) -> None:
    text = "---\nid: lengku-2026\ntitle: 冷库建设补助办法\n---\n## 补多少\n\n第二条 补助20%。"
    answer = client.post(UPLOAD, {"file": file(text)}, follow=True)

    html = text_of(answer)
    assert "请核对标题" in html
    assert 'value="冷库建设补助办法"' in html
    version = PolicyVersion.objects.get()
    assert (version.policy.code, version.state, version.file_name) == (
        "lengku-2026",
        State.DRAFT,
        "办法.md",
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (None, "请先选择文件"),
        (file(b""), "请先选择文件|文件是空的"),
        (file(b"MZ", "a.exe"), "只收 md"),
        (file("不是PDF", "a.pdf"), "内容却是"),
        (file("---\ntitle: [", "a.md"), "两条 ---"),
    ],
)
def test_a_file_that_is_refused_says_why(given: Any, told: str, client: Client) -> None:
    answer = client.post(UPLOAD, {"file": given} if given else {})
    assert re.search(told, text_of(answer, 422))
    assert not Policy.objects.exists()


def test_a_file_whose_dates_contradict_comes_back_as_a_form_to_be_mended(client: Client) -> None:
    text = (
        "---\ntitle: 冷库补助办法\nissued: 2026-05-01\nexpires: 2026-01-01\n---\n第一条 补助20%。"
    )
    html = text_of(client.post(UPLOAD, {"file": file(text)}), 422)

    assert "有效期至早于发布日期" in html
    assert "第一条 补助20%。" in html
    assert f'action="{NEW}"' in html


def test_the_same_file_again_is_refused_and_leads_to_the_first(client: Client) -> None:
    text = "---\nid: lengku-2026\ntitle: 冷库建设补助办法\n---\n第二条 补助20%。"
    client.post(UPLOAD, {"file": file(text)})
    html = text_of(client.post(UPLOAD, {"file": file(text)}), 409)

    assert "lengku-2026" in html
    assert PolicyVersion.objects.count() == 1


def test_a_new_file_becomes_the_next_version_of_its_policy(client: Client) -> None:
    code = published(client)
    text = f"---\ntitle: {CARD.title}\n---\n## 奖多少\n\n第三条 每条航线奖励12万元。"
    seen = {"revision": 0, "current": 1}
    answer = client.post(page("policy-upload-new", code), {"file": file(text)} | seen)

    assert answer.status_code == 302
    draft = PolicyVersion.objects.get(state=State.DRAFT)
    assert (draft.ordinal, draft.policy.code, draft.origin) == (2, code, "uploaded")
