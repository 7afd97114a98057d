"""Trying a draft: the served index with the draft in it, asked by the same search and answer.

Nothing here is simulated: an index is built beside the served one, taking over all that did not
change, and opened as the chat opens its own.
"""

import logging
import os
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from desk.policies.errors import LibraryClosed
from knowledge_base import encoder as encoders
from knowledge_base.answer import Answer, answer
from knowledge_base.documents import Document
from knowledge_base.encoder import Encoder
from knowledge_base.errors import KnowledgeError
from knowledge_base.index import build
from knowledge_base.passages import cut
from knowledge_base.records import read_document_records, read_passage_records
from knowledge_base.search import Hit, KnowledgeBase, SearchConfig
from knowledge_base.storage import Manifest, mark, read_whole
from knowledge_base.text import clean
from knowledge_base.words import policy_terms

logger = logging.getLogger(__name__)

TOP = 10
MOST_QUESTIONS = 30
LONGEST_QUESTION = 200
KEPT = 3
_BASE = "base"


@dataclass(frozen=True, slots=True)
class Trial:
    """What one question finds: the hits, which of them are the draft's, and what would be said.

    `rank` is the place of the draft's first hit, counted from 1; 0 when it is not among them.
    """

    question: str
    hits: Sequence[Hit]
    answer: Answer
    rank: int


def questions_in(text: str) -> list[str]:
    """One question a line, each once, at most MOST_QUESTIONS."""
    lines = (" ".join(line.split())[:LONGEST_QUESTION] for line in clean(text).splitlines())
    return list(dict.fromkeys(filter(None, lines)))[:MOST_QUESTIONS]


def asked_in(document: Document) -> list[str]:
    """The usual ways of asking (常见问法) that `document` itself names."""
    asked = (question for passage in cut(document) for question in passage.asked)
    return list(dict.fromkeys(asked))[:MOST_QUESTIONS]


def run(document: Document, digest: str, questions: Sequence[str], *, day: date) -> list[Trial]:
    """What the bot would find and say on `day` if `document` were published as it is.

    `digest` names its content. Raises LibraryClosed when there is no index to put it into.
    """
    try:
        knowledge = _shelf.open(document, digest)
        return [_ask(question, knowledge, document.id, day) for question in questions]
    except KnowledgeError as error:
        raise LibraryClosed from error


def _ask(question: str, knowledge: KnowledgeBase, code: str, day: date) -> Trial:
    hits = knowledge.search(question, top=TOP, as_of=day)
    ranks = [place for place, hit in enumerate(hits, 1) if hit.passage.document_id == code]
    said = answer(question, knowledge, as_of=day)
    return Trial(question, hits, said, ranks[0] if ranks else 0)


class _Shelf:
    """The last few trials of this process, each by what it was made from."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: OrderedDict[tuple[object, ...], tuple[Path, KnowledgeBase]] = OrderedDict()

    def open(self, document: Document, digest: str) -> KnowledgeBase:
        """The served index as it is now with `document` in it."""
        # One at a time: it takes a second of work, and two editors may look at one draft.
        with self._lock:
            key = (settings.INDEX_DIR, mark(settings.INDEX_DIR), document.id, digest)
            if key in self._open:
                self._open.move_to_end(key)
                return self._open[key][1]
            started = time.monotonic()
            if not self._open:
                # What the web process before this one has left: there is one at a time.
                shutil.rmtree(settings.TRIALS_DIR, ignore_errors=True)
            folder = Path(settings.TRIALS_DIR) / f"{os.getpid()}-{time.monotonic_ns()}"
            knowledge = _made(folder, document)
            self._open[key] = (folder, knowledge)
            while len(self._open) > KEPT:
                _, (old, _) = self._open.popitem(last=False)
                shutil.rmtree(old, ignore_errors=True)
            logger.info(
                "draft %s in an index after %.1f s", document.id, time.monotonic() - started
            )
            return knowledge


_shelf = _Shelf()


def _made(folder: Path, document: Document) -> KnowledgeBase:
    def lend(version: Path, manifest: Manifest) -> Manifest:
        """The served version's files as the trial's first version: links, no copies."""
        shutil.rmtree(folder, ignore_errors=True)
        base = folder / "versions" / _BASE
        base.mkdir(parents=True)
        for file in version.iterdir():
            os.link(file, base / file.name)
        (folder / "CURRENT").write_text(_BASE, encoding="utf-8")
        return manifest

    manifest = read_whole(settings.INDEX_DIR, lend)
    base = folder / "versions" / _BASE
    documents = [item for item in read_document_records(base) if item.id != document.id]
    passages = [item for item in read_passage_records(base) if item.document_id != document.id]
    encoder = _encoder(settings.ENCODER)
    build(
        folder,
        [*passages, *cut(document)],
        documents=[*documents, document],
        encoder=encoder,
        terms=policy_terms(),
        built_at=datetime.now(UTC),
        recipe=manifest.recipe,
        inputs=f"trial of {document.id}",
    )
    shutil.rmtree(base, ignore_errors=True)
    return KnowledgeBase(folder, encoder, SearchConfig())


@lru_cache(maxsize=1)
def _encoder(name: str) -> Encoder:
    return encoders.load_for_questions(name)
