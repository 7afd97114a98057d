"""All policies as editors see them: those in the index and those still being written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from desk.policies import edition
from desk.policies.bundled import bundled
from desk.policies.errors import LibraryClosed, PolicyNotFound, VersionNotFound
from desk.policies.library import library
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
    """All policies: those with a draft first, then the newest."""
    policies = {policy.code: policy for policy in Policy.objects.select_related("current")}
    drafts = {draft.policy_id: draft for draft in _open()}
    found = [
        _item(document, policies.get(document.id), drafts, today)
        for document in _documents(policies, drafts, today).values()
    ]
    return sorted(found, key=_order)


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
    return Beginning(text_of(shown), current=current)


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
    return PolicyVersion.objects.filter(state__in=OPEN).select_related("policy", "changed_by")


def _documents(
    policies: Mapping[str, Policy], drafts: Mapping[int, PolicyVersion], today: date
) -> dict[str, Document]:
    """Every document by id: the published as they stand, the others as they are being written."""
    try:
        indexed = library(settings.INDEX_DIR).documents()
    except LibraryClosed:
        # The list shows what the database has: drafts must be reachable without an index.
        indexed = {}
    documents = {code: item.document for code, item in indexed.items()}
    for policy in policies.values():
        version = policy.current or drafts.get(policy.pk)
        if version is None:
            documents.pop(policy.code, None)
        elif version.origin != Origin.BUNDLED or policy.code not in documents:
            version.policy = policy
            documents[policy.code] = edition.standing(version, today)
    return documents


def _item(
    document: Document,
    policy: Policy | None,
    drafts: Mapping[int, PolicyVersion],
    today: date,
) -> Item:
    unpublished = policy is not None and policy.current is None
    standing = "unpublished" if unpublished else standing_of(document, today)
    return Item(document, standing, policy, drafts.get(policy.pk) if policy else None)


def _fits(item: Item, wanted: Wanted) -> bool:
    document = item.document
    face = search_form(f"{document.title} {document.number} {document.issuer} {document.id}")
    kinds = {
        "draft": item.open is not None and item.open.state == State.DRAFT,
        "scheduled": item.open is not None and item.open.state == State.SCHEDULED,
        "edited": item.edited,
        "bundled": not item.edited and item.standing != "unpublished",
    }
    return (
        all(word in face for word in search_form(wanted.words).split())
        and wanted.standing in ("", item.standing)
        and kinds.get(wanted.draft, True)
        and wanted.level in ("", document.level)
        and wanted.region in ("", document.region)
        and (not wanted.topic or wanted.topic in document.topics)
    )


def _order(item: Item) -> tuple[bool, int, str]:
    issued = item.document.issued
    return (item.open is None, -issued.toordinal() if issued else 0, item.document.title)
