"""What we say, as plain text cut into parts."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.plain import sources, split, written
from desk.conversations.values import Said


def in_bytes(text):
    return len(text.encode())


def said(**more):
    parts = {"author": "bot", "name": "陪跑员", "text": "补**8%**。", "citations": []} | more
    return Said(
        delivery_id=1,
        key="k",
        seq=1,
        buttons=[],
        said_at=datetime(2026, 11, 23, tzinfo=UTC),
        **parts,
    )


def test_a_short_text_is_one_part_and_an_empty_one_none():
    assert split("你好。", 100) == ["你好。"]
    assert split(" \n ", 100) == []


def test_a_long_text_is_cut_at_the_end_of_a_sentence():
    text = "第一条说的是补贴。第二条说的是怎么申请，要带哪些材料。第三条说的是期限。"
    assert split(text, 30) == [
        "第一条说的是补贴。第二条说的是怎么申请，要带哪些材料。",
        "第三条说的是期限。",
    ]


def test_a_paragraph_s_end_is_better_than_a_sentence_s():
    assert split("一句话。两句。\n\n三句话。四句", 13) == ["一句话。两句。", "三句话。四句"]


@pytest.mark.parametrize(
    "whole",
    [
        "https://chat.example.gov.cn/policies/x#x-p1",
        "👨‍👩‍👧",
        "🇨🇳",
        "👍🏽",
        "13900001111",
        '<a href="https://a.cn/x">查看</a>',
        "é",
    ],
)
def test_links_emoji_and_numbers_stay_whole(whole):
    for before in range(60):
        parts = split("字" * before + whole + "字" * 60, 60, size=len)
        assert any(whole in part for part in parts), parts


def test_what_alone_is_too_long_is_cut_all_the_same():
    assert split("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]
    assert split("字", 1, size=in_bytes) == ["字"], "never an endless loop"


@given(st.text(max_size=400), st.integers(min_value=8, max_value=120))
def test_every_part_fits_and_nothing_but_blanks_is_lost(text, limit):
    parts = split(text, limit, size=in_bytes)
    assert all(in_bytes(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_sources_are_one_line_a_document_with_the_link_that_can_be_opened():
    cited = [
        {"title": "奖补办法", "link": "/policies/a#p1", "url": "https://gov.cn/a", "sample": True},
        {"title": "奖补办法", "link": "/policies/a#p2"},
        {"title": "关于《某规定》的通知", "url": "https://gov.cn/b"},
        {"title": "只有名字"},
        {"link": "/policies/c"},
    ]
    assert sources(cited, base_url="https://chat.cn") == [
        "《奖补办法》（示例） https://chat.cn/policies/a#p1",
        "关于《某规定》的通知 https://gov.cn/b",
        "《只有名字》",
    ]
    assert sources(cited[:1], base_url="") == ["《奖补办法》（示例） https://gov.cn/a"]


def test_a_message_says_who_speaks_when_it_is_not_the_bot():
    assert written(said(), base_url="") == "补8%。"
    assert written(said(author="staff", name="李同志"), base_url="") == "【李同志】补8%。"
