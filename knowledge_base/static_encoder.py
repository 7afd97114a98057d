"""Reads static embeddings with numpy, tokenizers and safetensors only, so Rasa can use them too.

Must keep working in Rasa's environment (Python 3.11, numpy 1.23, tokenizers 0.22, safetensors 0.4).
"""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

MODEL = Path(__file__).parent / "model"
_WEIGHTS = "model.safetensors"
_TOKENIZER = "tokenizer.json"
_MODEL_FILES = {".safetensors", ".bin", ".json", ".txt", ".model"}


class StaticEncoder:
    """The mean of learned token vectors, at length one; the same as sentence-transformers gives."""

    def __init__(self, folder: Path = MODEL) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
        self._tokenizer.no_padding()
        self._weights = load_file(str(folder / _WEIGHTS))["embedding.weight"].astype(np.float32)
        self.name = "peipao-static" if folder == MODEL else folder.name
        self.fingerprint = fingerprint(folder)
        self.dimension = int(self._weights.shape[1])

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of length one for each text; a text without a known token gives zeros."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        for row, encoding in enumerate(encodings):
            if encoding.ids:
                vectors[row] = self._weights[encoding.ids].mean(axis=0)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors /= np.maximum(lengths, 1e-12)
        return vectors


def is_static(folder: Path) -> bool:
    """Whether `folder` holds static embeddings that this module can read."""
    modules = folder / "modules.json"
    return (
        modules.is_file()
        and "StaticEmbedding" in modules.read_text(encoding="utf-8")
        and (folder / _WEIGHTS).is_file()
        and (folder / _TOKENIZER).is_file()
    )


def fingerprint(folder: Path) -> str:
    """What tells two models apart: a digest over the names and bytes of the model's files."""
    digest = sha256()
    for file in sorted(folder.rglob("*")):
        if file.suffix in _MODEL_FILES and file.is_file():
            digest.update(file.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:32]
