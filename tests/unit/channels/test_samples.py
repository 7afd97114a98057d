"""A sample policy is called one in the first words on every channel, with a way to a person."""

from datetime import UTC, datetime

from actions.answers import Said as Answered
from actions.answers import marked
from channels.hotline.verbs import spoken
from channels.plain import written
from channels.telegram.sender import keyboard
from channels.wechat.compose import composed
from desk.conversations.values import Said
from knowledge_base.answer import Citation
from knowledge_base.documents import Document
from knowledge_base.passages import Passage

BEGINS = "【示例数据，非真实政策】"


def said() -> Said:
    document = Document("s", "【示例】技改奖补办法", number="示例〔2026〕2号", sample=True)
    citation = Citation(Passage("s-1", document, "", (), "按8%给。"))
    answered = marked(Answered("按**8%**给。", [], (citation,)))
    now = datetime(2026, 11, 23, tzinfo=UTC)
    cited = [citation.as_json()]
    return Said(1, "k", 1, "bot", "陪跑员", answered.text, answered.buttons, cited, now)


def test_every_channel_begins_with_it() -> None:
    assert written(said(), base_url="").startswith(BEGINS)
    assert spoken(said()).startswith(BEGINS)
    assert composed([said()], base_url="").parts[0].startswith(BEGINS)


def test_every_channel_offers_a_person() -> None:
    assert "您可以说：转人工" in spoken(said())
    assert [choice.payload for choice in composed([said()], base_url="").choices] == ["转人工"]
    rows = keyboard(said()).to_dict()["keyboard"]
    assert [button["text"] for row in rows for button in row] == ["转人工"]
