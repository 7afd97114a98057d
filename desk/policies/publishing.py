"""From a draft to what everybody reads: published, at once or on a day, rolled back, repealed.

Each step is one transaction with its audit row. What stands in the index follows within seconds:
the worker compares it with what is published here (edition.py, index.py).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from desk.accounts.models import StaffMember
from desk.audit.services import record
from desk.policies import drafts, repeats
from desk.policies.errors import InvalidPolicy, NotNow, VersionNotFound
from desk.policies.models import Origin, Policy, PolicyVersion, State
from desk.policies.values import PolicyText, repealed, text_of
from knowledge_base.text import clean

LATEST = timedelta(days=366)
LONGEST_REASON = 500
UNFINISHED = "这份政策还有没发布的草稿，请先发布或弃用。"


@dataclass(frozen=True, slots=True)
class Repeal:
    """How a policy ends: no longer law from `day`; `successor` is the code of what replaces it."""

    day: date
    reason: str
    successor: str = ""


def publish(
    code: str, *, revision: int, staff: StaffMember, now: datetime, at: datetime | None = None
) -> PolicyVersion:
    """The open draft is published, or will be at `at`.

    Raises NotPermitted, PolicyNotFound, DraftChanged, PolicyRepeats, InvalidPolicy, NotNow.
    """
    drafts.check_editor(staff)
    if at is not None and not now < at <= now + LATEST:
        raise InvalidPolicy("定时发布的时间要在现在以后、一年以内。")
    seen = PolicyVersion.objects.filter(policy__code=code, state=State.DRAFT, revision=revision)
    for draft in seen:
        # Outside the transaction: the whole library is compared.
        repeats.check(text_of(draft), code, today=timezone.localdate(now))
    with transaction.atomic():
        policy = drafts.locked(code, None, now)
        draft = drafts.seen_draft(policy, revision)
        if draft.state != State.DRAFT:
            raise NotNow("这个版本已经定时发布了。")
        if at is None:
            return _publish(policy, draft, staff, now)
        draft.state, draft.publish_at = State.SCHEDULED, at
        draft.revision += 1
        draft.changed_at, draft.changed_by = now, staff
        draft.save()
        _record("policy.scheduled", draft, staff, at=at.isoformat())
        return draft


def withdraw(code: str, *, revision: int, staff: StaffMember, now: datetime) -> PolicyVersion:
    """What was to be published on a day is a draft again. Raises NotPermitted, DraftChanged."""
    drafts.check_editor(staff)
    with transaction.atomic():
        draft = drafts.seen_draft(drafts.locked(code, None, now), revision)
        if draft.state != State.SCHEDULED:
            raise NotNow("这个版本没有定时发布。")
        draft.state, draft.publish_at = State.DRAFT, None
        draft.revision += 1
        draft.changed_at, draft.changed_by = now, staff
        draft.save()
        _record("policy.withdrawn", draft, staff)
        return draft


def publish_due(now: datetime) -> int:
    """Publishes what is scheduled up to `now`; how many there were. Any number of workers may."""
    due = PolicyVersion.objects.filter(state=State.SCHEDULED, publish_at__lte=now)
    count = 0
    for policy_id in due.values_list("policy_id", flat=True):
        with transaction.atomic():
            rows = Policy.objects.select_for_update(skip_locked=True).filter(pk=policy_id)
            policy = rows.first()
            draft = drafts.open_version(policy) if policy else None
            if policy and draft and draft.publish_at and draft.publish_at <= now:
                _publish(policy, draft, None, now)
                count += 1
    return count


def roll_back(
    code: str, ordinal: int, *, current: int, reason: str, staff: StaffMember, now: datetime
) -> PolicyVersion:
    """Version `ordinal` stands again, as a new version; `current` is the one the editor saw.

    Raises NotPermitted, PolicyNotFound, VersionNotFound, InvalidPolicy, NotNow.
    """
    drafts.check_editor(staff)
    why = _reason(reason, "请写明回退的原因。")
    with transaction.atomic():
        policy = _settled(code, current, None, now)
        wanted = policy.versions.filter(ordinal=ordinal, state=State.PUBLISHED).first()
        if wanted is None:
            raise VersionNotFound
        if wanted.pk == policy.current_id:
            raise NotNow("这个版本就是现行版本。")
        made = _new(policy, text_of(wanted), Origin.RESTORED, staff, now)
        made.restores, made.note = wanted, why[:200]
        return _publish(
            policy, made, staff, now, "policy.rolled_back", restores=ordinal, reason=why
        )


def repeal(
    code: str, ending: Repeal, *, current: int, staff: StaffMember, now: datetime
) -> PolicyVersion:
    """The policy is no law from `ending.day` on; `current` is the version the editor saw, 0 for a
    document nobody has edited.

    Raises NotPermitted, PolicyNotFound, InvalidPolicy, NotNow.
    """
    drafts.check_editor(staff)
    why = _reason(ending.reason, "请写明废止的原因，例如废止它的文件名和文号。")
    if ending.successor and (ending.successor == code or not drafts.is_known(ending.successor)):
        raise InvalidPolicy("没有找到替代文件，请从列表里选择。")
    filed = drafts.as_filed(code)
    with transaction.atomic():
        policy = _settled(code, current, filed, now)
        before = policy.current
        if before is None:
            raise NotNow("这份政策还没有发布过，弃用草稿就可以了。")
        if before.origin == Origin.REPEALED:
            raise NotNow("这份政策已经废止了。")
        text = text_of(before)
        if text.issued and ending.day < text.issued:
            raise InvalidPolicy("废止日期早于发布日期，请核对。")
        made = _new(
            policy, repealed(text, ending.day - timedelta(days=1)), Origin.REPEALED, staff, now
        )
        made.repeal_reason, made.successor = why, ending.successor
        return _publish(
            policy,
            made,
            staff,
            now,
            "policy.repealed",
            day=ending.day.isoformat(),
            reason=why,
            successor=ending.successor,
        )


def _settled(code: str, current: int, filed: PolicyText | None, now: datetime) -> Policy:
    """The policy without open draft, its current version still the one seen. Raises NotNow."""
    policy = drafts.locked(code, filed, now)
    if drafts.open_version(policy) is not None:
        raise NotNow(UNFINISHED)
    if not drafts.still_stands(policy, current):
        raise NotNow(f"同事刚刚发布了新的版本，{drafts.NOT_DONE}")
    return policy


def _new(
    policy: Policy, text: PolicyText, origin: Origin, staff: StaffMember, now: datetime
) -> PolicyVersion:
    return PolicyVersion(
        policy=policy,
        ordinal=drafts.next_ordinal(policy),
        origin=origin,
        changed_at=now,
        changed_by=staff,
        **text.columns(),
    )


def _publish(
    policy: Policy,
    version: PolicyVersion,
    staff: StaffMember | None,
    now: datetime,
    action: str = "policy.published",
    **details: object,
) -> PolicyVersion:
    version.state, version.publish_at = State.PUBLISHED, None
    version.published_at = now
    version.published_by = staff or version.changed_by
    version.save()
    policy.current = version
    policy.save()
    _record(action, version, staff, **details)
    return version


def _reason(text: str, missing: str) -> str:
    reason = clean(text)
    if not reason:
        raise InvalidPolicy(missing)
    if len(reason) > LONGEST_REASON:
        raise InvalidPolicy(f"原因太长了，不超过{LONGEST_REASON}个字。")
    return reason


def _record(
    action: str, version: PolicyVersion, staff: StaffMember | None, **details: object
) -> None:
    record(
        actor=staff,
        action=action,
        target=f"policy:{version.policy.code}",
        details={
            "version": version.ordinal,
            "title": version.title,
            "digest": version.digest[:12],
            **details,
        },
    )
