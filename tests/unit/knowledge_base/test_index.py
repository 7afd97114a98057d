import shutil
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge_base import index as index_module
from knowledge_base.documents import Document
from knowledge_base.index import (
    EncoderMismatch,
    Index,
    IndexDamaged,
    IndexMissing,
    build,
    read_documents,
    verify,
)
from knowledge_base.passages import Passage
from knowledge_base.search import KnowledgeBase
from knowledge_base.static_encoder import StaticEncoder

DAY = date(2026, 11, 23)


class OtherEncoder:
    """Another model of the same size."""

    name = "other"
    fingerprint = "other"
    dimension = 192

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        return np.ones((len(texts), self.dimension), dtype=np.float32)


def current(folder: Path) -> Path:
    return folder / "versions" / (folder / "CURRENT").read_text(encoding="utf-8")


@pytest.fixture
def copied(served: Path, tmp_path: Path) -> Path:
    """An index that a test may spoil."""
    return Path(shutil.copytree(served, tmp_path / "index"))


def test_a_built_index_is_whole(served: Path) -> None:
    manifest = verify(served)
    assert (manifest.documents, manifest.passages) == (5, 7)


def test_documents_are_read_back_without_an_encoder(served: Path) -> None:
    found = read_documents(served)["small-tax"]
    assert found.document.expires == date(2027, 12, 31)
    assert [passage.id for passage in found.passages] == ["small-tax-p1", "small-tax-p2"]


def test_a_folder_without_an_index_is_named_missing(tmp_path: Path) -> None:
    for ask in (verify, read_documents, Index.load):
        with pytest.raises(IndexMissing) as caught:
            ask(tmp_path / "nowhere")
        assert caught.value.code == "index_missing"


@pytest.mark.parametrize(
    "name", ["vectors.faiss", "vectors.npz", "passages.jsonl", "words.rows.npy", "terms.txt"]
)
def test_one_changed_byte_is_damage(copied: Path, name: str) -> None:
    file = current(copied) / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(IndexDamaged, match=name):
        KnowledgeBase.open(copied)


def test_a_missing_file_or_manifest_is_damage(copied: Path) -> None:
    (current(copied) / "documents.jsonl").unlink()
    with pytest.raises(IndexDamaged, match=r"documents\.jsonl"):
        read_documents(copied)
    (current(copied) / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(IndexDamaged, match="manifest"):
        verify(copied)


def test_a_file_that_cannot_be_read_is_damage(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bad_sector(_: Path) -> str:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("knowledge_base.storage.checksum", bad_sector)
    with pytest.raises(IndexDamaged, match="Input/output error"):
        KnowledgeBase.open(copied)


def test_an_index_of_another_encoder_is_refused(tmp_path: Path) -> None:
    build(tmp_path, [], documents=[], encoder=OtherEncoder(), terms=(), built_at=datetime.now(UTC))
    with pytest.raises(EncoderMismatch, match="ingest"):
        KnowledgeBase.open(tmp_path)


def test_a_half_written_index_is_never_served(
    copied: Path, encoder: StaticEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(index_module, "_write_vectors", full_disk)
    before = current(copied)
    document = Document(id="new", title="新")
    passage = Passage("new-p1", document, "", (), "新的内容。")
    with pytest.raises(OSError, match="space"):
        build(
            copied,
            [passage],
            documents=[document],
            encoder=encoder,
            terms=(),
            built_at=datetime.now(UTC),
        )
    assert current(copied) == before
    assert verify(copied).documents == 5
    assert list((copied / "versions").iterdir()) == [before]


def test_a_writer_that_was_killed_leaves_nothing_behind(
    copied: Path, corpus: Path, build_index: Callable[..., None]
) -> None:
    (copied / "versions" / ".building-dead").mkdir()
    build_index(copied, corpus)
    assert not (copied / "versions" / ".building-dead").exists()
    assert verify(copied).documents == 5


def test_readers_take_up_a_new_index_without_a_failed_query(
    copied: Path, tmp_path: Path, build_index: Callable[..., None]
) -> None:
    changed = tmp_path / "changed"
    changed.mkdir()
    (changed / "a.md").write_text("---\nid: fresh\ntitle: 新规定\n---\n新的所得税规定。", "utf-8")
    knowledge = KnowledgeBase.open(copied)
    failures: list[BaseException] = []
    seen: set[str] = set()
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                seen.add(knowledge.search("所得税", top=1, as_of=DAY)[0].passage.document_id)
            except BaseException as error:
                failures.append(error)
                return

    readers = [threading.Thread(target=ask) for _ in range(4)]
    for reader in readers:
        reader.start()
    for _ in range(3):
        build_index(copied, changed)
    done.wait(0.3)
    done.set()
    for reader in readers:
        reader.join()
    assert not failures
    assert knowledge.search("所得税", top=1, as_of=DAY)[0].passage.document_id == "fresh"
    assert seen <= {"small-tax", "fresh"}


def test_a_damaged_newcomer_does_not_silence_the_served_index(
    copied: Path, corpus: Path, build_index: Callable[..., None]
) -> None:
    knowledge = KnowledgeBase.open(copied)
    # Damage first, then point to it, as a torn copy would do.
    build_index(copied, corpus)
    (current(copied) / "vectors.faiss").write_bytes(b"torn")
    assert knowledge.search("所得税", as_of=DAY)
    assert knowledge.search("劳动仲裁", as_of=DAY)
