"""What is answered to a message without the dialogue: pictures, places, files, far too long texts.

The one place for all channels. Staff see every message in the transcript as it came.
"""

from desk.conversations.models import Kind
from desk.conversations.turns import MAX_CHARACTERS
from desk.conversations.values import Reply, Turn

TO_A_PERSON = [{"title": "转人工", "payload": "转人工"}]

# Words that come with these are the person's own: a caption, what was recognised.
SPEAKING = frozenset({Kind.TEXT, Kind.IMAGE, Kind.VOICE, Kind.VIDEO, Kind.FILE})

WORDS = {
    Kind.IMAGE: "图片收到了，但我还看不懂图片。请用文字说说您想问什么；需要工作人员看图，"
    "就说“转人工”，他们看得到您发过图片。",
    Kind.VOICE: "语音收到了，但我没能听清。请打字说一遍，或者说“转人工”。",
    Kind.VIDEO: "视频收到了，但我还看不懂视频。请用文字说说您想问什么，或者说“转人工”。",
    Kind.FILE: "文件收到了，但我还读不了文件。请用文字说说您想问什么；需要工作人员看文件，"
    "就说“转人工”。",
    Kind.LOCATION: "位置收到了。请再说说您要办什么事、想问什么，我来帮您查。",
    Kind.LINK: "链接收到了，但我打不开网页。请把想问的内容用文字说给我听，或者说“转人工”。",
    Kind.UNKNOWN: "这种消息我还看不懂。请用文字说说您想问什么，或者说“转人工”。",
}
TOO_LONG = (
    "这条消息有{length}字，太长了，我一次读不完。请挑要点分几条发给我，每条不超过{most}字；"
    "或者说“转人工”，工作人员看得到全文。"
)
NO_WORDS = "我没看到文字。请用文字说说您想问什么，或者说“转人工”。"


def answer_to(turn: Turn) -> list[Reply] | None:
    """The answer to `turn` that needs no dialogue; None: the dialogue is to be asked."""
    if len(turn.text) > MAX_CHARACTERS:
        text = TOO_LONG.format(length=len(turn.text), most=MAX_CHARACTERS)
    elif turn.kind in SPEAKING and turn.text.strip():
        return None
    else:
        text = WORDS.get(Kind(turn.kind), NO_WORDS)
    return [Reply(text, buttons=list(TO_A_PERSON))]
