"""What sort of thing a word names: a being of tales, an animal, an object, a feeling, a star.

A question is absurd by the sort of thing that stands where a person, a firm or a good should
(合伙人是一把椅子): the words for such things are many, the sorts are few.
"""

import re
from functools import lru_cache
from pathlib import Path

from knowledge_base.text import search_form

LEXICON = Path(__file__).parent / "lexicon" / "things.tsv"
SORTS = (
    "abstract", "animal", "being", "magic", "nature", "object", "plant", "role", "space",
)  # fmt: skip
"""As the lexicon names them: `role` is who takes part in business and family, `space` a heavenly
body or a place or time nobody can be at, `being` a person of tales or long dead, `plant` what grows
and what is eaten."""
MARKS = {sort: chr(0xE000 + place) for place, sort in enumerate(SORTS)}
"""What stands for a word of a sort: private ones, which `search_form` takes out of every text."""


def marked(form: str) -> str:
    """`form` (in search form) with a mark in the place of every word that names a thing."""
    words, pattern = _lexicon()
    return pattern.sub(lambda found: MARKS[words[found.group()]], form)


@lru_cache(maxsize=1)
def _lexicon() -> tuple[dict[str, str], re.Pattern[str]]:
    words: dict[str, str] = {}
    for line in LEXICON.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        sort, _, named = line.partition("\t")
        if sort not in MARKS or not named.strip():
            raise ValueError(f"{LEXICON.name}: not a sort, a tab and words: {line[:40]!r}")
        words |= dict.fromkeys(search_form(named).split(), sort)
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return words, re.compile("|".join(map(re.escape, longest_first)))
