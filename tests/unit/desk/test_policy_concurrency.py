"""Several editors, workers and partners at once: one wins, the others are told, nothing doubles."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from desk.accounts.models import Department, StaffMember
from desk.audit.models import AuditEntry
from desk.errors import DeskError
from desk.partners import demands, services
from desk.partners.demands import Demand
from desk.partners.models import PartnerMinute, PartnerTicket, Scope
from desk.policies import drafts, publishing
from desk.policies.models import Policy, PolicyVersion, State
from desk.policies.publishing import Repeal
from desk.tickets.models.ticket import Ticket
from tests.unit.desk.policy_makers import CARD, NOW
from tests.unit.desk.test_tickets_concurrency import WRITERS, at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("policy_library"),
]


def told(work: Callable[[], object]) -> str:
    """The refusal's code; empty when it was done."""
    try:
        work()
    except DeskError as error:
        return error.code
    return ""


def test_of_many_who_save_one_draft_one_wins_and_the_rest_are_told(editor: StaffMember) -> None:
    code = drafts.begin(CARD, staff=editor, now=NOW).policy.code

    said = at_once(
        lambda place: told(
            lambda: drafts.save(
                code, replace(CARD, number=f"{place}号"), revision=1, staff=editor, now=NOW
            )
        )
    )

    assert sorted(said) == ["", *["policy_draft_changed"] * (WRITERS - 1)]
    assert PolicyVersion.objects.get().number == f"{said.index('')}号"
    assert AuditEntry.objects.filter(action="policy.changed").count() == 1


def test_of_many_who_begin_to_edit_a_file_one_wins(editor: StaffMember) -> None:
    said = at_once(
        lambda place: told(
            lambda: drafts.save(
                "danbao-2026",
                replace(CARD, number=f"{place}号", title=f"办法{place}"),
                revision=0,
                staff=editor,
                now=NOW,
            )
        )
    )

    assert said.count("") == 1
    assert set(said) <= {"", "policy_draft_changed", "policy_repeats"}
    assert PolicyVersion.objects.filter(state=State.DRAFT).count() == 1
    assert Policy.objects.get().versions.count() == 2


def test_of_many_who_began_from_one_version_one_publishes_the_next(editor: StaffMember) -> None:
    code = drafts.begin(CARD, staff=editor, now=NOW).policy.code
    publishing.publish(code, revision=1, staff=editor, now=NOW)

    def save_and_publish(place: int) -> None:
        card = replace(CARD, number=f"{place}号")
        draft = drafts.save(code, card, revision=0, current=1, staff=editor, now=NOW)
        publishing.publish(code, revision=draft.revision, staff=editor, now=NOW)

    said = at_once(lambda place: told(lambda: save_and_publish(place)))

    # Whoever comes before the publishing meets the draft, whoever comes after it the new version.
    assert sorted(said) == ["", *["policy_draft_changed"] * (WRITERS - 1)]
    assert PolicyVersion.objects.filter(state=State.PUBLISHED).count() == 2


def test_a_file_repealed_by_many_is_repealed_once(editor: StaffMember) -> None:
    said = at_once(
        lambda place: told(
            lambda: publishing.repeal(
                "danbao-2026", Repeal(NOW.date(), "废止"), current=0, staff=editor, now=NOW
            )
        )
    )

    assert sorted(said) == ["", *["policy_not_now"] * (WRITERS - 1)]
    assert AuditEntry.objects.filter(action="policy.repealed").count() == 1


def test_what_is_due_is_published_once_by_many_workers(editor: StaffMember) -> None:
    code = drafts.begin(CARD, staff=editor, now=NOW).policy.code
    at = NOW + timedelta(hours=1)
    publishing.publish(code, revision=1, staff=editor, now=NOW, at=at)

    assert sum(at_once(lambda place: publishing.publish_due(at))) == 1
    assert AuditEntry.objects.filter(action="policy.published").count() == 1


def test_a_demand_sent_many_times_at_once_is_one_ticket(market: Department) -> None:
    partner = services.register("sc-platform", "省平台", staff=None, now=NOW)
    demand = Demand("complain", "楼下的店乱收费。", "张三", "13800138000")

    opened = at_once(lambda place: demands.open_ticket(partner, demand, key="demand-0001", now=NOW))

    assert len({each.ticket.number for each in opened}) == 1
    assert [each.new for each in opened].count(True) == 1
    assert (Ticket.objects.count(), PartnerTicket.objects.count()) == (1, 1)


def test_calls_at_once_are_all_counted(market: Department) -> None:
    services.register("sc-platform", "省平台", staff=None, now=NOW)
    scopes = frozenset(Scope.values)
    token = services.make_token("sc-platform", scopes=scopes, staff=None, now=NOW).token

    at_once(lambda place: services.caller_of(token, now=NOW))

    assert PartnerMinute.objects.get().count == WRITERS
