"""Two editors, repetitions, and what stands for good: nothing is lost or doubled."""

from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, transaction

from desk.accounts.models import Role, StaffMember
from desk.errors import NotPermitted
from desk.policies import drafts, publishing, served
from desk.policies.errors import (
    DraftChanged,
    PolicyRepeats,
    PublishedStands,
)
from desk.policies.models import PolicyVersion, State
from desk.policies.publishing import Repeal
from tests.unit.desk.makers import StaffMaker
from tests.unit.desk.policy_makers import CARD, NOW, TODAY, change, published

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("policy_library")]


# --- Two editors, and what stands ---


def test_who_began_before_a_colleague_published_is_told_and_overwrites_nothing(
    editor: StaffMember, colleague: StaffMember
) -> None:
    code = published(editor)
    change(code, colleague, "8万元", "9万元")

    with pytest.raises(DraftChanged, match="文编辑发布了第 2 版，您是在旧的文本上改的") as clash:
        drafts.save(code, replace(CARD, number="旧"), revision=0, current=1, staff=editor, now=NOW)

    assert clash.value.theirs is not None
    assert (clash.value.theirs.ordinal, clash.value.theirs.state) == (2, State.PUBLISHED)
    assert not PolicyVersion.objects.filter(state=State.DRAFT).exists()
    # Having read the difference, they may.
    drafts.save(code, replace(CARD, number="新"), revision=0, current=2, staff=editor, now=NOW)


def test_who_began_from_a_file_before_a_colleague_changed_it_is_told(
    editor: StaffMember, colleague: StaffMember
) -> None:
    mine, theirs = (replace(CARD, number=number) for number in ("我的", "别人的"))
    draft = drafts.save("danbao-2026", theirs, revision=0, staff=colleague, now=NOW)
    publishing.publish("danbao-2026", revision=draft.revision, staff=colleague, now=NOW)

    with pytest.raises(DraftChanged, match="文编辑发布了第 2 版"):
        drafts.save("danbao-2026", mine, revision=0, staff=editor, now=NOW)


def test_a_file_taken_over_and_left_as_it_was_may_be_begun_from(editor: StaffMember) -> None:
    draft = drafts.save("danbao-2026", CARD, revision=0, staff=editor, now=NOW)
    drafts.drop("danbao-2026", revision=draft.revision, staff=editor, now=NOW)

    drafts.save("danbao-2026", CARD, revision=0, staff=editor, now=NOW)


def test_an_old_page_of_one_draft_never_fits_the_next(
    editor: StaffMember, colleague: StaffMember
) -> None:
    code = published(editor)
    opened = drafts.save(code, CARD, revision=0, current=1, staff=editor, now=NOW).revision
    drafts.drop(code, revision=opened, staff=colleague, now=NOW)
    theirs = replace(CARD, number="别人的")
    drafts.save(code, theirs, revision=0, current=1, staff=colleague, now=NOW)

    with pytest.raises(DraftChanged):
        drafts.save(code, CARD, revision=opened, staff=editor, now=NOW)
    with pytest.raises(DraftChanged):
        publishing.publish(code, revision=opened, staff=editor, now=NOW)
    assert PolicyVersion.objects.get(state=State.DRAFT).number == "别人的"


def test_the_second_of_two_editors_is_told_and_nothing_is_overwritten(
    editor: StaffMember, colleague: StaffMember
) -> None:
    code = drafts.begin(CARD, staff=editor, now=NOW).policy.code
    drafts.save(code, replace(CARD, number="一号"), revision=1, staff=colleague, now=NOW)

    with pytest.raises(DraftChanged, match="文编辑刚刚保存") as clash:
        drafts.save(code, replace(CARD, number="二号"), revision=1, staff=editor, now=NOW)

    assert clash.value.theirs is not None
    assert clash.value.theirs.number == "一号"
    assert PolicyVersion.objects.get().number == "一号"
    with pytest.raises(DraftChanged):
        publishing.publish(code, revision=1, staff=editor, now=NOW)
    with pytest.raises(DraftChanged):
        drafts.drop(code, revision=1, staff=editor, now=NOW)


def test_saving_over_a_draft_that_was_published_meanwhile_is_told(editor: StaffMember) -> None:
    code = published(editor)
    with pytest.raises(DraftChanged, match="刚刚被发布") as clash:
        drafts.save(code, CARD, revision=1, staff=editor, now=NOW)
    # What stands now, to compare with.
    assert clash.value.theirs == PolicyVersion.objects.get()


def test_what_was_published_is_never_changed_nor_deleted(editor: StaffMember) -> None:
    published(editor)
    version = PolicyVersion.objects.get()
    version.title = "另一个标题"

    with pytest.raises(PublishedStands):
        version.save()
    with pytest.raises(PublishedStands):
        version.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        PolicyVersion.objects.update(title="另一个标题")
    if connection.vendor == "postgresql":
        with pytest.raises(DatabaseError), transaction.atomic():
            PolicyVersion.objects.all().delete()


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.EDITOR, Role.ADMINISTRATOR}))
def test_only_editors_and_administrators_change_policies(
    role: Role, make_staff: StaffMaker, editor: StaffMember, market: object
) -> None:
    code = drafts.begin(CARD, staff=editor, now=NOW).policy.code
    staff = make_staff(role, market)
    by = {"staff": staff, "now": NOW}

    for act in (
        lambda: drafts.begin(replace(CARD, title="别的"), **by),
        lambda: drafts.save(code, CARD, revision=1, **by),
        lambda: drafts.drop(code, revision=1, **by),
        lambda: publishing.publish(code, revision=1, **by),
        lambda: publishing.withdraw(code, revision=1, **by),
        lambda: publishing.roll_back(code, 1, current=1, reason="错", **by),
        lambda: publishing.repeal(code, Repeal(TODAY, "废"), current=1, **by),
    ):
        with pytest.raises(NotPermitted):
            act()
    assert PolicyVersion.objects.get().state == State.DRAFT


def test_an_editor_whose_account_is_closed_changes_nothing(editor: StaffMember) -> None:
    editor.is_active = False
    with pytest.raises(NotPermitted):
        drafts.begin(CARD, staff=editor, now=NOW)


# --- Repetitions ---


def test_a_text_that_stands_in_the_library_is_not_taken_twice(
    editor: StaffMember, colleague: StaffMember
) -> None:
    code = published(editor)
    for other in (
        CARD,
        replace(CARD, body=CARD.body + "\n\n另行通知。"),
        replace(CARD, title="换了标题的同一份", number=""),
    ):
        with pytest.raises(PolicyRepeats, match="已经有了") as refusal:
            drafts.begin(other, staff=colleague, now=NOW)
        assert refusal.value.other == code


def test_the_same_draft_of_two_editors_is_one(editor: StaffMember, colleague: StaffMember) -> None:
    first = drafts.begin(CARD, staff=editor, now=NOW)
    with pytest.raises(PolicyRepeats, match="何编辑已经有一份") as refusal:
        drafts.begin(CARD, staff=colleague, now=NOW)
    assert refusal.value.other == first.policy.code


def test_an_id_that_is_taken_is_refused(editor: StaffMember) -> None:
    with pytest.raises(PolicyRepeats, match="danbao-2026"):
        drafts.begin(CARD, staff=editor, now=NOW, code="danbao-2026")


def test_next_years_edition_of_a_policy_is_no_repetition(editor: StaffMember) -> None:
    published(editor)
    coming = replace(
        CARD,
        title="巴中市无人机配送试点奖励办法（2027年）",
        number="巴府办发〔2027〕1号",
        issued="2026-11-20",
        effective="2027-01-01",
    )
    assert drafts.begin(coming, staff=editor, now=NOW).ordinal == 1


def test_what_takes_the_place_of_a_repealed_text_is_no_repetition(editor: StaffMember) -> None:
    code = published(editor)
    publishing.repeal(code, Repeal(TODAY, "重新发布"), current=1, staff=editor, now=NOW)
    served.renew(NOW)

    assert drafts.begin(CARD, staff=editor, now=NOW).policy.code != code
