"""Whether a text stands in the library already: by its words, by its title and 文号."""

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from desk.policies.errors import LibraryClosed, PolicyRepeats
from desk.policies.library import library
from desk.policies.models import OPEN, PolicyVersion
from desk.policies.values import PolicyText
from knowledge_base.documents import Document, Status
from knowledge_base.duplicates import Duplicates
from knowledge_base.index import IndexedDocument
from knowledge_base.passages import Passage, cut
from knowledge_base.storage import Mark, mark
from knowledge_base.text import fold


def check(text: PolicyText, code: str, *, today: date) -> None:
    """Raises PolicyRepeats when another document than `code` says the same, published or draft.

    Documents that share a 文号 and differ in title and text are no repetition: one 公告 may hold
    several policies. Nor is what takes the place of a document that has come to its end.
    """
    drafts = PolicyVersion.objects.filter(state__in=OPEN, digest=text.digest)
    draft = drafts.exclude(policy__code=code).select_related("changed_by", "policy").first()
    if draft is not None:
        who = draft.changed_by.name if draft.changed_by else "同事"
        raise PolicyRepeats(f"{who}已经有一份内容相同的草稿《{draft.title}》。", draft.policy.code)
    for other, why in _repeated(text, code):
        if _ended(other, today):
            continue
        raise PolicyRepeats(
            f"{why}《{other.title}》{f'（{other.number}）' if other.number else ''}，"
            "政策库里已经有了。请在那一份上修改，不要重复建立。",
            other.id,
        )


def _repeated(text: PolicyText, code: str) -> Iterable[tuple[Document, str]]:
    try:
        documents = library(settings.INDEX_DIR).documents()
    except LibraryClosed:
        return
    named = (_plain(text.title), _plain(text.number))
    for item in documents.values():
        other = item.document
        if other.id != code and (_plain(other.title), _plain(other.number)) == named:
            yield other, "标题和文号相同于"
    document = text.document(code)
    found = _known(settings.INDEX_DIR, mark(settings.INDEX_DIR)).repeated(
        document, _words(cut(document))
    )
    for repeated in found:
        if repeated != code and repeated in documents:
            yield documents[repeated].document, "文字相同或几乎相同于"


def _ended(document: Document, today: date) -> bool:
    over = document.status in (Status.EXPIRED, Status.REPEALED) and document.expires is None
    return over or (document.expires is not None and document.expires < today)


@lru_cache(maxsize=1)
def _known(index_dir: Path, _mark: Mark | None) -> Duplicates:
    """The texts of the index as it is now; reading them takes a second for a thousand documents."""
    known = Duplicates()
    for item in library(index_dir).documents().values():
        known.remember(item.document, _text(item))
    return known


def _text(item: IndexedDocument) -> str:
    return _words(item.passages)


def _words(passages: Iterable[Passage]) -> str:
    return "\n".join(passage.text for passage in passages)


def _plain(text: str) -> str:
    return re.sub(r"\W+", "", fold(text))
