"""An index folder: versions written whole or not at all, and a pointer to the current one.

    DIR/CURRENT              the name of the version that is served
    DIR/versions/<name>/     the files of one version and manifest.json with their checksums

A version is written beside the others, flushed to disk and renamed; then the pointer is replaced.
Readers that hold an older version keep it: its files stay open, and the one before the current
one stays on disk.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from knowledge_base.errors import KnowledgeError

Read = TypeVar("Read")

FORMAT = 3
_POINTER = "CURRENT"
_VERSIONS = "versions"
_MANIFEST = "manifest.json"
_BUILDING = ".building-"


class IndexMissing(KnowledgeError):
    """There is no index in the folder."""

    code = "index_missing"


class IndexDamaged(KnowledgeError):
    """The index is not what was written: a file is missing, changed or unreadable."""

    code = "index_damaged"


class EncoderMismatch(KnowledgeError):
    """The index was built by another encoder than the one that would ask it."""

    code = "encoder_mismatch"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a version holds, what it was made from, and by whom it was encoded."""

    built_at: datetime
    encoder: str
    fingerprint: str
    dimension: int
    documents: int
    passages: int
    recipe: str
    inputs: str
    files: Mapping[str, str]


Mark = tuple[int, int, int]
"""Tells cheaply whether the pointer was replaced: inode, time in ns, size."""


def mark(folder: Path) -> Mark | None:
    """The pointer's mark; None when there is no index."""
    try:
        found = (folder / _POINTER).stat()
    except OSError:
        return None
    return (found.st_ino, found.st_mtime_ns, found.st_size)


@contextmanager
def new_version(folder: Path) -> Iterator[Path]:
    """An empty folder to write a version into; left by an error, it vanishes without a trace."""
    folder.mkdir(parents=True, exist_ok=True)
    versions = folder / _VERSIONS
    versions.mkdir(exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        # One writer at a time; the lock goes with the process, so a killed writer holds nothing.
        fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in versions.glob(f"{_BUILDING}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        building = versions / f"{_BUILDING}{uuid4().hex}"
        building.mkdir()
        try:
            yield building
        finally:
            shutil.rmtree(building, ignore_errors=True)


def publish(building: Path, manifest: Manifest) -> None:
    """Make the version in `building` the current one: from here on readers find it whole."""
    versions, folder = building.parent, building.parent.parent
    previous = _current(folder)
    (building / _MANIFEST).write_text(_dump(manifest), encoding="utf-8")
    for file in (*building.iterdir(), building):
        _flush(file)
    name = f"{manifest.built_at:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
    building.rename(versions / name)
    _flush(versions)
    pointer = folder / f"{_POINTER}.{uuid4().hex}"
    pointer.write_text(name, encoding="utf-8")
    _flush(pointer)
    pointer.replace(folder / _POINTER)
    _flush(folder)
    for old in versions.iterdir():
        if old.name not in (name, previous):
            shutil.rmtree(old, ignore_errors=True)


def open_version(folder: Path) -> tuple[Path, Manifest]:
    """The current version, every file checked against its checksum.

    Raises IndexMissing, or IndexDamaged with what is wrong.
    """
    name = _current(folder)
    if name is None:
        raise IndexMissing(f"{folder} 中没有索引, 请先运行 python -m knowledge_base ingest")
    version = folder / _VERSIONS / name
    manifest = _read(version, folder)
    try:
        found = checksums([version / name for name in manifest.files])
    except OSError as error:
        # A file that is there and cannot be read has no name in its error.
        broken = f"缺少文件 {Path(error.filename).name}" if error.filename else error
        raise IndexDamaged(f"索引 {folder} 已损坏: {broken}") from error
    for name, expected in manifest.files.items():
        if found[name] != expected:
            raise IndexDamaged(f"索引 {folder} 已损坏: 文件 {name} 与校验和不符")
    return version, manifest


def read_whole(folder: Path, read: Callable[[Path, Manifest], Read]) -> Read:
    """What `read` makes of the current version, once more when a newer one came meanwhile."""
    while True:
        before = mark(folder)
        try:
            return read(*open_version(folder))
        except IndexDamaged:
            if mark(folder) == before:
                raise


def checksums(files: Sequence[Path]) -> dict[str, str]:
    """The SHA-256 of each file's bytes, by its name."""
    with ThreadPoolExecutor() as pool:
        found = pool.map(checksum, files)
        return {file.name: digest for file, digest in zip(files, found, strict=True)}


def checksum(file: Path) -> str:
    """The SHA-256 of a file's bytes."""
    digest = sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _current(folder: Path) -> str | None:
    try:
        return (folder / _POINTER).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamaged(f"索引 {folder} 已损坏: {_POINTER} 无法读取") from error


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _dump(manifest: Manifest) -> str:
    fields = {
        "format": FORMAT,
        "built_at": manifest.built_at.isoformat(),
        "encoder": {
            "name": manifest.encoder,
            "fingerprint": manifest.fingerprint,
            "dimension": manifest.dimension,
        },
        "documents": manifest.documents,
        "passages": manifest.passages,
        "recipe": manifest.recipe,
        "inputs": manifest.inputs,
        "files": dict(manifest.files),
    }
    return json.dumps(fields, ensure_ascii=False, indent=1) + "\n"


def _read(version: Path, folder: Path) -> Manifest:
    try:
        fields: dict[str, Any] = json.loads((version / _MANIFEST).read_text(encoding="utf-8"))
        if fields["format"] != FORMAT:
            raise IndexDamaged(f"索引 {folder} 的格式 {fields['format']} 不是本程序的, 请重建")
        return Manifest(
            built_at=datetime.fromisoformat(fields["built_at"]),
            encoder=str(fields["encoder"]["name"]),
            fingerprint=str(fields["encoder"]["fingerprint"]),
            dimension=int(fields["encoder"]["dimension"]),
            documents=int(fields["documents"]),
            passages=int(fields["passages"]),
            recipe=str(fields["recipe"]),
            inputs=str(fields["inputs"]),
            files={str(name): str(value) for name, value in fields["files"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexDamaged(f"索引 {folder} 已损坏: {_MANIFEST} 无法读取 ({error})") from error
