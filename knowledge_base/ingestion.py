"""Documents → a new version of an index: what the command line and the desk both call."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from knowledge_base import encoder as encoders
from knowledge_base.amendments import Amendment, amended, amendments
from knowledge_base.documents import Document
from knowledge_base.errors import DocumentError, KnowledgeError
from knowledge_base.index import build
from knowledge_base.passages import cut
from knowledge_base.reading import Reading, inputs_digest, read_paths, recipe_digest
from knowledge_base.repeals import Repeal, ended, repeals
from knowledge_base.storage import Manifest, open_version
from knowledge_base.words import policy_terms

_EDITED = "+"


class NothingToIngest(KnowledgeError):
    """There is no document, or each was refused as `refusals` say: the index stays as it is."""

    code = "bad_input"

    def __init__(self, refusals: Sequence[DocumentError]) -> None:
        why = "" if refusals else "（要 md、html、docx、pdf 或 jsonl 文件）"
        super().__init__(f"没有一份文件可以入库{why}, 索引保持不变")
        self.refusals = refusals


@dataclass(frozen=True, slots=True)
class Edition:
    """Documents that stand in the place of files with the same ids; `digest` names the set."""

    documents: Sequence[Document] = ()
    digest: str = ""


NO_EDITION = Edition()


@dataclass(frozen=True, slots=True)
class Ingested:
    """A version that was built, what it was read from, and how long all and the build took."""

    manifest: Manifest
    reading: Reading
    seconds: float
    build_seconds: float
    repeals: tuple[Repeal, ...] = ()
    """Which documents the others say to be no longer law."""
    amendments: tuple[Amendment, ...] = ()
    """Which documents the others say to read otherwise than they are filed."""


def ingest(
    paths: Sequence[Path],
    index: Path,
    *,
    encoder: str,
    built_at: datetime,
    edition: Edition = NO_EDITION,
    if_changed: bool = False,
    may_be_empty: bool = False,
) -> Ingested | None:
    """A new version of `index` from the files under `paths` and the `edition` over them.

    None when nothing it is made from changed and `if_changed` was asked. Whoever knows that having
    no document is right says `may_be_empty`: else an empty folder, mostly a wrong one, replaces
    nothing. Raises DocumentError when a path does not exist, NothingToIngest, EncoderUnavailable.
    """
    started = time.monotonic()
    recipe = recipe_digest(encoder)
    inputs = inputs_digest(paths, recipe)
    if edition.digest:
        inputs += _EDITED + edition.digest
    if if_changed and _inputs_of(index) == inputs:
        return None
    reading = read_paths(paths)
    if reading.refusals and not reading.documents:
        raise NothingToIngest(reading.refusals)
    reading = reading.edited(edition.documents)
    if not (reading.documents or may_be_empty):
        raise NothingToIngest(())
    repealed = repeals(reading.documents)
    over = {(repeal.document, repeal.repealed) for repeal in repealed}
    # 对《…》进行了修订，…同时废止: what stands in its place is said once.
    changed = [
        each for each in amendments(reading.documents) if (each.document, each.amended) not in over
    ]
    reading = replace(reading, documents=_changed(reading.documents, repealed, changed))
    building = time.monotonic()
    manifest = build(
        index,
        [
            passage
            for document in reading.documents
            for passage in cut(document, reading.rows.get(document.id, ()))
        ],
        documents=reading.documents,
        encoder=encoders.load_for_questions(encoder),
        terms=policy_terms(),
        built_at=built_at,
        recipe=recipe,
        inputs=inputs,
    )
    now = time.monotonic()
    return Ingested(
        manifest, reading, now - started, now - building, tuple(repealed), tuple(changed)
    )


def _changed(
    documents: Sequence[Document], repealed: Sequence[Repeal], changed: Sequence[Amendment]
) -> tuple[Document, ...]:
    """`documents` as they are after what some of them say of others."""
    known = {document.id: document for document in documents}
    ends = {repeal.repealed: repeal for repeal in repealed}
    told: dict[str, list[tuple[Amendment, Document]]] = defaultdict(list)
    for amendment in changed:
        told[amendment.amended].append((amendment, known[amendment.document]))

    def after(document: Document) -> Document:
        if repeal := ends.get(document.id):
            document = ended(document, repeal, known[repeal.document])
        return amended(document, told[document.id]) if document.id in told else document

    return tuple(map(after, documents))


def edition_in(index: Path) -> str | None:
    """The digest of the edition that the index holds; None when there is no whole index."""
    inputs = _inputs_of(index)
    return None if inputs is None else inputs.partition(_EDITED)[2]


def _inputs_of(index: Path) -> str | None:
    try:
        return open_version(index)[1].inputs
    except KnowledgeError:
        return None
