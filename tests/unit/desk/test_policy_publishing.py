"""From a draft to what the bot quotes: saved, published, scheduled, rolled back, repealed."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings as current
from pytest_django import Settings

from desk.accounts.models import StaffMember
from desk.audit.models import AuditEntry
from desk.policies import drafts, publishing, served
from desk.policies.errors import (
    InvalidPolicy,
    NotNow,
    PolicyNotFound,
    VersionNotFound,
)
from desk.policies.models import Origin, PolicyVersion, State
from desk.policies.publishing import Repeal
from desk.policies.values import card_of, text_of
from tests.unit.desk.policy_makers import (
    CARD,
    NOW,
    QUESTION,
    TODAY,
    actions,
    change,
    cited,
    published,
    said,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("policy_library")]


# --- Publishing ---


def test_a_draft_is_quoted_only_after_it_is_published(editor: StaffMember) -> None:
    draft = drafts.begin(CARD, staff=editor, now=NOW)
    served.renew(NOW)
    assert not said(QUESTION).sure

    publishing.publish(draft.policy.code, revision=1, staff=editor, now=NOW)
    assert served.renew(NOW) is not None

    found = said(QUESTION)
    assert found.sure
    assert cited(found)[0] == draft.policy.code
    assert "8万元" in found.text
    assert actions() == ["policy.drafted", "policy.published"]


def test_an_index_that_holds_what_is_published_is_left_alone(editor: StaffMember) -> None:
    assert served.renew(NOW) is None
    published(editor)
    assert served.renew(NOW) is None


def test_a_file_overridden_by_editors_is_quoted_in_their_words(editor: StaffMember) -> None:
    assert "40%" in said("贷款担保费补助多少").text

    card = card_of(text_of(_file_version(editor)))
    drafts.save(
        "danbao-2026",
        replace(card, body=card.body.replace("40%", "55%")),
        revision=1,
        staff=editor,
        now=NOW,
    )
    publishing.publish("danbao-2026", revision=2, staff=editor, now=NOW)
    served.renew(NOW)

    found = said("贷款担保费补助多少")
    assert "55%" in found.text
    assert "40%" not in found.text
    versions = PolicyVersion.objects.filter(policy__code="danbao-2026").order_by("ordinal")
    assert [each.origin for each in versions] == [Origin.BUNDLED, Origin.WRITTEN]


def _file_version(editor: StaffMember) -> PolicyVersion:
    """A draft of the bundled document, as it is."""
    from desk.policies.catalogue import text_now

    card = card_of(text_now("danbao-2026").text)
    return drafts.save("danbao-2026", card, revision=0, staff=editor, now=NOW)


def test_a_dropped_draft_of_a_file_leaves_the_file_in_force(editor: StaffMember) -> None:
    draft = _file_version(editor)
    drafts.drop("danbao-2026", revision=draft.revision, staff=editor, now=NOW)

    assert served.renew(NOW) is None
    assert "40%" in said("贷款担保费补助多少").text
    assert actions() == ["policy.drafted", "policy.dropped"]


def test_the_index_built_at_a_start_holds_what_editors_published(editor: StaffMember) -> None:
    code = published(editor)

    assert served.build(NOW, if_changed=True) is None
    served.build(NOW)

    assert cited(said(QUESTION))[0] == code


def test_a_missing_index_is_made_again_with_all_that_is_published(
    editor: StaffMember, tmp_path: Path, settings: Settings
) -> None:
    code = published(editor)
    settings.INDEX_DIR = tmp_path / "elsewhere"

    assert served.renew(NOW) is not None

    assert cited(said(QUESTION))[0] == code


# --- On a date ---


def test_a_scheduled_version_is_published_by_the_worker_when_its_time_comes(
    editor: StaffMember,
) -> None:
    draft = drafts.begin(CARD, staff=editor, now=NOW)
    code, at = draft.policy.code, NOW + timedelta(hours=2)
    publishing.publish(code, revision=1, staff=editor, now=NOW, at=at)

    assert publishing.publish_due(at - timedelta(seconds=1)) == 0
    assert publishing.publish_due(at) == 1
    assert publishing.publish_due(at) == 0

    served.renew(at)
    assert cited(said(QUESTION))[0] == code
    entry = AuditEntry.objects.get(action="policy.published")
    assert entry.actor is None
    version = PolicyVersion.objects.get(policy__code=code)
    assert (version.state, version.published_by, version.publish_at) == (
        State.PUBLISHED,
        editor,
        None,
    )


def test_a_scheduled_version_can_be_withdrawn_and_is_not_changed_before(
    editor: StaffMember,
) -> None:
    draft = drafts.begin(CARD, staff=editor, now=NOW)
    code = draft.policy.code
    at = NOW + timedelta(hours=2)
    publishing.publish(code, revision=1, staff=editor, now=NOW, at=at)

    with pytest.raises(NotNow, match="先撤回"):
        drafts.save(code, CARD, revision=2, staff=editor, now=NOW)
    with pytest.raises(NotNow, match="先撤回"):
        drafts.drop(code, revision=2, staff=editor, now=NOW)
    publishing.withdraw(code, revision=2, staff=editor, now=NOW)

    assert publishing.publish_due(at) == 0
    drafts.save(code, replace(CARD, title="改过的标题"), revision=3, staff=editor, now=NOW)
    assert actions() == [
        "policy.drafted",
        "policy.scheduled",
        "policy.withdrawn",
        "policy.changed",
    ]


@pytest.mark.parametrize("later", [timedelta(0), -timedelta(days=1), timedelta(days=367)])
def test_a_time_that_is_past_or_far_away_is_refused(editor: StaffMember, later: timedelta) -> None:
    draft = drafts.begin(CARD, staff=editor, now=NOW)
    with pytest.raises(InvalidPolicy, match="定时发布的时间"):
        publishing.publish(draft.policy.code, revision=1, staff=editor, now=NOW, at=NOW + later)


def test_a_policy_that_is_not_in_force_yet_is_not_quoted_before_its_day(
    editor: StaffMember,
) -> None:
    published(editor, replace(CARD, effective="2027-01-01"))

    assert not said(QUESTION).sure
    assert said(QUESTION, date(2027, 1, 1)).sure


# --- Rolling back ---


def test_rolling_back_publishes_the_earlier_content_as_a_new_version(
    editor: StaffMember,
) -> None:
    code = published(editor)
    change(code, editor, "8万元", "9万元")
    assert "9万元" in said(QUESTION).text

    done = publishing.roll_back(code, 1, current=2, reason="金额写错了", staff=editor, now=NOW)
    served.renew(NOW)

    assert (done.ordinal, done.origin) == (3, Origin.RESTORED)
    assert done.restores is not None
    assert done.restores.ordinal == 1
    assert "8万元" in said(QUESTION).text
    entry = AuditEntry.objects.get(action="policy.rolled_back")
    assert (entry.details["restores"], entry.details["reason"]) == (1, "金额写错了")


def test_a_roll_back_that_cannot_be_says_why(editor: StaffMember) -> None:
    code = published(editor)
    back = {"staff": editor, "now": NOW, "reason": "错了"}

    with pytest.raises(NotNow, match="就是现行版本"):
        publishing.roll_back(code, 1, current=1, **back)
    with pytest.raises(VersionNotFound):
        publishing.roll_back(code, 7, current=1, **back)
    with pytest.raises(InvalidPolicy, match="原因"):
        publishing.roll_back(code, 1, current=1, **(back | {"reason": " "}))
    change(code, editor, "8万元", "9万元")
    with pytest.raises(NotNow, match="刚刚发布了新的版本"):
        publishing.roll_back(code, 1, current=1, **back)
    drafts.save(code, CARD, revision=0, current=2, staff=editor, now=NOW)
    with pytest.raises(NotNow, match="没发布的草稿"):
        publishing.roll_back(code, 1, current=2, **back)


# --- Repealing ---


def test_a_repealed_policy_is_never_quoted_as_current(editor: StaffMember) -> None:
    code = published(editor)

    publishing.repeal(
        code,
        Repeal(TODAY, "巴府发〔2026〕40号第二条废止", "waimao-2026"),
        current=1,
        staff=editor,
        now=NOW,
    )
    served.renew(NOW)

    found = said(QUESTION)
    assert not found.sure
    assert code not in cited(found) or found.text.startswith(
        "【已废止】这项规定从2026年11月28日起废止"
    )
    entry = AuditEntry.objects.get(action="policy.repealed")
    assert (entry.actor, entry.details["successor"]) == (editor, "waimao-2026")


def test_a_document_that_came_as_a_file_is_repealed_without_touching_the_file(
    editor: StaffMember,
) -> None:
    question = "贷款担保费补助多少"
    assert said(question).sure

    publishing.repeal("danbao-2026", Repeal(TODAY, "试点结束"), current=0, staff=editor, now=NOW)
    served.renew(NOW)

    found = said(question)
    assert not found.sure
    assert "danbao-2026" not in cited(found) or found.text.startswith("【已废止】")
    file = current.DOCUMENT_DIRS[0] / "danbao-2026.md"
    assert "status" not in file.read_text(encoding="utf-8")


def test_a_coming_repeal_is_quoted_until_the_day_before_and_then_no_more(
    editor: StaffMember,
) -> None:
    code = published(editor)
    day = TODAY + timedelta(days=10)

    publishing.repeal(code, Repeal(day, "到期废止"), current=1, staff=editor, now=NOW)
    served.renew(NOW)

    eve = day - timedelta(days=1)
    assert cited(said(QUESTION, eve))[0] == code
    assert said(QUESTION, eve).citations[0].passage.status == "现行有效"
    assert not said(QUESTION, day).sure
    # On the day itself the index says it in words, too.
    assert served.renew(NOW + timedelta(days=10)) is not None
    assert said(QUESTION, date(2026, 12, 20)).lapsed is not None


def test_a_repeal_that_cannot_be_says_why(editor: StaffMember) -> None:
    code = published(editor)

    def repeal(day: date = TODAY, reason: str = "废止", successor: str = "") -> None:
        publishing.repeal(code, Repeal(day, reason, successor), current=1, staff=editor, now=NOW)

    with pytest.raises(InvalidPolicy, match="原因"):
        repeal(reason="")
    with pytest.raises(InvalidPolicy, match="原因太长"):
        repeal(reason="长" * 501)
    with pytest.raises(InvalidPolicy, match="早于发布日期"):
        repeal(day=date(2026, 10, 31))
    with pytest.raises(InvalidPolicy, match="替代文件"):
        repeal(successor="nowhere")
    with pytest.raises(InvalidPolicy, match="替代文件"):
        repeal(successor=code)
    with pytest.raises(PolicyNotFound):
        publishing.repeal("nowhere", Repeal(TODAY, "废止"), current=0, staff=editor, now=NOW)
    repeal()
    with pytest.raises(NotNow, match="已经废止"):
        publishing.repeal(code, Repeal(TODAY, "废止"), current=2, staff=editor, now=NOW)


def test_a_repeal_is_taken_back_by_rolling_back(editor: StaffMember) -> None:
    code = published(editor)
    publishing.repeal(code, Repeal(TODAY, "误操作"), current=1, staff=editor, now=NOW)

    publishing.roll_back(code, 1, current=2, reason="误废止", staff=editor, now=NOW)
    served.renew(NOW)

    assert cited(said(QUESTION))[0] == code
