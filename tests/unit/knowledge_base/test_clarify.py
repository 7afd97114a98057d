from knowledge_base.clarify import clarifying


def test_what_would_decide_is_asked_and_completes_the_question() -> None:
    def decided(question: str) -> str:
        return "small" if question.startswith("个体工商户") else "firm"

    found = clarifying("所得税怎么减", decided, {"small", "firm"})
    assert found is not None
    assert found.question == "您是个体工商户，还是公司？"
    assert found.choices == (
        ("个体工商户", "个体工商户：所得税怎么减"),
        ("公司", "公司：所得税怎么减"),
    )


def test_a_side_that_is_named_is_not_asked_for() -> None:
    found = clarifying("公司所得税怎么减", lambda question: question[:3], {"用人单", "职工本"})
    assert found is None or "个体工商户" not in found.question


def test_nothing_is_asked_where_both_sides_lead_to_one_document() -> None:
    assert clarifying("所得税怎么减", lambda _: "one", {"one"}) is None


def test_nothing_is_asked_where_the_answer_would_stay_unsure() -> None:
    def decided(question: str) -> str:
        return "small" if "个体" in question else ""

    assert clarifying("所得税怎么减", decided, {"small"}) is None


def test_nothing_is_asked_where_the_word_brings_a_matter_of_its_own() -> None:
    """彩票中了五百万: a firm and a shop have their rules, neither is about lotteries."""

    def decided(question: str) -> str:
        return "small" if "个体" in question else "firm"

    assert clarifying("彩票中了五百万", decided, {"lottery", "small"}) is None
