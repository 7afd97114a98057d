"""What we say as plain text, for platforms without marks and cards: split, with sources."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from desk.conversations.values import Said

_BOLD = re.compile(r"\*\*(.+?)\*\*")
# Ends of sentences and lines, best first: a paragraph, a line, a sentence, a clause, a blank.
_ENDS = (
    re.compile(r"\n{2,}"),
    re.compile(r"\n"),
    re.compile(r"[。！？!?；;…]+[”’」』）)]*"),
    re.compile(r"[，,、：:]"),
    re.compile(r"\s"),
)
# Never cut inside: an address, an emoji sequence (flags, key caps, skins, joined ones), a letter
# with its marks, a number or Latin word.
_WHOLE = re.compile(
    r"https?://[^\s，。；（）“”<>]+"
    r"|<a [^>]*>[^<]*</a>"
    r"|[\U0001F1E6-\U0001F1FF]{2}"
    r"|[0-9#*]\uFE0F?\u20E3"
    r"|[\U0001F000-\U0001FAFF\u2190-\u2BFF\u00A9\u00AE]"
    r"[\uFE0F\U0001F3FB-\U0001F3FF\U000E0020-\U000E007F]*"
    r"(?:\u200D[\U0001F000-\U0001FAFF\u2190-\u2BFF][\uFE0F\U0001F3FB-\U0001F3FF]*)*"
    r"|[0-9A-Za-z]+(?:[.\-][0-9A-Za-z]+)*(?!\uFE0F?\u20E3)"
    r"|.[\u0300-\u036F\uFE0F\u20E3]*",
    re.DOTALL,
)


def unmarked(text: str) -> str:
    """`text` without the stars of **figures**."""
    return _BOLD.sub(r"\1", text)


def split(text: str, limit: int, *, size: Callable[[str], int] = len) -> list[str]:
    """`text` in parts of at most `limit` by `size` (default: characters), cut where it reads well.

    Addresses, emoji, numbers and Latin words stay whole unless one alone is too large. Nothing but
    blanks at the cuts is left out; an empty text has no parts.
    """
    parts = []
    rest = text.strip()
    while rest:
        if size(rest) <= limit:
            parts.append(rest)
            break
        at = _cut(rest, limit, size)
        parts.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [part for part in parts if part]


def _cut(text: str, limit: int, size: Callable[[str], int]) -> int:
    """Where to cut `text`, which is too large: at least 1."""
    most = 0
    taken = 0
    between = set()  # two pieces
    for piece in _pieces(text):
        taken += size(piece)
        if taken > limit:
            break
        most += len(piece)
        between.add(most)
    if most == 0:
        # One piece alone is too large: an endless address or word.
        while most < len(text) and size(text[: most + 1]) <= limit:
            most += 1
        return max(most, 1)
    head = text[:most]
    for end in _ENDS:
        places = [found.end() for found in end.finditer(head) if found.end() in between]
        # A part that is nearly empty reads worse than a cut at a lesser mark.
        if places and places[-1] >= most * 0.4:
            return places[-1]
    return most


def _pieces(text: str) -> Iterator[str]:
    for found in _WHOLE.finditer(text):
        yield found[0]


def sources(citations: Sequence[dict[str, Any]], *, base_url: str) -> list[str]:
    """One line a document that was quoted: its title and, where there is one, a link to open it."""
    lines: dict[str, str] = {}
    for citation in citations:
        title = str(citation.get("title", ""))
        link = str(citation.get("link", ""))
        address = f"{base_url}{link}" if base_url and link.startswith("/") else ""
        address = address or str(citation.get("url") or "")
        if title and title not in lines:
            named = title if "《" in title else f"《{title}》"
            sample = "（示例）" if citation.get("sample") else ""
            lines[title] = f"{named}{sample}{' ' + address if address else ''}"
    return list(lines.values())


def written(said: Said, *, base_url: str) -> str:
    """One message as plain text: who says it if not the bot, the words, its sources."""
    by = f"【{said.name}】" if said.author == "staff" else ""
    text = f"{by}{unmarked(said.text)}"
    lines = sources(said.citations, base_url=base_url)
    if lines:
        text += "\n\n依据：\n" + "\n".join(lines)
    return text
