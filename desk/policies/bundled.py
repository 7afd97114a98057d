"""Documents that came as files: with the product, or put into the data folder by its operators."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from desk.policies.errors import PolicyNotFound
from desk.policies.values import PolicyText, text_of
from knowledge_base.documents import read_document, usable_id
from knowledge_base.errors import DocumentError
from knowledge_base.passages import Row
from knowledge_base.reading import Reading, read_paths


def folders() -> list[Path]:
    """Where such files lie; those that do not exist are left out."""
    return [Path(folder) for folder in settings.DOCUMENT_DIRS if Path(folder).is_dir()]


def bundled(code: str) -> PolicyText:
    """What the file with the id `code` says. Raises PolicyNotFound."""
    for path in _called(code):
        # One that cannot be read is in no index either.
        with suppress(DocumentError):
            document = read_document(path)
            if document.id == code:
                return text_of(document)
    reading = read_paths(folders())
    for document in reading.documents:
        if document.id == code:
            text = text_of(document)
            return text if text.body else _of_rows(text, reading, code)
    raise PolicyNotFound


def named_file(code: str) -> PolicyText | None:
    """What the Markdown file named after the id says now; None where there is none.

    Quick: a file is read when it has changed. Documents of other files are not looked for.
    """
    for path in _called(code):
        document_id, text = _read(path, path.stat().st_mtime_ns)
        if text is not None and document_id == code:
            return text
    return None


@lru_cache(maxsize=1024)
def _read(path: Path, _changed: int) -> tuple[str, PolicyText | None]:
    """The file's id and text; none where it cannot be read, as it is in no index then."""
    try:
        document = read_document(path)
    except DocumentError:
        return "", None
    return document.id, text_of(document)


def _called(code: str) -> Iterator[Path]:
    """Markdown files whose name is the id, as most are: the others need not be read."""
    if usable_id(code) == code:
        for folder in folders():
            yield from folder.rglob(f"{code}.md")


def _of_rows(text: PolicyText, reading: Reading, code: str) -> PolicyText:
    """A document that is only ready passages, as a text with a heading for each."""
    return replace(text, body="\n\n".join(map(_section, reading.rows.get(code, ()))))


def _section(row: Row) -> str:
    return f"## {row.article}\n\n{row.text}" if row.article else row.text
