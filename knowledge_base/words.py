"""The Chinese analysis that index and questions share: characters, words, colloquial speech."""

import logging
import marshal
import re
import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO

import jieba

from knowledge_base.sounds import Ear
from knowledge_base.text import search_form

LEXICON = Path(__file__).parent / "lexicon"
_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9.%]+")
_HAN = re.compile(r"[\u3400-\u9fff]+")

jieba.setLogLevel(logging.WARNING)


def _read_at_once(stream: BinaryIO) -> Any:
    return marshal.loads(stream.read())  # noqa: S302 (jieba's own cache, as jieba reads it)


# jieba lets marshal ask the file for every few bytes of its dictionary: three times as long.
jieba.marshal = SimpleNamespace(load=_read_at_once, dump=marshal.dump)


class Analyser:
    """Cuts text into the terms that are matched; equal `terms` make equal analysers."""

    def __init__(self, terms: Iterable[str] = ()) -> None:
        self._jieba = jieba.Tokenizer()
        self._jieba.initialize()
        for term in terms:
            self._jieba.add_word(search_form(term))

    def characters(self, text: str) -> list[str]:
        """Single characters and pairs of neighbours; figures and Latin words stay whole."""
        return _characters(text)

    def stretches(self, text: str) -> frozenset[str]:
        """Which `characters` a text has; what is asked about is asked about again."""
        return _stretches(text)

    def words(self, text: str) -> list[str]:
        """Words, and the shorter words inside long ones."""
        return [
            word
            for word in self._jieba.cut_for_search(search_form(text), HMM=False)
            if _RUN.match(word)
        ]

    def heard(self, text: str, ear: Ear) -> str:
        """`text` with misspelt words as `ear` hears them."""
        return ear.heard(text, self._jieba)

    def segments(self, text: str) -> list[str]:
        """Words side by side, without overlap."""
        return [word for word in self._jieba.cut(search_form(text), HMM=False) if _RUN.match(word)]


def _characters(text: str) -> list[str]:
    found: list[str] = []
    for run in _RUN.findall(search_form(text)):
        if not _HAN.match(run):
            found.append(run)
            continue
        found.extend(run)
        found.extend(run[place : place + 2] for place in range(len(run) - 1))
    return found


@lru_cache(maxsize=1024)
def _stretches(text: str) -> frozenset[str]:
    # Most texts share most of their pairs.
    return frozenset(map(sys.intern, _characters(text)))


@lru_cache(maxsize=4)
def analyser(terms: tuple[str, ...]) -> Analyser:
    """The analyser that knows `terms` as words; the dictionary behind it is loaded once."""
    return Analyser(terms)


def policy_terms(folder: Path = LEXICON) -> tuple[str, ...]:
    """The policy words of the bundled dictionary (jieba's format: word, frequency, part)."""
    path = folder / "policy_terms.txt"
    if not path.exists():
        return ()
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(line.split()[0] for line in lines if line.strip() and line[0] != "#")


class Colloquial:
    """口语 → 公文: what officials write for what people say."""

    def __init__(self, entries: Iterable[tuple[str, tuple[str, ...]]]) -> None:
        folded = [
            (search_form(said), tuple(search_form(word) for word in meant))
            for said, meant in entries
        ]
        self.entries: list[tuple[str, tuple[str, ...]]] = sorted(
            ((said, meant) for said, meant in folded if said),
            key=lambda entry: (-len(entry[0]), entry[0]),
        )

    @classmethod
    def load(cls, folder: Path = LEXICON) -> "Colloquial":
        """The bundled lexicon: a line is 口语, a tab, 公文 words apart by 、 or | or ;."""
        path = folder / "colloquial.tsv"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return cls(_entry(line) for line in lines if "\t" in line and line[0] != "#")

    def vocabulary(self) -> list[str]:
        """Every saying and every official word, without repeats."""
        words = [word for said, meant in self.entries for word in (said, *meant)]
        return list(dict.fromkeys(words))

    def expansions(self, question: str) -> list[tuple[str, tuple[str, ...]]]:
        """The sayings found in `question`, longest first, each with what it stands for."""
        text = search_form(question)
        return [(said, meant) for said, meant in self.entries if said in text]


def _entry(line: str) -> tuple[str, tuple[str, ...]]:
    said, _, meant = line.partition("\t")
    words: Sequence[str] = re.split(r"[\t、|；;,， ]+", meant.strip())
    return said.strip(), tuple(word for word in words if word)
