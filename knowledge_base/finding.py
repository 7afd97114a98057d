"""The hits for a question, and whether the first of them surely answers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge_base.decision import DecisionConfig, confidence, is_barred
from knowledge_base.places import Place
from knowledge_base.search import Hit, View
from knowledge_base.signals import read_signals
from knowledge_base.validity import Period
from knowledge_base.within import reordered

READ = 10
"""How many hits an answer looks at."""


def found(question: str, view: View, when: Period, place: Place | None) -> list[Hit]:
    """What was law in the period `when` for people at `place`, the likeliest passage first."""
    hits = view.search(question, top=READ, when=when, place=place)
    return reordered(question, hits, view, view.allowed(when, place))


def answering(
    question: str,
    hits: Sequence[Hit],
    view: View,
    allowed: NDArray[np.bool_],
    config: DecisionConfig,
) -> str:
    """The id of the document that surely answers, "" when none does."""
    if not hits:
        return ""
    signals = read_signals(question, hits, view, allowed)
    good = not is_barred(signals) and confidence(signals, config) >= 1
    return hits[0].passage.document_id if good else ""
