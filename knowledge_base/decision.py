"""Whether the best passage answers a question: several signals, and the doubt goes to "no"."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from knowledge_base.kinds import LEARNED
from knowledge_base.signals import Signals

SCALES = LEARNED / "scales.json"
"""Written by `knowledge_base.training.decide` and `decide_plain`; there is no other place."""


Node = tuple[float, ...]
"""A leaf, (what it adds,); or (measure, threshold, node if not above it, node if above it)."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Small trees that each add to the log odds, and from which likelihood on we are sure.

    Trees, since what one measure is worth depends on others: a word nobody wrote weighs less where
    a usual way of asking is near.
    """

    names: tuple[str, ...]
    start: float
    trees: tuple[tuple[Node, ...], ...]
    sure: float

    def likelihood(self, measures: Mapping[str, float]) -> float:
        """How likely (0 to 1) the passage answers."""
        values = [measures[name] for name in self.names]
        total = self.start + sum(_leaf(tree, values) for tree in self.trees)
        return 1 / (1 + math.exp(-total))


def _leaf(tree: Sequence[Node], values: Sequence[float]) -> float:
    node = tree[0]
    while len(node) > 1:
        measure, threshold, low, high = node
        node = tree[int(low if values[int(measure)] <= threshold else high)]
    return node[0]


@lru_cache(maxsize=1)
def _scales() -> dict[str, Scale]:
    fields = json.loads(SCALES.read_text(encoding="utf-8"))
    return {
        name: Scale(
            tuple(scale["names"]),
            scale["start"],
            tuple(tuple(map(tuple, tree)) for tree in scale["trees"]),
            scale["sure"],
        )
        for name, scale in fields.items()
    }


@dataclass(frozen=True, slots=True)
class DecisionConfig:
    """The scales, and how far below "sure" a question is none of ours."""

    taught: Scale = field(default_factory=lambda: _scales()["taught"])
    """For passages whose usual ways of asking are known."""
    plain: Scale = field(default_factory=lambda: _scales()["plain"])
    """For documents of which nothing is known but their text."""
    ours: float = 0.15
    without_doubt: float = 0.75
    """How likely an answer must be that is given without saying that it may be beside the point."""


def confidence(signals: Signals, config: DecisionConfig) -> float:
    """How likely the best passage answers the question, as a share of what "sure" asks for."""
    return likelihood(signals, config) / _scale(signals, config).sure


def likelihood(signals: Signals, config: DecisionConfig) -> float:
    """How likely (0 to 1) the best passage answers the question."""
    if signals.named or signals.verbatim:
        return 1.0
    return _scale(signals, config).likelihood(signals.measures)


def _scale(signals: Signals, config: DecisionConfig) -> Scale:
    return config.taught if signals.taught else config.plain


def is_barred(signals: Signals) -> bool:
    """Whether no passage may be given, however near: another city, a cheat, an order to us."""
    return bool(signals.foreign) or signals.unlawful or signals.injected
