"""What editors write and have not published: begun, saved, dropped; each with its audit row.

Two editors on one draft: whoever saves names the revision they saw, and the second is told.
"""

from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from desk.accounts.models import Role, StaffMember
from desk.audit.services import record
from desk.errors import NotPermitted
from desk.policies import repeats
from desk.policies.bundled import bundled
from desk.policies.errors import DraftChanged, NotNow, PolicyNotFound, PolicyRepeats
from desk.policies.models import OPEN, Origin, Policy, PolicyVersion, State
from desk.policies.values import PolicyCard, PolicyText, checked, note_of

EDITORS = frozenset({Role.EDITOR, Role.ADMINISTRATOR})
ONLY_EDITORS = "政策由知识编辑和管理员维护。"
# The end of the sentence for whoever was a moment too late with a step that brings no words.
NOT_DONE = "您的操作没有做。请看过最新情况，需要的话再操作一次。"


def check_editor(staff: StaffMember) -> None:
    """Raises NotPermitted unless `staff` keeps policies."""
    if not (staff.is_active and staff.role in EDITORS):
        raise NotPermitted(ONLY_EDITORS)


def begin(
    card: PolicyCard,
    *,
    staff: StaffMember,
    now: datetime,
    code: str = "",
    file_name: str = "",
) -> PolicyVersion:
    """The first draft of a new policy; `code` where the document brings its own id.

    Raises NotPermitted, InvalidPolicy, PolicyRepeats.
    """
    check_editor(staff)
    text, note = checked(card, today=timezone.localdate(now)), note_of(card)
    if code and is_known(code):
        raise _taken(code)
    code = code or f"policy-{uuid4().hex[:10]}"
    repeats.check(text, code, today=timezone.localdate(now))
    with transaction.atomic():
        policy, new = Policy.objects.get_or_create(code=code, defaults={"created_at": now})
        if not new:
            raise _taken(code)
        return _new_draft(policy, text, note, staff, now, file_name)


def save(
    code: str,
    card: PolicyCard,
    *,
    revision: int,
    current: int = 0,
    staff: StaffMember,
    now: datetime,
    file_name: str = "",
) -> PolicyVersion:
    """The open draft of `code` with what `card` says; `revision` is the one the editor saw.

    Revision 0: they saw no draft, so one is begun, from the published version `current` (0: from
    the file as it came), if that still stands. A document that came as a file is taken over first.
    Raises NotPermitted, PolicyNotFound, InvalidPolicy, PolicyRepeats, DraftChanged.
    """
    check_editor(staff)
    text, note = checked(card, today=timezone.localdate(now)), note_of(card)
    repeats.check(text, code, today=timezone.localdate(now))
    filed = as_filed(code)
    with transaction.atomic():
        policy = locked(code, filed, now)
        draft = open_version(policy)
        if draft is None and revision == 0:
            if not still_stands(policy, current):
                raise _outdated(policy)
            return _new_draft(policy, text, note, staff, now, file_name)
        if draft is None or draft.revision != revision:
            raise _overtaken(draft, policy)
        if draft.state != State.DRAFT:
            raise NotNow("这个版本已经定时发布，要修改请先撤回。")
        for name, value in text.columns().items():
            setattr(draft, name, value)
        draft.note = note
        if file_name:
            draft.origin, draft.file_name = Origin.UPLOADED, file_name
        draft.revision += 1
        draft.changed_at, draft.changed_by = now, staff
        draft.save()
        _record("policy.changed", draft, staff)
        return draft


def drop(code: str, *, revision: int, staff: StaffMember, now: datetime) -> None:
    """The draft is given up; it stays to be read. Raises NotPermitted, DraftChanged, NotNow."""
    check_editor(staff)
    with transaction.atomic():
        draft = seen_draft(locked(code, None, now), revision)
        if draft.state != State.DRAFT:
            raise NotNow("这个版本已经定时发布，请先撤回再弃用。")
        draft.state = State.DROPPED
        draft.changed_at, draft.changed_by = now, staff
        draft.save()
        _record("policy.dropped", draft, staff)


def as_filed(code: str) -> PolicyText | None:
    """The text of a document that nobody has edited yet; None when it is edited already.

    Raises PolicyNotFound. Reads files: call it before the transaction, not within.
    """
    return None if Policy.objects.filter(code=code).exists() else bundled(code)


def locked(code: str, filed: PolicyText | None, now: datetime) -> Policy:
    """The policy, its row locked; a document that came as a file becomes one, version 1 `filed`.

    Raises PolicyNotFound.
    """
    found = Policy.objects.select_for_update().filter(code=code).first()
    if found is not None:
        return found
    if filed is None:
        raise PolicyNotFound
    policy, new = Policy.objects.get_or_create(code=code, defaults={"created_at": now})
    if not new:
        # Somebody else took it over in the same moment.
        return Policy.objects.select_for_update().get(pk=policy.pk)
    policy.current = PolicyVersion.objects.create(
        policy=policy,
        ordinal=1,
        state=State.PUBLISHED,
        origin=Origin.BUNDLED,
        changed_at=now,
        published_at=now,
        **filed.columns(),
    )
    policy.save()
    return policy


def is_known(code: str) -> bool:
    """Whether a policy or a file bears this id."""
    if Policy.objects.filter(code=code).exists():
        return True
    try:
        bundled(code)
    except PolicyNotFound:
        return False
    return True


def open_version(policy: Policy) -> PolicyVersion | None:
    """The version somebody may still work on."""
    return policy.versions.filter(state__in=OPEN).select_related("changed_by", "policy").first()


def seen_draft(policy: Policy, revision: int) -> PolicyVersion:
    """The open version, if it is still the one that was seen. Raises DraftChanged."""
    draft = open_version(policy)
    if draft is None:
        raise DraftChanged(f"这份草稿刚刚被发布或弃用了，{NOT_DONE}", None)
    if draft.revision != revision:
        raise DraftChanged(f"{_who(draft)}刚刚改过这份草稿，{NOT_DONE}", draft)
    return draft


def still_stands(policy: Policy, seen: int) -> bool:
    """Whether what stands is version `seen`; 0: a document as its file says, or nothing yet."""
    current = policy.current
    if current is None or current.origin == Origin.BUNDLED:
        # Taken over by whoever was first to touch it: its text is the file's still.
        return seen in (0, current.ordinal if current else 0)
    return current.ordinal == seen


def next_ordinal(policy: Policy) -> int:
    """The number of the policy's next version."""
    last = policy.versions.order_by("-ordinal").values_list("ordinal", flat=True).first()
    return (last or 0) + 1


def _taken(code: str) -> PolicyRepeats:
    return PolicyRepeats(f"编号 {code} 的文件已经有了，请在那一份上修改。", code)


def _overtaken(theirs: PolicyVersion | None, policy: Policy) -> DraftChanged:
    """What the form says to whoever saves: it shows their own words again."""
    if theirs is None:
        return DraftChanged(
            "这份草稿刚刚被发布或弃用了。您写的内容还在下面，没有丢。", policy.current
        )
    return DraftChanged(
        f"{_who(theirs)}刚刚保存了这份草稿。您写的内容还在下面，没有丢："
        "请先看看差别，再决定保存哪一个。",
        theirs,
    )


def _outdated(policy: Policy) -> DraftChanged:
    """To whoever began from a text that no longer stands."""
    theirs = policy.current
    if theirs is None:
        return DraftChanged(
            "这份政策的情况变了。您写的内容还在下面，没有丢：请核对后再保存。", None
        )
    return DraftChanged(
        f"您打开这一页以后，{_who(theirs)}发布了第 {theirs.ordinal} 版，您是在旧的文本上改的。"
        "您写的内容还在下面，没有丢：请先看看差别，再决定保存哪一个。",
        theirs,
    )


def _who(draft: PolicyVersion) -> str:
    return draft.changed_by.name if draft.changed_by else "同事"


def _next_revision(policy: Policy) -> int:
    """A number no draft of the policy has borne: an old page of one must not fit the next."""
    drafted = policy.versions.exclude(origin__in=(Origin.BUNDLED, Origin.RESTORED, Origin.REPEALED))
    return (drafted.aggregate(last=Max("revision"))["last"] or 0) + 1


def _new_draft(
    policy: Policy, text: PolicyText, note: str, staff: StaffMember, now: datetime, file_name: str
) -> PolicyVersion:
    draft = PolicyVersion.objects.create(
        policy=policy,
        ordinal=next_ordinal(policy),
        origin=Origin.UPLOADED if file_name else Origin.WRITTEN,
        revision=_next_revision(policy),
        file_name=file_name,
        note=note,
        changed_at=now,
        changed_by=staff,
        **text.columns(),
    )
    _record("policy.drafted", draft, staff)
    return draft


def _record(action: str, draft: PolicyVersion, staff: StaffMember) -> None:
    record(
        actor=staff,
        action=action,
        target=f"policy:{draft.policy.code}",
        details={
            "version": draft.ordinal,
            "revision": draft.revision,
            "title": draft.title,
            "digest": draft.digest[:12],
        },
    )
