"""What we say as WeChat shows it: merged, with short links, cut to its size, choices numbered."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from channels.plain import split, unmarked
from desk.conversations.values import Said

LIMIT = 1900  # bytes of UTF-8; the platform takes about 2,048, and a closing line is added
MOST_CHOICES = 6
LONGEST_TITLE = 24  # characters
LONGEST_NAME = 30  # characters of a quoted document
MORE = "\n（未完，回复任意内容看下文）"
MORE_BY_POLL = "\n（未完，回复 1 看下文）"

_LINK = re.compile(r"<a [^>]*>[^<]*</a>|https?://[^\s，。；（）“”<>]+")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_FIRST = 0xE000  # private use: a link's place while the text is cut
MOST_LINKS = 6000


@dataclass(frozen=True, slots=True)
class Choice:
    """A quick reply: what is shown, and what it says."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Composed:
    """Messages as parts that fit; `choices` belong below the last part."""

    parts: tuple[str, ...]
    choices: tuple[Choice, ...]

    def text(self, place: int, *, more: str = "") -> str:
        """Part number `place` as text, with its choices or, before the last, with `more`."""
        if place < len(self.parts) - 1:
            return self.parts[place] + more
        return self.parts[place] + numbered(self.choices)


def size(text: str) -> int:
    """Bytes of UTF-8."""
    return len(text.encode("utf-8", "replace"))


def composed(messages: Sequence[Said], *, base_url: str) -> Composed:
    """`messages` as one text in parts; the same messages always give the same parts."""
    offered = choices_of(messages)
    text = "\n\n".join(filter(None, (written(said, base_url=base_url) for said in messages)))
    parts = cut(text, LIMIT)
    if parts and offered:
        # Room for the choices below the last words.
        parts = [*parts[:-1], *cut(parts[-1], LIMIT - size(numbered(offered)))]
    return Composed(tuple(parts), offered)


def cut(text: str, limit: int) -> list[str]:
    """`text` in parts of at most `limit` bytes, cut where it reads well, never inside a link."""
    text = _PRIVATE.sub("", text)
    links: list[str] = []

    def hidden(found: re.Match[str]) -> str:
        if size(found[0]) > limit // 2 or len(links) >= MOST_LINKS:
            return found[0]
        links.append(found[0])
        return chr(_FIRST + len(links) - 1)

    def shown(part: str) -> str:
        return _PRIVATE.sub(lambda found: links[ord(found[0]) - _FIRST], part)

    def size_shown(part: str) -> int:
        return size(shown(part))

    return [shown(part) for part in split(_LINK.sub(hidden, text), limit, size=size_shown)]


def choices_of(messages: Sequence[Said]) -> tuple[Choice, ...]:
    """The choices below the last of `messages` that offers any."""
    for said in reversed(messages):
        found: dict[str, Choice] = {}
        for button in said.buttons:
            title = str(button.get("title") or button.get("payload") or "").strip()
            payload = str(button.get("payload") or title).strip()
            if payload:
                found.setdefault(payload, Choice(title[:LONGEST_TITLE], payload))
        if found:
            return tuple(found.values())[:MOST_CHOICES]
    return ()


def numbered(choices: Sequence[Choice]) -> str:
    """The choices as a list to answer with a number; empty without any."""
    if not choices:
        return ""
    lines = [f"{place} {choice.title}" for place, choice in enumerate(choices, 1)]
    return "\n\n回复数字：\n" + "\n".join(lines)


def written(said: Said, *, base_url: str) -> str:
    """One message: who says it if not the bot, the words, its sources as short links."""
    by = f"【{said.name}】" if said.author == "staff" else ""
    text = f"{by}{unmarked(said.text).strip()}"
    lines = links_of(said.citations, base_url=base_url)
    # The words themselves name number and date; here it is enough to open it.
    return text + ("\n\n查看原文：\n" + "\n".join(lines) if lines else "")


def links_of(citations: Sequence[dict[str, Any]], *, base_url: str) -> list[str]:
    """One line a document that was quoted: its title, tapped to open the passage."""
    lines: dict[str, str] = {}
    for citation in citations:
        title = short(plain(str(citation.get("title", ""))))
        if not title or title in lines:
            continue
        named = title if "《" in title else f"《{title}》"
        named += "（示例）" if citation.get("sample") else ""
        address = address_of(citation, base_url=base_url)
        lines[title] = f'<a href="{address}">{named}</a>' if address else named
    return list(lines.values())


def address_of(citation: dict[str, Any], *, base_url: str) -> str:
    """Our passage's page, else the official one; empty when neither can be opened from a phone."""
    link, url = str(citation.get("link", "")), str(citation.get("url") or "")
    address = f"{base_url}{link}" if base_url and link.startswith("/") else url
    return address if re.fullmatch(r'https?://[^\s"<>]{1,500}', address) else ""


def short(title: str) -> str:
    """A title a phone's line or two can hold: without what stands in brackets, cut."""
    head = re.split(r"[（(]", title)[0].strip() or title
    return head if len(head) <= LONGEST_NAME else head[: LONGEST_NAME - 1] + "…"


def plain(title: str) -> str:
    """A title that cannot break out of its link."""
    return re.sub(r'[<>"\s]+', " ", title).strip()
