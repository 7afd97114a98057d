"""Entries, what is searched: every passage, and every usual way of asking for it (常见问法)."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from knowledge_base.passages import Passage


@dataclass(frozen=True, slots=True)
class Entry:
    """One searchable text: a passage itself, or a way of asking for the passage at `owner`."""

    owner: int
    passage: Passage
    asked: str = ""

    @property
    def indexed(self) -> str:
        """What the word index holds of it."""
        return f"{self.passage.title}\n{self.asked}" if self.asked else indexed_text(self.passage)

    @property
    def encoded(self) -> str:
        """What the encoder reads of it."""
        return self.asked or encoded_text(self.passage)

    @property
    def key(self) -> bytes:
        """Equal for equal texts: what an entry of an earlier version is known by."""
        passage, document = self.passage, self.passage.document
        if self.asked:
            parts: tuple[str, ...] = (document.title, self.asked)
        else:
            topics, heading = "\n".join(document.topics), "\n".join(passage.heading)
            parts = (document.title, document.number, topics, heading, passage.text)
        return blake2b("\0".join(parts).encode(), digest_size=16).digest()


def entries_of(passages: Sequence[Passage]) -> list[Entry]:
    """Every passage in order, then every usual way of asking for one."""
    found = [Entry(place, passage) for place, passage in enumerate(passages)]
    found += [
        Entry(place, passage, asked)
        for place, passage in enumerate(passages)
        for asked in passage.asked
    ]
    return found


def indexed_text(passage: Passage) -> str:
    """What the word index holds of a passage: its title twice; 文号, topics and headings once."""
    title, document = passage.title, passage.document
    return "\n".join(
        (title, title, document.number, *document.topics, *passage.heading, passage.text)
    )


def encoded_text(passage: Passage) -> str:
    """What the encoder reads of a passage."""
    return "\n".join((passage.title, *passage.heading, passage.text))
