"""The public policy pages: a list and each document, passage by passage."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from desk.errors import DeskError
from desk.policies import record
from desk.policies.library import library
from desk.policies.values import document_of
from knowledge_base.documents import Document, Status
from knowledge_base.passages import Passage, cut

P = ParamSpec("P")
LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Card:
    """A document as the pages show it; `standing` says whether it may be relied on today."""

    document: Document
    in_force: bool
    standing: str


@dataclass(frozen=True, slots=True)
class Block:
    """A passage, the headings that begin with it (each with its level, 2 to 4), its article.

    `article` is empty where the text itself or the block above names it.
    """

    passage: Passage
    headings: tuple[tuple[int, str], ...]
    article: str


def public_page(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Shows a refusal as a page of the policy library."""

    @wraps(view)
    def answered(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except DeskError as error:
            return render(request, "policies/refused.html", {"error": error}, status=error.status)

    return cast("Callable[Concatenate[HttpRequest, P], HttpResponse]", answered)


@require_safe
@public_page
def index(request: HttpRequest) -> HttpResponse:
    """All documents, or those whose title, 文号 or issuer holds the words in `q`."""
    words = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    documents = library(settings.INDEX_DIR).titled(words)
    cards = [card_of(document) for document in documents]
    return render(request, "policies/index.html", {"cards": cards, "words": words})


@require_safe
@public_page
def document(request: HttpRequest, document_id: str) -> HttpResponse:
    """One document with its passages, each under the id that citations point to."""
    found = library(settings.INDEX_DIR).find(document_id)
    context = {
        "card": card_of(found.document),
        "blocks": blocks_of(found.passages),
        "earlier": record.earlier(document_id),
        "repeal": record.repeal_of(document_id),
    }
    return render(request, "policies/document.html", context)


@require_safe
@public_page
def version(request: HttpRequest, document_id: str, ordinal: int) -> HttpResponse:
    """A version that stood once, for whoever was shown it then; the present one has a page."""
    found = record.published(document_id, ordinal)
    if found.policy.current_id == found.pk:
        return redirect("policies:document", document_id)
    paper = document_of(found)
    context = {
        "card": Card(paper, in_force=False, standing="已被新版本替代"),
        "blocks": blocks_of(cut(paper)),
        "version": found,
        "earlier": record.earlier(document_id),
    }
    return render(request, "policies/document.html", context)


def card_of(document: Document) -> Card:
    """`document` with its standing today."""
    today = timezone.localdate()
    in_force = document.in_force_on(today)
    standing = str(Status.IN_FORCE if in_force else document.status)
    if not in_force and document.status is Status.REPEALED:
        return Card(document, in_force, standing)
    if not in_force and document.expires and document.expires < today:
        standing = "已过有效期"
    elif not in_force and document.effective and document.effective > today:
        standing = "尚未生效"
    return Card(document, in_force, standing)


def blocks_of(passages: Iterable[Passage]) -> list[Block]:
    """Passages in order; each names only the headings the one before it was not under."""
    blocks = []
    before: tuple[str, ...] = ()
    named = ""
    for passage in passages:
        same = 0
        for old, new in zip(before, passage.heading, strict=False):
            if old != new:
                break
            same += 1
        headings = tuple(
            (min(depth + 2, 4), passage.heading[depth])
            for depth in range(same, len(passage.heading))
        )
        article = passage.article
        above = headings[-1][1] if headings else named
        told = article == named or above.startswith(article) or passage.text.startswith(article)
        blocks.append(Block(passage, headings, "" if told else article))
        before, named = passage.heading, article
    return blocks
