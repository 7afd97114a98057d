"""Questions in traditional characters, read as if they were in simplified ones: 殘保金怎麼交."""

from functools import lru_cache
from pathlib import Path

_TABLE = Path(__file__).parent / "lexicon" / "traditional.tsv"


def simplified(text: str) -> str:
    """`text` with every traditional character as the simplified one; the length stays.

    Characters that simplified texts use too (乾隆, 著作) are left as they are.
    """
    return text.translate(_characters())


@lru_cache(maxsize=1)
def _characters() -> dict[int, str]:
    lines = _TABLE.read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return {ord(character): plain for plain, written in rows for character in written}
