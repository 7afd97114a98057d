"""Whether the best passage answers a question: several signals, and the doubt goes to "no"."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from knowledge_base.signals import Signals

_WEIGHTS = {
    "coverage": 2.0,
    "similarity": 1.0,
    "margin": 0.25,
    "agreement": 0.5,
    "echo": 4.0,
    "kinship": 2.0,
    "score": 0.1,
    "unheard": -2.0,
}
_FAR_AHEAD = 6.0
_HIGH = 15.0


@dataclass(frozen=True, slots=True)
class DecisionConfig:
    """What each signal counts and how much is enough; there is no other place for it.

    Weights and bias are fitted by `python -m knowledge_base.training.decide`.
    """

    weights: Mapping[str, float] = field(default_factory=lambda: dict(_WEIGHTS))
    bias: float = -4.0
    sure: float = 0.5
    ours: float = 0.2


def features(signals: Signals) -> dict[str, float]:
    """The signals that are weighed, each within bounds: no single one decides alone."""
    return {
        "coverage": signals.coverage,
        "similarity": signals.similarity,
        # One stray passage far ahead says less than a whole document that leads.
        "margin": min(max(signals.margin, 0.0), _FAR_AHEAD) * (0.4 + 0.6 * signals.agreement),
        "agreement": signals.agreement,
        "echo": signals.echo,
        "kinship": signals.kinship,
        "score": min(signals.score, _HIGH),
        "unheard": signals.unheard,
    }


def confidence(signals: Signals, config: DecisionConfig) -> float:
    """How likely (0 to 1) the best passage answers the question."""
    total = config.bias + sum(
        config.weights[name] * value for name, value in features(signals).items()
    )
    return 1 / (1 + math.exp(-total))


def is_barred(signals: Signals) -> bool:
    """Whether no passage may be given, however near: another city, a cheat, an order to us."""
    return bool(signals.foreign) or signals.unlawful or signals.injected


def is_sure(signals: Signals, config: DecisionConfig) -> bool:
    """Whether the passage may be given as the answer; a wrong one costs a small firm money."""
    return not is_barred(signals) and confidence(signals, config) >= config.sure
