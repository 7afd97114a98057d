"""Documents that came as files: with the product, or put into the data folder by its operators."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
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
