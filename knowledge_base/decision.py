"""Whether the best passage answers a question: several signals, and the doubt goes to "no"."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from knowledge_base.signals import Signals


@dataclass(frozen=True, slots=True)
class Scale:
    """What each signal counts, and from which confidence on a passage is an answer.

    Fitted by `knowledge_base.training.decide` and `decide_plain`; there is no other place for it.
    """

    weights: Mapping[str, float]
    bias: float
    sure: float


# For passages whose usual ways of asking are known …
_TAUGHT = Scale(
    {
        "coverage": 1.466,
        "similarity": 3.091,
        "margin": 0.184,
        "agreement": 1.832,
        "echo": 2.816,
        "kinship": 2.331,
        "score": 0.293,
        "unheard": -1.497,
    },
    bias=-10.236,
    sure=0.45,
)
# … and for documents of which nothing is known but their text.
_PLAIN = Scale(
    {
        "coverage": 2.21,
        "similarity": 11.45,
        "margin": 0.0,
        "agreement": 1.54,
        "echo": 0.0,
        "kinship": 0.0,
        "score": 0.09,
        "unheard": -0.62,
    },
    bias=-8.06,
    sure=0.45,
)
_FAR_AHEAD = 6.0
_HIGH = 15.0


@dataclass(frozen=True, slots=True)
class DecisionConfig:
    """The scales, and how far below "sure" a question is none of ours."""

    taught: Scale = field(default_factory=lambda: _TAUGHT)
    plain: Scale = field(default_factory=lambda: _PLAIN)
    ours: float = 0.15


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
    """How likely the best passage answers the question, as a share of what "sure" asks for."""
    if signals.named:
        return 1 / config.plain.sure
    scale = config.taught if signals.taught else config.plain
    total = scale.bias + sum(
        scale.weights[name] * value for name, value in features(signals).items()
    )
    return 1 / (1 + math.exp(-total)) / scale.sure


def is_barred(signals: Signals) -> bool:
    """Whether no passage may be given, however near: another city, a cheat, an order to us."""
    return bool(signals.foreign) or signals.unlawful or signals.injected
