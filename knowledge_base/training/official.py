"""Questions on official documents of which nothing but their text is known.

`official.jsonl` has questions with the `document` of `policy_documents.jsonl` (DATA) that answers,
and a `fact` from its answer; where `document` is "" the one they come `near` does not answer.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from knowledge_base.encoder import load_for_questions
from knowledge_base.passages import cut
from knowledge_base.reading import Reading, read_paths
from knowledge_base.search import KnowledgeBase
from knowledge_base.training.decide import small_world

LESSONS = Path(__file__).parent / "official.jsonl"


def documents_of(rows: Sequence[dict[str, Any]]) -> set[str]:
    """The ids of the documents that `rows` ask of."""
    return {row["document"] or row["near"] for row in rows}


@contextmanager
def shelf(data: Path, wanted: set[str]) -> Iterator[KnowledgeBase]:
    """A knowledge base of the documents `wanted` of DATA alone."""
    reading = _reading(data)
    chosen = [document for document in reading.documents if document.id in wanted]
    passages = [
        passage
        for document in chosen
        for passage in cut(document, reading.rows.get(document.id, ()))
    ]
    with TemporaryDirectory() as folder:
        small_world(Path(folder), passages, load_for_questions())
        yield KnowledgeBase.open(Path(folder))


@lru_cache(maxsize=1)
def _reading(data: Path) -> Reading:
    return read_paths([data / "policy_documents.jsonl"])
