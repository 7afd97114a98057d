"""Which law a passage quotes, with that law's own number and day.

A digest (a document in our words, which names its `sources`) quotes several laws: 《民法典》 stands
in a document about seals. Who is told so must be given the number of 民法典, not that of the rules
for seals. An official text is its own source, whatever it refers to.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from knowledge_base.outline import ARTICLE_NUMBER
from knowledge_base.passages import Passage

REGISTER = Path(__file__).parent / "lexicon" / "laws.jsonl"
"""One law a line: `name` as passages quote it, `also` other names, official `title`, `number` and
day `issued` ("" where nobody could confirm them)."""

_N = "[一二三四五六七八九十]"
_PLACE = rf"{ARTICLE_NUMBER}(?:第{_N}+款)?(?:第?[（(]?{_N}+[）)]?项)?"
_PLACES = rf"{_PLACE}(?:(?:、|和|至|到){_PLACE})*"
_BARE = (
    r"(?:^|(?<=[。；，、：\n]))[\u4e00-\u9fff〈〉]{2,30}?"
    rf"(?:法典?|条例|规定|办法|细则|解释)(?:（{_N}）)?"
)
_QUOTED = re.compile(
    r"《(?P<law>[^《》]+)》(?:（(?P<number>[^（）]{2,40})）)?"
    rf"(?P<at>{_PLACES})?(?P<says>规定|明确|所附)?"
    rf"|(?P<bare>{_BARE})(?P<there>{_PLACES})"
    rf"|(?P<refers>依照|按照|根据|违反|依据|适用|符合|本法|以及|[依有除按看见])?"
    rf"(?P<places>{_PLACES})(?P<saying>[^。；]{{0,6}}?(?:规定|明确|要求|列|：))?"
)
"""A law in 《》 with its articles; a law without them; an article of the law named last."""
_OPENS = re.compile(r"(?:^|[。；\n])$")
_REFERS = re.compile(r"(?:依照|按照|根据|符合|适用|违反|依据|参照|按|依)$")
_OF_HEADING = re.compile(rf"(?P<law>[^第、 ]{{2,}})(?={ARTICLE_NUMBER})")
_NUMBER = re.compile(r"\d{2,}.*号|第\d+号")
_SENTENCE = re.compile(r"[。\n]")


@dataclass(frozen=True, slots=True)
class Source:
    """What a quotation rests on: a law or a document, its number and day, and where in it."""

    title: str
    number: str = ""
    issued: date | None = None
    places: tuple[str, ...] = ()

    @property
    def named(self) -> str:
        """The title as a text names it, in 《》."""
        return self.title if "《" in self.title else f"《{self.title}》"


def sources_of(passages: Sequence[Passage]) -> tuple[Source, ...]:
    """What `passages` rest on in their order, each law once with all its articles."""
    found: dict[str, Source] = {}
    for passage in passages:
        for source in _sources(passage):
            known = found.get(source.title, source)
            places = tuple(dict.fromkeys((*known.places, *source.places)))
            found[source.title] = replace(known, places=places)
    # The opening of a digest rests on the law that its other passages name.
    placed = {source.number for source in found.values() if source.places and source.number}
    return tuple(each for each in found.values() if each.places or each.number not in placed)


def _sources(passage: Passage) -> tuple[Source, ...]:
    document = passage.document
    places = (passage.article,) if passage.article else ()
    itself = Source(document.title, document.number, document.issued, places)
    if not document.sources:
        return (itself,)
    leads, laws = _laws(passage)
    quoted = tuple(_source(passage, law) for law in laws)
    if leads:
        return quoted
    return (replace(itself, places=()), *quoted) if quoted else (itself,)


@dataclass(slots=True)
class _Law:
    """A law as a text quotes it: by what name, with what number, which articles."""

    name: str
    number: str = ""
    places: list[str] = field(default_factory=list)


def _laws(passage: Passage) -> tuple[bool, list[_Law]]:
    """Whether the text of `passage` begins with a law, and all that it quotes."""
    found: dict[str, _Law] = {}
    leads, current, text = False, "", passage.text
    opening = _SENTENCE.search(text)
    for each in _QUOTED.finditer(text):
        if law := each["law"] or _bare(each["bare"]):
            places = each["at"] or each["there"]
            if not (places or each["says"]):
                # 《生态环境法典》自…起施行。第一千一百零二条规定: it leads what follows.
                current = law if _OPENS.search(text[: each.start()]) else current
                continue
            if text[: each.start()].endswith("不适用"):
                continue
            # 并符合《民法典》第三条。第五条规定: that is an article of the law before.
            if not (current and _REFERS.search(text[: each.start()])):
                current = law
            leads = leads or opening is None or each.start() < opening.start()
        elif each["bare"] or each["refers"] or not each["saying"] or not current:
            continue
        else:
            places = each["places"]
        named = law or current
        known = found.setdefault(registered(named).name, _Law(named))
        known.places += places.split("、") if places else []
        if each["number"] and _NUMBER.search(each["number"]):
            known.number = each["number"]
    heading = _OF_HEADING.match(passage.article)
    if found and passage.article and not heading:
        # The article that the heading names, where the text calls it otherwise (按第四十五条).
        cited = "".join(place for each in found.values() for place in each.places)
        first = next(iter(found.values()))
        first.places += [place for place in passage.article.split("、") if place not in cited]
    if not found and heading:
        name = heading["law"]
        places = passage.article.removeprefix(name).split("、")
        return True, [_Law(registered(name).name, places=places)]
    return leads, list(found.values())


def _bare(words: str | None) -> str:
    """The law of the register with whose name `words` (without 《》) end."""
    found = [name for name in _register() if words and words.endswith(name)]
    return max(found, key=len, default="")


def _source(passage: Passage, quoted: _Law) -> Source:
    document, law = passage.document, registered(quoted.name)
    title, places = law.title or quoted.name, tuple(dict.fromkeys(quoted.places))
    # Which wording of a law a document holds (of 2019, of 2027) it knows best itself.
    itself = document.title.startswith((title, quoted.name, f"中华人民共和国{quoted.name}"))
    if itself or (not law.title and quoted.name in document.title):
        return Source(law.title or document.title, document.number, document.issued, places)
    return Source(title, law.number or quoted.number, law.issued, places)


@dataclass(frozen=True, slots=True)
class Law:
    """A law of the register."""

    name: str
    title: str = ""
    number: str = ""
    issued: date | None = None


def registered(name: str) -> Law:
    """The law that passages call `name`; one that the register lacks has its name alone."""
    return _register().get(name) or Law(name)


@lru_cache(maxsize=1)
def _register() -> dict[str, Law]:
    found: dict[str, Law] = {}
    for line in REGISTER.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        issued = date.fromisoformat(row["issued"]) if row["issued"] else None
        law = Law(row["name"], row["title"], row["number"], issued)
        found |= dict.fromkeys((law.name, law.title, *row["also"]), law)
    return found
