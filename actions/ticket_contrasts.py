"""What a person sets against what was understood: a name of theirs, or 不是上个月，是这个月."""

import re

from actions.ticket_readings import Heard
from actions.ticket_words import ABOUT, NEW_VALUE, WRONG, is_name

MAX_WHAT = 2000
ENOUGH_ALIKE = 2
_TAIL = r"[吧嘛哈啊了]*[。.!！]*"
_PIECE = r"[^，,。;；!！?？\s]{1,30}?"
_END = r"[吧嘛哈啊]*(?=[，,。;；!！\s]|$)"
_BETWEEN = r"[，,、;；\s]*(?:我|而|应该|应当|就)*"
# Said in so many words it is a name, whatever is asked and whatever the model makes of it.
_INTRODUCED = re.compile(
    r"(?:嗯|哦|好的?|你好|您好)?[，,\s]*"
    rf"(?:(?:我叫|我姓|我的?(?:名字|姓名)[叫是]|就?叫我)(\w{{1,16}}?)|我是(\w{{2,4}}?)){_TAIL}"
)
_RENAMED = re.compile(
    rf"(?:不对|不是|[搞写说]?错了)[，,、\s]*我?(?:应该)?[是就]?叫(\w{{2,16}}?){_TAIL}"
)
_NOT_BUT = re.compile(
    rf"(?<!是)不(?P<verb>是|叫|姓)(?P<wrong>{_PIECE}){_BETWEEN}[是叫姓]+(?P<right>{_PIECE}){_END}"
)
_BUT_NOT = re.compile(
    rf"(?<!不)[是叫姓](?P<right>{_PIECE}){_BETWEEN}不(?P<verb>是|叫|姓)(?P<wrong>{_PIECE}){_END}"
)
_FIGURES = re.compile(r"\d")


def introduced(text: str) -> str:
    """The name that `text` gives as the person's own and says nothing beside; else nothing."""
    match = _INTRODUCED.fullmatch(text)
    name = (match[1] or match[2] or "") if match else ""
    return name if name and not _FIGURES.search(name) and is_name(f"叫{name}") else ""


def renamed(heard: Heard, text: str) -> str:
    """The name that replaces the one understood: 不叫张大强，叫张小强; else nothing."""
    if match := _RENAMED.fullmatch(text):
        return match[1]
    match = _NOT_BUT.search(text) or _BUT_NOT.search(text)
    if match is None:
        return ""
    of_a_name = match["verb"] in "叫姓" or bool(heard.who and match["wrong"] in heard.who)
    if not of_a_name or _FIGURES.search(match["right"]):
        return ""
    if match["verb"] == "姓" and heard.who.startswith(match["wrong"]):
        return match["right"] + heard.who[len(match["wrong"]) :]
    return match["right"]


def contrasts(heard: Heard, text: str, *, anything: bool) -> bool:
    """Whether `text` sets something right in the matter told: 不是上个月15号，是这个月15号.

    Unless `anything` may be meant, the matter has to speak of what is wrong.
    """
    match = _NOT_BUT.search(text) or _BUT_NOT.search(text)
    if match is None or not heard.what or text.endswith(("?", "？", "吗")):
        return False
    wrong = match["wrong"]
    pairs = {wrong[at : at + ENOUGH_ALIKE] for at in range(len(wrong) - 1)}
    return anything or any(pair in heard.what for pair in pairs)


def says_wrong(heard: Heard, text: str) -> bool:
    """Whether `text` says that something of the matter is wrong and what is right: 金额错了，是….

    What the form asks for besides is not of the matter.
    """
    named = any(re.search(words, text) for words in ABOUT.values())
    return bool(heard.what and not named and re.search(WRONG, text) and NEW_VALUE.search(text))


def with_correction(heard: Heard) -> str:
    """The matter with the correction behind it: staff see both."""
    return f"{heard.what}\n（更正：{heard.text.strip()}）"[:MAX_WHAT]
