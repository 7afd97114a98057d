"""Text to vectors through sentence-transformers: our own model, or any that ENCODER names.

The only importer of sentence-transformers, and only when a model is loaded: the import takes
seconds. Queries to a static model are read by `static_encoder`, whose vectors are the same.
"""

import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge_base.errors import KnowledgeError
from knowledge_base.static_encoder import MODEL, StaticEncoder, fingerprint, is_static

_BATCH = 256


class EncoderUnavailable(KnowledgeError):
    """The named model cannot be loaded."""

    code = "encoder_unavailable"


class Encoder(Protocol):
    """Turns texts into vectors of length one."""

    name: str
    fingerprint: str
    dimension: int

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of length one for each text."""


class SentenceEncoder:
    """A sentence-transformers model: a folder, or a name already on this machine or to be had."""

    def __init__(self, source: str) -> None:
        folder = Path(source)
        if folder.is_dir():
            # Our own weights need no network: never ask a hub about them.
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        from sentence_transformers import SentenceTransformer

        try:
            model = SentenceTransformer(source, device="cpu", local_files_only=folder.is_dir())
        except Exception as error:
            raise EncoderUnavailable(f"模型 {source} 无法加载: {error}") from error
        self._model = model.float()
        self.name = "peipao-static" if folder == MODEL else folder.name
        self.fingerprint = fingerprint(folder) if folder.is_dir() else _digest(self._model)
        self.dimension = int(np.asarray(self._model.encode(["中"])).shape[1])

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of length one for each text."""
        vectors = self._model.encode(
            list(texts),
            batch_size=_BATCH,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.dimension)


def load(name: str = "") -> Encoder:
    """The encoder `name` (folder or model name, "" = ours) through sentence-transformers."""
    return SentenceEncoder(name or str(MODEL))


def load_for_questions(name: str = "") -> Encoder:
    """The encoder for single questions: numpy where the model is static, else as `load`."""
    folder = Path(name) if name else MODEL
    if folder.is_dir() and is_static(folder):
        try:
            return StaticEncoder(folder)
        except Exception as error:
            raise EncoderUnavailable(f"模型 {folder} 无法读取: {error}") from error
    return load(name)


def _digest(model: Any) -> str:
    digest = sha256()
    for key, value in sorted(model.state_dict().items()):
        digest.update(key.encode() + np.ascontiguousarray(value.cpu().numpy()).tobytes())
    return digest.hexdigest()[:32]
