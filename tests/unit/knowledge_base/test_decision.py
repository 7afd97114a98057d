import json
import math
from dataclasses import replace

import pytest

from knowledge_base.decision import SCALES, DecisionConfig, Scale, confidence, is_barred, likelihood
from knowledge_base.signals import Signals

# One tree: above 0.5 it adds 2, else it takes 1 away.
SCALE = Scale(("echo",), 0.25, (((0, 0.5, 1, 2), (-1.0,), (2.0,)),), sure=0.5)
CONFIG = DecisionConfig(taught=SCALE, plain=SCALE)
SIGNALS = Signals({"echo": 0.4}, "", False, False, True, False, False)


def test_a_tree_adds_what_its_leaf_says() -> None:
    assert SCALE.likelihood({"echo": 0.5}) == pytest.approx(1 / (1 + math.exp(0.75)))
    assert SCALE.likelihood({"echo": 0.51}) == pytest.approx(1 / (1 + math.exp(-2.25)))


def test_confidence_is_a_share_of_what_sure_asks_for() -> None:
    assert confidence(SIGNALS, CONFIG) == pytest.approx(2 / (1 + math.exp(0.75)))
    assert (
        confidence(SIGNALS, CONFIG)
        < 1
        < confidence(replace(SIGNALS, measures={"echo": 0.9}), CONFIG)
    )


def test_a_usual_way_of_asking_word_for_word_is_sure() -> None:
    assert confidence(replace(SIGNALS, verbatim=True), CONFIG) >= 1
    assert likelihood(replace(SIGNALS, verbatim=True), CONFIG) == 1
    assert likelihood(replace(SIGNALS, named=True), CONFIG) == 1
    assert likelihood(SIGNALS, CONFIG) == confidence(SIGNALS, CONFIG) * SCALE.sure


@pytest.mark.parametrize("barred", [{"foreign": "成都"}, {"unlawful": True}, {"injected": True}])
def test_what_is_barred_is_barred(barred: dict[str, str | bool]) -> None:
    assert not is_barred(SIGNALS)
    assert is_barred(replace(SIGNALS, **barred))


def test_the_shipped_scales_read_only_what_is_measured() -> None:
    scales = json.loads(SCALES.read_text("utf-8"))
    assert set(scales) == {"taught", "plain"}
    for scale in scales.values():
        measures = dict.fromkeys(scale["names"], 0.0)
        one = getattr(DecisionConfig(), "taught" if scale is scales["taught"] else "plain")
        assert 0 < one.likelihood(measures) < 1
