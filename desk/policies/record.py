"""What the public may know of a policy's past: its earlier versions, and how it ended."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import F

from desk.policies.errors import LibraryClosed, PolicyNotFound, VersionNotFound
from desk.policies.library import library
from desk.policies.models import Origin, PolicyVersion, State
from knowledge_base.documents import Document


@dataclass(frozen=True, slots=True)
class Ending:
    """A repeal: no longer law from `day`, why, and the document in its place."""

    day: date
    reason: str
    successor: Document | None


def earlier(code: str) -> list[PolicyVersion]:
    """The versions that stood before the present one, the newest first."""
    rows = PolicyVersion.objects.filter(policy__code=code, state=State.PUBLISHED)
    return list(rows.exclude(policy__current=F("pk")).defer("body"))


def published(code: str, ordinal: int) -> PolicyVersion:
    """A version that stood once, or stands. Raises VersionNotFound, for drafts too."""
    rows = PolicyVersion.objects.filter(policy__code=code, ordinal=ordinal, state=State.PUBLISHED)
    found = rows.select_related("policy").first()
    if found is None:
        raise VersionNotFound
    return found


def repeal_of(code: str) -> Ending | None:
    """How the policy ended, or will; None while it stands."""
    rows = PolicyVersion.objects.filter(policy__code=code, policy__current=F("pk"))
    found = rows.filter(origin=Origin.REPEALED).first()
    # A repeal always has its last day (values.repealed).
    if found is None or found.expires is None:
        return None
    return Ending(
        found.expires + timedelta(days=1), found.repeal_reason, _document(found.successor)
    )


def _document(code: str) -> Document | None:
    if not code:
        return None
    try:
        return library(settings.INDEX_DIR).find(code).document
    except (PolicyNotFound, LibraryClosed):
        return None
