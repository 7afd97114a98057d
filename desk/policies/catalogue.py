"""All policies as editors see them: those in the index and those still being written."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from heapq import merge

from django.conf import settings

from desk.policies import edition
from desk.policies.bundled import bundled
from desk.policies.errors import LibraryClosed, PolicyNotFound, VersionNotFound
from desk.policies.library import Shelved, face, library, newest_first
from desk.policies.models import OPEN, Origin, Policy, PolicyVersion, State
from desk.policies.values import PolicyText, text_of
from knowledge_base.documents import Document, Status
from knowledge_base.text import search_form

STANDINGS = {
    "in_force": "现行有效",
    "coming": "尚未生效",
    "ended": "已失效",
    "repealed": "已废止",
    "unpublished": "未发布",
}
DRAFTS = {"draft": "有草稿", "scheduled": "待发布", "edited": "编辑过", "bundled": "随产品附带"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; everything left empty fits all."""

    words: str = ""
    standing: str = ""
    draft: str = ""
    level: str = ""
    region: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A policy in the list: its document, where it stands today, the version being written."""

    document: Document
    standing: str
    policy: Policy | None
    open: PolicyVersion | None
    face: str = ""

    @property
    def edited(self) -> bool:
        """Whether editors changed it, or wrote it."""
        current = self.policy.current if self.policy else None
        return current is not None and current.origin != Origin.BUNDLED

    @property
    def said(self) -> str:
        """Its standing in words."""
        return STANDINGS[self.standing]


@dataclass(frozen=True, slots=True)
class History:
    """A policy with all its versions, the newest first; `item` is how it stands."""

    item: Item
    versions: tuple[PolicyVersion, ...]

    @property
    def current(self) -> int:
        """The number of the version that stands; 0 for a document nobody has edited."""
        policy = self.item.policy
        return policy.current.ordinal if policy and policy.current else 0

    @property
    def published(self) -> tuple[PolicyVersion, ...]:
        """Those that stood once or stand now."""
        return tuple(each for each in self.versions if each.state == State.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Beginning:
    """What an editor begins with: the open draft with its note and revision, else what stands.

    `revision` is 0 without a draft. `current` is the number of the version that stands, 0 for a
    document nobody has edited.
    """

    text: PolicyText
    note: str = ""
    revision: int = 0
    current: int = 0


def standing_of(document: Document, today: date) -> str:
    """A key of STANDINGS."""
    if document.in_force_on(today):
        return "in_force"
    if document.status is Status.REPEALED:
        return "repealed"
    coming = document.effective is not None and document.effective > today
    return "coming" if coming or document.status is Status.NOT_YET else "ended"


def items(*, today: date) -> list[Item]:
    """All policies: those with a draft first, then the newest.

    Two queries that leave the texts where they are; the library stands in its order already, and
    only what editors have in hand is sorted.
    """
    rows = Policy.objects.select_related("current").defer("current__body")
    policies = {policy.code: policy for policy in rows}
    drafts = {draft.policy_id: draft for draft in _open()}
    shelf = _shelf()
    theirs = _in_hand(policies, drafts, {one.document.id: one for one in shelf}, today)
    plain = (
        _item(one, policies.get(one.document.id), None, today)
        for one in shelf
        if one.document.id not in theirs
    )
    mine = sorted((item for item in theirs.values() if item is not None), key=_order)
    drafted = [item for item in mine if item.open is not None]
    return [*drafted, *merge(mine[len(drafted) :], plain, key=_order)]


def fitting(found: Iterable[Item], wanted: Wanted) -> list[Item]:
    """Those of them that fit, in their order."""
    return [item for item in found if _fits(item, wanted)]


def regions(found: Iterable[Item]) -> list[str]:
    """The places their documents are for, each once."""
    return sorted({item.document.region for item in found if item.document.region})


def topics(found: Iterable[Item]) -> list[str]:
    """The words their documents are about, each once."""
    return sorted({topic for item in found for topic in item.document.topics})


def history(code: str, *, today: date) -> History:
    """The policy `code` with its versions. Raises PolicyNotFound."""
    policy = Policy.objects.select_related("current").filter(code=code).first()
    if policy is None:
        document = _unedited(code)
        return History(Item(document, standing_of(document, today), None, None), ())
    rows = policy.versions.select_related("changed_by", "published_by", "restores")
    versions = tuple(rows)
    for version in versions:
        version.policy = policy
    open_one = next((each for each in versions if each.state in OPEN), None)
    shown = policy.current or open_one or versions[0]
    document = edition.standing(shown, today)
    if shown.origin == Origin.BUNDLED:
        # Nobody changed it: it is what the index has of its file.
        with suppress(PolicyNotFound):
            document = _unedited(code)
    standing = standing_of(document, today) if policy.current else "unpublished"
    return History(Item(document, standing, policy, open_one), versions)


def version_of(code: str, ordinal: int) -> PolicyVersion:
    """One version. Raises VersionNotFound."""
    rows = PolicyVersion.objects.filter(policy__code=code, ordinal=ordinal)
    found = rows.select_related("policy__current", "changed_by", "published_by").first()
    if found is None:
        raise VersionNotFound
    return found


def text_now(code: str) -> Beginning:
    """What an editor begins with. Raises PolicyNotFound."""
    policy = Policy.objects.select_related("current").filter(code=code).first()
    if policy is None:
        return Beginning(bundled(code))
    current = policy.current.ordinal if policy.current else 0
    draft = policy.versions.filter(state__in=OPEN).first()
    if draft is not None:
        return Beginning(text_of(draft), draft.note, draft.revision, current)
    shown = policy.current or policy.versions.first()
    if shown is None:
        raise PolicyNotFound
    return Beginning(_as_it_stands(shown), current=current)


def _as_it_stands(version: PolicyVersion) -> PolicyText:
    """Its text; where nobody changed the file, what the file says now."""
    if version.origin == Origin.BUNDLED:
        with suppress(PolicyNotFound):
            return bundled(version.policy.code)
    return text_of(version)


def titled(code: str) -> Document | None:
    """The document `code` as the index has it, for links; None when it has none."""
    try:
        return library(settings.INDEX_DIR).find(code).document
    except (PolicyNotFound, LibraryClosed):
        return None


def _unedited(code: str) -> Document:
    """A document that nobody has edited, as the index has it or, without an index, its file."""
    try:
        return library(settings.INDEX_DIR).find(code).document
    except LibraryClosed:
        return bundled(code).document(code)


def _open() -> Iterable[PolicyVersion]:
    rows = PolicyVersion.objects.filter(state__in=OPEN).defer("body")
    return rows.select_related("policy", "changed_by")


def _shelf() -> tuple[Shelved, ...]:
    try:
        return library(settings.INDEX_DIR).shelf()
    except LibraryClosed:
        # The list shows what the database has: drafts must be reachable without an index.
        return ()


def _in_hand(
    policies: Mapping[str, Policy],
    drafts: Mapping[int, PolicyVersion],
    indexed: Mapping[str, Shelved],
    today: date,
) -> dict[str, Item | None]:
    """What editors changed, wrote or are writing, by code; None where only dropped drafts are.

    The published as it stands, the rest as it is being written. What only a file says, and nobody
    is writing, is left to the library.
    """
    found: dict[str, Item | None] = {}
    for code, policy in policies.items():
        draft = drafts.get(policy.pk)
        version = policy.current or draft
        if version is None:
            found[code] = None
            continue
        if version.origin == Origin.BUNDLED and code in indexed:
            if draft is not None:
                found[code] = _item(indexed[code], policy, draft, today)
            continue
        version.policy = policy
        document = edition.standing(version, today, whole=False)
        found[code] = _item(Shelved(document, face(document)), policy, draft, today)
    return found


def _item(
    shelved: Shelved, policy: Policy | None, draft: PolicyVersion | None, today: date
) -> Item:
    unpublished = policy is not None and policy.current is None
    standing = "unpublished" if unpublished else standing_of(shelved.document, today)
    return Item(shelved.document, standing, policy, draft, shelved.face)


def _fits(item: Item, wanted: Wanted) -> bool:
    document = item.document
    words = search_form(wanted.words).split()
    kinds = {
        "draft": item.open is not None and item.open.state == State.DRAFT,
        "scheduled": item.open is not None and item.open.state == State.SCHEDULED,
        "edited": item.edited,
        "bundled": not item.edited and item.standing != "unpublished",
    }
    return (
        all(word in item.face or word in search_form(document.id) for word in words)
        and wanted.standing in ("", item.standing)
        and kinds.get(wanted.draft, True)
        and wanted.level in ("", document.level)
        and wanted.region in ("", document.region)
        and (not wanted.topic or wanted.topic in document.topics)
    )


def _order(item: Item) -> tuple[bool, int, str]:
    return (item.open is None, *newest_first(item.document))
