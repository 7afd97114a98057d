"""What jambonz is told to do: say, gather, dial, hangup."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from channels.plain import unmarked
from desk.conversations.values import Outgoing, Said

Verb = dict[str, Any]

PATH = "/webhooks/hotline"
GREETING = (
    "您好，这里是营商陪跑员智能热线。为了把您的事办好，本次通话会录音。"
    "请直接说出您要问的事；任何时候按零，可以找工作人员。"
)
STILL_THERE = "您还在吗？请说出您要问的事，或者按零找工作人员。"
GOODBYE = "没有听到您说话，先挂断了。需要时请随时再打来，再见。"
ONE_MOMENT = "请稍等，我正在查。"
STILL_LOOKING = "还在查，请再等一下。"
BY_CALL = "这个问题要查久一点，已经转给工作人员，他们会给您回电话。还有别的事，您可以接着说。"
PUTTING_THROUGH = "好的，正在为您转接工作人员，请不要挂断。"
NOBODY = "工作人员现在都在忙，已经记下了，他们会尽快给您回电话。还有别的事，您可以接着说。"
LISTENING = 8  # seconds
POLLING = 2  # seconds between two looks for a late answer

_LINK = re.compile(r"https?://\S+")
_MARKS = re.compile(r"[*_`#>|]+|^\s*[-•·]\s+", re.MULTILINE)


def spoken(said: Said) -> str:
    """One message as it is read out: no marks, no addresses; its sources and choices named."""
    text = _MARKS.sub(" ", _LINK.sub("", unmarked(said.text)))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    titles = dict.fromkeys(str(one.get("title", "")) for one in said.citations)
    if any(titles):
        lines.append(f"依据是{'、'.join(title for title in titles if title)}。")
    choices = [str(button.get("title", "")) for button in said.buttons]
    if choices:
        lines.append(f"您可以说：{'、'.join(choices)}。")
    return re.sub(r"[ \t]{2,}", " ", "\n".join(lines))


def read_out(outgoing: Outgoing | None) -> list[Verb]:
    """All of `outgoing`, one say a message."""
    return [say(spoken(said)) for said in outgoing.messages] if outgoing else []


def say(text: str) -> Verb:
    return {"verb": "say", "text": text}


def listen(turn: int, *, waiting: int = 0, silent: int = 0, says: str = "") -> Verb:
    """Hears what the caller says or dials, while `says` is read out; they may speak into it."""
    place = {"turn": turn, "waiting": waiting, "silent": silent}
    query = urlencode({name: value for name, value in place.items() if value})
    verb: Verb = {
        "verb": "gather",
        "input": ["digits", "speech"],
        "actionHook": f"{PATH}?{query}",
        "bargein": True,
        "timeout": POLLING if waiting else LISTENING,
        "interDigitTimeout": 2,
        "maxDigits": 20,
        "finishOnKey": "#",
    }
    if says:
        verb["say"] = {"text": says}
    return verb


def dial(number: str, *, turn: int, caller_id: str) -> Verb:
    """Puts the caller through; the hook comes back when nobody answered or they hung up."""
    return {
        "verb": "dial",
        "target": [{"type": "phone", "number": number}],
        "callerId": caller_id,
        "answerOnBridge": True,
        "timeout": 30,
        "actionHook": f"{PATH}?turn={turn}&dialed=1",
    }


def hang_up(*verbs: Verb) -> Sequence[Verb]:
    return [*verbs, {"verb": "hangup"}]
