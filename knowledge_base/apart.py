"""Reads one file in a process of its own: what a stranger's file does to a reader stays there.

python -m knowledge_base.apart PATH     the document as one line of JSON, or why it is refused
"""

import json
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from knowledge_base.documents import Document, read_document
from knowledge_base.errors import DocumentError
from knowledge_base.records import document_from_record

SECONDS = 60.0
MEMORY = 2 << 30
"""Bytes of address space: a file that unpacks to more is refused, not the machine."""


def read_apart(path: Path, seconds: float = SECONDS) -> Document:
    """The document in the file `path`, as `read_document` has it.

    Raises DocumentError; its code is `too_slow` after `seconds`, `damaged` when the reader fell.
    """
    name = path.name
    command = [sys.executable, "-m", "knowledge_base.apart", str(path)]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            timeout=seconds,
            check=False,
            cwd=Path(__file__).parents[1],
            env={**os.environ, "PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired as error:
        reason = f"读取超过 {seconds:.0f} 秒, 请拆分或另存后再入库"
        raise DocumentError("too_slow", name, reason) from error
    try:
        told = json.loads(done.stdout)
    except ValueError as error:
        raise DocumentError("damaged", name, "文件已损坏, 无法读取") from error
    if "code" in told:
        raise DocumentError(told["code"], name, told["reason"])
    return document_from_record(told)


def main() -> int:
    """Reads the file named on the command line."""
    _limit()
    try:
        document = read_document(Path(sys.argv[1]))
    except DocumentError as error:
        told: dict[str, object] = {"code": error.code, "reason": error.reason}
    except MemoryError:
        told = {"code": "too_large", "reason": "文件展开后太大, 请拆分后再入库"}
    else:
        told = {item.name: getattr(document, item.name) for item in fields(Document)}
    print(json.dumps(told, ensure_ascii=False, default=str))
    return 0


def _limit() -> None:
    """Where the system knows such limits."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    sys.exit(main())
