"""Files that have changed since editors took their document over: announced, and noted when seen.

The bot goes on quoting what editors published. What the file says now is announced until a version
of the policy says the same: a draft begun from it, or the note that somebody has seen it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction

from desk.accounts.models import StaffMember
from desk.audit.services import record
from desk.policies import drafts
from desk.policies.bundled import named_file
from desk.policies.errors import NotNow
from desk.policies.models import Origin, Policy, PolicyVersion, State
from desk.policies.values import PolicyText


def announced(policies: Collection[Policy]) -> dict[str, PolicyText]:
    """What their files say that no version does, by code; one query whatever their number."""
    rows = PolicyVersion.objects.filter(policy__in=policies)
    known: dict[int, set[str]] = defaultdict(set)
    came_as_file: set[int] = set()
    for policy_id, digest, origin in rows.values_list("policy_id", "digest", "origin"):
        known[policy_id].add(digest)
        if origin == Origin.BUNDLED:
            came_as_file.add(policy_id)
    edited = [one for one in policies if one.pk in came_as_file and _is_edited(one)]
    return {
        policy.code: text
        for policy, text in _said_by_files(edited)
        if text.digest not in known[policy.pk]
    }


def note(code: str, *, digest: str, staff: StaffMember, now: datetime) -> PolicyVersion:
    """`staff` has seen what the file says, `digest`, and keeps what stands.

    It is kept among the versions, to be compared with. Raises NotPermitted, PolicyNotFound, NotNow.
    """
    drafts.check_editor(staff)
    text = named_file(code)
    with transaction.atomic():
        policy = drafts.locked(code, None, now)
        if text is None or text.digest != digest:
            raise NotNow("随附文件又变了，请再看一遍差别。")
        if policy.versions.filter(digest=digest).exists():
            raise NotNow("这份随附文件已经有人核对过了。")
        seen = PolicyVersion.objects.create(
            policy=policy,
            ordinal=drafts.next_ordinal(policy),
            state=State.DROPPED,
            origin=Origin.BUNDLED,
            note="已核对，未采用",
            changed_at=now,
            changed_by=staff,
            **text.columns(),
        )
        record(
            actor=staff,
            action="policy.file_seen",
            target=f"policy:{code}",
            details={"version": seen.ordinal, "title": seen.title, "digest": digest[:12]},
        )
    return seen


def _is_edited(policy: Policy) -> bool:
    current = policy.current
    return current is not None and current.origin not in (Origin.BUNDLED, Origin.REPEALED)


def _said_by_files(policies: Iterable[Policy]) -> Iterable[tuple[Policy, PolicyText]]:
    for policy in policies:
        text = named_file(policy.code)
        if text is not None:
            yield policy, text
