"""One scale of the decision: fitted on lessons, written to knowledge_base/learned/scales.json."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GroupKFold

from knowledge_base.decision import SCALES, Node, Scale, is_barred
from knowledge_base.signals import Signals

_FOLDS = 5
_FOR = frozenset(
    {
        "echo", "kinship", "asked_document", "asked_three", "told_with_asked", "told_by_passage",
        "coverage", "met",
    }
)  # fmt: skip
_AGAINST = frozenset(("unheard", "unsaid_share"))
_TRIED = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question as it was met, whether the document found answers it, and what it counts."""

    kind: str
    question: str
    group: str
    signals: Signals
    right: bool
    weight: float


def fit(lessons: Sequence[Lesson], names: Sequence[str], sure: float) -> Scale:
    """The scale over the measures `names` that tells right from wrong best."""
    free = [lesson for lesson in lessons if lesson.weight and not is_barred(lesson.signals)]
    model = _fitted(_table(free, names), free, names)
    # What scikit-learn calls private is the one place where its trees can be read.
    start = float(model._baseline_prediction[0, 0])
    trees = tuple(_nodes(stage[0].nodes) for stage in model._predictors)
    return Scale(tuple(names), round(start, 5), trees, sure)


def _nodes(nodes: NDArray[Any]) -> tuple[Node, ...]:
    return tuple(
        (round(float(node["value"]), 5),)
        if node["is_leaf"]
        else (
            int(node["feature_idx"]),
            round(float(node["num_threshold"]), 6),
            int(node["left"]),
            int(node["right"]),
        )
        for node in nodes
    )


def unseen(lessons: Sequence[Lesson], names: Sequence[str]) -> NDArray[np.float64]:
    """How likely each lesson's document answers, by a scale that never saw its group."""
    table = _table(lessons, names)
    barred = np.asarray([is_barred(lesson.signals) for lesson in lessons])
    likely = np.zeros(len(lessons))
    groups = [lesson.group for lesson in lessons]
    for known, asked in GroupKFold(_FOLDS).split(table, groups=groups):
        used = [place for place in known if lessons[place].weight and not barred[place]]
        model = _fitted(table[used], [lessons[place] for place in used], names)
        likely[asked] = model.predict_proba(table[asked])[:, 1]
    return np.where(barred, 0.0, likely)


def report(lessons: Sequence[Lesson], likely: NDArray[np.float64]) -> None:
    """Print, for each threshold, which share of every kind of question would be answered."""
    kinds = np.asarray([lesson.kind for lesson in lessons])
    right = np.asarray([lesson.right for lesson in lessons])
    for sure in _TRIED:
        said = likely >= sure
        parts = [f"{kind} {said[kinds == kind].mean():.3f}" for kind in dict.fromkeys(kinds)]
        wrong = (said & ~right & (kinds == "questions")).sum()
        print(f"sure ≥ {sure}: said of", *parts, f"wrong document {wrong}")


def write(name: str, scale: Scale) -> None:
    """Put `scale` into the file of scales as `name`; the others stay."""
    scales = json.loads(SCALES.read_text(encoding="utf-8")) if SCALES.exists() else {}
    scales[name] = asdict(scale)
    SCALES.write_text(json.dumps(scales, separators=(",", ":")) + "\n", encoding="utf-8")


def _direction(name: str) -> int:
    """1 where more of a measure may only speak for an answer, -1 against it, 0 where either."""
    return -1 if name.startswith("is_") or name in _AGAINST else int(name in _FOR)


def _table(lessons: Sequence[Lesson], names: Sequence[str]) -> NDArray[np.float64]:
    return np.asarray([[lesson.signals.measures[name] for name in names] for lesson in lessons])


def _fitted(table: NDArray[np.float64], lessons: Sequence[Lesson], names: Sequence[str]) -> Any:
    model = HistGradientBoostingClassifier(
        max_iter=300,
        learning_rate=0.06,
        max_leaf_nodes=12,
        min_samples_leaf=30,
        l2_regularization=10,
        early_stopping=False,
        random_state=0,
        monotonic_cst=[_direction(name) for name in names],
    )
    right = [lesson.right for lesson in lessons]
    return model.fit(table, right, sample_weight=[lesson.weight for lesson in lessons])
