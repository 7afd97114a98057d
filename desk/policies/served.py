"""The served index, kept equal to what is published."""

from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from desk.policies import edition
from desk.policies.bundled import folders
from knowledge_base import encoder as encoders
from knowledge_base.ingestion import Ingested, edition_in, ingest
from knowledge_base.storage import Mark, mark
from knowledge_base.words import analyser, policy_terms


def renew(now: datetime) -> Ingested | None:
    """A new index when the served one does not hold what editors published; else None.

    Raises KnowledgeError when it cannot be built: what is served stays as it is.
    """
    held = _held(settings.INDEX_DIR, mark(settings.INDEX_DIR))
    return None if held == edition.digest(timezone.localdate(now)) else build(now)


def build(now: datetime, *, if_changed: bool = False) -> Ingested | None:
    """The index from all files and what editors published. Raises KnowledgeError."""
    return ingest(
        folders(),
        settings.INDEX_DIR,
        encoder=settings.ENCODER,
        built_at=now,
        edition=edition.edition(timezone.localdate(now)),
        if_changed=if_changed,
        # When editors withdraw the only policy, nothing is to be quoted any more.
        may_be_empty=True,
    )


def warm() -> None:
    """Loads what the first build of a process would load: a policy must not wait for it."""
    encoders.load_for_questions(settings.ENCODER)
    analyser(policy_terms()).words("小微企业所得税有什么优惠")


@lru_cache(maxsize=1)
def _held(index_dir: Path, _mark: Mark | None) -> str | None:
    """The edition in the index: its files are checked once for each version of it."""
    return edition_in(index_dir)
