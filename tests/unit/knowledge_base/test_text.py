import pytest

from knowledge_base.text import (
    clean,
    fold,
    mask_personal,
    mask_phone,
    numeral,
    official_numbers,
    search_form,
    sentences,
    valid_credit_code,
)


def test_full_width_and_control_characters_are_folded() -> None:
    assert fold("\uff21\uff22\uff11\uff12％\u200b\x07　 甲\r\n乙") == "AB12% 甲\n乙"


def test_cleaned_text_keeps_its_punctuation() -> None:
    assert clean("（甲）：\x00乙，") == "（甲）：乙，"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("二十五", 25),
        ("十", 10),
        ("一百零五", 105),
        ("二〇二六", 2026),
        ("两千", 2000),
        ("甲", None),
    ],
)
def test_chinese_numerals_have_a_value(written: str, value: int | None) -> None:
    assert numeral(written) == value


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("百分之二十五", "25%"),
        ("百分之一点五", "1.5%"),
        ("一百万元", "100万元"),
        ("五年内缴足", "5年内缴足"),
        ("第三条", "第三条"),
    ],
)
def test_numbers_match_however_they_are_written(said: str, written: str) -> None:
    assert search_form(said) == written


@pytest.mark.parametrize("brackets", ["〔〕", "[]", "【】", "（）", "﹝﹞", "［］"])
def test_a_number_is_one_in_whatever_brackets(brackets: str) -> None:
    opening, closing = brackets
    assert official_numbers(f"巴府发{opening}2019{closing}7号") == {"〔2019〕7号"}


def test_sentences_end_at_marks_and_lines() -> None:
    assert sentences("甲。乙；\n丙") == ["甲。", "乙；", "丙"]


def test_a_credit_code_needs_its_checksum() -> None:
    assert valid_credit_code("91350100M000100Y43")
    assert not valid_credit_code("91350100M000100Y44")


@pytest.mark.parametrize(
    "code", ["", "91350100M000100Y4", "9135O100M000100Y43", "\uff191350100M000100Y43"]
)
def test_a_credit_code_of_wrong_shape_is_refused(code: str) -> None:
    assert not valid_credit_code(code)


def test_mobile_numbers_are_masked_for_logs() -> None:
    assert mask_phone("电话13812345678。") == "电话138****5678。"


def test_identity_numbers_are_masked_for_logs() -> None:
    assert mask_personal("511900199001011234 13812345678") == "511900********1234 138****5678"


def test_longer_figures_are_not_taken_for_a_mobile_number() -> None:
    assert mask_phone("9138123456780") == "9138123456780"
