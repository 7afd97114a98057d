"""The training data, examined by itself."""

from collections import Counter

from bot import cross_validation

ENDS = {"是多少": "ask_policy", "去哪里办": "ask_procedure"}


def test_near_copies_are_never_examined_by_each_other() -> None:
    sentences = [
        ("补贴好久到账", "redemption"),
        ("明天要下雨吗", "out_of_scope"),
        ("我的补贴好久到账？", "redemption"),
        ("转人工", "ask_human"),
        ("补贴好久到账嘛", "redemption"),
        ("奖励什么时候兑现", "redemption"),
    ]
    folds = cross_validation.dealt(sentences, 3)
    assert folds[0] == folds[2] == folds[4] != folds[5]


def test_every_fold_has_its_share_of_each_intent() -> None:
    words = ["税率", "社保", "执照", "商标", "培训", "厂房", "贷款", "发票"]
    sentences = [(f"{word}{end}", intent) for word in words for end, intent in ENDS.items()]
    folds = cross_validation.dealt(sentences, 4)
    shares = Counter((intent, fold) for (_, intent), fold in zip(sentences, folds, strict=True))
    assert set(shares.values()) == {2}
