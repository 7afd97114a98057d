"""Files of every kind we take, each read by the one module that knows its format."""

from dataclasses import replace
from pathlib import Path

from knowledge_base.errors import DocumentError
from knowledge_base.outline import lines_of
from knowledge_base.readers.source import LONGEST_TEXT, SourceText, check_kind, kind_of, read_bytes
from knowledge_base.readers.titles import title_in, worded_title


def read_source(path: Path) -> SourceText:
    """What the file `path` says; DocumentError with a stable code when it cannot be taken in."""
    kind = kind_of(path)
    content = read_bytes(path)
    check_kind(path, kind, content)
    source = _read(kind, path, content)
    if kind == "md":
        title = source.title or worded_title(source.body.split("\n"))
        source = replace(source, title=title)
    else:
        lines = lines_of(source.body)
        title = source.title or title_in(lines) or path.stem
        source = replace(source, body="\n".join(lines), title=title)
    if len(source.body) > LONGEST_TEXT:
        raise DocumentError("too_large", str(path), f"文字超过 {LONGEST_TEXT} 字, 请分开入库")
    return source


def _read(kind: str, path: Path, content: bytes) -> SourceText:
    # Each library is imported when its first file comes: Markdown alone needs none of them.
    if kind == "html":
        from knowledge_base.readers.html import read_html

        return read_html(path, content)
    if kind == "docx":
        from knowledge_base.readers.docx import read_docx

        return read_docx(path, content)
    if kind == "pdf":
        from knowledge_base.readers.pdf import read_pdf

        return read_pdf(path, content)
    from knowledge_base.readers.markdown import read_markdown

    return read_markdown(path, content)
