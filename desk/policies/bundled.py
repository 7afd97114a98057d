"""Documents that came as files: with the product, or put into the data folder by its operators."""

from dataclasses import replace
from pathlib import Path

from django.conf import settings

from desk.policies.errors import PolicyNotFound
from desk.policies.values import PolicyText, text_of
from knowledge_base.passages import Row
from knowledge_base.reading import Reading, read_paths


def folders() -> list[Path]:
    """Where such files lie; those that do not exist are left out."""
    return [Path(folder) for folder in settings.DOCUMENT_DIRS if Path(folder).is_dir()]


def bundled(code: str) -> PolicyText:
    """What the file with the id `code` says. Raises PolicyNotFound."""
    reading = read_paths(folders())
    for document in reading.documents:
        if document.id == code:
            text = text_of(document)
            return text if text.body else _of_rows(text, reading, code)
    raise PolicyNotFound


def _of_rows(text: PolicyText, reading: Reading, code: str) -> PolicyText:
    """A document that is only ready passages, as a text with a heading for each."""
    return replace(text, body="\n\n".join(map(_section, reading.rows.get(code, ()))))


def _section(row: Row) -> str:
    return f"## {row.article}\n\n{row.text}" if row.article else row.text
