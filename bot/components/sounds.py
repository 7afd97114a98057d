"""What a message sounds like: characters that a speech recogniser takes for each other are one."""

from collections.abc import Iterable

_LONGEST = 3


class Sounds:
    """Syllables of the characters in a table of (syllable, characters)."""

    def __init__(self, rows: Iterable[tuple[str, str]]) -> None:
        self._syllables = {
            character: syllable for syllable, characters in rows for character in characters
        }

    def terms(self, text: str) -> list[str]:
        """Each two and three neighbouring syllables of folded `text`, its ends among them.

        What the table does not have, such as digits, stands for itself.
        """
        heard = ["^", *(self._syllables.get(each, each) for each in text), "$"]
        return [
            " ".join(heard[start : start + length])
            for length in range(2, _LONGEST + 1)
            for start in range(len(heard) - length + 1)
        ]
