"""Which ideas a message speaks of: a table of patterns, and every two that come together."""

import itertools
import re
from collections.abc import Iterable, Sequence

_LENGTHS = (3, 5, 8, 12, 20, 40)
# Words of the policy dictionary that say nothing of what a message is about.
_GENERAL = {"办理", "申请", "材料", "政策", "条件", "手续", "流程", "标准", "期限", "企业", "窗口"}
_GENERAL |= {"咨询", "投诉", "举报", "建议", "求助", "登记", "备案"}


class Concepts:
    """Named patterns, and `subject`: whether a word of the policy dictionary occurs."""

    def __init__(self, patterns: Iterable[tuple[str, str]], subjects: Iterable[str]) -> None:
        self._patterns = [(name, re.compile(pattern, re.I)) for name, pattern in patterns]
        words = sorted((word for word in subjects if _is_subject(word)), key=len, reverse=True)
        if words:
            self._patterns.append(("subject", re.compile("|".join(map(re.escape, words)))))

    def names(self, text: str) -> list[str]:
        """The ideas in folded `text` and how long it is."""
        found = [name for name, pattern in self._patterns if pattern.search(text)]
        return [*found, f"length{sum(len(text) >= limit for limit in _LENGTHS)}"]

    def terms(self, text: str) -> list[str]:
        """The same, and each two of them as one."""
        return with_pairs(self.names(text))


def with_pairs(names: Sequence[str]) -> list[str]:
    """`names` and each pair of them, in a fixed order."""
    pairs = itertools.combinations(sorted(names), 2)
    return [*names, *(f"{one}&{other}" for one, other in pairs)]


def _is_subject(word: str) -> bool:
    return len(word) > 1 and word not in _GENERAL
