"""What a message names: figures by rule, everything else by table. Knows nothing of Rasa."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bot.components.figures import Found, figures
from bot.components.folding import HEARD, folding, read_table

# These mean what the table says only in a message of this intent.
ONLY_OF = {
    "kind": frozenset({"open_complaint", "open_ticket", "nlu_fallback"}),
    "move": frozenset({"navigate"}),
    "switch": frozenset({"subscribe"}),
}
# One of each at most: the first row of the table that matches.
SINGLE = frozenset({"kind", "move", "switch", "category"})
_TITLE = re.compile(r"《([^《》]{2,60})》")
_REFERENCE = re.compile(
    r"[\u4e00-\u9fff]{2,8}?[〔\[(【]20\d{2}[〕\])】]\d{1,4}号"
    r"|(?:国务院|主席|[\u4e00-\u9fff]{2,8}(?:部|局|总局|委))令第?\d{1,4}号"
    r"|(?:财政部|国家税务总局|税务总局|人社部|工信部|国务院|人力资源社会保障部)"
    r"[\u4e00-\u9fff 、]{0,16}?(?:公告|令)?20\d{2}年第\d{1,4}号(?:公告)?"
)
_FRONT_TITLE = re.compile(r"^title: (.+)$", re.M)
_LAW = re.compile(r"《([^《》]{2,24}(?:法|法典|条例))》")
_QUOTED = re.compile(r"《[^》]*》")
_ASIDE = re.compile(r"[（(【].*?[）)】]|中华人民共和国")


class Gazetteer:
    """Patterns by entity and value, in the order of their table."""

    def __init__(self, rows: Iterable[Sequence[str]]) -> None:
        self._rows = [(entity, value, re.compile(pattern, re.I)) for entity, value, pattern in rows]

    def find(self, text: str, intent: str) -> Iterator[Found]:
        """What `text` names; of a value said twice the first place."""
        done: set[str] = set()
        for entity, value, pattern in self._rows:
            if entity in done or intent not in ONLY_OF.get(entity, {intent}):
                continue
            if match := pattern.search(text):
                yield Found(entity, value, *match.span())
                if entity in SINGLE:
                    done.add(entity)


def find_all(text: str, intent: str, gazetteer: Gazetteer) -> list[Found]:
    """Everything that `text` names, in its order."""
    text = folding().simplified(text)[:HEARD]
    found = [Found("policy", match[0], *match.span()) for match in _REFERENCE.finditer(text)]
    # The year within a 文号 is no date of its own.
    found += [each for each in figures(text) if not any(_overlap(each, one) for one in found)]
    named = list(gazetteer.find(text, intent))
    for match in _TITLE.finditer(text):
        title = Found("policy", match[1], *match.span())
        if not any(_overlap(title, each) for each in named if each.entity == "policy"):
            found.append(title)
    return sorted({*found, *named}, key=lambda each: (each.start, each.entity, each.value))


def _overlap(one: Found, other: Found) -> bool:
    return one.start < other.end and other.start < one.end


def titles(folder: Path) -> list[str]:
    """What the documents of a corpus are called, without what stands in brackets, and the laws that
    they quote."""
    names = set()
    laws = set()
    for path in sorted(folder.rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        if match := _FRONT_TITLE.search(text[:2000]):
            bare = _ASIDE.sub("", _QUOTED.sub("", match[1]))
            names.add(re.split("[：:]", bare)[0].strip(" \"'"))
        laws |= {_ASIDE.sub("", law) for law in _LAW.findall(text)}
    return sorted({name for name in names if len(name) > 3} | {law for law in laws if len(law) > 2})


def tables(entities: Path, policies: Path, corpus: Path) -> list[list[str]]:
    """All rows: the table of entities, the short names of policies, the titles of the corpus."""
    rows = []
    for line in entities.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            rows.append(line.split("\t"))
    short = read_table(policies)
    rows += [["policy", name, pattern] for name, pattern in short]
    named = [re.compile(pattern, re.I) for _, pattern in short]
    rows += [
        ["policy", title, re.escape(title)]
        for title in titles(corpus)
        if not any(pattern.search(title) for pattern in named)
    ]
    return rows
