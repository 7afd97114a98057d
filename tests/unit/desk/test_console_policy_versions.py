"""The editors' pages of versions: trials, comparisons, publishing, what the public sees."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from desk.accounts.models import StaffMember
from desk.policies import served
from desk.policies.models import Policy
from tests.unit.desk.pages import signed_in, text_of
from tests.unit.desk.policy_makers import CARD, NOW
from tests.unit.desk.policy_pages import drafted, form, page, published

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("policy_library")]


@pytest.fixture
def client(editor: StaffMember) -> Client:
    return signed_in(editor)


# --- Trying and comparing ---


def test_a_draft_is_tried_by_the_bots_own_search_and_nobody_else_sees_it(client: Client) -> None:
    code = drafted(client)
    html = text_of(client.get(page("policy-try", code), {"usual": "1"}))

    assert "2 个问题：2 个排第一" in html
    assert "陪跑员会这样答" in html
    assert "<strong>8万元</strong>" in html
    assert "得分" in html
    text_of(client.get(reverse("policies:document", args=[code])), 404)


def test_a_trial_says_when_another_document_is_found_first(client: Client) -> None:
    code = drafted(client)
    html = text_of(client.get(page("policy-try", code), {"questions": "贷款担保费补助多少"}))

    assert "1 个问题：0 个排第一" in html
    assert page("policy", "danbao-2026") in html


def test_a_trial_of_a_changed_text_takes_the_changed_text(client: Client) -> None:
    code = published(client)
    client.post(
        page("policy-edit", code),
        form(revision=0, current=1, body=CARD.body.replace("8万元", "9万元")),
    )
    ask = {"questions": "无人机配送奖励多少"}

    assert "<strong>9万元</strong>" in text_of(client.get(page("policy-try", code), ask))
    first = text_of(client.get(page("policy-try", code), ask | {"version": "1"}))
    assert "<strong>8万元</strong>" in first


def test_before_its_day_a_trial_says_that_the_policy_is_not_in_force(client: Client) -> None:
    code = drafted(client)
    ask = {"questions": "无人机配送奖励多少", "day": "2026-11-01"}
    html = text_of(client.get(page("policy-try", code), ask))

    assert "这一天这份文件不是现行有效" in html
    assert "没有找到这份文件" in html
    text_of(client.get(page("policy-try", code), ask | {"day": "昨天"}), 422)


def test_two_versions_stand_side_by_side(client: Client) -> None:
    code = published(client)
    client.post(
        page("policy-edit", code),
        form(revision=0, current=1, number="新号", body=CARD.body.replace("8万元", "12万元")),
    )
    html = text_of(client.get(page("policy-compare", code)))

    assert "<del>8</del>" in html
    assert "<ins>12</ins>" in html
    assert "<ins>新号</ins>" in html
    same = text_of(client.get(page("policy-compare", code), {"old": "1", "new": "1"}))
    assert "完全相同" in same
    assert "只有一个版本" in text_of(client.get(page("policy-compare", "danbao-2026")))


# --- Publishing, and what the public sees ---


def test_publishing_on_a_date_is_shown_and_can_be_withdrawn(client: Client) -> None:
    code = drafted(client)
    when = {"revision": 1, "when": "later", "at": "2126-01-01T08:00"}
    text_of(client.post(page("policy-publish", code), when), 422)
    text_of(client.post(page("policy-publish", code), when | {"at": "明天"}), 422)
    at = f"{timezone.localtime() + timedelta(days=2):%Y-%m-%dT%H:%M}"

    client.post(page("policy-publish", code), when | {"at": at})

    html = text_of(client.get(page("policy", code)))
    assert "待发布" in html
    assert "撤回定时发布" in html
    assert "马上发布" not in html
    client.post(page("policy-withdraw", code), {"revision": 2})
    assert "马上发布" in text_of(client.get(page("policy", code)))


def test_the_public_page_shows_what_was_published_and_what_stood_before(client: Client) -> None:
    code = published(client)
    public = reverse("policies:document", args=[code])
    old = reverse("policies:version", args=[code, 1])
    assert "8万元" in text_of(client.get(public))
    assert client.get(old).status_code == 302

    client.post(
        page("policy-edit", code),
        form(revision=0, current=1, body=CARD.body.replace("8万元", "9万元")),
    )
    text_of(client.get(reverse("policies:version", args=[code, 2])), 404)
    client.post(page("policy-publish", code), {"revision": 2, "when": "now"})
    served.renew(NOW)

    html = text_of(client.get(public))
    assert "9万元" in html
    assert old in html
    html = text_of(client.get(old))
    assert "已被新版本替代" in html
    assert "8万元" in html


def test_the_public_page_of_a_repealed_policy_says_why_and_what_replaces_it(
    client: Client,
) -> None:
    given = {
        "current": "0",
        "day": "2026-11-20",
        "reason": "巴府发〔2026〕40号废止",
        "successor": "waimao-2026",
    }
    answer = client.post(page("policy-repeal", "danbao-2026"), given)
    assert answer.status_code == 302
    served.renew(NOW)

    html = text_of(Client().get(reverse("policies:document", args=["danbao-2026"])))
    assert "已废止" in html
    assert "巴府发〔2026〕40号废止" in html
    assert reverse("policies:document", args=["waimao-2026"]) in html
    assert "已废止" in text_of(client.get(page("policy", "danbao-2026")))


def test_a_policy_that_will_be_repealed_says_from_when_and_is_law_till_then(
    client: Client,
) -> None:
    day = timezone.localdate() + timedelta(days=30)
    given = {"current": "0", "day": day.isoformat(), "reason": "新办法施行"}
    client.post(page("policy-repeal", "danbao-2026"), given)
    served.renew(timezone.now())

    html = text_of(Client().get(reverse("policies:document", args=["danbao-2026"])))
    assert f"将从{day.year}年{day.month}月{day.day}日起废止" in html
    assert "现行有效" in html
    assert "不能作为办事依据" not in html
    assert "之后废止" in text_of(client.get(page("policy", "danbao-2026")))


def test_a_repeal_that_is_refused_keeps_its_words(client: Client) -> None:
    given = {"current": "0", "day": "", "reason": "写了很久的原因"}
    html = text_of(client.post(page("policy-repeal", "danbao-2026"), given), 422)

    assert "请填写日期" in html
    assert "写了很久的原因" in html


def test_a_version_is_restored_from_the_policys_page(client: Client) -> None:
    code = published(client)
    client.post(
        page("policy-edit", code),
        form(revision=0, current=1, body=CARD.body.replace("8万元", "9万元")),
    )
    client.post(page("policy-publish", code), {"revision": 2, "when": "now"})
    assert "回退到这一版" in text_of(client.get(page("policy", code)))

    answer = client.post(
        page("policy-roll-back", code, 1), {"current": "2", "reason": "金额错"}, follow=True
    )

    assert "已回退到第 1 版的内容" in text_of(answer)
    current = Policy.objects.get().current
    assert current is not None
    assert "8万元" in current.body


@pytest.mark.parametrize("name", ["policy", "policy-edit", "policy-compare", "policy-try"])
@pytest.mark.parametrize("code", ["nowhere", "..", "a'b\"<c>"])
def test_an_unknown_policy_is_a_page_not_found(name: str, code: str, client: Client) -> None:
    text_of(client.get(page(name, code)), 404)


# --- A colleague was faster ---


@pytest.mark.parametrize("step", ["policy-publish", "policy-drop"])
def test_a_step_with_a_draft_that_changed_meanwhile_is_not_made_and_shows_the_newest(
    step: str, client: Client
) -> None:
    code = drafted(client)
    newer = CARD.body.replace("8万元", "9万元")
    client.post(page("policy-edit", code), form(revision=1, body=newer))
    seen = {"revision": 1, "when": "now"}

    html = text_of(client.post(page(step, code), seen, follow=True))

    assert "何编辑刚刚改过这份草稿，您的操作没有做" in html
    assert "没有丢" not in html
    assert "9万元" in html
    assert 'name="revision" value="2"' in html
    assert Policy.objects.get().versions.get().state == "draft"


def test_a_draft_published_twice_says_that_it_is_done_already(client: Client) -> None:
    code = published(client)
    seen = {"revision": 1, "when": "now"}

    html = text_of(client.post(page("policy-publish", code), seen, follow=True))

    assert "刚刚被发布或弃用了，您的操作没有做" in html
    assert "没有丢" not in html


def test_what_a_colleague_published_meanwhile_is_neither_rolled_back_nor_repealed(
    client: Client,
) -> None:
    code = published(client)
    body = CARD.body.replace("8万元", "9万元")
    client.post(page("policy-edit", code), form(revision=0, current=1, body=body))
    client.post(page("policy-publish", code), {"revision": 2, "when": "now"})
    seen = {"current": "1", "reason": "金额错", "day": "2026-12-01", "successor": ""}

    rolled = text_of(client.post(page("policy-roll-back", code, 1), seen, follow=True))
    repealed = text_of(client.post(page("policy-repeal", code), seen), 409)

    for html in (rolled, repealed):
        assert "同事刚刚发布了新的版本，您的操作没有做" in html
    assert "金额错" in repealed
    assert page("policy", code) in repealed
    assert 'name="current" value="2"' in repealed
    current = Policy.objects.get().current
    assert current is not None
    assert current.ordinal == 2
