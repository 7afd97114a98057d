"""What editors have published, as the index has to hold it on a day."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from hashlib import sha256

from django.db.models import F, Q, QuerySet

from desk.policies.models import Origin, PolicyVersion, State
from desk.policies.values import document_of
from knowledge_base.documents import Document, Status
from knowledge_base.ingestion import NO_EDITION, Edition


def digest(today: date) -> str:
    """The set's name: changes with every publication and on the day a repeal takes effect.

    Empty while editors published nothing.
    """
    ending = _published().filter(_still(today)).values_list("pk", flat=True)
    return _digest(_published().values_list("policy__code", "pk"), set(ending))


def edition(today: date) -> Edition:
    """The documents that stand in the place of files, or beside them."""
    versions = list(_published())
    if not versions:
        return NO_EDITION
    ending = {version.pk for version in versions if ends_later(version, today)}
    return Edition(
        tuple(standing(version, today) for version in versions),
        _digest(((version.policy.code, version.pk) for version in versions), ending),
    )


def standing(version: PolicyVersion, today: date, *, whole: bool = True) -> Document:
    """The document of `version`: what will be repealed on a later day is law until then.

    Without its body unless `whole`.
    """
    document = document_of(version, whole=whole)
    if ends_later(version, today):
        return replace(document, status=Status.IN_FORCE)
    return document


def ends_later(version: PolicyVersion, today: date) -> bool:
    """Whether `version` says of a policy that it will be repealed, and the day has not come."""
    last = version.expires
    return version.origin == Origin.REPEALED and last is not None and last >= today


def _still(today: date) -> Q:
    return Q(origin=Origin.REPEALED, expires__gte=today)


def _published() -> QuerySet[PolicyVersion]:
    """The current versions, but for documents that still are as their files say."""
    rows = PolicyVersion.objects.filter(state=State.PUBLISHED, policy__current=F("pk"))
    return rows.exclude(origin=Origin.BUNDLED).select_related("policy").order_by("policy__code")


def _digest(pairs: Iterable[tuple[str, int]], ending: set[int]) -> str:
    told = "\n".join(f"{code} {version} {version in ending:d}" for code, version in pairs)
    return sha256(told.encode()).hexdigest()[:32] if told else ""
